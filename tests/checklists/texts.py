"""Checklists in the shapes people have them: Markdown of several kinds, and pages that were pasted."""

COMMANDS = """\
# Ship the ferry planner

What the crew goes through each time.

## Before the trip

### Timetable

- [ ] Timetable parses without a complaint
  ```bash
  ./bin/parse timetable.csv
  ```

- [ ] Ports agree with the map (if charts changed)
  ```bash
  curl http://localhost:7000/ports | jq .
  # nothing else to run
  ```
  - Open the chart room
  - Compare two ports by eye

## Casting off

### 1. Keep a copy

```bash
cp -r planner "backups/planner-20240102-030405"
./bin/rollback --to <version>
```

- [ ] Copy lies in: _______________
- [ ] Copy opens, see [the log book](docs/log.md)

## Afterwards

**Loud alarms**:
- EngineQuiet → look at the boiler

- **Fog**: should stay under 5 %

## Sign-off

Trip led by: _______________
Date: _______________

Ready to sail: ☐ Yes  ☐ No  ☐ With remarks: _______________
"""

COLLECTION = """\
---
toc: false
---
# Sailing checklists for small crews {.unnumbered}
Go through each before leaving.
---
## 1. Engine Checklist
### Oil
- [ ] **Level read** - Between the two marks (see [04](04_oil.html))
- [ ] **Colour seen** - Amber, not black; alert if >X% water
### Belts
- [ ] **Tension felt** - Gives a thumb's width
**More to read:** [Chapter 2](../chapter2.html), [04](04_oil.html)
---
## 2. Galley Checklist
### Gas
- [ ] **Valve shut** - Hand on it
### Water
- [ ] **Tank full** - To the brim
---
## In a hurry: the last look
| Part | What matters |
|------|--------------|
| **Engine** | oil, belts |
---
## How to use this
### The first time
1. Go through everything
2. Let a second person look
"""

PASTED = """\
Skip to main content

Harbour Opening Checklist

Ready to open? Follow these steps.

Before Opening

✅ 1. Lamps

  • All lamps lit
  • Spare bulbs counted (test_lamps.py)

Example .env file:

# Night
LAMP_KEY=night_...

✅ 2. Ropes

  • Ropes dry

Example:

from harbour import Rope
import logging

try:
rope = Rope(length=3)
except RopeError as error:
logging.error(error)

Rules

DO:

  • Coil to the right

DON'T:

  • Leave knots

Going Back

If something breaks:

1. At once:

# put the old lamps back
git revert HEAD
git push

2. Then:

  • Tell the keeper

What next

Once opened:
"""

FLATTENED = """\
Skip to content

Harbour Considerations

A harbour is more than a pier.

The way in

flowchart TB
    A[First Look] --> B[Depth Check]
    B --> C[Rope Drill]

    style A fill:#111,color:#fff

Harbour checklist

Domain Must-have controls Practical baseline
Light Lamps, mirrors, spare bulbs Measure brightness each night
Water Depth and current charts Keep a lead line at hand

Controls mapped to the sheds

Control Applied to Why it matters
Lamp log sheds/lamps/log.py Shows when a bulb went out
Rope count sheds/ropes.py Prevents short ropes on long piers

Depth formula

\\[ D = \\frac{T}{K} \\]
Symbol Meaning
D Wanted depth
T Tide in metres

How deep is deep enough?

Twice the keel. Ask the pilot before you trust it.

--8<-- "_words.md"
"""
