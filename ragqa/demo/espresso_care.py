"""The Aurora X2 manual, chapters 8 and 9: cleaning, care and maintenance. Markup: see `make_pdf`."""

from __future__ import annotations

TEXT = """
# Cleaning and care

Coffee oils turn rancid within days and limescale is the most frequent cause of repairs. Both can be kept in check with
a few minutes of work. The display counts coffees and litres and reminds you in time.

## Suitable cleaning agents

@table 38 40 40: Cleaning agents
| Task | Use | Do not use
| Backflushing | Cleaning tablets CT-2, 2 g each | Washing-up liquid, washing soda
| Descaling | Descaler DL-100, based on lactic acid | Vinegar, formic acid, powdered citric acid
| Steam wand | Milk system cleaner MC-5 | Scouring pads
| Housing | Soft cloth, lukewarm water | Window cleaner, alcohol, bleach
| Grinder | Soft brush, grinder granules | Water, raw rice

Vinegar attacks the seals of the rotary pump, and powdered citric acid forms deposits that cannot be dissolved again
when it is heated above 60 °C. Damage of this kind can be recognised in the workshop and is excluded from the warranty.

## After each use and every day

After every coffee, flush the group head for 3 seconds and wipe the wand. At the end of the day:

1. Brush the group gasket and the shower screen with the group brush, working around the rim twice.
2. Rinse the portafilter and the baskets under hot water, without detergent.
3. Empty the drip tray when the red float shows, at the latest every second day.
4. Empty the water tank and leave it upside down to dry overnight.
5. Wipe the display with the keys locked.

The drip tray, its grid and the milk jug may be washed in the dishwasher at up to 55 °C. The portafilter, the baskets,
the water tank and the bean hopper must be washed by hand: the handle cracks and the plastic of the tank turns cloudy in
the dishwasher.

## Backflushing

Backflushing cleans the three-way valve and the channel behind the shower screen. Do it after every 80 coffees, or when
the ring shines violet and the display says "CLEAN". It takes about 7 minutes.

1. Insert the blind basket into the portafilter and place one CT-2 tablet in it.
2. Lock the portafilter in. Make sure that the drip tray is empty.
3. Hold `KEY_BREW1` and `KEY_BREW2` together for 3 seconds. The display shows "CLEAN 1".
4. The machine now builds up pressure for 10 seconds and releases it for 15 seconds, five times in all.
5. When the display shows "REMOVE", take out the portafilter and rinse off the rest of the tablet.
6. Lock the portafilter in again with the empty blind basket and press `KEY_BREW1`. The display shows "CLEAN 2".
7. After a further five cycles with clear water remove the portafilter and flush the group head for 10 seconds.
8. Brew one coffee and throw it away.

!CAUTION Never open the portafilter during the pressure phase. The blind basket is under 9 bar, and hot detergent would
spray out at the sides.

Once a week, a backflush without a tablet is enough for households that brew fewer than five coffees a day.

## Descaling

The display shows "DESCALE" after the number of litres given in Table 11. You can postpone the job three times by 5
litres each; after that the machine locks the brew keys. The program takes 42 minutes and must not be interrupted.

@table 30 24 22 42: Course of the descaling program
| Phase | Display | Duration | What happens
| 1 Filling | "SCALE 1" | 4 minutes | Both boilers are emptied and filled with solution
| 2 First soak | "SCALE 2" | 15 minutes | Solution works at 50 °C
| 3 Flow | "SCALE 3" | 6 minutes | 500 ml run through group head and spout
| 4 Second soak | "SCALE 4" | 8 minutes | The rest of the solution works in the steam boiler
| 5 Rinsing | "RINSE" | 9 minutes | 2.2 litres of clear water run through

1. Switch the machine off and let it cool down for at least 60 minutes. Empty the drip tray.
2. Remove the filter cartridge from the tank and keep it in a glass of water.
3. Pour the whole bottle of DL-100 (125 ml) into the tank and add 875 ml of lukewarm water.
4. Place a bowl of at least 1.5 litres below the group head and turn the hot water spout over it.
5. Wake the machine while holding `KEY_WATER`, until the display shows "SCALE 1".
6. Press `KEY_GRIND` to start. Do not touch the machine until the display shows "REFILL".
7. Empty the bowl. Rinse the tank twice, fill it to the MAX mark with fresh water and press `KEY_GRIND`.
8. When the display shows "DONE", purge the steam wand for 20 seconds.
9. Put the filter cartridge back and wash the drip tray. The counter is now at zero.

!WARNING Descaler and chlorine-based cleaners give off poisonous gas when they meet. Never use them on the same day in
the same drip tray.

If the power fails during descaling, the machine resumes with the rinsing phase as soon as power returns. Let it finish:
solution that remains in the boilers for more than 2 hours attacks the level probes.

## Cleaning the grinder

Clean the grinder every 4 weeks, or every 2 weeks if you use dark, oily beans.

1. Close the sealing slide, run the grinder empty for 10 seconds and pull out the mains plug.
2. Turn the hopper anticlockwise and lift it off.
3. Set the grind dial to 36 and remove the upper burr by its two wire handles.
4. Brush both burrs and the outlet chute. Use a vacuum cleaner for the rest; never use water.
5. Insert the upper burr so that its red dot faces the red dot on the housing.
6. Fit the hopper, return the dial to its former setting with the grinder running and throw away the first 10 g.

If the upper burr is inserted without aligning the dots, the machine reports E-14 and the grinder will not start.

## Replacing the group gasket

The gasket hardens with heat. Replace it every 12 months, or earlier if water seeps past the rim of the portafilter. You
need a new gasket (8.2 mm, part number TV-58-082), the 4 mm hex key from the accessory bag and a small screwdriver with
a flat blade.

1. Let the group head cool completely and pull out the mains plug.
2. Loosen the screw in the centre of the shower screen with the hex key and take off the screen and the brass
   distribution plate.
3. Push the screwdriver into the old gasket from below and lever it out. Do not scratch the brass seat.
4. Clean the seat with the group brush and warm water.
5. Press the new gasket in with both thumbs, its bevelled edge facing upwards.
6. Lock in the portafilter without a basket to press the gasket home.
7. Fit the distribution plate and the shower screen. Tighten the screw to 2.5 Nm, that is hand-tight and a quarter turn.
8. Flush the group head with 200 ml of water and check that it is tight.

A new gasket is stiffer than the old one. During the first week the handle may stop at 7 o'clock; this is no fault.

## Deep cleaning of the steam wand

Dried milk blocks the four holes of the tip. Once a week, mix 10 ml of MC-5 with 200 ml of warm water, dip the wand in
and give one second of steam. Let it stand for 20 minutes, then purge the wand for 5 seconds.

If a hole remains blocked, unscrew the cold tip with the flat of an 11 mm spanner and clear the hole with the needle
that is kept inside the cap of the group brush. Replace the O-ring of the tip (TV-33-006) if it is flattened.

# Maintenance

## Schedule

@table 34 54 30: Maintenance schedule
| Interval | Work | See section
| After every coffee | Flush the group head, wipe the wand | 8.2
| Daily | Change the water, dry the tank | 6.1, 8.2
| Every second day | Empty and wash the drip tray | 8.2
| Weekly | Deep clean the steam wand | 8.7
| Every 80 coffees | Backflush with a CT-2 tablet | 8.3
| Every 2 weeks | Wash the bean hopper by hand and dry it well | 6.2
| Every 4 weeks | Clean the burrs and the chute | 8.5
| Every 2 months | Change the filter cartridge WF-3 | 9.2
| When the display shows "DESCALE" | Descale both boilers | 8.4
| Every 6 months | Test the safety valve (service centre or trained user) | 9.4
| Every 6 months | Remove and soak the shower screen for 30 minutes | 8.6
| Every 12 months | Replace the group gasket | 8.6
| Every 12 months | Test the water hardness again | 5.2
| Every 24 months | Replace the silicone hoses of the tank valve | 9.4
| Every 36 months | Service inspection with a new pump seal kit | 9.4

## Changing the water filter

The cartridge WF-3 holds back limescale and chlorine. It is exhausted after 55 litres or after 2 months, whichever comes
first. The display then shows "FILTER".

1. Write the date on the new cartridge with the dial on its cap.
2. Soak it in cold water for 5 minutes until no more bubbles rise.
3. Pull the old cartridge straight up off the tank valve and push the new one on.
4. Fill the tank and draw 300 ml of hot water to wash out loose carbon particles.
5. In `P15`, choose "off" and then "on" again. The counter restarts at 55 litres.

A cartridge that has dried out must not be used again. If you do without the machine for up to 10 days, store the
cartridge in a glass of water in the refrigerator.

## Reading the counters

Hold `KEY_DOWN` for 3 seconds. The display shows six counters in turn, for 4 seconds each.

@table 24 94: Counters
| Display | Meaning
| C1 | Coffees since the machine was made
| C2 | Coffees since the last backflush
| C3 | Litres since the last descaling
| C4 | Litres left for the filter cartridge
| C5 | Operating hours of the pump
| C6 | Number of errors stored since the last visit to the workshop

Only a workshop can clear C1, C5 and C6. Please note C1 and C6 before you call the service centre.

## Work for authorised workshops

The following work needs special tools or a pressure test and may be done only by an authorised workshop:

- replacing the mains cable, the heating elements or the safety valve;
- adjusting the relief valve, which is sealed with yellow lacquer;
- opening either boiler, because the lid seals are good for one assembly only;
- replacing the pump seal kit and the hoses behind the tank valve;
- loading new software through the service port under the cup rail.

The safety valve may also be tested by a trained user: with the steam boiler at working pressure, lift the ring of the
valve with a wooden spoon for 1 second. The valve must hiss and close again by itself. If it drips afterwards, have it
replaced.
"""
