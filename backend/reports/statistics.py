"""Figures of one pair of numbers: a rate, its Wilson interval, a change in points (pp), and the quantile of t.

Percentages are 0-100. A change is taken between values already rounded. What is made of arrays is in `figures`.
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

from backend.checklists.scoring import round_half_up, shown

Interval = tuple[float, float]
Counts = tuple[int, int]
"""(passed, applicable)."""

CONFIDENCE: Final = 0.95
Z: Final = 1.959963984540054
# From here on the expansion around the normal quantile is exact to ten digits, and the finite sum gets long.
_EXPANSION_FROM: Final = 200


def rate(passed: int, applicable: int) -> Fraction | None:
    """落实率 of counts; None where nothing applies, which is not zero."""
    return Fraction(100 * passed, applicable) if applicable else None


def change_pp(later: float | None, earlier: float | None) -> float | None:
    """Later - earlier in percentage points with one decimal, from values already rounded to two."""
    if later is None or earlier is None:
        return None
    return shown(_written(later) - _written(earlier), 1)


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
    return float(round_half_up(Fraction(100 * low))), float(round_half_up(Fraction(100 * high)))


def differ(before: Counts, now: Counts) -> bool:
    """Whether the 95 % interval of the difference of two independent shares excludes 0.

    R. G. Newcombe's hybrid of the two Wilson intervals (1998, method 10); False where either share has no units.
    """
    earlier, later = wilson(*before), wilson(*now)
    if earlier is None or later is None:
        return False
    was, is_ = 100 * before[0] / before[1], 100 * now[0] / now[1]
    low = is_ - was - math.hypot(is_ - later[0], earlier[1] - was)
    high = is_ - was + math.hypot(later[1] - is_, was - earlier[0])
    return low > 0 or high < 0


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


def _written(value: float) -> Fraction:
    """The decimal as it is shown, not the binary fraction nearest to it."""
    return Fraction(str(value))
