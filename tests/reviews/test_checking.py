"""What stands against an approval: missing files, holes, and the follow-up that has not come."""

from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.db import db, transaction
from backend.visits.models import Visit
from tests import world
from tests.reviews.conftest import faults, files_become

DAN, CHELSEA = "dan-tiny", "chelsea-tiny"
OPEN = ["T-2-02", "T-2-03"]
HOLE = {"T-1-01": {"result": "fail", "comment": "nobody came", "evidence": []}}


def overdue(name):
    """Lets the time for the follow-up be over."""
    with transaction(writes=True):
        visit = db.session.get(Visit, world.VISITS[name])
        visit.follow_up_due_at = clock.now() - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "code"),
    [("expected", "evidence-missing"), ("uploading", "evidence-missing"), ("unreadable", "evidence-unreadable")],
)
def test_a_missing_file_blocks_until_it_is_waived(desk, state, code):
    body = desk.submit(DAN)
    gone, kept = (each["id"] for each in body["evidence"][:2])
    files_become(state, gone)
    answer = desk.review(DAN)
    assert faults(answer) == {gone: code}
    assert answer[1]["code"] == "approval-blocked"
    assert answer[1]["errors"][0]["checkpoints"] == ["T-1-01", "T-1-04", "T-1-05"]
    assert faults(desk.review(DAN, waived=[{"evidence": kept, "reason": "wrong one"}])) == {gone: code}
    assert desk.review(DAN, waived=[{"evidence": gone, "reason": "phone broke"}])[0] == 200


@pytest.mark.parametrize("state", ["stored", "ready"])
def test_a_file_that_is_here_does_not_block(desk, state):
    desk.submit(DAN)
    files_become(state)
    assert desk.review(DAN)[0] == 200


def test_a_missing_file_can_be_waived_by_all_its_checkpoints(desk):
    body = desk.submit(DAN)
    gone = body["evidence"][0]["id"]
    files_become("expected", gone)
    resting = ("T-1-01", "T-1-04", "T-1-05")
    waived = [{"checkpoint": code, "reason": "seen in the other picture"} for code in resting]
    assert faults(desk.review(DAN, waived=waived[:2])) == {gone: "evidence-missing"}
    assert desk.review(DAN, waived=waived)[0] == 200


def test_a_file_that_was_declared_and_linked_nowhere_blocks_too(desk):
    body = world.submission_for(world.COMPILED["TINY"], method="announced")
    spare = world.entry_for("01890000-0000-7000-8000-000000000001")
    desk.submit(DAN, body=body | {"evidence": [*body["evidence"], spare]})
    files_become("expected", spare["id"])
    assert faults(desk.review(DAN)) == {spare["id"]: "evidence-missing"}


def test_a_file_that_an_answer_to_a_return_replaced_blocks_nothing(desk):
    body = desk.submit(DAN)
    blurred = body["evidence"][1]["id"]
    files_become("unreadable", blurred)
    desk.review(DAN, verdict="returned", returned=[{"checkpoint": "T-1-05", "note": "take both again"}])
    desk.submit(DAN, only=["T-1-05"], arrived=False)
    waiting = {each["id"] for each in desk.visit(DAN)["evidence"] if each["state"] == "expected"}
    assert set(faults(desk.review(DAN))) == waiting
    files_become("stored", *waiting)
    assert desk.review(DAN)[0] == 200


def test_a_hole_must_be_waived_by_name(desk):
    desk.submit(DAN, HOLE)
    assert desk.visit(DAN)["holes"] == ["T-1-01"]
    assert faults(desk.review(DAN)) == {"T-1-01": "hole-not-waived"}
    status, visit = desk.review(DAN, waived=[{"checkpoint": "T-1-01", "reason": "heard in the clip"}])
    assert (status, visit["scorecard"]["passed"]) == (200, 4)
    assert visit["waivers"][0] | {"at": "", "person": ""} == {
        "checkpoint": "T-1-01", "evidence": None, "reason": "heard in the clip", "at": "", "person": "",
    }  # fmt: skip


def test_a_hole_whose_answer_the_reviewer_changes_is_none(desk):
    desk.submit(DAN, HOLE)
    status, visit = desk.review(
        DAN, changes=[{"checkpoint": "T-1-01", "result": "pass", "reason": "she is in the picture"}]
    )
    assert (status, visit["holes"], visit["scorecard"]["passed"]) == (200, [], 5)


