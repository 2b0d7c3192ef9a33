"""The text of the demo's DOCX manual, an invented laboratory centrifuge's; `make_docx` explains the markup."""

TITLE = "Quellmark Turbel 24 Refrigerated Centrifuge: Operating Instructions"
SUBJECT = "Operating instructions, document QM-M24-EN, edition 5"

TEXT = """
# Introduction

The Quellmark Turbel 24 is a refrigerated bench-top centrifuge for laboratories. It separates mixtures of substances
of different density with a density of up to 1.2 g/ml at full speed. It is intended for trained laboratory staff and
is not a medical device; results for diagnosis must be confirmed by a validated method.

This manual is valid for instruments with a serial number from QT24-03100 and control software 3.8 or later. The type
plate is on the rear panel, to the left of the mains inlet.

## Conventions

Keys on the control panel are written in capitals, for example START. Menu paths are written with a slash, for example
Setup/Service/Hours. Speeds are given in revolutions per minute (rpm), the relative centrifugal force as a multiple of
the acceleration of gravity (x g).

## Scope of delivery

- Centrifuge Turbel 24 without rotor
- Mains cable, 2.5 m, with the plug of the country
- Rotor key, hexagonal, 5 mm across the flats, part QM-1105
- Tube of rotor grease, 20 ml, part QM-1190
- Emergency release cord, already fitted behind the front panel
- Test certificate with the measured speed deviation

# Safety

## Hazards from rotation

! A rotor at full speed stores as much energy as a small car at 20 km/h. Keep a safety zone of 30 cm around the
centrifuge during a run; no person and no hazardous substance may be inside it.

! Never use a rotor, bucket or lid that shows corrosion, scratches deeper than 0.1 mm or cracks. Take it out of
service at once, even if its lifetime has not been used up.

! Do not spin substances that are explosive, inflammable or that react with each other violently. The chamber is not
protected against explosion.

The lid is locked as soon as the rotor turns at more than 15 rpm. It can be opened only below 8 rpm. Leaning on the
lid during a run is prohibited, and nothing may be placed on it.

## Biological and chemical hazards

Infectious samples of risk group 2 or higher may be spun only in buckets or rotors with an aerosol-tight lid. Open
these lids under a safety cabinet, at the earliest 10 minutes after the end of the run. The seals of aerosol-tight
lids are replaced after 50 autoclaving cycles or when they look dull.

If a tube breaks, leave the lid closed for 30 minutes so that aerosols can settle. Then put on gloves and safety
glasses, soak up the liquid with cellulose and disinfect the chamber.

## Electrical safety and refrigerant

The instrument belongs to protection class I and must be connected to a socket with a protective earth. The cooling
circuit contains 145 g of the refrigerant R290, which is inflammable. The room must therefore have a volume of at
least 18 m³ and the ventilation slots must be kept free.

! If the cooling circuit is damaged, pull the mains plug from outside the danger zone, avoid sparks and ventilate the
room for 15 minutes.

# Installation

## Place

Put the centrifuge on a rigid, level table that carries at least 120 kg. The centrifuge weighs 47 kg without a rotor
and must be lifted by two persons, who hold it at the sides and never at the front panel.

- Distance to walls and other instruments: 30 cm on every side
- No direct sunlight and no radiator nearby
- Slope of the table: at most 0.4°
- Room temperature during operation: 6 to 32 °C
- Relative humidity: up to 75 %, not condensing

After transport in the cold wait for 4 hours before switching on, and after transport in a tilted position wait for 12
hours, so that the oil flows back into the compressor.

## Removing the transport lock

+ Connect the centrifuge and switch it on. Press LID to open the lid.
+ Remove the foam ring from the chamber.
+ Undo the two red screws at the bottom of the chamber with the rotor key.
+ Keep the screws: the instrument must never be shipped without them.
+ Close the two holes with the plastic plugs from the accessory bag.

## Electrical connection

Two versions exist. Check that the voltage on the type plate agrees with the mains. The socket must have its own fuse,
and no other device with a motor should be on the same circuit.

| Version | Voltage | Frequency | Largest current | Fuse in the instrument
| Turbel 24-E | 220 to 240 V | 50 Hz | 5.2 A | two T 8 A, 5 x 20 mm
| Turbel 24-A | 115 to 127 V | 60 Hz | 9.8 A | two T 15 A, 6.3 x 32 mm

An external emergency switch outside the room or next to the exit is recommended by the manufacturer.

## First switching on

+ Switch on the mains switch on the right side.
+ Wait for the self-test, which takes 14 seconds. All segments of the display light up.
+ Choose the language and set date and time under Setup/Clock.
+ Press LID. The lid opens with a click and rises by 25 cm.
+ Insert a rotor and carry out a test run of 5 minutes at 3,000 rpm without samples.

## Handing over to the users

The person in charge instructs every user before the first run and once a year after that. The instruction covers
loading, balancing, aerosol-tight lids and the emergency release, and is entered in the instrument log. Form QM-F03 in
the folder may be copied for this purpose. Visitors and trainees work only under supervision.

# Controls and display

## Keys

| Key | Function
| START | Starts the run; during a run it resets the remaining time
| STOP | Ends the run with the chosen brake level; pressed twice within 1 second it brakes with level 9
| LID | Opens the lid when the rotor stands still
| PULSE | Short run: accelerates as long as it is held
| COOL | Starts pre-cooling at 1,500 rpm with the inserted rotor
| PROG | Opens the list of programs
| RCF | Changes the display between rpm and x g
| ROT | Shows the recognised rotor, its cycles and its remaining lifetime

The knob to the right of the display selects a value by turning and confirms it by pressing. The panel can be locked
by holding RCF and PROG together for 5 seconds; a padlock symbol appears. The lock is released in the same way.

## Signals

| Signal | Meaning
| One long tone | The run has ended normally
| Three short tones | The run has been stopped by an error; a code is shown
| Light ring blue | Rotor is turning
| Light ring green | Rotor stands still and the lid may be opened
| Light ring amber, blinking | Pre-cooling, or waiting for the set temperature
| Light ring red | Error, or imbalance switch-off

The volume of the tone can be set from 0 to 5 under Setup/Sound. The preset is 3. Errors are always signalled with at
least volume 2.

# Rotors

## Overview

The centrifuge recognises the rotor by a chip in its hub and limits the speed accordingly. Only rotors from this table
may be used. The maximum values hold for a density of the samples of up to 1.2 g/ml.

| Rotor | Kind | Capacity | Maximum speed | Maximum RCF | Radius | Lifetime
| QF-24 | Fixed angle 45° | 24 x 2 ml | 15,200 rpm | 21,820 x g | 84.5 mm | 60,000 cycles or 8 years
| QF-8/15 | Fixed angle 30° | 8 x 15 ml | 9,000 rpm | 8,600 x g | 95 mm | 45,000 cycles or 8 years
| QF-6/50 | Fixed angle 35° | 6 x 50 ml | 10,500 rpm | 12,080 x g | 98 mm | 30,000 cycles or 7 years
| QS-4/250 | Swing-out | 4 x 250 ml | 4,700 rpm | 3,900 x g | 158 mm | 40,000 cycles or 10 years
| QS-2/MP | Swing-out for plates | 2 x 3 microplates | 4,200 rpm | 2,445 x g | 124 mm | 25,000 cycles or 10 years
| QH-24 | Haematocrit | 24 capillaries | 12,000 rpm | 14,650 x g | 91 mm | 50,000 cycles or 7 years
| All rotors with a lid of polycarbonate | < | < | < | < | < | The lid: 3 years

For samples denser than 1.2 g/ml reduce the speed: multiply the maximum speed by the square root of 1.2 divided by the
density of the sample.

## Inserting a rotor

+ Wipe the motor shaft and the rotor bore with a dry cloth.
+ Put a thin film of rotor grease on the shaft, about the size of a grain of rice. Grease once a week.
+ Lower the rotor vertically so that the driver pins fit into the slots.
+ Turn the rotor nut clockwise with the rotor key and tighten it with 6 N·m.
+ Pull the rotor upward to check that it sits firmly.
+ Close the rotor lid. Fixed-angle rotors must never run without their lid.

Swing-out rotors must be fitted with all their buckets, also those that stay empty. Check that each bucket swings
freely to the horizontal position; grease the trunnions with QM-1190 once a week.

## Loading and balancing

Load opposite positions with tubes of the same type and the same filling. Weigh the tubes of a swing-out rotor
together with their buckets. The sum of the differences must not exceed the limit.

| Rotor | Largest difference between opposite positions | Switch-off threshold of the sensor
| QF-24 | 0.6 g | level 4
| QF-8/15 | 1.5 g | level 4
| QF-6/50 | 2.5 g | level 5
| QS-4/250 | 8 g | level 7
| QS-2/MP | 5 g | ^
| QH-24 | one capillary | level 3

Fill tubes to no more than 80 % of their volume in fixed-angle rotors, otherwise the liquid wets the cap. Tubes made
of glass may be spun at no more than 4,000 x g, and only in buckets with rubber cushions.

## Lifetime and cycles

Every start to more than 500 rpm counts as a cycle. When 95 % of the lifetime has been used up, the display shows a
calendar symbol at each start. At 100 % the centrifuge refuses the rotor with C-26. The counter is stored in the
rotor's chip and goes with it to another centrifuge.

## Inspecting and storing rotors

Look at each rotor under a bright lamp once a month, above all at the bottom of the bores, where corrosion begins.
White spots on the anodised surface that can be felt with a fingernail mean that the rotor has to be examined by the
service, which costs 120 euros and takes about 15 working days. A rotor that has fallen from more than 10 cm must not
be used again until it has been examined, even if nothing can be seen.

Store rotors upside down on a grid, without lids and adapters, at 15 to 30 °C. Do not leave them in the cooled chamber
overnight, as moisture creeps under the coating. Seals are stored flat and lightly coated with vacuum grease.

## Haematocrit rotor

The rotor QH-24 takes capillaries of 75 mm length and 1.5 mm outer diameter. Place them with the sealed end against
the rubber ring on the outside, in opposite pairs. After the run put the reading disc on the rotor, turn its zero line
to the bottom of the red cells and its 100 line to the top of the plasma, and read the value at the boundary. The
reading error is about one percentage point. The rubber ring of the rotor is turned by a few millimetres each week so
that the capillaries do not always press on the same place.

# Operation

## Setting up a run

+ Turn the knob until Speed is framed, press it and set the value. Steps are 100 rpm or 50 x g.
+ Set the time from 10 seconds to 99 hours, or choose "hold" for a continuous run.
+ Set the temperature from -11 to 40 °C.
+ Set the acceleration and brake levels from 1 (gentle) to 9 (fast). Brake level 0 lets the rotor run down freely.
+ Close the lid with light pressure until the lock pulls it down.
+ Press START.

The time counts from reaching 95 % of the set speed. This can be changed under Setup/Timer so that it counts from the
start.

## Acceleration and braking times

| Rotor | Acceleration, level 9 | Acceleration, level 1 | Braking, level 9 | Braking, level 0
| QF-24 | 16 s | 210 s | 15 s | 7 min
| QF-8/15 | 21 s | 195 s | 19 s | 8 min
| QF-6/50 | 38 s | 240 s | 35 s | 11 min
| QS-4/250 | 44 s | 260 s | 41 s | 14 min
| QS-2/MP | 29 s | 230 s | 27 s | 9 min

Use brake levels of 3 or below for density gradients and for loose pellets; stronger braking stirs up the sediment.

## Pre-cooling

Press COOL with the empty rotor in place. The chamber and the rotor QF-24 are cooled from 23 °C to 4 °C in about 11
minutes, a loaded QS-4/250 in about 26 minutes. The tone sounds when the set temperature has been reached and held for
90 seconds. Keep the lid closed between runs, because the cooling switches off while it is open and after 8 hours
without a run.

At the highest speed the lowest possible temperature of the samples is 2 °C in the QF-24 and -3 °C in the QS-4/250, at
a room temperature of 23 °C.

## Short run

Hold PULSE. The rotor accelerates with level 9 up to the set speed and brakes as soon as the key is let go. The
display counts the seconds. A short run is limited to 10 minutes.

## Opening the lid after a power failure

If the power fails during a run, the rotor runs down without braking, which takes up to 14 minutes. Wait until it
stands still; look through the inspection window in the lid.

+ Switch off the mains switch and pull the plug.
+ Press the small cover at the bottom of the front panel and fold it down.
+ Pull the green cord straight forward with about 40 N until the lid unlocks.
+ Take the samples out, push the cord back and close the cover.

! Never pull the emergency release while the rotor is turning. The light ring gives no warning without power.

## Working out speed and force

The display converts between rpm and x g by itself when the rotor has been recognised. For a protocol that was written
for another centrifuge, always take over the x g value and never the rpm. By hand, multiply 0.00001118 by the radius
in centimetres and by the square of the speed. The radius is measured from the axis to the bottom of the tube; with
adapters it is shorter, and must be entered under Setup/Radius so that the display stays correct. Adapters for 0.5 ml
tubes shorten the radius of the QF-24 by 11 mm.

## Stopping a run early

Pressing STOP once ends the run with the brake level of the program. The report marks the run with the letter S and
the remaining time. If STOP was pressed by mistake, START continues the run with the remaining time as long as the
rotor still turns at more than 1,000 rpm.

# Programs

## Saving and loading

Up to 60 programs can be stored. Program places 1 to 6 are filled at the factory and cannot be overwritten; they can,
however, be copied. To save, set all values, press PROG, choose a free place and hold the knob for 3 seconds. A name
may have 16 characters. To load, press PROG, turn to the program and press the knob.

## Factory programs

| Place | Name | Rotor | Speed or RCF | Time | Temperature | Levels (acc./brake)
| 1 | Plasmid prep | QF-24 | 13,000 x g | 10 min | 4 °C | 9 / 9
| 2 | Serum | QS-4/250 | 1,800 x g | 12 min | 20 °C | 7 / 5
| 3 | Gradient | QS-4/250 | 850 x g | 25 min | 20 °C | 3 / 0
| 4 | Cell pellet | QF-8/15 | 300 x g | 6 min | 8 °C | 5 / 3
| 5 | Plate spin | QS-2/MP | 1,000 x g | 90 s | 20 °C | 6 / 6
| 6 | Haematocrit | QH-24 | 12,000 rpm | 5 min | off | 9 / 8

## Chained programs

Up to four programs can be linked to a chain under Setup/Chain. Between two links the rotor does not stop; it changes
to the next speed with the level of the following program. A chain may last no more than 48 hours altogether. If a
link asks for another rotor than the one inserted, the chain is not started and C-29 appears.

## Access rights

Three roles exist: user, supervisor and service. The supervisor's code is 3140 in the delivery state and should be
changed. A user may start programs but not change them when Setup/Rights/Lock is set. A supervisor can limit the
largest speed for all users, and can require that a reason is entered whenever a run is stopped early.

# Setup menu

| Menu item | Range | Preset
| Sound | 0 to 5 | 3
| Timer start | from start, from 95 % | from 95 %
| Lid opens by itself at the end | yes, no | no
| Cooling after the run | 0 to 8 h | 8 h
| Display saver | 5 to 60 min | 20 min
| Decimal sign | point, comma | point
| Door tone | on, off | off
| Network address | automatic, fixed | automatic
| Report format | CSV, PDF | CSV

## Data and reports

The instrument keeps the data of the last 1,000 runs: date, program, rotor, speed, temperature curve, user and result.
They can be written to a USB stick through the socket behind the front cover. The stick must be formatted with FAT32
and have no more than 64 GB. Through the RJ45 network socket the reports can be sent to a laboratory system by the
protocol LIS-Q on TCP port 7020.

The temperature is recorded every 5 seconds for runs shorter than an hour and once a minute for longer runs.

## Connecting to the network

+ Connect the RJ45 socket on the rear to the network with a shielded cable.
+ Choose a fixed address under Setup/Network if the laboratory does not use automatic addresses.
+ Enter the address of the laboratory system and press Test; a tick appears within 5 seconds.
+ Choose whether reports are sent after each run or once a day at 23:30.

If the laboratory system cannot be reached, up to 200 reports are kept and sent later in the order of their times. The
instrument accepts no commands from the network; a run can be started only at the instrument itself. The clock may be
set by a time server.

## Messages of the reminder list

The list under Setup/Reminders collects what is due: lifetime of rotors, calibration, safety inspection and the change
of seals. Each entry can be postponed twice by 14 days. After the second time only a supervisor can delete it, and the
deletion is noted in the report of the next run.

# Cleaning and disinfection

## General rules

! Switch off, pull the mains plug and let the chamber warm up before cleaning. Do not pour liquids into the chamber.

Clean the chamber, the shaft and the rotor with a soft cloth and a neutral agent with a pH value between 6 and 8 once
a week and after every leak. Condensed water is wiped out after each day with refrigerated runs; leave the lid open
overnight. Aluminium rotors are attacked by alkaline agents, chlorine and salts: rinse them with distilled water after
contact and dry them with the holes facing down.

## Permitted agents

| Agent | Concentration | Contact time | Parts
| Ethanol in water | 70 % | 5 min | Chamber, rotors, lids of metal
| Isopropanol in water | 60 % | 5 min | Chamber, housing
| Hydrogen peroxide | 3 % | 10 min | Chamber, rotors; rinse afterwards
| Glutaraldehyde solution | 2 % | 30 min | Rotors and buckets, immersed
| Sodium hypochlorite | 0.1 % | 2 min | Chamber only, never on rotors; rinse twice
| Neutral washing solution | 1.5 % | as needed | All parts

Acetone, toluene, phenol and steel wool are prohibited. Alcohol of any concentration makes polycarbonate lids brittle;
use the neutral washing solution for them.

## Autoclaving

Rotors, buckets and lids of metal may be autoclaved at 121 °C for 20 minutes. Remove the seals and the lid knob first
and do not stack the parts. Lids of polycarbonate withstand 20 autoclaving cycles, lids of polyphenylsulfone 80.
Plastic adapters are not autoclavable except those marked with a blue dot.

## Decontamination of radioactive residues

Use an agent for radioactive decontamination with a neutral pH value, rinse with 70 % ethanol and then with water, and
measure the chamber before the next use. The rubber ring of the chamber holds residues and is replaced, part QM-1141.

## Removing broken glass

Glass dust in the chamber grinds the surface of rotors grey within hours. Remove splinters with tweezers and a vacuum
cleaner, coat the upper third of the chamber with grease and let a rotor spin for 30 seconds at 2,000 rpm; the dust
sticks to the grease. Repeat until the grease stays clean.

## Emptying the drain bottle

Condensed water runs through a hose into a bottle of 250 ml, which hangs at the left rear. Look at it every Friday. To
empty it, unscrew the bottle by a quarter turn to the left, pour the water away as laboratory waste, because it may
hold traces of samples, and rinse the bottle with 70 % ethanol. A float closes the hose when the bottle is full; the
water then collects in the chamber.

# Maintenance and calibration

## Maintenance plan

| Interval | Work | By whom
| Daily | Wipe out condensed water; look at the rotor | User
| Weekly | Clean and grease the shaft and trunnions; clean the chamber | ^
| Monthly | Check the lid seal and the emergency release; clean the condenser grille | ^
| Every 6 months | Check the earth connection and the imbalance sensor | Laboratory technician
| Yearly | Calibrate the speed and temperature; check the lid lock and gas springs | Service
| Every 3 years | Replace the gas springs and the chamber seal | ^
| After 10,000 operating hours | Replace the motor mounts, four pieces | ^

The hours can be read under Setup/Service/Hours. The drive is brushless and needs no lubrication.

## Cleaning the condenser grille

+ Pull the mains plug and turn the centrifuge so that its rear faces you.
+ Unclip the grille on the lower right by pressing both tongues.
+ Vacuum the fins from top to bottom with a soft brush; bent fins are straightened with a comb.
+ Clip the grille back in. Cooling power falls by about a quarter when the grille is fully clogged.

## Calibrating the speed

The speed is measured with an optical tachometer through the inspection window. The permitted deviation is ±20 rpm
below 5,000 rpm and ±0.4 % above that.

+ Stick a reflecting mark on the lid of rotor QF-24.
+ Log in as supervisor and open Setup/Service/Calibration/Speed.
+ Start the measuring run. The rotor stops at 2,000, 8,000 and 14,000 rpm for 60 seconds each.
+ Enter the value of the tachometer at each step.
+ Confirm with the knob. The correction is stored with the date and the name.

## Calibrating the temperature

Temperature is checked with a thermometer of 0.2 °C accuracy in a tube of water in the rotor, after a run of 45
minutes at 4,000 rpm with the set value 4 °C. The deviation in the sample may be ±1.5 °C. An offset between -4.0 and
+4.0 °C can be entered under Setup/Service/Calibration/Temp for each rotor. A calibration due date is shown 30 days
before it expires.

## Checking the imbalance sensor

+ Insert the rotor QF-24 and load only one position with a tube of 2 ml of water.
+ Start a run at 4,000 rpm.
+ The centrifuge must switch off with C-31 before it reaches 2,500 rpm.
+ If it does not, take the instrument out of operation and call the service.

## Changing the mains fuses

+ Pull the mains plug.
+ Lever out the drawer above the mains inlet with a screwdriver.
+ Replace both fuses, even when only one has blown, and push the drawer in until it clicks.

## Qualification documents

Installation and operation of the centrifuge can be qualified with the document folder QM-D10, which holds 34 test
sheets. The operation test takes about six hours and must be repeated after a move to another building, after a change
of the control board and after each update of the control software. Updates are installed from a USB stick by a
supervisor; the present programs are kept, while the temperature offsets have to be checked again.

Keep the completed sheets for at least five years. Copies of the certificate from the factory can be requested with
the serial number within ten years.

## Replacing the chamber seal

+ Let the chamber warm up and pull the mains plug.
+ Pull the old seal out of its groove, beginning at the joint in the rear.
+ Clean the groove with isopropanol and wait 10 minutes until it is dry.
+ Press the new seal in at four points first, then all round, with the narrow lip facing up.
+ Close the lid without a rotor and leave it closed for 12 hours so that the seal takes its shape.

# Error codes

Errors stop the run unless the table says otherwise. Delete the message by pressing the knob after the lid has been
opened once. Codes from C-40 upward require the service.

## Drive and imbalance

| Code | Meaning | Remedy
| C-01 | No speed signal | Wait until the rotor stands still for sure, switch off for 30 s and on again
| C-03 | Motor hotter than 95 °C | Let it cool for 25 minutes and use a lower acceleration level
| C-05 | Overspeed: more than 300 rpm above the set value | Do not use again until the service has checked the drive
| C-07 | Rotor does not start | Remove the transport lock screws; check whether the rotor rubs
| C-31 | Imbalance switched the run off | Balance the tubes, check the buckets for free movement and grease the
  trunnions
| C-32 | Imbalance sensor gives no signal | Check the level of the table, then call the service
| C-33 | Centrifuge was moved during the run | Place it firmly on its four feet and repeat

## Lid and rotor recognition

| Code | Meaning | Remedy
| C-11 | Lid not locked | Remove foreign bodies from the lock and press the lid down on both sides
| C-12 | Lid was opened by the emergency release | Push the cord back fully
| C-21 | Rotor chip cannot be read | Clean the underside of the hub and insert the rotor again
| C-22 | Set speed too high for this rotor | Reduce the speed to the value in the rotor table
| C-26 | Lifetime of the rotor is used up | Replace the rotor; the message cannot be deleted
| C-29 | Chain or program asks for another rotor | Insert the rotor named in the program

## Cooling and temperature

| Code | Meaning | Remedy
| C-14 | Chamber warmer than 45 °C | Open the lid and let the chamber cool; check the room temperature
| C-15 | Temperature sensor interrupted | Call the service; runs without cooling remain possible
| C-17 | Set temperature not reached within 60 minutes (warning only) | Clean the condenser grille; pre-cool the
  rotor
| C-18 | Pressure switch of the cooling circuit | Let it rest for 30 minutes with the ventilation slots free

## Electronics

| Code | Meaning | Remedy
| C-36 | Mains voltage too low | Use a socket with its own fuse; do not use an extension cable
| C-38 | Power failure during the run | Check the samples and repeat the run; the run is marked in the report
| C-40 | Memory of the control is damaged | Service: replace the control board
| C-42 | Communication between control and drive interrupted | ^
| C-44 | Brake resistor interrupted | Run down with level 0 is still possible; service: replace the resistor

# Troubleshooting

| Observation | Possible cause | What to do
| Display stays dark | Fuse blown or plug loose | Check the plug, then both fuses
| Lid does not open although the rotor stands still | Lid seal frozen to the rim | Warm the chamber to 20 °C and
  press LID again
| Loud humming at 1,100 to 1,300 rpm | Normal resonance while accelerating | None, if it lasts less than 5 seconds
| Grey dust in the chamber | Glass broken in an earlier run | Follow the section on removing broken glass
| Tubes crack | Wrong adapters, or speed too high for the tube | Observe the maximum RCF given by the maker of the
  tube
| Ice in the chamber | Lid left open during pre-cooling | Let it thaw and wipe it out
| Pellet has come loose | Brake level too high | Choose a level of 3 or less
| Rotor is stuck on the shaft | Not greased for a long time | Loosen the nut and pull with both hands; do not use a
  lever
| Printing of reports fails | USB stick formatted with NTFS | Format it with FAT32
| Water under the instrument | Drain hose blocked | Empty the drain bottle and blow through the hose

# Technical data

## General data

| Property | Value | Note
| Dimensions (width x depth x height) | 43 x 62 x 34 cm | lid closed
| Height with open lid | 78 cm | from the table to the edge of the lid
| Weight without rotor | 47 kg | drain bottle empty
| Speed range | 200 to 15,200 rpm | depends on the rotor
| Power consumption | 1,050 W | largest value
| ^ | 85 W | standing still, cooling to 4 °C
| Noise at full speed | 57 dB(A) | rotor QF-24, distance 1 m
| Energy of rotation, largest | 16,300 N·m | rotor QS-4/250
| Test intervals of the safety inspection | 12 months | national rules may ask for less

## Ambient conditions

| Condition | In operation | In transport (up to 4 days) | In storage
| Temperature | 6 to 32 °C | -25 to 60 °C | -10 to 55 °C
| Relative humidity | up to 75 % | up to 90 % | 10 to 80 %
| Altitude | up to 2,500 m | up to 12,000 m | up to 4,000 m
| Air pressure | 74 to 106 kPa | 20 to 106 kPa | 60 to 106 kPa

Above 1,500 m the cooling power is lower: expect samples that are about 2 °C warmer at full speed.

# Accessories and spare parts

| Part | Order number | Pieces in a pack
| Fixed-angle rotor QF-24 with lid | QM-2024 | 1
| Fixed-angle rotor QF-8/15 with lid | QM-2815 | 1
| Fixed-angle rotor QF-6/50 with lid | QM-2650 | 1
| Swing-out rotor QS-4/250 without buckets | QM-2425 | 1
| Bucket 250 ml for QS-4/250 | QM-2430 | 2
| Aerosol-tight lid for the bucket 250 ml | QM-2436 | 2
| Seal for the aerosol-tight lid | QM-2437 | 10
| Swing-out rotor QS-2/MP with carriers | QM-2302 | 1
| Haematocrit rotor QH-24 with reading disc | QM-2124 | 1
| Adapter for 0.5 ml tubes, QF-24 | QM-3005 | 12
| Adapter for 15 ml conical tubes, QS-4/250 | QM-3415 | 4
| Rubber cushion for glass tubes | QM-3440 | 20
| Rotor key | QM-1105 | 1
| Rotor grease 20 ml | QM-1190 | 1
| Chamber seal | QM-1141 | 1
| Gas spring for the lid | QM-1152 | 2
| Fuse T 8 A | QM-1308 | 10
| Fuse T 15 A | QM-1315 | 10
| Control board | QM-1420 | service only

Spare parts can be ordered for ten years after the production of the series has ended. Orders of rotors need the
serial number of the centrifuge, because rotor chips are written for the version.

# Transport, return and disposal

## Shipping the instrument

+ Remove the rotor and clean the chamber.
+ Fit the two red transport screws and the foam ring.
+ Fill in the decontamination certificate QM-F12 and fix it to the outside of the box.
+ Ship the centrifuge standing upright; the arrow on the box must point upward.

Instruments without a decontamination certificate are returned unopened, at the expense of the sender.

## Disposal

The refrigerant must be removed by a certified company. The lithium cell of the clock on the control board, type
CR2032, is collected separately. Rotors are made of an aluminium alloy and go to scrap metal after they have been made
unusable by drilling a hole of 10 mm through the bottom.

# Warranty and service

## Warranty

| Item | Period
| Centrifuge | 24 months
| Cooling compressor | 60 months
| Rotors and buckets of metal | 36 months, within their lifetime
| Lids of plastic, seals, fuses | no warranty

The period begins with the day of delivery, or with the day of installation if a Quellmark technician installs the
centrifuge within 6 weeks after delivery. The warranty ends when foreign rotors are used, when calibration is missed
by more than 3 months or when the case has been opened by persons who are not authorised.

## Service contracts

Three contracts are offered. Basic contains the yearly inspection. Plus adds free spare parts and a response within
two working days. Premier contains a replacement centrifuge within 24 hours and unlimited visits.

## Contact

Have the serial number, the software version and the code with its time at hand. The support line is staffed on
working days from 7:30 to 17:00. Remote diagnosis needs a network connection and your permission for each session,
which expires after 2 hours.
"""
