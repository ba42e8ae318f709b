"""What a changed answer becomes, and which verdict fits which state. No database."""

import pytest

from backend.checklists.rules import AnswerFault, Result
from backend.reviews.rules import APPROVE, RETURN, VERDICTS, VOID, Change, Present, changed, may_decide
from backend.visits.rules import STATES
from tests import world

TINY = world.COMPILED["TINY"]
OPEN = Present(None, is_open=True)


def change(code, result, value=None):
    return TINY.checkpoints[TINY.index[code]], Change(code, Result(result), "because", value)


@pytest.mark.parametrize(
    ("code", "present", "result", "value", "expected"),
    [
        ("T-1-01", Present(Result.PASS), "fail", None, Present(Result.FAIL)),
        ("T-1-02", Present(Result.PASS, 7), "pass", None, Present(Result.PASS, 7)),
        ("T-1-02", Present(Result.PASS, 7), "fail", None, Present(Result.FAIL, None)),
        ("T-1-02", Present(Result.PASS, 7), "na", None, Present(Result.NA, None)),
        ("T-1-02", Present(Result.NA, None), "pass", 4, Present(Result.PASS, 4)),
        ("T-1-02", Present(Result.PASS, 0), "fail", 11, Present(Result.FAIL, 11)),
        ("T-1-03", Present(Result.FAIL, "part"), "na", None, Present(Result.NA, None)),
        ("T-1-03", Present(Result.NA, "not-needed"), "na", None, Present(Result.NA, "not-needed")),
        ("T-2-02", OPEN, "na", None, Present(Result.NA)),
        ("T-2-02", OPEN, "fail", None, Present(Result.FAIL)),
    ],
)
def test_an_answer_after_its_change(code, present, result, value, expected):
    checkpoint, wanted = change(code, result, value)
    assert changed(checkpoint, present, wanted) == expected


@pytest.mark.parametrize(
    ("code", "present", "result", "value", "fault"),
    [
        ("T-1-01", Present(Result.PASS), "na", None, "na-not-allowed"),
        ("T-2-02", Present(Result.PASS, 3), "na", None, "na-not-allowed"),
        ("T-2-02", OPEN, "pass", None, "open-item-passed"),
        ("T-1-02", Present(Result.PASS, 3), "pass", 20, "contradiction"),
        ("T-1-02", Present(Result.PASS, 3), "fail", 99, "out-of-range"),
        ("T-1-03", Present(Result.PASS, "all"), "fail", "none", "option-unknown"),
        ("T-1-01", Present(Result.PASS), "fail", 1, "value-unexpected"),
    ],
)
def test_a_change_that_cannot_be(code, present, result, value, fault):
    checkpoint, wanted = change(code, result, value)
    found = changed(checkpoint, present, wanted)
    assert isinstance(found, AnswerFault)
    assert (found.checkpoint, found.code) == (code, fault)


def test_which_verdict_fits_which_state():
    decidable = {verdict: {state for state in STATES if may_decide(verdict, state, 1)} for verdict in VERDICTS}
    assert decidable[APPROVE] == decidable[RETURN] == {"submitted", "in_review"}
    assert decidable[VOID] == {"submitted", "in_review", "in_progress", "approved", "published"}
    assert not any(may_decide(verdict, state, 0) for verdict in VERDICTS for state in STATES)