def test_a_waiver_outlives_a_return_of_other_checkpoints_only(desk):
    desk.submit(DAN, HOLE)
    waived = [{"checkpoint": "T-1-01", "reason": "heard in the clip"}]
    desk.review(DAN, verdict="returned", returned=[{"checkpoint": "T-1-02", "note": "how long?"}], waived=waived)
    desk.submit(DAN, only=["T-1-02"])
    desk.review(DAN, verdict="returned", returned=[{"checkpoint": "T-1-01", "note": "sure?"}])
    desk.submit(DAN, HOLE, only=["T-1-01"])
    # The waiver was about another answer: the checkpoint has been answered anew.
    assert faults(desk.review(DAN)) == {"T-1-01": "hole-not-waived"}


def test_a_waiver_given_with_a_return_holds(desk):
    desk.submit(DAN, HOLE)
    waived = [{"checkpoint": "T-1-01", "reason": "heard in the clip"}]
    desk.review(DAN, verdict="returned", returned=[{"checkpoint": "T-1-02", "note": "how long?"}], waived=waived)
    desk.submit(DAN, only=["T-1-02"])
    assert desk.review(DAN)[0] == 200


def test_approval_waits_for_the_follow_up(desk):
    desk.submit(CHELSEA)
    assert faults(desk.review(CHELSEA)) == dict.fromkeys(OPEN, "follow-up-awaited")
    early = [{"checkpoint": code, "result": "na", "reason": "no call yet"} for code in OPEN]
    assert faults(desk.review(CHELSEA, changes=early)) == dict.fromkeys(OPEN, "follow-up-awaited")
    desk.follow_up(CHELSEA)
    status, visit = desk.review(CHELSEA)
    assert (status, visit["scorecard"]["applicable"]) == (200, 8)


def test_after_seven_days_the_reviewer_settles_what_never_came(desk):
    desk.submit(CHELSEA)
    overdue(CHELSEA)
    assert faults(desk.review(CHELSEA)) == dict.fromkeys(OPEN, "open-item-undecided")
    passed = [{"checkpoint": "T-2-02", "result": "pass", "reason": "surely"}]
    assert faults(desk.review(CHELSEA, changes=passed))["T-2-02"] == "open-item-passed"
    settled = [{"checkpoint": "T-2-02", "result": "fail", "reason": "no call in seven days"},
               {"checkpoint": "T-2-03", "result": "na", "reason": "no call, so nothing to ask"}]  # fmt: skip
    assert faults(desk.review(CHELSEA, changes=settled[:1])) == {"T-2-03": "open-item-undecided"}
    status, visit = desk.review(CHELSEA, changes=settled)
    assert (status, visit["open_items"], visit["scorecard"]["applicable"]) == (200, [], 7)
    answers = {each["checkpoint"]: each["result"] for each in visit["answers"]}
    assert (answers["T-2-02"], answers["T-2-03"]) == ("fail", "na")
    assert [(line["old_result"], line["new_result"]) for line in visit["ledger"]] == [(None, "fail"), (None, "na")]


def test_what_never_came_may_be_na_even_where_an_answer_may_not(desk):
    desk.submit(CHELSEA)
    overdue(CHELSEA)
    settled = [{"checkpoint": code, "result": "na", "reason": "the shopper fell ill"} for code in OPEN]
    assert desk.review(CHELSEA, changes=settled)[1]["scorecard"]["applicable"] == 6


def test_a_late_follow_up_still_counts(desk):
    desk.submit(CHELSEA)
    overdue(CHELSEA)
    desk.follow_up(CHELSEA)
    status, visit = desk.review(CHELSEA)
    assert (status, visit["flags"]) == (200, ["late_follow_up"])


def test_everything_that_blocks_is_named_at_once(desk):
    body = desk.submit(CHELSEA, HOLE)
    gone = body["evidence"][0]["id"]
    files_become("unreadable", gone)
    assert faults(desk.review(CHELSEA)) == {
        gone: "evidence-unreadable", "T-1-01": "hole-not-waived", **dict.fromkeys(OPEN, "follow-up-awaited"),
    }  # fmt: skip
    refused = desk.client("bob").put(
        f"/api/v1/visits/{world.VISITS[CHELSEA]}/review",
        json={"verdict": "approved"},
        headers={"Accept-Language": "zh-CN"},
    )
    assert "放行" in refused.json["detail"]


def test_a_void_waits_for_nothing(desk):
    body = desk.submit(CHELSEA, HOLE)
    files_become("expected", body["evidence"][0]["id"])
    assert desk.review(CHELSEA, verdict="void", reason="identified")[0] == 200
