"""The maths of reports, over arrays of integers: exact means, intervals, roundings. Knows no waves, stores or database.

A figure is 100 * part / whole. Means are exact and rounded once, half-up; only the width of an interval is a floating-
point number. One visit's own score is `backend.checklists.scoring`; the quantile of t is in `statistics`.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.checklists.scoring import shown
from backend.core.batches import batches
from backend.reports.statistics import Interval, t_quantile

Whole = NDArray[np.int64]
Reals = NDArray[np.float64]
Ratio = tuple[int, int]

NO_VALUE: Final = -1
_HUNDREDTHS: Final = 100 * 100
# Rows of a table of all pairs that are held at once: 200 kB for a thousand stores.
_ROWS_AT_ONCE: Final = 200
# Up to here a table finds the place of a number; beyond it they are sorted.
_FEW: Final = 4096
# Floating-point numbers hold whole ones exactly up to here.
_EXACT: Final = 2**53
# Binary places of squares. What is below 2^-220 of them is rounding: 2^-235 for a million units. Shares that differ
# at all come to more than 2^-110, with wholes of up to 2^27.
_BITS: Final = 512
_NOISE_BITS: Final = _BITS - 220


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over `n` units with a value, and half the width of its 95 % t-interval: None below two units."""

    n: int
    mean: Fraction | None
    half: float | None

    @property
    def value(self) -> float | None:
        """The mean, rounded."""
        return shown(self.mean)

    @property
    def interval(self) -> Interval | None:
        """The interval of a mean of percentages, which ends at 0 and 100."""
        if self.mean is None or self.half is None:
            return None
        return _around(self.mean, self.half)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval of a mean of differences lies wholly on one side of zero."""
        return self.mean is not None and self.half is not None and abs(self.mean) > self.half


@dataclass(frozen=True, slots=True)
class Groups:
    """The group of each unit, from 0, and how many groups there are."""

    of: Whole
    number: int

    @classmethod
    def beside(cls, sizes: Sequence[int]) -> "Groups":
        """Of units that lie group by group, as many in each as `sizes` tells."""
        return cls(np.repeat(np.arange(len(sizes)), sizes), len(sizes))


def gathered(members: Collection[Sequence[int]]) -> tuple[list[int], Groups]:
    """The rows of several groups one after the other, and the group of each."""
    return [row for held in members for row in held], Groups.beside([len(held) for held in members])


def spread(parts: Whole, wholes: Whole) -> Spread:
    """The mean of 100 * part / whole over the units whose whole is above 0, each counting once."""
    return spreads(parts, wholes, Groups(np.zeros_like(wholes), 1))[0]


def spreads(parts: Whole, wholes: Whole, groups: Groups) -> list[Spread]:
    """`spread` of several groups at once."""
    return spreads_and_all(parts, wholes, groups)[0]


def spreads_and_all(parts: Whole, wholes: Whole, groups: Groups) -> tuple[list[Spread], Spread]:
    """`spreads`, and the `spread` of all units."""
    held = wholes > 0
    parts, wholes, of = parts[held], wholes[held], groups.of[held]
    counts = np.bincount(of, minlength=groups.number).tolist()
    tops, squares, common = _sums_of_shares(parts, wholes, of, groups.number)
    of_groups = [_spread(*each, common) for each in zip(counts, tops, squares, strict=True)]
    return of_groups, _spread(sum(counts), sum(tops), sum(squares), common)


def _spread(count: int, top: int, square: int, common: int) -> Spread:
    """Of `count` shares whose sum is top / common, and the sum of their squares square / 2^_BITS, all but exactly."""
    if count == 0:
        return Spread(0, None, None)
    mean = Fraction(100 * top, common * count)
    if count < 2:  # noqa: PLR2004 - one value has no spread.
        return Spread(count, mean, None)
    # n * sum of squares - sum².
    spread_ = count * square - ((top << _BITS // 2) // common) ** 2
    variance = max(0, spread_) / (count * count * (count - 1) << _BITS) if spread_ >> _NOISE_BITS else 0.0
    return Spread(count, mean, 100 * t_quantile(count - 1) * math.sqrt(variance))


def sums(values: Whole, groups: Groups) -> Whole:
    """The sum of each group."""
    return np.array(_added(values, groups.of, groups.number), dtype=np.int64)


def _sums_of_shares(parts: Whole, wholes: Whole, groups: Whole, number: int) -> tuple[list[int], list[int], int]:
    """By group the sum of part / whole over one denominator, and of their squares in 2^-_BITS; wholes are above 0.

    Sums are exact, squares to _BITS binary places. Parts over equal wholes are added as integers first, so that few
    fractions are left to add.
    """
    tops, squares = [0] * number, [0] * number
    if not len(parts):
        return tops, squares, 1
    values, position = _distinct(wholes)
    cells = groups * len(values) + position
    common = math.lcm(*values)
    scale = [common // value for value in values]
    of_cells = zip(*(_added(parts, cells, number * len(values), power) for power in (1, 2)), strict=True)
    for cell, (top, square) in enumerate(of_cells):
        if square:
            group, place = divmod(cell, len(values))
            tops[group] += top * scale[place]
            squares[group] += (square << _BITS) // (values[place] * values[place])
    return tops, squares, common


def _added(values: Whole, places: Whole, number: int, power: int = 1) -> list[int]:
    """By place the sum of the values, or of their squares, whatever their size."""
    largest = int(np.abs(values).max(initial=0))
    if largest**power * len(values) < _EXACT:
        counted: list[int] = np.bincount(places, weights=values**power, minlength=number).astype(np.int64).tolist()
        return counted
    found = [0] * number
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        found[place] += value**power
    return found


def _distinct(wholes: Whole) -> tuple[list[int], Whole]:
    """The different values, and the place of each among them."""
    if int(wholes.max()) > _FEW:
        values, position = np.unique(wholes, return_inverse=True)
        return values.tolist(), position
    values = np.flatnonzero(np.bincount(wholes))
    places = np.zeros(_FEW + 1, dtype=np.int64)
    places[values] = np.arange(len(values))
    return values.tolist(), places[wholes]


def mean_of(ratios: Sequence[Ratio]) -> Fraction | None:
    """The exact mean; None of nothing."""
    return total(ratios) / len(ratios) if ratios else None


def total(ratios: Sequence[Ratio]) -> Fraction:
    """The exact sum, over the one denominator that all of them divide: six times as fast as adding fractions."""
    common = math.lcm(*{bottom for _, bottom in ratios})
    return Fraction(sum(top * (common // bottom) for top, bottom in ratios), common)


def pooled(parts: Whole, wholes: Whole) -> float | None:
    """100 * (sum of parts) / (sum of wholes), rounded: a larger unit has more say."""
    whole = int(wholes.sum())
    return shown(Fraction(100 * int(parts.sum()), whole)) if whole else None


def hundredths(parts: Whole, wholes: Whole) -> Whole:
    """100 * part / whole in hundredths, half-up; NO_VALUE where there is none. Parts are not negative."""
    divisors = np.maximum(wholes, 1)
    rounded = (2 * _HUNDREDTHS * parts + divisors) // (2 * divisors)
    return np.where(wholes > 0, rounded, NO_VALUE)


def percentages(values: Whole) -> list[float | None]:
    """Hundredths as JSON numbers, None where there is no value."""
    return [None if value == NO_VALUE else value / 100 for value in values.tolist()]


def changes_pp(later: Whole, earlier: Whole) -> list[float | None]:
    """Later - earlier of values in hundredths, in points with one decimal, a tie away from zero; None without either."""
    moved = later - earlier
    tenths = np.sign(moved) * ((np.abs(moved) + 5) // 10)
    known = (later != NO_VALUE) & (earlier != NO_VALUE)
    return [value / 10 if is_known else None for value, is_known in zip(tenths.tolist(), known.tolist(), strict=True)]


def mean_in_hundredths(count: int, sum_: Ratio) -> int:
    """The mean of `count` percentages known by their exact sum, in hundredths, half-up; NO_VALUE for none."""
    if count == 0:
        return NO_VALUE
    top, bottom = sum_[0], sum_[1] * count
    return (200 * top + bottom) // (2 * bottom)


def interval_of_sums(count: int, sum_: Ratio, squares: Ratio) -> Interval | None:
    """The t-interval within 0-100 of `count` percentages known by the exact sums of them and of their squares.

    None below two. The variance is (squares - sum * sum / n) / (n - 1), in whole numbers until its one division.
    """
    if count < 2:  # noqa: PLR2004 - one value has no spread.
        return None
    (top, bottom), (square_top, square_bottom) = sum_, squares
    spread_top = square_top * bottom * bottom * count - top * top * square_bottom
    variance = spread_top / (square_bottom * bottom * bottom * count * (count - 1))
    return _around(Fraction(top, bottom * count), t_quantile(count - 1) * math.sqrt(variance / count))


def _around(mean: Fraction, half: float) -> Interval:
    """The ends, within 0-100 and rounded; those of a width of nothing are the mean as it is shown."""
    if half == 0:
        value = shown(mean) or 0.0
        return value, value
    middle = float(mean)
    return _nearest(max(0.0, middle - half)), _nearest(min(100.0, middle + half))


def _nearest(value: float) -> float:
    return math.floor(100 * value + 0.5) / 100


def bounds_of(intervals: Sequence[Interval]) -> tuple[Reals, Reals]:
    """The lower and the upper ends."""
    lows, highs = np.array(intervals, dtype=np.float64).reshape(len(intervals), 2).T
    return lows, highs


def overlap_bands(bounds: tuple[Reals, Reals], positions: Sequence[int]) -> list[tuple[int, int]]:
    """For units among others in rank order: the ranks (from 1) of the first and the last whose interval meets their own."""
    lows, highs = bounds
    found: list[tuple[int, int]] = []
    for chosen in batches(positions, _ROWS_AT_ONCE):
        meets = (lows <= highs[chosen, None]) & (highs >= lows[chosen, None])
        firsts, lasts = meets.argmax(axis=1) + 1, len(lows) - meets[:, ::-1].argmax(axis=1)
        found += zip(firsts.tolist(), lasts.tolist(), strict=True)
    return found
