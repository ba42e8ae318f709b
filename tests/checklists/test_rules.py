"""What a version asks, and how one answer becomes a result. Most cases are shared with the phone."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.rules import (
    AnswerFault,
    Choice,
    Number,
    PassFail,
    Result,
    checkpoints_for,
    exact,
    judge,
    judge_answers,
    plain,
)

SHARED = json.loads((Path(__file__).parents[1] / "cases" / "completeness.json").read_text(encoding="utf-8"))
ODD_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.integers(), max_size=2)
)


def judging(cases):
    version = cases("completeness")["compiled"]["judging"]
    return version, {checkpoint.code: checkpoint for checkpoint in version.checkpoints}


@pytest.mark.parametrize("case", SHARED["judging"], ids=lambda case: case["name"])
def test_one_answer_is_judged_as_in_the_shared_cases(case, cases):
    _, checkpoints = judging(cases)
    outcome = judge(checkpoints[case["checkpoint"]], case["result"], case["value"])
    if "becomes" in case:
        assert outcome == case["becomes"]
    else:
        assert outcome == AnswerFault(case["checkpoint"], case["fault"]["code"], case["fault"]["params"])


@pytest.mark.parametrize("case", SHARED["lists"], ids=lambda case: case["name"])
def test_a_list_of_answers_is_judged_as_in_the_shared_cases(case, cases):
    version, _ = judging(cases)
    judgement = judge_answers(version, case["method"], [tuple(answer) for answer in case["answers"]])
    assert judgement.results == case["results"]
    assert list(judgement.faults) == [AnswerFault(**fault) for fault in case["faults"]]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), 10**400, -(10**400)], ids=lambda value: f"{value}"[:4]
)
def test_numbers_without_a_size_are_refused(value, cases):
    _, checkpoints = judging(cases)
    assert judge(checkpoints["LTE"], None, value).code in {"not-a-number", "out-of-range"}


@given(st.sampled_from(["YN", "LTE-NA", "BETWEEN", "CHOICE"]), st.none() | st.text(max_size=4), ODD_VALUES)
def test_whatever_is_sent_becomes_a_result_or_a_fault(cases, code, result, value):
    _, checkpoints = judging(cases)
    assert isinstance(judge(checkpoints[code], result, value), Result | AnswerFault)


@given(st.integers(-200, 800))
def test_a_number_passes_exactly_within_its_threshold(cases, minutes):
    _, checkpoints = judging(cases)
    outcome = judge(checkpoints["LTE"], None, minutes)
    assert outcome == ("pass" if 0 <= minutes <= 10 else "fail" if 10 < minutes <= 600 else outcome)
    assert isinstance(outcome, AnswerFault) == (not 0 <= minutes <= 600)


@given(st.integers(-10_000_000, 10_000_000))
def test_every_whole_cent_is_on_its_step(cases, cents):
    _, checkpoints = judging(cases)
    assert judge(checkpoints["CENTS"], None, cents / 100) == ("pass" if cents <= 0 else "fail")


def test_a_version_knows_its_checkpoints_by_position_and_place(reference):
    version = reference("reception-and-facility")
    number = version.checkpoints[version.index["RF-HW-08"]]
    assert (number.stage, number.dimension, number.area, number.module) == (
        "RF-HW",
        "hardware",
        "functional_area",
        "resource",
    )
    assert number.answer == Number("celsius", Fraction(-30), Fraction(60), Fraction(1, 2), Fraction(18), Fraction(28))
    assert isinstance(version.checkpoints[version.index["RF-07-03"]].answer, Choice)
    assert isinstance(version.checkpoints[0].answer, PassFail)
    assert [version.checkpoints[position].code for position in version.index.values()] == list(version.index)


def test_a_visit_is_asked_the_stages_that_cover_its_method(reference):
    version = reference("reception-and-facility")
    assert len(checkpoints_for(version, "covert")) == 68
    assert {checkpoint.stage for checkpoint in checkpoints_for(version, "unannounced")} == {"RF-HW"}
    assert checkpoints_for(reference("experience-officer"), "self") == ()
    assert checkpoints_for(version, "telepathy") == ()


def test_red_line_and_absence_come_from_the_document(reference):
    version = reference("experience-officer")
    assert (version.red_line.effect, version.red_line.cap) == ("cap", 59)
    assert version.absence.allowed
    assert version.absence.needs_confirmation
    assert sum(checkpoint.critical for checkpoint in version.checkpoints) == 7
    assert sum(checkpoint.is_after_visit for checkpoint in version.checkpoints) == 3


@given(st.decimals(min_value=-1000, max_value=1000, places=3))
def test_decimals_are_exact_both_ways(number):
    assert exact(float(number)) == Fraction(number)
    assert plain(Fraction(number)) == float(number)
