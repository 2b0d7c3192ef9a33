"""The Aurora X2 manual, chapters 10 to 17: errors, storage, parts, warranty, glossary. Markup: see `make_pdf`."""

from __future__ import annotations

TEXT = """
# Error codes

## How errors are shown

When the machine detects a fault, the ring flashes red, a tone sounds three times and the display shows a code. Codes
from E-01 to E-09 concern water, E-10 to E-13 temperature, E-14 to E-17 the grinder, and higher numbers electronics and
service. The machine stores the last 20 errors with the date and the time.

To clear an error, remove its cause and press `KEY_MENU`. If the same code appears three times within 24 hours, the
machine can only be restarted with the main switch. Codes marked with an asterisk cannot be cleared: set the main switch
to 0, pull the mains plug and call the service centre.

## List of error codes

@table 14 47 57: Error codes, causes and remedies
| Code | Cause | Remedy
| E-01 | Water tank missing or not pushed in fully | Press the tank down until it clicks. Wipe the contact at the rear
  with a dry cloth.
| E-02 | Water tank empty | Fill the tank and press `KEY_MENU`.
| E-03 | Brew boiler not filled within 90 seconds; air in the pump | Press `KEY_WATER` to let the air escape, then
  repeat the filling.
| E-04 | Flow meter sends no pulses during a shot | Grind two settings coarser. If the code stays, descale the machine.
| E-05 | Flow meter sends pulses although the pump is off | The three-way valve leaks. Backflush twice; if that does not
  help, call the service centre.
| E-06 | Steam boiler calls for water for more than 60 seconds | Check the slope of the worktop and use water that is
  not distilled.
| E-07 | Level probe in the steam boiler scaled up | Descale, then wipe the probe if a technician opens the boiler.
| E-08 | Drip tray full or not inserted | Empty the tray and dry its two contacts.
| E-09 | Pump has run for more than 150 seconds without a pause | Let the pump cool for 10 minutes. Check the filter
  cartridge for blockage.
| E-10* | Sensor of the brew boiler interrupted | The NTC sensor must be replaced by a workshop.
| E-11* | Sensor of the steam boiler short-circuited | The NTC sensor must be replaced by a workshop.
| E-12 | Brew boiler more than 8 °C too hot | Set `P17` to 0.0, flush 200 ml and let the machine cool for 15 minutes.
| E-13* | Thermal fuse has opened | The steam boiler ran dry. A workshop must find the reason before it fits a new fuse.
| E-14 | Upper burr missing or not aligned | Align the red dots and turn the hopper until it locks.
| E-15 | Grinder blocked by a foreign body | Pull the plug, take out the upper burr and look for stones or metal.
| E-16 | Grinder too hot | Wait for 4 minutes. Grind no more than three double doses in a row.
| E-17 | Hopper empty or sealing slide closed | Fill in beans or open the slide, then press `KEY_GRIND`.
| E-18 | Mains voltage more than 12 per cent too low | Plug the machine into a socket on another circuit and remove
  extension leads.
| E-19 | Moisture on the control board | Switch off and let the machine dry for 24 hours in a warm room. Change its
  place.
| E-20 | Connection between display and control board lost | Set the main switch to 0 for 30 seconds. If the code
  returns, the ribbon cable is loose.
| E-21 | Clock lost after a power cut | Set `P10`. No repair is necessary.
| E-22 | Memory of the counters damaged | The machine works on, but reminders are wrong. Have the software loaded again.
| E-23 | Descaling interrupted | Fill the tank with clear water and press `KEY_GRIND` to rinse.
| E-24* | Earth leakage detected in a heating element | Do not switch on again. The element must be replaced.
| E-25 | Cooling fan of the electronics stands still | Remove fluff from the grille on the underside with a vacuum
  cleaner.
| E-26 | Service inspection due after 36 months | Make an appointment. The code can be put off by 100 coffees.

## When the display stays dark

If the display and the ring stay dark, check the socket with another appliance first. Then check that the main switch
under the drip tray is at I: it is often moved by accident when the tray is pushed in. If both are in order, the
internal fuse on the control board has blown. It may be replaced only by a workshop.

# Troubleshooting

## Coffee

@table 34 42 42: Problems with the coffee
| Problem | Likely cause | Remedy
| Coffee only drips | Ground too finely or dose too high | Grind one or two settings coarser; check with the coin test
| Coffee runs too fast, pale crema | Ground too coarsely or beans too old | Grind finer; buy beans roasted within the
  last 30 days
| Coffee tastes sour | Water too cool or contact too short | Raise `P01` by 1 °C; grind finer
| Coffee tastes bitter | Water too hot or group head dirty | Lower `P01` by 1 °C; backflush
| Coffee is lukewarm | Cup and portafilter cold | Lock the empty portafilter in while heating up; use the cup rail
| Water sprays from holes in the puck | Channelling | Spread the grounds evenly; lengthen the pre-infusion by 2 seconds
| Wet, muddy puck | Dose too low for the basket | Weigh the dose: 18 g belong in the double basket
| Coffee seeps past the rim | Gasket hard or rim dirty | Clean the rim; replace the gasket (section 8.6)
| One spout gives more than the other | Machine not level or spout dirty | Level the feet; unscrew and brush the spout

## Milk and steam

@table 34 42 42: Problems with milk and steam
| Problem | Likely cause | Remedy
| No steam at all | Steam boiler switched off in `P02` | Raise `P02` to 115 °C or more
| Weak steam | Holes of the tip blocked | Clear them with the needle (section 8.7)
| Wet steam at the start | Condensed water in the wand | Purge for 2 seconds before steaming
| Large bubbles in the foam | Tip too high or air drawn for too long | Draw air for no more than 8 seconds
| Milk does not foam | Milk too warm or opened days ago | Use fresh milk from the refrigerator
| Wand drips when closed | Seat of the steam valve worn | Have the valve cartridge TV-33-020 replaced
| Screeching noise | Tip too deep from the start | Raise the tip until it hisses softly

## Water, noise and heat

@table 34 42 42: Problems with water, noise and heat
| Problem | Likely cause | Remedy
| Pump louder than usual | Air in the filter cartridge | Turn the cartridge upside down in water and tap it
| Machine rattles while brewing | Feet uneven or cup rail overloaded | Level the feet; leave no more than nine cups on
  the rail
| Water under the machine | Drip tray overfull, or tank valve leaking | Empty the tray; replace the valve seal TV-21-014
| Hissing from beneath the rail | Anti-vacuum valve still open | Normal until the steam boiler has reached 100 °C
| Click every few seconds | Relay of the heating elements | Normal; no remedy needed
| Does not heat, no error code | Demonstration mode switched on in the shop | Hold `KEY_POWER` and `KEY_MENU` for 10
  seconds
| Water tastes of chlorine | Cartridge exhausted | Change the cartridge (section 9.2)
| Pressure gauge stays below 6 bar | Ground far too coarsely, or relief valve dirty | Grind finer; if that does not
  help, call the service centre

## Grinder

@table 34 42 42: Problems with the grinder
| Problem | Likely cause | Remedy
| Grinder hums but gives no coffee | Outlet chute clogged by moist grounds | Clean the chute (section 8.5)
| Dose differs from day to day | Beans of different size; static charge | Add one drop of water to the beans before
  grinding
| Shrill noise | Burrs touch at a setting that is too fine | Set the dial above 3
| Dial hard to turn | Grinder not running while turning | Turn the dial only while the grinder runs
| Dose smaller than it was | Burrs worn after years of use | Raise `P08` by 0.4 s; check the burr life with `KEY_GRIND`

# Storage, transport and frost

## Draining the boilers

Drain the machine before you store it for more than 3 weeks, before you send it by carrier and before it may be exposed
to frost. You need about 15 minutes.

1. Let the machine cool to below 50 °C. The display shows the temperature in standby when
   you touch `KEY_DOWN`.
2. Empty the water tank and put it back without the cartridge.
3. Hold `KEY_WATER` and `KEY_STEAM` together for 5 seconds. The display shows "DRAIN".
4. Place a bowl of at least 1.5 litres below the spout and press `KEY_GRIND`. The pump blows both boilers out with air.
5. Wait for the display "EMPTY" and set the main switch to 0.
6. Tilt the machine forwards by about 20° for a moment. Up to 40 ml of water may run out of the group head.

## Storage

Store the drained machine upright in a dry room at 2 to 40 °C. Leave the sealing slide open and the portafilter
unlocked, so that the gasket is not deformed. Empty the hopper, since old coffee oil attracts insects. After more than
12 months of storage, let a workshop check the pump seals before use.

## Transport

Insert the red transport pin again through the left side panel and pack the machine in its carton. The foam blocks can
be ordered under part number TV-90-001 if they have been thrown away. In a car, secure the carton upright; the machine
may lie on its back for short distances only, and never on its left side, because the grinder motor hangs in rubber
mounts there.

## Frost

Water that freezes bursts the flow meter at about -4 °C and the boilers at about -9 °C. A machine that has been left in
the frost with water inside must not be switched on. Let it thaw for 24 hours at room temperature with the drip tray
inserted, then look for leaks with the mains plug pulled out.

!CAUTION Frost damage is not covered by the warranty, even if the machine was delivered in winter and left in an
unheated hallway.

# Spare parts and accessories

## Spare parts for users

The following parts can be replaced without special tools. Order them from your dealer or from the service centre and
always give the model name and the serial number.

@table 26 58 34: Spare parts
| Part number | Part | Fits serial number
| TV-58-082 | Group gasket, 8.2 mm | all
| TV-58-110 | Shower screen with centre screw | all
| TV-58-115 | Distribution plate, brass | all
| TV-58-201 | Single basket, 9 g | all
| TV-58-202 | Double basket, 18 g | all
| TV-58-209 | Blind basket | all
| TV-58-300 | Portafilter with walnut handle | all
| TV-33-004 | Steam tip, four holes | all
| TV-33-006 | O-ring for the steam tip | all
| TV-33-011 | Silicone sleeve, blue | all
| TV-21-010 | Water tank, 2.4 l, with lid | all
| TV-21-014 | Seal of the tank valve | all
| TV-47-030 | Upper burr, 30 settings | up to 2318-00399
| TV-47-036 | Upper burr, 36 settings | from 2318-00400
| TV-47-040 | Bean hopper with lid | all
| TV-62-005 | Drip tray with float | all
| TV-62-007 | Grid for the drip tray | all
| TV-90-001 | Pair of foam blocks | all

Spare parts are kept in stock for 10 years after the last machine of the series has been built.

## Accessories and supplies

@table 26 66 26: Accessories and supplies
| Part number | Item | Pack
| TV-71-003 | Filter cartridge WF-3 | 2 pieces
| TV-71-020 | Cleaning tablets CT-2 | 60 tablets
| TV-71-031 | Descaler DL-100, 125 ml | 3 bottles
| TV-71-045 | Milk system cleaner MC-5, 500 ml | 1 bottle
| TV-71-052 | Water hardness test strips | 10 strips
| TV-80-012 | Bottomless portafilter | 1 piece
| TV-80-017 | Milk thermometer, -10 to +100 °C | 1 piece
| TV-80-021 | Steam tip, two holes, for jugs up to 200 ml | 1 piece
| TV-80-030 | Knock box, beech | 1 piece
| TV-80-034 | Precision basket, 20 g, without ridge | 1 piece

The 20 g basket needs a grind that is one setting coarser than that for the 18 g basket.

# Disposal

Electrical appliances must not be put into household waste. Take the machine to a municipal collection point or return
it to your dealer, who must accept it free of charge if you buy a similar appliance. Drain both boilers first
(section 12.1).

The control board carries a capacitor but no battery, so nothing has to be removed beforehand. The carton belongs in
waste paper and the foam blocks, made of expanded polypropylene, in the collection of plastics. Used filter cartridges
may go into household waste; the service centre also takes them back in batches of six and recycles the carbon.

Clear your personal settings with `P18` if you give the machine to someone else.

# Warranty

## Periods

Tervano grants the first buyer the following warranty, counted from the date on the invoice. Your statutory rights
against the dealer are not affected.

@table 66 52: Warranty periods
| Part of the machine | Period
| Complete machine in private use | 30 months
| Complete machine in offices and guest houses | 12 months
| Both boilers, against leaks from corrosion | 60 months
| Rotary pump | 42 months
| Grinder motor, without burrs | 48 months
| Spare parts bought and fitted by a workshop | 18 months

If you register the machine within 8 weeks of purchase, the warranty for the complete machine in private use is extended
by 6 months. A repair does not restart the period.

## What is excluded

- Wear parts: gaskets, O-rings, burrs, shower screen, filter cartridge and the silicone sleeve.
- Damage from limescale if counter C3 exceeded the limit of Table 11 by more than 20 litres.
- Damage from vinegar, citric acid or descalers other than DL-100.
- Machines whose yellow lacquer on the relief valve is broken.
- Damage from frost, from falls or from overvoltage.
- Scratches, dents and changes of colour that do not impair the function.
- Machines used for more than 40 coffees a day on average, according to counter C1.

## How to make a claim

1. Note the serial number, counters C1 and C6 and the error code, if any.
2. Call the service centre or write to it. You are given a return number that is valid for 21 days.
3. Drain the boilers and pack the machine in its original carton. Damage from unsuitable packaging is at your expense.
4. Enclose a copy of the invoice and write the return number on the outside of the carton.

Carriage within the country of purchase is paid by Tervano during the first 12 months; afterwards each side bears one
way. A repair usually takes 8 working days from the arrival of the machine. If the fault cannot be found, an inspection
fee of 49 euros is charged.

# Service

@table 40 78: Service contacts
| Matter | Contact
| Service centre, telephone | 555-0142, Monday to Friday from 8:30 to 17:00
| Service centre, Saturday | 555-0142, from 9:00 to 12:30
| Orders for spare parts | 555-0147
| E-mail | help@tervano.example
| Post | Tervano Appliances, Service, 12 Mill Lane, Harrowdale
| Registration | www.tervano.example/register

An answer to an e-mail takes up to 2 working days. In urgent cases, for example if water escapes, please telephone and
have the serial number ready. The telephone is busiest on Mondays; the waiting time is shortest after 15:00.

Manuals in other languages can be ordered free of charge under document number AX2-UM, followed by the code of the
language. The declaration of conformity is sent on request and names the test house and the year of the test.

@columns 2

# Glossary

**Anti-vacuum valve.** Small valve on the steam boiler that lets air in while the boiler cools, so that milk is not
drawn up through the steam wand.

**Backflushing.** Cleaning process in which water with detergent is pressed backwards through the three-way valve by
means of a basket without holes.

**Bar.** Unit of pressure. One bar corresponds approximately to the atmospheric pressure at sea level.

**Blind basket.** Basket without perforation, used only for backflushing.

**Channelling.** Formation of narrow paths through which the water escapes without extracting the surrounding coffee.

**Crema.** Hazel-coloured foam on an espresso, formed from coffee oils and carbon dioxide.

**Degree of German hardness (°dH).** Measure of the calcium and magnesium dissolved in water.

**Distribution plate.** Brass disc above the shower screen that divides the water into sixteen streams.

**Dose.** Weight of the dry ground coffee in the basket.

**Eco mode.** Operating state in which the brew boiler is kept at a reduced temperature to save electricity.

**Extraction.** Dissolving of aromatic substances from the ground coffee. Between 18 and 22 per cent of the coffee
should be dissolved.

**Flow meter.** Small turbine behind the pump that measures the water by counting the revolutions of a magnet.

**Group head.** Heavy brass part into which the portafilter is locked.

**NTC sensor.** Temperature sensor whose electrical resistance falls as the temperature rises.

**Portafilter.** Handle with a metal ring that holds the basket.

**Pre-infusion.** Wetting of the coffee at low pressure before the actual extraction.

**Puck.** Compressed disc of coffee grounds that remains after brewing.

**Relief valve.** Spring-loaded valve that limits the brewing pressure and leads surplus water back to the tank.

**Ristretto.** Espresso made with the usual dose but only about half of the water.

**Rotary vane pump.** Pump in which sliding vanes press the water outwards; quieter and more durable than a vibratory
pump.

**Shower screen.** Perforated stainless-steel disc that distributes water over the coffee.

**Tamping.** Compressing of the ground coffee into a firm and level surface.

**Three-way valve.** Solenoid valve that connects the group head either with the boiler or with the drip tray.
"""
