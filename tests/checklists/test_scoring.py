"""One visit's scorecard: the worked example to the last digit, the cases shared with the phone, and the laws behind."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.definition import parse
from backend.checklists.rules import Result, compile_version
from backend.checklists.scoring import (
    RULE_VERSION,
    official_score,
    pack_results,
    round_half_up,
    score_visit,
    shown,
    unpack_results,
)

ROOT = Path(__file__).parents[2]
SHARED = json.loads((ROOT / "tests" / "cases" / "scoring.json").read_text(encoding="utf-8"))
EXAMPLE = yaml.safe_load((ROOT / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8"))
LETTERS = {"P": Result.PASS, "F": Result.FAIL, "N": Result.NA}
VERSION = compile_version(parse((ROOT / "checklists" / "reception-and-facility.yaml").read_bytes()).document)
RESULTS = st.dictionaries(st.sampled_from(list(VERSION.index)), st.sampled_from(list(Result)))


def total(passed, applicable, rate, earned, possible, raw_score):
    return {
        "passed": passed,
        "applicable": applicable,
        "rate": rate,
        "earned": earned,
        "possible": possible,
        "raw_score": raw_score,
    }


@pytest.mark.parametrize("visit", EXAMPLE["visits"], ids=lambda visit: visit["id"])
def test_the_worked_example_comes_out_to_the_last_digit(visit, cases):
    version = cases("scoring")["compiled"]["example"]
    card = score_visit(version, {code: LETTERS[letter] for code, letter in visit["answers"].items()}).as_dict()
    expected = EXAMPLE["expected"]["visits"][visit["id"]]
    stages = expected.pop("stages")
    assert {key: card[key] for key in expected} == expected
    assert {code: part["score"] for code, part in card["stages"].items()} == stages


def test_the_shared_version_is_the_worked_example(cases):
    for checkpoint in cases("scoring")["compiled"]["example"].checkpoints:
        item = EXAMPLE["checklist"]["items"][checkpoint.code]
        assert (checkpoint.stage, checkpoint.weight, checkpoint.critical) == tuple(item.values())


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_a_visit_is_scored_as_in_the_shared_cases(case, cases):
    version = cases("scoring")["compiled"][case["version"]]
    results = {code: Result(result) for code, result in case["results"].items()}
    assert score_visit(version, results).as_dict() == case["scorecard"]
    assert pack_results(version, results).hex() == case["packed"]
    assert unpack_results(version, bytes.fromhex(case["packed"])) == results


@pytest.mark.parametrize("name", ["scoring", "completeness"])
def test_the_shared_versions_are_definitions_with_their_defaults(name, cases):
    for document in cases(name)["versions"].values():
        assert parse(json.dumps(document).encode()).document == document


@pytest.mark.parametrize("case", SHARED["rounding"], ids=str)
def test_rounding_is_half_up_in_the_shared_cases(case):
    value = Fraction(case["numerator"], case["denominator"])
    assert shown(value, case["places"]) == case["rounded"]
    assert float(round_half_up(value, case["places"])) == case["rounded"]


def test_rounding_keeps_its_places_and_has_no_negative_zero():
    assert str(round_half_up(Fraction(59))) == "59.00"
    assert str(round_half_up(Fraction(-1, 1000))) == "0.00"
    assert str(shown(Fraction(-1, 1000))) == "0.0"
    assert shown(None) is None


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 4))
def test_rounding_is_never_further_than_half_a_unit(value, places):
    rounded = round_half_up(value, places)
    assert abs(Fraction(rounded) - value) <= Fraction(1, 2 * 10**places)
    assert rounded.as_tuple().exponent == -places
    assert shown(value, places) == float(rounded)


@given(RESULTS, st.randoms())
def test_the_order_of_answers_means_nothing(results, random):
    shuffled = list(results.items())
    random.shuffle(shuffled)
    first, second = score_visit(VERSION, results), score_visit(VERSION, dict(shuffled))
    assert json.dumps(first.as_dict()) == json.dumps(second.as_dict())
    assert pack_results(VERSION, results) == pack_results(VERSION, dict(shuffled))


@given(RESULTS)
def test_na_is_as_if_never_asked(results):
    asked = {code: result for code, result in results.items() if result is not Result.NA}
    card, without = score_visit(VERSION, results), score_visit(VERSION, asked)
    assert (card.total, card.official_score, card.red_line) == (without.total, without.official_score, without.red_line)


@given(RESULTS)
def test_the_total_comes_from_items_and_parts_add_up_to_it(results):
    card = score_visit(VERSION, results)
    for parts in (card.stages, card.modules, card.dimensions):
        for name in ("passed", "applicable", "earned", "possible"):
            assert sum(getattr(part, name) for part in parts.values()) == getattr(card, name)
    assert card.passed == sum(result is Result.PASS for result in results.values())


@given(RESULTS)
def test_scores_stay_within_0_and_100_and_the_red_line_only_lowers(results):
    card = score_visit(VERSION, results)
    assert (card.raw_score is None) == (card.rate is None) == (card.applicable == 0)
    if card.raw_score is not None and card.official_score is not None:
        assert 0 <= card.official_score <= card.raw_score <= 100
        assert card.official_score == (min(card.raw_score, 59) if card.red_line else card.raw_score)


@given(RESULTS, st.sampled_from(list(VERSION.index)))
def test_a_pass_never_scores_below_a_fail(results, code):
    passed = score_visit(VERSION, {**results, code: Result.PASS})
    failed = score_visit(VERSION, {**results, code: Result.FAIL})
    assert passed.raw_score is not None
    assert failed.raw_score is not None
    assert passed.raw_score > failed.raw_score
    assert passed.official_score is not None
    assert failed.official_score is not None
    assert passed.official_score >= failed.official_score


@given(RESULTS)
def test_packing_loses_nothing(results):
    packed = pack_results(VERSION, results)
    assert len(packed) == len(VERSION.checkpoints)
    assert unpack_results(VERSION, packed) == results


@pytest.mark.parametrize("packed", [b"", b"\x01", b"\x04" * 68, b"\x01" * 69])
def test_a_vector_of_another_version_is_refused(packed):
    with pytest.raises(ValueError, match="byte"):
        unpack_results(VERSION, packed)


def test_a_result_of_another_version_is_a_programming_error():
    for verb in (score_visit, pack_results):
        with pytest.raises(KeyError):
            verb(VERSION, {"EO-01-01": Result.PASS})


def test_the_rule_version_is_part_of_every_scorecard_to_come():
    assert RULE_VERSION == 1


def test_no_value_has_no_official_score():
    assert official_score(VERSION.red_line, None, red_line=False) is None


def test_values_are_exact_until_they_are_shown(cases):
    card = score_visit(cases("scoring")["compiled"]["example"], {"A1": Result.PASS, "A2": Result.FAIL})
    assert card.raw_score == Fraction(100, 3)
    assert round_half_up(card.raw_score) == Decimal("33.33")
