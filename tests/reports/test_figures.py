"""The maths of reports by themselves: exact at the edges, and equal to the plain formulas."""

import math
import statistics
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.scoring import shown
from backend.reports import figures
from backend.reports.statistics import change_pp, t_quantile

PERCENTAGES = st.fractions(0, 100, max_denominator=500)
pairs = st.lists(
    st.integers(1, 400).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))), max_size=40
)


def arrays(found):
    return np.array([part for part, _ in found], dtype=np.int64), np.array(
        [whole for _, whole in found], dtype=np.int64
    )


def exact(found):
    return [Fraction(100 * part, whole) for part, whole in found]


def plain_interval(values):
    """mean ± t·s/√k within 0-100, as the textbook writes it; None below two values."""
    if len(values) < 2:
        return None
    mean = float(statistics.mean(values))
    half = t_quantile(len(values) - 1) * float(statistics.stdev(values)) / math.sqrt(len(values))
    return shown(Fraction(max(0.0, mean - half))), shown(Fraction(min(100.0, mean + half)))


def ratio(value):
    return value.numerator, value.denominator


def interval_of(values):
    """The interval of `values` by way of their sums."""
    sums = sum(values, Fraction(0)), sum((value * value for value in values), Fraction(0))
    return figures.interval_of_sums(len(values), *map(ratio, sums))


def spread_of(values):
    """The spread of percentages given as fractions."""
    return figures.spread(*arrays([ratio(value / 100) for value in values]))


@given(pairs)
def test_a_spread_is_the_exact_mean_and_the_t_interval(found):
    made = figures.spread(*arrays(found))
    values = exact(found)
    assert made.n == len(values)
    mean = sum(values) / len(values) if values else None
    assert made.value == shown(mean)
    assert made.mean == (mean if mean is None else pytest.approx(float(mean), abs=1e-12))
    expected = plain_interval(values)
    assert (made.interval is None) == (expected is None)
    if expected:
        # The last digit may differ where the plain formula rounds its mean once more on the way.
        assert max(abs(ours - theirs) for ours, theirs in zip(made.interval, expected, strict=True)) <= 0.01001


@given(pairs)
def test_hundredths_are_rounded_half_up(found):
    for value, right in zip(figures.percentages(figures.hundredths(*arrays(found))), exact(found), strict=True):
        decimal = Decimal(right.numerator) / Decimal(right.denominator)
        assert value == float(decimal.quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(st.lists(PERCENTAGES, max_size=6))
def test_the_interval_of_sums_is_the_interval_of_the_values(values):
    found = interval_of(values)
    expected = plain_interval(values)
    assert (found is None) == (expected is None)
    if expected:
        assert max(abs(ours - theirs) for ours, theirs in zip(found, expected, strict=True)) <= 0.01001


def test_stores_that_agree_have_an_interval_without_width_rounded_half_up():
    # 1/16000 is 0.00625 %, 133/800 is 16.625 %: ties at the third decimal go up, at both ends alike.
    for part, whole, value in ((133, 800, 16.63), (1, 160, 0.63), (53, 80000, 0.07)):
        made = figures.spread(*arrays([(part, whole)] * 7))
        assert (made.value, made.interval) == (value, (value, value))
        assert interval_of([Fraction(100 * part, whole)] * 3) == (value, value)


@given(st.lists(PERCENTAGES, min_size=2, max_size=30))
def test_the_interval_of_a_mean_holds_the_mean(values):
    mean = shown(figures.mean_of([ratio(value) for value in values]))
    made = spread_of(values)
    assert made.value == mean
    for low, high in (made.interval, interval_of(values)):
        assert 0 <= low <= mean <= high <= 100


@pytest.mark.parametrize("values", [[], [Fraction(80)]])
def test_fewer_than_two_stores_have_no_interval(values):
    assert spread_of(values).interval is interval_of(values) is None


def test_equal_stores_leave_no_doubt():
    assert spread_of([Fraction(80)] * 5).interval == interval_of([Fraction(80)] * 5) == (80.0, 80.0)


def test_a_mean_is_rounded_once():
    made = figures.spread(*arrays([(1, 3), (1, 3), (2, 3)]))
    assert figures.mean_of([(100, 3), (100, 3), (200, 3)]) == Fraction(400, 9)
    assert made.value == 44.44


def test_values_that_are_missing_do_not_count_in_a_mean():
    assert figures.pooled(*arrays([(1, 2), (0, 0)])) == 50


def test_nothing_has_no_value():
    empty = np.array([], dtype=np.int64)
    assert figures.spread(empty, empty) == figures.NOTHING
    assert figures.NOTHING.interval is None
    assert not figures.NOTHING.excludes_zero
    assert figures.pooled(empty, empty) is figures.pooled(*arrays([(0, 0), (0, 0)])) is None
    assert figures.percentages(figures.hundredths(np.array([0]), np.array([0]))) == [None]
    assert figures.mean_in_hundredths(0, (0, 1)) == figures.NO_VALUE
    assert figures.mean_of([]) is None


def test_a_unit_without_value_does_not_count():
    made = figures.spread(np.array([1, 0, 3]), np.array([2, 0, 4]))
    assert (made.n, made.value) == (2, 62.5)


def test_an_interval_of_percentages_ends_at_0_and_100():
    made = figures.spread(np.array([0, 9]), np.array([10, 10]))
    assert made.interval == (0.0, 100.0)


def test_a_change_excludes_zero_only_when_it_does():
    ones = np.ones(2, dtype=np.int64)
    assert figures.spread(np.array([1, 1]), ones).excludes_zero
    assert not figures.spread(np.array([0, 0]), ones).excludes_zero
    assert not figures.spread(np.array([1, -1]), ones).excludes_zero
    assert not figures.spread(np.array([1]), np.array([1])).excludes_zero


def test_bands_hold_those_whose_intervals_meet():
    bounds = figures.bounds_of([(90.0, 99.0), (80.0, 90.0), (70.0, 79.99), (60.0, 95.0)])
    assert figures.overlap_bands(bounds) == [(1, 4), (1, 4), (3, 4), (1, 4)]


def test_bands_of_many_are_those_of_each():
    dice = np.random.default_rng(7)
    lows = 100 - np.sort(dice.random(700) * 100)
    bounds = lows, lows + dice.random(700) * 5
    expected = []
    for low, high in zip(*bounds, strict=True):
        meets = np.flatnonzero((bounds[0] <= high) & (bounds[1] >= low))
        expected.append((meets[0] + 1, meets[-1] + 1))
    assert figures.overlap_bands(bounds) == expected


@given(st.lists(st.tuples(st.integers(-1, 10_000), st.integers(-1, 10_000)), min_size=1))
def test_changes_of_many_are_those_of_each(found):
    later, earlier = (np.array(side, dtype=np.int64) for side in zip(*found, strict=True))
    each = [change_pp(*figures.percentages(np.array(pair))) for pair in found]
    assert figures.changes_pp(later, earlier) == each


def test_sums_of_many_odd_fractions_stay_exact():
    values = [Fraction(number, 7 * number + 11) for number in range(1, 700)]
    assert figures.total([ratio(value) for value in values]) == sum(values)
    assert figures.total([]) == 0


@given(st.lists(pairs, min_size=1, max_size=5), st.sampled_from([1, 1000]))
def test_groups_reckoned_together_are_what_each_is_alone(groups, scale):
    joined = [pair for group in groups for pair in group]
    parts, wholes = (side * scale for side in arrays(joined))
    beside = figures.Groups.beside([len(group) for group in groups])
    assert figures.spreads(parts, wholes, beside) == [figures.spread(*arrays(group)) for group in groups]
    assert figures.sums(parts, beside).tolist() == [scale * sum(part for part, _ in group) for group in groups]


@given(
    st.integers(2, 40), st.integers(1, 12_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))
)
def test_equal_shares_have_an_interval_of_no_width(count, pair):
    made = figures.spread(*arrays([pair] * count))
    assert (made.half, made.interval) == (0.0, (made.value, made.value))


