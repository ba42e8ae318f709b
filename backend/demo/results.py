"""What the demo's visits found: results per store, drawn from fixed seeds and steered to a wave's rate.

A checkpoint's chance to pass depends on the wave's level, the store's own standing, and how hard the checkpoint is;
then single results are turned over until the mean of the stores' rates reads exactly what the published survey gives.
"""

import random
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from backend.checklists.rules import Checkpoint, Result

# The published survey gives the first and the ninth: 52.7 % and 83.5 %; those between are ours.
RATES = ("52.70", "58.10", "61.90", "65.20", "69.80", "73.10", "77.40", "80.30", "83.50")
NA_CHANCE = 0.12
RED_LINE_SHARE = 0.06  # A red line is crossed this much more seldom than an ordinary checkpoint is missed.
Results = dict[str, Result]


def visits_of_wave(
    number: int, stores: Sequence[str], checkpoints: Sequence[Checkpoint], visits_a_store: int
) -> dict[str, list[Results]]:
    """Results of every visit of a wave by store code; their mean of stores rounds to the wave's published rate."""
    level = float(RATES[number - 1]) / 100
    found = {code: [_visit(number, code, turn, checkpoints, level) for turn in range(visits_a_store)]
             for code in stores}  # fmt: skip
    spared = {checkpoint.code for checkpoint in checkpoints if checkpoint.critical}
    _steer(found, Decimal(RATES[number - 1]), spared, random.Random(f"steer {number}"))  # noqa: S311 - a demo's dice.
    return found


def single_visit(seed: object, checkpoints: Sequence[Checkpoint], level: float) -> Results:
    """Results of one visit at a level (0-1)."""
    dice = random.Random(f"visit {seed}")  # noqa: S311 - a demo's dice.
    return {checkpoint.code: _result(checkpoint, level, dice) for checkpoint in checkpoints}


def _visit(number: int, code: str, turn: int, checkpoints: Sequence[Checkpoint], level: float) -> Results:
    standing = random.Random(f"standing {code}").uniform(-0.12, 0.12)  # noqa: S311
    return single_visit((number, code, turn), checkpoints, level + standing * min(1, 4 * (1 - level)))


def _result(checkpoint: Checkpoint, level: float, dice: random.Random) -> Result:
    if checkpoint.allow_na and dice.random() < NA_CHANCE:
        return Result.NA
    return Result.PASS if dice.random() < _chance(checkpoint, level) else Result.FAIL


def _chance(checkpoint: Checkpoint, level: float) -> float:
    if checkpoint.critical:
        return 1 - RED_LINE_SHARE * (1 - level)
    hardness = random.Random(f"hardness {checkpoint.code}").uniform(-0.22, 0.22)  # noqa: S311
    return min(0.985, max(0.03, level + hardness * min(1, 3 * (1 - level))))


def _rate(visits: list[Results]) -> Fraction:
    results = [result for visit in visits for result in visit.values() if result is not Result.NA]
    return Fraction(100 * results.count(Result.PASS), len(results))


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _steer(found: dict[str, list[Results]], target: Decimal, spared: set[str], dice: random.Random) -> None:
    """Turns single results over, one store after another, until the mean reads `target`."""
    codes = list(found)
    rates = {code: _rate(found[code]) for code in codes}
    while _rounded(sum(rates.values(), Fraction(0)) / len(codes)) != target:
        wanted = Fraction(target) * len(codes) - sum(rates.values(), Fraction(0))
        code = dice.choice(codes)
        before, after = (Result.FAIL, Result.PASS) if wanted > 0 else (Result.PASS, Result.FAIL)
        visit = dice.choice(found[code])
        places = [place for place, result in visit.items() if result is before and place not in spared]
        if places:
            visit[dice.choice(places)] = after
            rates[code] = _rate(found[code])
