"""The Aurora X2 manual, chapters 5 to 7: installation, daily use and programming. Markup: see `make_pdf`."""

from __future__ import annotations

TEXT = """
# Installation

## Choosing a place

Stand the machine on a level, dry worktop that carries at least 25 kg. The slope may not exceed 2°, or the level probes
in the steam boiler will measure wrongly. The four feet can be screwed out by up to 8 mm to compensate for an uneven
worktop.

Leave the following free space around the machine:

- 50 mm at each side, so that the vents stay open;
- 100 mm behind the machine for the mains cable;
- 220 mm above the cup rail, so that the water tank can be drawn upwards.

Do not place the machine above a dishwasher or next to a hob. Rising steam condenses on the control board and is a
frequent reason for error E-19.

## Testing the water hardness

The machine reminds you to descale according to the hardness of your water. Test the water before the first start-up and
again whenever you move house.

1. Fill a glass with cold tap water. Do not use water that has passed the filter cartridge.
2. Dip one test strip into the water for 1 second, then shake it off.
3. Wait for 60 seconds.
4. Count the fields that have turned pink.
5. Look up the setting in Table 11 and enter it as menu item `P06`.

@table 22 26 20 50: Water hardness settings
| Pink fields | Hardness | Setting | Reminder to descale
| 0 or 1 | below 5 °dH | H1 | after 160 litres
| 2 | 5--10 °dH | H2 | after 95 litres
| 3 | 11--16 °dH | H3 | after 60 litres
| 4 | 17--24 °dH | H4 | after 35 litres
| 5 | above 24 °dH | none | Use bottled water instead

The factory setting is H3. One degree of German hardness (°dH) equals 17.8 mg of calcium carbonate per litre, so divide
a figure in milligrams per litre by 17.8 to obtain °dH.

!NOTE If the cartridge WF-3 is fitted and `P15` is switched on, the machine adds 40 per cent to the litres in the last
column.

## First start-up

Both boilers leave the factory dry. The first start-up fills them, rinses out production residue and checks the
temperature sensors. Plan about 25 minutes.

!CAUTION Never switch on the machine for the first time with an empty tank. The pump may run dry for no more than 20
seconds.

1. Soak the filter cartridge WF-3 in a bowl of cold water for 5 minutes, then push it onto the valve in the tank.
2. Rinse the tank, fill it to the MAX mark and insert it until it clicks.
3. Make sure that the drip tray is in place and that the portafilter is not locked in.
4. Plug in the mains cable and set the main switch to I. The ring breathes white.
5. Press `KEY_POWER`. The display shows "FILL 1" and the pump runs for about 35 seconds.
6. Place a bowl of at least 1 litre below the group head and the hot water spout.
7. Press `KEY_WATER` when the display shows "RINSE". The machine rinses the steam boiler with 600 ml.
8. Press `KEY_BREW2`. The machine rinses the brew boiler with 400 ml.
9. Refill the tank, choose the units and the time on the display and wait until the ring turns green.
10. Brew and throw away the first three coffees. They settle the new burrs and carry a slight smell of machine oil.

If the pump has not filled the brew boiler after 90 seconds, the machine stops with error E-03. Open the hot water spout
by pressing `KEY_WATER` to let trapped air escape, then start again from step 5.

## Switching on and off

Press `KEY_POWER` to wake the machine. It heats the brew boiler first and the steam boiler second. To save time in the
morning, set the wake-up timer (section 7.4).

To switch off, press `KEY_POWER` again. The machine flushes the group head with 30 ml of water to cool it and then goes
into standby. Set the main switch to 0 only if you will not use the machine for more than 3 days.

# Daily use

## Filling the water tank

Draw the tank upwards out of the rear of the machine, or fill it in place through the flap. Change the water every day,
even if the tank is still half full. Water that has stood for more than 48 hours must not be used for drinks.

When only 0.3 l is left, the display shows "LOW WATER". A shot that is already running will be completed, but no further
shot can be started.

## Beans and grind setting

Fill the hopper with no more beans than you need for about 5 days. Beans are at their best between 8 and 30 days after
roasting. The hopper can be taken off with beans inside: push the sealing slide to the left first.

Turn the grind dial only while the grinder is running, and by no more than two settings at a time. After every change
grind 4 g of coffee and throw it away, because the chamber still holds coffee of the old setting.

@table 26 30 62: Starting points for the grind dial
| Roast | Setting | What to look for
| Light | 8 | Shot of 36 ml in 30--34 seconds
| Medium | 12 | Shot of 36 ml in 26--30 seconds
| Dark | 15 | Shot of 36 ml in 23--26 seconds
| Decaffeinated | 10 | Flows faster than its roast suggests

The factory setting is 12. Grind finer if the coffee runs too quickly and tastes sour; grind coarser if it only drips
and tastes bitter.

## Dosing and tamping

1. Choose the basket: 9 g for a single, 18 g for a double. Press it into the portafilter until the spring snaps in.
2. Push the portafilter into the grinding fork. Press `KEY_GRIND`; the grinder stops by itself after the time set in
   `P08`.
3. Tap the portafilter lightly and spread the coffee evenly.
4. Tamp once, straight down, with a force of about 15 kg.
5. Wipe the rim of the basket clean. Loose grounds on the rim wear out the group gasket.

The tamped coffee should end 2 mm below the upper groove of the basket. A coin makes a good test: lay a small coin on
the coffee, lock the portafilter in and remove it again. If the coin has left a print, the dose is too high.

## Brewing a single espresso

1. Wait until the ring is white or green.
2. Press `KEY_BREW1` without the portafilter for 3 seconds to flush the group head, then press it again to stop.
3. Lock the portafilter in, from the 8 o'clock to the 6 o'clock position.
4. Place a warm cup below the spout.
5. Press `KEY_BREW1`. The machine stops by itself after 28 ml.
6. Leave the portafilter in place for 5 seconds, so that the three-way valve can release the pressure.
7. Remove the portafilter, knock out the puck and rinse the basket.

A single espresso should take 22 to 28 seconds, counted from the first drop.

## Brewing a double espresso

Proceed as for a single espresso, but use the 18 g basket and press `KEY_BREW2`. The machine stops by itself after 56
ml, whether the coffee runs into one cup or into two. To prepare a ristretto, press `KEY_BREW2` again when the display
shows about 30 ml.

Between two double shots, wait for 20 seconds. The brew boiler needs this time to return to within half a degree of the
chosen temperature.

!NOTE The number on the display is the volume that the flow meter has measured before the puck. About 4 ml of it stays
in the coffee grounds.

## Pre-infusion

Pre-infusion wets the coffee at low pressure before the full pressure is applied. It reduces channelling and suits light
roasts in particular. The pump runs at 3 bar until the time set in `P03` has passed and then rises to 9 bar within 2
seconds.

1. Press `KEY_MENU` and go to `P03`.
2. Choose a time from 0 to 12 seconds. The factory setting is 4 seconds; 0 switches pre-infusion off.
3. Leave the menu with `KEY_MENU`.

For beans roasted less than 8 days ago, 8 seconds is a good start. Pre-infusion counts towards the time on the display
but not towards the volume.

## Steaming milk

The steam boiler must be ready: the ring is green. Use milk straight from the refrigerator, at 4 to 6 °C.

1. Fill the jug to just below the beginning of its spout. The jug supplied takes 180 ml of milk for one cappuccino.
2. Hold a cloth over the tip and hold `KEY_STEAM` to purge the wand for 2 seconds.
3. Dip the tip 1 cm below the surface, slightly off the centre, and press `KEY_STEAM`.
4. Lower the jug until you hear a soft hissing. Draw in air in this way for 5 to 8 seconds.
5. Raise the jug so that the tip is deeper and the milk spins. Continue until the milk reaches 62 °C; the jug is then
   just too hot to hold.
6. Press `KEY_STEAM` and take the jug away only when the steam has stopped.
7. Wipe the wand at once with a damp cloth and purge it again for 2 seconds.

Milk that has been heated above 70 °C tastes boiled and its foam collapses. Oat drink foams best at 55 °C, and soy drink
should not exceed 60 °C.

!WARNING Steam leaves the tip at more than 120 °C. Never purge the wand towards people or pets.

## Hot water

Hot water for tea or an americano comes from the steam boiler through the spout on the right.

1. Place a cup below the spout and swing the spout over the cup.
2. Press `KEY_WATER`. The machine delivers 150 ml and stops.
3. For a different amount, press `KEY_WATER` again at any time.

Do not draw more than 400 ml in one go. The steam boiler then needs about 3 minutes before it can produce full steam
pressure again.

## Cup warmer and energy saving

The cup rail is heated to about 46 °C while the machine is on. The cup warmer can be switched off with `P13`.

After 20 minutes without a key being touched, eco mode lowers the brew boiler to 70 °C and switches the steam boiler
off. Touch any key to return; the brew boiler is ready again after 2 minutes. After the time set in `P09` the machine
goes into standby.

# Programming

## Moving through the menu

1. Wake the machine and wait until the display shows "READY" or "HEATING". The menu does not open during a shot.
2. Press `KEY_MENU`. The display shows the last item that you used.
3. Move with `KEY_UP` and `KEY_DOWN` to the item you want.
4. Press `KEY_GRIND` to change the item. The value flashes.
5. Change the value with `KEY_UP` and `KEY_DOWN`.
6. Press `KEY_MENU` once to return to the list and once more to leave the menu.

The menu closes by itself after 30 seconds without input. Items `P17` and `P18` are hidden; to see them, hold `KEY_UP`
and `KEY_DOWN` together for 5 seconds.

## Menu items

@table 13 37 38 30: Menu items, ranges and factory settings
| Item | Name and meaning | Range | Factory setting
| `P01` | BREW TEMP: temperature of the brew boiler | 86--98 °C, steps of 0.5 °C | 93 °C
| `P02` | STEAM TEMP: temperature of the steam boiler | 115--132 °C, steps of 1 °C | 126 °C
| `P03` | PRE TIME: length of the pre-infusion | 0--12 s | 4 s
| `P04` | VOL 1: volume of a single espresso | 15--60 ml | 28 ml
| `P05` | VOL 2: volume of a double espresso | 30--120 ml | 56 ml
| `P06` | HARDNESS: water hardness | H1--H4 | H3
| `P07` | VOL W: volume of hot water | 50--400 ml | 150 ml
| `P08` | GRIND TIME: run of the grinder, double dose | 4.0--16.0 s, steps of 0.2 s | 9.6 s
| `P09` | AUTO OFF: time until standby | 30--240 min, or never | 90 min
| `P10` | CLOCK: time of day | 00:00--23:59 | 12:00
| `P11` | WAKE: wake-up timer, one time for each weekday | off, or 00:00--23:50 | off
| `P12` | UNITS: degrees and volumes | °C and ml, or °F and oz | °C and ml
| `P13` | CUP RAIL: cup warmer | on, off | on
| `P14` | SOUND: loudness of the key tone | 0--5 | 2
| `P15` | FILTER: filter cartridge counter | on, off | on
| `P16` | LIGHT: cup light above the drip tray | off, brewing only, always | brewing only
| `P17` | OFFSET: correction of the brew sensor | -3.0 to +3.0 °C | 0.0 °C
| `P18` | RESET: return to factory settings | no, yes | no

The steam boiler can also be switched off completely: lower `P02` below 115 °C until the display shows "OFF". The
machine then uses about a third less energy and the ring stays white instead of green.

!CAUTION Change `P17` only if you have measured the temperature at the group head with a thermometer accurate to
0.2 °C. A wrong offset can make the brew boiler boil.

## Teaching the shot volumes

Instead of entering millilitres in `P04` or `P05`, you can show the machine how much coffee you like.

1. Prepare the portafilter with the usual dose and place a cup below the spout.
2. Hold `KEY_BREW1` (or `KEY_BREW2` for the double) for 3 seconds. The display shows "LEARN" and the pump starts.
3. Press the same key when the cup holds the amount you want.
4. Wait for the double beep. The volume is stored.

A volume outside the range of Table 13 is not stored. The machine then beeps four times and keeps the old value.

## Setting the wake-up timer

The timer switches the machine on so that it is fully heated at the time you enter. It therefore starts 12 minutes
early.

1. Set the clock in `P10`.
2. Go to `P11` and choose a weekday with `KEY_UP` or `KEY_DOWN`.
3. Press `KEY_GRIND` and set the time in steps of 10 minutes.
4. Repeat steps 2 and 3 for the other days.

The timer only works from standby, with the main switch at I. After a power cut of more than 6 hours the clock must be
set again, because the buffer capacitor on the control board is then empty. If the tank is empty at the wake-up time,
the machine stays in standby and the ring flashes blue.

## Locking the keys

Hold `KEY_MENU` for 3 seconds to lock all keys, for example while wiping the panel. The display shows a padlock. Hold
the same key again to unlock. The lock also ends when the main switch is set to 0 for 10 seconds.

## Returning to the factory settings

1. Hold `KEY_UP` and `KEY_DOWN` together for 5 seconds to show the hidden items.
2. Go to `P18` and choose "yes".
3. Set the main switch to 0 within 15 seconds, wait for 5 seconds and set it to I again.

All items return to the values in Table 13, with the exception of the clock and the hardness setting, which are kept.
The counters are not cleared.
"""