@given(
    st.lists(
        st.integers(9_000, 11_100).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))), min_size=2
    )
)
def test_many_large_wholes_are_reckoned_as_exactly(found):
    made, values = figures.spread(*arrays(found)), exact(found)
    assert made.value == shown(statistics.mean(values))
    assert made.interval == plain_interval(values)


def test_squares_too_large_for_floating_point_numbers_are_added_all_the_same():
    parts, wholes = np.array([10**8, -(10**8), 10**8 - 1]), np.array([120_000_007, 120_000_007, 120_000_001])
    made, values = figures.spread(parts, wholes), exact(list(zip(parts.tolist(), wholes.tolist(), strict=True)))
    assert made.value == shown(statistics.mean(values))
    half = t_quantile(2) * float(statistics.stdev(values)) / math.sqrt(3)
    assert math.isclose(made.half, half, rel_tol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)).flatmap(
    lambda of: st.tuples(st.just(of[0]), st.integers(0, of[1]), st.just(of[1]))
), min_size=1, max_size=60))  # fmt: skip
def test_units_in_cells_come_to_what_they_come_to_one_by_one(found):
    of, parts, wholes = (np.array(side, dtype=np.int64) for side in zip(*found, strict=True))
    cells = {}
    for group, part, whole in found:
        cells.setdefault((group, whole), []).append(part)
    shares = figures.Shares(
        np.array([sum(held) for held in cells.values()]),
        np.array([whole for _, whole in cells]),
        np.array([len(held) for held in cells.values()]),
        np.array([float(statistics.pvariance(held) * len(held)) / whole**2 for (_, whole), held in cells.items()]),
    )
    together = figures.spreads_of(shares, figures.Groups(np.array([group for group, _ in cells]), 4))
    for ours, theirs in zip(together, figures.spreads(parts, wholes, figures.Groups(of, 4)), strict=True):
        assert (ours.n, ours.value) == (theirs.n, theirs.value)
        assert ours.half == (None if theirs.half is None else pytest.approx(theirs.half, rel=1e-9, abs=1e-9))


@given(st.integers(2, 400), st.sampled_from([2, 4, 8, 16, 32, 160, 800, 2000, 20_000]), st.data())
def test_means_that_lie_between_two_hundredths_are_rounded_up(count, whole, data):
    """Where the halves lie: a floating-point mean may come out on either side of them."""
    odd = data.draw(st.lists(st.integers(0, whole), min_size=count, max_size=count))
    parts, wholes = np.array(odd, dtype=np.int64), np.full(count, whole, dtype=np.int64)
    exact_mean = Fraction(100 * sum(odd), whole * count)
    for places in (1, 2):
        assert figures.spread(parts, wholes, places).value == shown(exact_mean, places)
        assert figures.spread(-parts, wholes, places).value == shown(-exact_mean, places)
