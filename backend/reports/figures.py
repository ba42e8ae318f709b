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
ByUnit = tuple[Whole, Whole]
"""Parts and wholes, such as passed and applicable by store."""

NO_VALUE: Final = -1
_HUNDREDTHS: Final = 100 * 100
# Rows of a table of all pairs that are held at once: 200 kB for a thousand stores.
_ROWS_AT_ONCE: Final = 200
_EPSILON: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over `n` units with a value, and half the width of its 95 % t-interval: None below two units.

    `value` is the exact mean, rounded; `mean` is the same as near as a floating-point number comes.
    """

    n: int
    value: float | None
    mean: float | None
    half: float | None

    @property
    def interval(self) -> Interval | None:
        """The interval of a mean of percentages, which ends at 0 and 100."""
        if self.value is None or self.mean is None or self.half is None:
            return None
        return _around(self.value, self.mean, self.half)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval of a mean of differences lies wholly on one side of zero."""
        return self.mean is not None and self.half is not None and abs(self.mean) > self.half


NOTHING: Final = Spread(0, None, None, None)


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


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares part / whole of units, of which those of one whole may lie in one cell.

    A cell has the sum of its units' parts, the whole of one unit, and how far its units' shares lie apart: the sum of
    squares of their distances from their own mean.
    """

    parts: Whole
    wholes: Whole
    units: Whole
    apart: Reals

    @classmethod
    def of(cls, parts: Whole, wholes: Whole) -> "Shares":
        """One unit a cell."""
        return cls(parts, wholes, np.ones_like(wholes), np.zeros(len(wholes)))

    def only(self, chosen: NDArray[np.bool_]) -> "Shares":
        return Shares(self.parts[chosen], self.wholes[chosen], self.units[chosen], self.apart[chosen])

    @property
    def each(self) -> Reals:
        """The mean share of each cell."""
        shares: Reals = self.parts / (self.wholes * self.units)
        return shares

    def exact_mean(self) -> Fraction:
        """The mean of 100 * part / whole over all units."""
        return 100 * total(list(zip(self.parts.tolist(), self.wholes.tolist(), strict=True))) / int(self.units.sum())


def spread(parts: Whole, wholes: Whole, places: int = 2) -> Spread:
    """The mean of 100 * part / whole over the units whose whole is above 0, each counting once."""
    return spreads_of(Shares.of(parts, wholes), Groups(np.zeros_like(wholes), 1), places)[0]


def spreads(parts: Whole, wholes: Whole, groups: Groups) -> list[Spread]:
    """`spread` of several groups at once."""
    return spreads_of(Shares.of(parts, wholes), groups)


def spreads_of(shares: Shares, groups: Groups, places: int = 2) -> list[Spread]:
    """`spread` of several groups at once, of units that may lie in cells.

    Reckoned in floating-point numbers, whose error is known: where it leaves open how a mean is rounded, the exact mean
    is asked. That is 1 in 10^6, and every tie.
    """
    held = shares.wholes > 0
    shares, of = shares.only(held), groups.of[held]
    if not len(of):
        return [NOTHING] * groups.number
    counts = np.bincount(of, weights=shares.units, minlength=groups.number)
    units = np.maximum(counts, 1)
    means = _means(shares, of, units)
    values = _rounded(shares, of, means, _error(shares, units), places)
    halves = _halves(_apart(shares, of, units, means), units)
    told = zip(counts.astype(np.int64).tolist(), values, (100 * means).tolist(), halves, strict=True)
    return [Spread(*each) if each[0] else NOTHING for each in told]


def _rounded(shares: Shares, of: Whole, means: Reals, error: Reals, places: int) -> list[float]:
    """The exact means of 100 * part / whole, rounded half-up, where these are known to within `error`."""
    scale = 100 * 10**places
    scaled = scale * means
    floors = np.floor(scaled + 0.5)
    values: list[float] = (floors / 10**places).tolist()
    for group in np.flatnonzero(np.abs(scaled + 0.5 - np.rint(scaled + 0.5)) <= scale * error).tolist():
        values[group] = shown(shares.only(of == group).exact_mean(), places) or 0.0
    return values


def _means(shares: Shares, of: Whole, units: Reals) -> Reals:
    """The mean share of each group. Equal shares have exactly their own: it is the distance from one that is added."""
    means: Reals = np.zeros(len(units))
    means[of] = shares.each
    means += np.bincount(of, weights=shares.units * (shares.each - means[of]), minlength=len(units)) / units
    return means


def _error(shares: Shares, units: Reals) -> Reals:
    """How far, at the most, `_means` may be from the exact ones: n roundings of a sum and a few beside it."""
    return 4 * _EPSILON * float(np.abs(shares.each).max()) * (units + 8)


def _apart(shares: Shares, of: Whole, units: Reals, means: Reals) -> Reals:
    """By group the sum of squares of its units' distances from its mean: those of cells, and those within them."""
    distances = shares.each - means[of]
    found = np.bincount(of, weights=shares.units * distances**2 + shares.apart, minlength=len(units))
    missed = np.bincount(of, weights=shares.units * distances, minlength=len(units))
    apart: Reals = np.maximum(found - missed**2 / units, 0)
    return apart


def _halves(apart: Reals, units: Reals) -> list[float | None]:
    """Half the width of the t-interval of each group's mean, as a percentage; None below two units."""
    errors = 100 * np.sqrt(apart / np.maximum(units * (units - 1), 1))
    told = zip(units.tolist(), errors.tolist(), strict=True)
    return [t_quantile(int(n) - 1) * error if n > 1 else None for n, error in told]


def differences(was: ByUnit, now: ByUnit) -> ByUnit:
    """Later - earlier of the shares of the same units, as parts of wholes; the whole is 0 where either has none."""
    (earlier, of_earlier), (later, of_later) = was, now
    return later * of_earlier - earlier * of_later, of_later * of_earlier


def sums(values: Whole, groups: Groups) -> Whole:
    """The sum of each group; below 2^53, up to where floating-point numbers hold whole ones exactly."""
    return np.bincount(groups.of, weights=values, minlength=groups.number).astype(np.int64)


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
    mean = Fraction(top, bottom * count)
    return _around(shown(mean) or 0.0, float(mean), t_quantile(count - 1) * math.sqrt(variance / count))


def _around(value: float, mean: float, half: float) -> Interval:
    """The ends, within 0-100 and rounded; those of a width of nothing are the mean as it is shown."""
    if half == 0:
        return value, value
    return _nearest(max(0.0, mean - half)), _nearest(min(100.0, mean + half))


def _nearest(value: float) -> float:
    return math.floor(100 * value + 0.5) / 100


def bounds_of(intervals: Sequence[Interval]) -> tuple[Reals, Reals]:
    """The lower and the upper ends."""
    lows, highs = np.array(intervals, dtype=np.float64).reshape(len(intervals), 2).T
    return lows, highs


def overlap_bands(bounds: tuple[Reals, Reals]) -> list[tuple[int, int]]:
    """For units in rank order: the ranks (from 1) of the first and the last whose interval meets their own."""
    lows, highs = bounds
    found: list[tuple[int, int]] = []
    for chosen in batches(range(len(lows)), _ROWS_AT_ONCE):
        meets = (lows <= highs[chosen, None]) & (highs >= lows[chosen, None])
        firsts, lasts = meets.argmax(axis=1) + 1, len(lows) - meets[:, ::-1].argmax(axis=1)
        found += zip(firsts.tolist(), lasts.tolist(), strict=True)
    return found
