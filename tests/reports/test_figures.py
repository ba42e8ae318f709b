"""The maths of reports by themselves: exact at the edges, and equal to the plain formulas."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists import statistics
from backend.reports import figures

pairs = st.lists(
    st.integers(1, 400).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))), max_size=40
)


def arrays(found):
    return np.array([part for part, _ in found], dtype=np.int64), np.array(
        [whole for _, whole in found], dtype=np.int64
    )


def exact(found):
    return [Fraction(100 * part, whole) for part, whole in found]


@given(pairs)
def test_a_spread_is_the_exact_mean_and_the_t_interval(found):
    made = figures.spread(*arrays(found))
    values = exact(found)
    assert made.n == len(values)
    assert made.mean == (sum(values) / len(values) if values else None)
    expected = statistics.mean_interval(values)
    assert (made.interval is None) == (expected is None)
    if expected:
        # The last digit may differ where the plain formula rounds its mean once more on the way.
        assert max(abs(ours - theirs) for ours, theirs in zip(made.interval, expected, strict=True)) <= 0.01001


@given(pairs)
def test_hundredths_are_rounded_half_up(found):
    for value, right in zip(figures.percentages(figures.hundredths(*arrays(found))), exact(found), strict=True):
        decimal = Decimal(right.numerator) / Decimal(right.denominator)
        assert value == float(decimal.quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(st.lists(st.fractions(0, 100, max_denominator=500), max_size=6))
def test_the_interval_of_sums_is_the_interval_of_the_values(values):
    first, squares = sum(values, Fraction(0)), sum((value * value for value in values), Fraction(0))
    found = figures.interval_of_sums(
        len(values), (first.numerator, first.denominator), (squares.numerator, squares.denominator)
    )
    expected = statistics.mean_interval(values)
    assert (found is None) == (expected is None)
    if expected:
        assert max(abs(ours - theirs) for ours, theirs in zip(found, expected, strict=True)) <= 0.01001


def test_stores_that_agree_have_an_interval_without_width_rounded_half_up():
    # 1/16000 is 0.00625 %, 133/800 is 16.625 %: ties at the third decimal go up, at both ends alike.
    for part, whole, shown in ((133, 800, 16.63), (1, 160, 0.63), (53, 80000, 0.07)):
        made = figures.spread(*arrays([(part, whole)] * 7))
        assert (made.value, made.interval) == (shown, (shown, shown))
        value = Fraction(100 * part, whole)
        sums, squares = 3 * value, 3 * value * value
        assert figures.interval_of_sums(3, (sums.numerator, sums.denominator), (squares.numerator, squares.denominator)) == (
            shown, shown,
        )  # fmt: skip


def test_nothing_has_no_value():
    empty = np.array([], dtype=np.int64)
    assert figures.spread(empty, empty) == figures.NOTHING
    assert figures.NOTHING.interval is None
    assert not figures.NOTHING.excludes_zero
    assert figures.pooled(empty, empty) is None
    assert figures.percentages(figures.hundredths(np.array([0]), np.array([0]))) == [None]
    assert figures.mean_in_hundredths(0, (0, 1)) == figures.NO_VALUE
    assert figures.mean_of([None, None]) is None


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
    assert [figures.overlap_band(bounds, position) for position in range(4)] == [(1, 4), (1, 4), (3, 4), (1, 4)]


def test_sums_of_many_odd_fractions_stay_exact():
    values = [Fraction(number, 7 * number + 11) for number in range(1, 700)]
    assert figures.total(values) == sum(values)
    assert figures.total([]) == 0
