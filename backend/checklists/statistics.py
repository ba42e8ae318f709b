"""Figures above the visit: rates, means, changes, and how sure they are. Percentages 0-100; differences in points (pp).

Means are taken over exact values and rounded once; differences are taken between rounded values. Knows nothing of
stores and waves beyond the numbers it is given.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from backend.checklists.scoring import round_half_up, shown

Interval = tuple[float, float]

CONFIDENCE: Final = 0.95
Z: Final = 1.959963984540054
FEWEST_FOR_INTERVAL: Final = 2
# From here on the expansion around the normal quantile is exact to ten digits, and the finite sum gets long.
_EXPANSION_FROM: Final = 200


def rate(passed: int, applicable: int) -> Fraction | None:
    """落实率 of counts; None where nothing applies, which is not zero."""
    return Fraction(100 * passed, applicable) if applicable else None


def pooled_rate(counts: Iterable[tuple[int, int]]) -> Fraction | None:
    """The rate of (passed, applicable) pairs thrown together: a larger pair has more say."""
    pairs = list(counts)
    return rate(sum(passed for passed, _ in pairs), sum(applicable for _, applicable in pairs))


def store_rate(visits: Iterable[tuple[int, int]]) -> Fraction | None:
    """A store's rate pools its visits, given as (passed, applicable)."""
    return pooled_rate(visits)


def store_score(visits: Iterable[Fraction | None]) -> Fraction | None:
    """A store's official score is the mean of its visits'. A visit without a value does not count."""
    return _mean(visits)


def mean_of_stores(values: Iterable[Fraction | None]) -> Fraction | None:
    """The headline of any group of stores: each store with a value counts once."""
    return _mean(values)


def change_pp(later: float | None, earlier: float | None) -> float | None:
    """Later - earlier in percentage points with one decimal, from values already rounded to two."""
    if later is None or earlier is None:
        return None
    return shown(_written(later) - _written(earlier), 1)


def relative_change(later: float | None, earlier: float | None) -> float | None:
    """The change as a percentage of the earlier value, one decimal. Never to be labelled pp."""
    if later is None or not earlier:
        return None
    return shown(100 * (_written(later) / _written(earlier) - 1), 1)


def wilson(passed: int, n: int) -> Interval | None:
    """The 95 % score interval of E. B. Wilson (1927) for a share of independent units; None for no units."""
    if n == 0:
        return None
    share, spread = passed / n, Z * Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    # The ends are exact where nothing or everything passed; the floating-point sum may miss them by a hair.
    low = 0.0 if passed == 0 else centre - half
    high = 1.0 if passed == n else centre + half
    return _bounds(100 * low, 100 * high)


def mean_interval(values: Sequence[Fraction]) -> Interval | None:
    """The 95 % interval of a mean of stores, mean ± t(k-1)·s/√k within 0-100; None below two stores."""
    if len(values) < FEWEST_FOR_INTERVAL:
        return None
    mean, half = _mean_and_half(values)
    return _bounds(max(0.0, mean - half), min(100.0, mean + half))


@dataclass(frozen=True, slots=True)
class PairedChange:
    """The mean change of stores present in both waves, in pp, with its 95 % interval."""

    stores: int
    mean: Fraction | None
    interval: Interval | None
    excludes_zero: bool


def paired_change(pairs: Sequence[tuple[Fraction, Fraction]]) -> PairedChange:
    """The paired t-interval over (earlier, later) values of each store; below two stores there is no interval.

    `excludes_zero` is decided before rounding and is what allows a change to be shown as one.
    """
    changes = [later - earlier for earlier, later in pairs]
    if len(changes) < FEWEST_FOR_INTERVAL:
        return PairedChange(len(changes), _mean(changes), None, excludes_zero=False)
    mean, half = _mean_and_half(changes)
    low, high = mean - half, mean + half
    return PairedChange(len(changes), _mean(changes), _bounds(low, high), excludes_zero=low > 0 or high < 0)


@lru_cache(maxsize=4096)
def t_quantile(freedom: int) -> float:
    """The 0.975 quantile of Student's t with this many degrees of freedom, 1 or more, to better than 1e-9."""
    return _t_expanded(freedom) if freedom >= _EXPANSION_FROM else _t_solved(freedom)


def _t_expanded(freedom: int) -> float:
    """The expansion of Abramowitz and Stegun, 26.7.5."""
    z2 = Z * Z
    terms = (
        (z2 + 1) / 4,
        ((5 * z2 + 16) * z2 + 3) / 96,
        (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
        ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
    )
    return Z * (1 + math.fsum(term / float(freedom) ** power for power, term in enumerate(terms, start=1)))


def _t_solved(freedom: int) -> float:
    """Halves the angle atan(t/√n) until the two-sided probability is 0.95."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _two_sided(middle, freedom) < CONFIDENCE else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _two_sided(angle: float, freedom: int) -> float:
    """P(|T| < t) with angle = atan(t/√n): the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    cosine, sine = math.cos(angle), math.sin(angle)
    is_odd = freedom % 2
    term = cosine if is_odd else 1.0
    total = 0.0 if freedom == 1 else term
    for k in range(2 + is_odd, freedom - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total


def _mean(values: Iterable[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def _mean_and_half(values: Sequence[Fraction]) -> tuple[float, float]:
    count = len(values)
    mean = float(sum(values, Fraction(0)) / count)
    variance = math.fsum((float(value) - mean) ** 2 for value in values) / (count - 1)
    return mean, t_quantile(count - 1) * math.sqrt(variance / count)


def _bounds(low: float, high: float) -> Interval:
    return float(round_half_up(Fraction(low))), float(round_half_up(Fraction(high)))


def _written(value: float) -> Fraction:
    """The decimal as it is shown, not the binary fraction nearest to it."""
    return Fraction(str(value))
