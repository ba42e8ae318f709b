"""Figures of one pair of numbers: the worked example to the last digit, textbook values, and laws."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.scoring import round_half_up, shown
from backend.reports.statistics import change_pp, differ, rate, t_quantile, wilson

EXAMPLE = yaml.safe_load(
    (Path(__file__).parents[2] / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8")
)
EXPECTED = EXAMPLE["expected"]
COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("code", ["A2", "B3"])
def test_checkpoints_of_the_worked_example(code):
    expected = EXPECTED[f"checkpoint_{code}"]
    letters = [visit["answers"][code] for visit in EXAMPLE["visits"] if visit["answers"][code] != "N"]
    passed, applicable = letters.count("P"), len(letters)
    assert (passed, applicable) == (expected["passed"], expected["applicable"])
    assert shown(rate(passed, applicable)) == expected["rate"]
    assert wilson(passed, applicable) == tuple(expected["wilson95"])


def test_like_for_like_of_the_worked_example():
    expected = EXPECTED["common_items_S1"]
    letters = [
        visit["answers"][code] for visit in EXAMPLE["visits"] if visit["store"] == "S1" for code in expected["items"]
    ]
    passed, applicable = letters.count("P"), len(letters) - letters.count("N")
    assert (passed, applicable) == (expected["passed"], expected["applicable"])
    assert shown(rate(passed, applicable)) == expected["rate"]


@pytest.mark.parametrize("case", EXPECTED["other_wilson95"], ids=str)
def test_other_wilson_intervals(case):
    assert wilson(case["passed"], case["n"]) == (case["low"], case["high"])


def test_a_change_in_points_is_not_a_relative_change():
    trend = EXPECTED["geely_trend"]
    assert change_pp(trend["wave9"], trend["wave1"]) == trend["change_pp"] != trend["change_relative_percent"]


@pytest.mark.parametrize(
    ("later", "earlier", "change"),
    [(82.58, 82.53, 0.1), (82.53, 82.58, -0.1), (82.58, 82.54, 0.0), (82.54, 82.58, 0.0), (0.0, 100.0, -100.0)],
)
def test_a_change_is_rounded_half_up_from_two_decimals(later, earlier, change):
    assert change_pp(later, earlier) == change
    assert math.copysign(1, change_pp(later, earlier)) == math.copysign(1, change)
    assert change_pp(round_half_up(Fraction(str(later))), round_half_up(Fraction(str(earlier)))) == change


def test_there_is_no_change_without_both_values():
    assert change_pp(None, 1.0) is change_pp(1.0, None) is change_pp(None, None) is None


def test_nothing_applicable_is_no_value():
    assert rate(0, 0) is None
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (1, 12.706204736),
        (2, 4.302652730),
        (3, 3.182446305),
        (4, 2.776445105),
        (5, 2.570581836),
        (9, 2.262157163),
        (10, 2.228138852),
        (29, 2.045229642),
        (30, 2.042272456),
        (100, 1.983971519),
        (199, 1.971956544),
        (200, 1.971896224),
        (1000, 1.962339081),
        (10**9, 1.959963987),
    ],
)
def test_students_t_agrees_with_the_tables(freedom, quantile):
    assert t_quantile(freedom) == pytest.approx(quantile, abs=1e-6)


def test_students_t_falls_towards_the_normal_quantile():
    quantiles = [t_quantile(freedom) for freedom in range(1, 400)]
    assert quantiles == sorted(quantiles, reverse=True)
    assert quantiles[-1] > 1.959963984


@given(COUNTS)
def test_wilson_holds_the_share_within_0_and_100(counts):
    passed, n = counts
    low, high = wilson(passed, n)
    assert 0 <= low <= shown(rate(passed, n)) <= high <= 100
    assert (low == 0) or passed > 0
    assert (high == 100) or passed < n


@given(COUNTS)
def test_wilson_rises_with_what_passed_and_mirrors_what_failed(counts):
    passed, n = counts
    low, high = wilson(passed, n)
    mirrored = wilson(n - passed, n)
    assert (low, high) == pytest.approx((100 - mirrored[1], 100 - mirrored[0]), abs=0.0101)
    if passed < n:
        more = wilson(passed + 1, n)
        assert more[0] >= low
        assert more[1] >= high


@pytest.mark.parametrize(
    ("before", "now", "differs"),
    [
        # R. G. Newcombe (1998), table II: 56/70 and 48/80 differ by 20 points, method 10 gives 5.2 to 33.4.
        ((48, 80), (56, 70), True),
        ((56, 70), (48, 80), True),
        # 9/10 and 3/10 differ by 60 points: 17.0 to 80.9. 5/10 and 6/10 do not.
        ((3, 10), (9, 10), True),
        ((5, 10), (6, 10), False),
        ((0, 0), (9, 10), False),
        ((10, 10), (0, 0), False),
        ((10, 10), (10, 10), False),
    ],
)
def test_shares_differ_when_the_interval_of_their_difference_excludes_zero(before, now, differs):
    assert differ(before, now) is differs
