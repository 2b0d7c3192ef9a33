"""The Aurora X2 manual, chapters 1 to 4: about the manual, safety, delivery and data. Markup: see `make_pdf`."""

from __future__ import annotations

TEXT = """
# About this manual

Thank you for choosing the Aurora X2. This manual takes you from the carton to the first cup and then through years of
care. Read chapters 2 and 5 before you plug the machine in, and keep the manual where every user can reach it. If you
pass the machine on, pass the manual on with it.

## Models covered

The manual covers two models, which differ only in their mains supply. The model name is printed on the rating plate.

@table 26 34 58: Models and markets
| Model | Mains supply | Plug supplied
| AX2-230 | 220--240 V, 50/60 Hz | Earthed plug, type F; a type G adapter is in the accessory bag
| AX2-120 | 120 V, 60 Hz | Earthed plug, type B

Machines with a serial number below 2318-00400 have a grinder with 30 settings instead of 36. Wherever this manual names
a grind setting, owners of these early machines should choose a setting two steps lower than the one given.

## Signal words

Three signal words mark the boxes in this manual.

- **WARNING** stands for a hazard that can cause serious injury or death.
- **CAUTION** stands for a hazard that can cause minor injury or damage to the machine.
- **NOTE** stands for advice that saves time or improves the coffee.

## How keys and menu items are written

Keys are written in a fixed-width type, for example `KEY_MENU`. Menu items carry the letter P and two digits, for
example `P07`. What the display says is set in quotation marks: "READY".

"Press" means a touch shorter than one second. "Hold" means three seconds unless another time is given. A double beep
confirms every hold.

## The rating plate

The rating plate is riveted to the rear wall, behind the water tank. It shows the model name, the serial number and the
production week. The first four digits of the serial number are the year and the week: 2441 means week 41 of 2024. Have
the serial number at hand whenever you call the service centre.

## Changes to this manual

The revision stands at the foot of every page. Older revisions remain valid for the machines they were delivered with.

@table 20 30 68: Revisions
| Revision | Date | What is new
| 3.0 | September 2022 | First edition for the AX2-120
| 4.0 | May 2023 | Grinder with 36 settings; new grind table
| 4.1 | February 2024 | Wake-up timer with one time for each weekday
| 4.2 | March 2025 | Error codes E-25 and E-26; descaling shortened from 55 to 42 minutes

Software 3.1 brings the shorter descaling program to older machines. An authorised workshop loads it in about 20
minutes.

@columns 2

# Safety

## Intended use

The Aurora X2 prepares espresso, hot water and steamed milk in private households, in small offices and in the guest
kitchens of bed-and-breakfast houses. It is designed for up to 40 coffees a day. Commercial operation in cafés or
restaurants is not intended use and ends the warranty.

Only whole roasted beans may go into the hopper. Caramelised or flavoured beans leave sugar on the burrs, which can
block the grinder permanently. Ground coffee goes straight into the portafilter, never into the hopper.

## Electricity

Connect the machine only to an earthed socket that was installed by a qualified electrician. Do not use multiple-socket
blocks. If an extension lead cannot be avoided, it must have conductors of at least 1.5 mm² and must not be longer than
3 metres.

Pull out the mains plug before cleaning the housing, before opening the grinder chamber and during thunderstorms. Hold
the plug itself, never the cable. A damaged mains cable may be replaced only by an authorised workshop, because special
tools are required to restore the strain relief.

!WARNING Never immerse the machine in water and never clean it with a steam jet. Water inside the housing can cause an
electric shock.

## Heat, steam and pressure

The group head, the steam wand and the cup rail become hot enough to burn the skin. Touch the steam wand only by its
blue silicone sleeve. After the machine has been switched off, the group head needs about 45 minutes to cool below
40 °C.

Never loosen the portafilter while the pump is running or while the pressure gauge shows more than 1 bar. Hot coffee
grounds can burst out and scald you. Before you point the steam wand anywhere, make sure that nobody stands within half
a metre of its tip.

The steam boiler is protected by a safety valve that opens at 2.8 bar. If steam escapes from beneath the cup rail,
switch the machine off and leave it off until a technician has examined it.

## Children and people who need help

Children from the age of 8 and persons with reduced physical, sensory or mental capabilities may use the machine if they
are supervised or have been instructed. Children must not play with the machine. Cleaning and descaling must not be done
by children under 14. Keep the packaging film away from infants: danger of suffocation.

People with a cardiac pacemaker should keep 15 centimetres away from the bean hopper, because its lid holds two
permanent magnets.

## Water and cleaning agents

Fill the tank with fresh, cold drinking water only. Mineral water with carbonation, distilled water and water from a
softener that works with salt are unsuitable. Distilled water does not conduct electricity, so the level probes in the
steam boiler cannot detect it.

Descaling agents irritate skin and eyes. Wear protective gloves when mixing them. If descaler gets into an eye, rinse
the eye with running water for at least 10 minutes and consult a doctor. Store cleaning agents separately from food.

## In an emergency

If the machine smokes, smells of burnt plastic or loses water onto the worktop, pull the mains plug immediately. Close
the bean hopper, empty the drip tray and dry the worktop. Do not reconnect the machine, even if it appears to be dry
again: moisture can remain beneath the insulation of the boilers for several days.

Burning electronics must be smothered with a fire blanket or a carbon-dioxide extinguisher. Never use water on a machine
that is still connected to the mains.

@columns 1

# What you receive

## Unpacking

The packed machine weighs 18.2 kg. Two people should lift it out of the carton.

1. Cut the two straps and open the carton from above.
2. Take out the accessory tray and the upper foam block.
3. Lift the machine by its base. Do not lift it by the cup rail or by the steam wand.
4. Pull the red transport pin out of the pump bracket through the opening in the left side panel. Keep the pin for later
   transport.
5. Remove the film from the display and the cardboard ring from beneath the bean hopper.
6. Let the machine stand in the room for at least 2 hours before you fill it, so that condensation can dry.

!CAUTION If the transport pin stays in place, the pump rests hard on its bracket. It then becomes very loud and its
mount can crack within a few days.

## In the box

Check the delivery against Table 3. Report missing or broken parts to your dealer within 14 days of delivery.

@table 12 64 42: Delivery contents
| Qty. | Item | Where to find it
| 1 | Aurora X2 espresso machine with bean hopper | Centre of the carton
| 1 | Portafilter with walnut handle and double spout | Accessory tray, left
| 1 | Single basket, 9 g | Accessory tray, left
| 1 | Double basket, 18 g | In the portafilter
| 1 | Blind basket for backflushing | Accessory bag
| 1 | Tamper, 58.4 mm, 410 g | Accessory tray, right
| 1 | Milk jug, 350 ml | Inside the drip tray
| 1 | Water filter cartridge WF-3 | Inside the water tank
| 2 | Water hardness test strips | Inner cover of this manual
| 1 | Group brush and 4 mm hex key | Accessory bag
| 1 | Starter set: 3 cleaning tablets and 1 bottle of descaler | Below the lower foam block

The milk thermometer shown on the carton is an optional accessory and is not part of the delivery.

## Parts overview

@figure machine

@table 12 48 58: Parts shown in Figure 1
| No. | Part | Remark
| 1 | Bean hopper with sealing slide | Holds 260 g of beans
| 2 | Cup rail with cup warmer | For up to nine espresso cups
| 3 | Grind dial | 36 settings, 1 is the finest
| 4 | Display and keys | See section 3.4
| 5 | Pressure gauge | Green zone from 8 to 10 bar
| 6 | Group head, 58 mm | Heated by its own 90 W element
| 7 | Portafilter | Locks at the 6 o'clock position
| 8 | Steam wand with four-hole tip | Blue sleeve is the only safe grip
| 9 | Hot water spout | Swings 70° to the right
| 10 | Drip tray with grid and red float | Float rises at 0.7 l
| 11 | Water tank, at the rear | Removable, 2.4 l
| 12 | Main switch | Under the drip tray, front right

## Control panel

The nine keys react to touch. They work with dry and with damp fingers, but not through gloves.

@table 28 42 48: Keys and what they do
| Key | Press | Hold for 3 seconds
| `KEY_POWER` | Wakes the machine, or puts it into standby | Shuts down without the cooling flush
| `KEY_BREW1` | Starts or stops a single espresso | Teaches the single volume
| `KEY_BREW2` | Starts or stops a double espresso | Teaches the double volume
| `KEY_STEAM` | Starts or stops steam | Purges the wand for 2 seconds
| `KEY_WATER` | Starts or stops hot water | Teaches the hot water volume
| `KEY_GRIND` | Starts or stops the grinder | Shows the remaining burr life
| `KEY_MENU` | Opens or leaves the menu | Locks or unlocks all keys
| `KEY_UP` | Next item or higher value | Jumps in steps of ten
| `KEY_DOWN` | Previous item or lower value | Shows the counters

A value in the menu is stored as soon as you leave it. There is no separate key for saving.

## Status light

The ring around `KEY_POWER` shows the state of the machine from across the room.

@table 40 78: Colours of the status ring
| Ring | Meaning
| White, breathing slowly | Standby
| Amber, breathing | Heating up
| White, steady | Ready to brew; steam may still be heating
| Green, steady | Brew boiler and steam boiler are both ready
| Blue, flashing | Water tank empty or missing
| Violet, steady | Cleaning or descaling is due
| Red, flashing | Error; the display shows a code

# Technical specifications

The data apply to machines with software 3.1 or later. We may change details that serve technical progress.

## Electrical data

@table 46 36 36: Electrical data
| Property | AX2-230 | AX2-120
| Rated voltage | 220--240 V AC | 120 V AC
| Frequency | 50/60 Hz | 60 Hz
| Rated power | 1,850 W | 1,560 W
| Highest current drawn | 8.3 A | 13.0 A
| Fuse needed in the building | 10 A, slow | 15 A, slow
| Heating element, brew boiler | 800 W | 650 W
| Heating element, steam boiler | 1,000 W | 850 W
| Power used in standby | 0.4 W | 0.5 W
| Power used in eco mode | 38 W | 41 W
| Length of the mains cable | 1.25 m | 0.95 m
| Protection class | I (earthed) | I (earthed)
| Internal fuse on the control board | T 2.5 A | T 4 A

The AX2-120 never heats both boilers at the same time. If both call for heat, the brew boiler takes precedence.

## Hydraulics and temperatures

@table 62 56: Hydraulics and temperatures
| Property | Value
| Pump type | Rotary vane pump with brass head
| Highest pump pressure | 14 bar
| Brewing pressure, set by the relief valve | 9.0 bar ±0.3 bar
| Content of the brew boiler | 0.42 l
| Content of the steam boiler | 0.75 l
| Material of both boilers | Stainless steel 316L
| Brewing temperature, adjustable | 86--98 °C
| Brewing temperature, factory setting | 93 °C
| Temperature stability during a shot | ±0.4 °C
| Steam boiler temperature, factory setting | 126 °C
| Steam pressure at the factory setting | 1.4 bar
| Hot water temperature at the spout | 88 °C ±3 °C
| Time to heat up, brewing | 6½ minutes
| Time to heat up, steam | 11 minutes
| Content of the water tank | 2.4 l
| Reserve when the tank warning appears | 0.3 l
| Content of the drip tray | 0.9 l

## Grinder

@table 62 56: Grinder data
| Property | Value
| Burrs | Conical, hardened steel, 48 mm
| Burr speed | 420 revolutions per minute
| Throughput at setting 12 | 1.9 g per second
| Change of particle size per setting | about 14 µm
| Life of the burrs | 350 kg of coffee
| Longest continuous run | 60 seconds, then 4 minutes of rest

## Dimensions, weight and noise

@table 62 56: Dimensions, weight and noise
| Property | Value
| Width | 318 mm
| Depth without portafilter | 372 mm
| Depth with portafilter | 466 mm
| Height with bean hopper | 428 mm
| Height without bean hopper | 351 mm
| Cup clearance below the spouts | 92 mm
| Cup clearance with the grid removed | 131 mm
| Net weight, boilers empty | 15.3 kg
| Noise while brewing | 58 dB(A)
| Noise while grinding | 73 dB(A)
| Permitted room temperature in use | 10--35 °C
| Permitted relative humidity | 20--80 %, no condensation
"""
