"""Whether a visit is complete and proven. The cases are shared with the phone."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.completeness import examine
from backend.checklists.rules import AnswerFault, Result, checkpoints_for

SHARED = json.loads((Path(__file__).parents[1] / "cases" / "completeness.json").read_text(encoding="utf-8"))

ANSWERED = st.tuples(
    st.sampled_from(list(Result)),
    st.sampled_from([None, "", "said why"]),
    st.lists(st.sampled_from(["photo", "video", "audio"]), max_size=3),
)


def given_answers(answers):
    return {code: (Result(each["result"]), each["comment"], each["evidence"]) for code, each in answers.items()}


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_a_visit_is_examined_as_in_the_shared_cases(case, cases):
    version = cases("completeness")["compiled"][case["version"]]
    examination = examine(version, case["method"], given_answers(case["answers"]), case["phase"])
    assert list(examination.faults) == [AnswerFault(**fault) for fault in case["faults"]]
    assert list(examination.holes) == case["holes"]
    assert list(examination.open_items) == case["open_items"]


@given(
    st.dictionaries(st.sampled_from(["CALL", "FREE", "TWO", "BOTH", "EITHER", "ONFAIL", "TOILET", "LATER"]), ANSWERED)
)
def test_holes_are_fails_with_a_comment_and_without_a_fault(cases, answers):
    version = cases("completeness")["compiled"]["exam"]
    examination = examine(version, "covert", answers, "submission")
    faulty = {fault.checkpoint for fault in examination.faults}
    assert not faulty & set(examination.open_items)
    for code in examination.holes:
        result, comment, _ = answers[code]
        assert result is Result.FAIL
        assert comment
        assert code not in faulty


@given(st.dictionaries(st.sampled_from(["CALL", "FREE", "LEAVE", "LATER"]), ANSWERED))
def test_every_checkpoint_is_answered_open_or_missing(cases, answers):
    version = cases("completeness")["compiled"]["exam"]
    examination = examine(version, "covert", answers, "submission")
    missing = {fault.checkpoint for fault in examination.faults if fault.code == "answer-missing"}
    asked = {checkpoint.code for checkpoint in checkpoints_for(version, "covert")}
    assert set(answers) | missing | set(examination.open_items) == asked


@pytest.mark.parametrize("name", ["experience-officer", "reception-and-facility"])
def test_a_fully_proven_visit_has_nothing_in_its_way(name, reference):
    version = reference(name)
    answers = {
        checkpoint.code: (Result.PASS, None, [need.kind for need in checkpoint.evidence for _ in range(need.minimum)])
        for checkpoint in version.checkpoints
        if not checkpoint.is_after_visit
    }
    examination = examine(version, "covert", answers, "submission")
    assert (examination.faults, examination.holes, len(examination.open_items)) == ((), (), 3)
