"""Figures above the visit: the worked example to the last digit, textbook values, and laws."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.rules import Result
from backend.checklists.scoring import round_half_up, score_visit, shown
from backend.checklists.statistics import (
    change_pp,
    mean_interval,
    mean_of_stores,
    paired_change,
    pooled_rate,
    rate,
    relative_change,
    store_rate,
    store_score,
    t_quantile,
    wilson,
)

EXAMPLE = yaml.safe_load(
    (Path(__file__).parents[2] / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8")
)
EXPECTED = EXAMPLE["expected"]
LETTERS = {"P": Result.PASS, "F": Result.FAIL, "N": Result.NA}
PERCENTAGES = st.fractions(min_value=0, max_value=100, max_denominator=500)
COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.fixture
def visits(cases):
    """The example's scorecards by store."""
    version = cases("scoring")["compiled"]["example"]
    by_store: dict[str, list] = {}
    for visit in EXAMPLE["visits"]:
        results = {code: LETTERS[letter] for code, letter in visit["answers"].items()}
        by_store.setdefault(visit["store"], []).append(score_visit(version, results))
    return by_store


def counts_of(cards):
    return [(card.passed, card.applicable) for card in cards]


def test_stores_of_the_worked_example(visits):
    for store, cards in visits.items():
        expected = EXPECTED["stores"][store]
        assert len(cards) == expected["visits"]
        assert shown(store_rate(counts_of(cards))) == expected["rate"]
        assert shown(store_score(card.official_score for card in cards)) == expected["official_score"]


def test_the_region_of_the_worked_example(visits):
    expected = EXPECTED["region"]
    every = [card for cards in visits.values() for card in cards]
    assert (
        shown(mean_of_stores(store_rate(counts_of(cards)) for cards in visits.values()))
        == expected["mean_of_stores_rate"]
    )
    assert shown(pooled_rate(counts_of(every))) == expected["pooled_rate"]
    official = [store_score(card.official_score for card in cards) for cards in visits.values()]
    assert shown(mean_of_stores(official)) == expected["official_score"]
    raw = [store_score(card.raw_score for card in cards) for cards in visits.values()]
    assert shown(mean_of_stores(raw)) == expected["score_without_cap"]


def test_three_stores_prove_nothing(visits):
    rates = [store_rate(counts_of(cards)) for cards in visits.values()]
    # 82.58 ± 4.303 x 9.49 / √3 = ± 23.6, and a rate ends at 100.
    assert mean_interval(rates) == (59.0, 100.0)


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
    assert change_pp(trend["wave9"], trend["wave1"]) == trend["change_pp"]
    assert relative_change(trend["wave9"], trend["wave1"]) == trend["change_relative_percent"]


@pytest.mark.parametrize(
    ("later", "earlier", "change"),
    [(82.58, 82.53, 0.1), (82.53, 82.58, -0.1), (82.58, 82.54, 0.0), (82.54, 82.58, 0.0), (0.0, 100.0, -100.0)],
)
def test_a_change_is_rounded_half_up_from_two_decimals(later, earlier, change):
    assert change_pp(later, earlier) == change
    assert math.copysign(1, change_pp(later, earlier)) == math.copysign(1, change)
    assert change_pp(round_half_up(Fraction(str(later))), round_half_up(Fraction(str(earlier)))) == change


def test_there_is_no_change_without_both_values():
    assert (
        change_pp(None, 1.0) is change_pp(1.0, None) is relative_change(None, 1.0) is relative_change(1.0, None) is None
    )
    assert relative_change(1.0, 0.0) is None


def test_nothing_applicable_is_no_value():
    assert rate(0, 0) is None
    assert pooled_rate([]) is None
    assert store_rate([(0, 0), (0, 0)]) is None
    assert store_score([None]) is None
    assert mean_of_stores([]) is None
    assert wilson(0, 0) is None


def test_values_that_are_missing_do_not_count_in_a_mean():
    assert mean_of_stores([Fraction(50), None, Fraction(100)]) == 75
    assert store_rate([(1, 2), (0, 0)]) == 50


def test_a_mean_is_rounded_once():
    thirds = [rate(1, 3), rate(1, 3), rate(2, 3)]
    assert mean_of_stores(thirds) == Fraction(400, 9)
    assert shown(mean_of_stores(thirds)) == 44.44


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


@given(st.lists(PERCENTAGES, min_size=2, max_size=30))
def test_the_interval_of_a_mean_holds_the_mean(values):
    low, high = mean_interval(values)
    assert 0 <= low <= shown(mean_of_stores(values)) <= high <= 100


def test_one_store_has_no_interval():
    assert mean_interval([Fraction(80)]) is None
    assert mean_interval([]) is None


def test_equal_stores_leave_no_doubt():
    assert mean_interval([Fraction(80)] * 5) == (80.0, 80.0)


def test_a_change_that_every_store_made_is_shown():
    pairs = [(Fraction(70), Fraction(80)), (Fraction(60), Fraction(69)), (Fraction(90), Fraction(99))]
    change = paired_change(pairs)
    # Differences 10, 9, 9: mean 28/3, s = 0.5774, t(2) = 4.303, half width 1.434.
    assert (change.stores, change.mean, change.interval) == (3, Fraction(28, 3), (7.9, 10.77))
    assert change.excludes_zero


def test_a_change_up_here_and_down_there_is_not():
    change = paired_change([(Fraction(70), Fraction(80)), (Fraction(80), Fraction(72))])
    assert change.mean == 1
    assert not change.excludes_zero


@pytest.mark.parametrize("pairs", [[], [(Fraction(1), Fraction(90))]])
def test_fewer_than_two_stores_show_no_change(pairs):
    change = paired_change(pairs)
    assert change.interval is None
    assert not change.excludes_zero


@given(st.lists(st.tuples(PERCENTAGES, PERCENTAGES), min_size=2, max_size=30))
def test_a_change_turned_round_is_its_mirror(pairs):
    there, back = paired_change(pairs), paired_change([(later, earlier) for earlier, later in pairs])
    assert there.mean == -back.mean
    assert there.excludes_zero == back.excludes_zero
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]), abs=1e-9)


def test_no_change_anywhere_excludes_nothing():
    assert not paired_change([(Fraction(50), Fraction(50))] * 4).excludes_zero
