"""Decisions through the API: approve, return, void, repeats, other content, who may, and what is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backend.checklists.rules import Result
from backend.checklists.scoring import score_visit
from backend.core import clock
from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.outbox import Event
from backend.core.permissions import Role
from backend.reviews.models import AnswerChange, Review, Waiver
from backend.scores.models import ScorecardRow, Tally
from backend.scores.service import rebuild_all
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world
from tests.reviews.conftest import faults, files_become, path_of

DAN, CHELSEA = "dan-tiny", "chelsea-tiny"
TINY = world.COMPILED["TINY"]


def wave(**values):
    with transaction(writes=True):
        for name, value in values.items():
            setattr(db.session.get(Wave, world.WAVES["TINY"]), name, value)


def rows(model):
    with transaction(writes=False):
        return db.session.scalars(select(model)).all()


def test_approving_writes_the_scorecard_and_the_tally(desk):
    desk.submit(DAN, {"T-1-02": "fail", "T-1-03": "na"})
    status, visit = desk.review(DAN)
    assert (status, visit["state"]) == (200, "approved")
    results = {each["checkpoint"]: Result(each["result"]) for each in visit["answers"]}
    assert visit["scorecard"] == score_visit(TINY, results).as_dict()
    assert (visit["scorecard"]["passed"], visit["scorecard"]["applicable"]) == (3, 4)
    (card,), (tally,) = rows(ScorecardRow), rows(Tally)
    assert (card.visit_id, card.method, card.is_current, card.reason) == (
        world.VISITS[DAN],
        "announced",
        True,
        "approved",
    )
    assert (tally.visits, tally.scored, tally.store_id, tally.wave_id) == (1, 1, world.ONE, world.WAVES["TINY"])
    assert visit["reviews"][0] | {"decided_at": ""} == {
        "round": 1, "verdict": "approved", "reason": None, "decided_at": "", "deadline": None, "returned": [],
        "person": {"id": str(world.person_id("bob")), "name": "Bob"},
    }  # fmt: skip
    names = [event.name for event in rows(Event) if event.subject_id == world.VISITS[DAN]]
    assert names[-2:] == ["scorecard.written", "visit.approved"]


def test_a_red_line_caps_the_official_score(desk):
    desk.submit(DAN, {"T-1-04": "fail"})
    _status, visit = desk.review(DAN)
    card = visit["scorecard"]
    assert (card["red_line"], card["official_score"], card["raw_score"]) == (True, 59.0, 83.33)


def test_in_a_published_wave_an_approval_is_published_at_once(desk):
    wave(published_at=datetime(2026, 1, 2, tzinfo=UTC))
    desk.submit(DAN)
    assert desk.review(DAN)[1]["state"] == "published"
    assert desk.visit(DAN, "erin")["scorecard"]["rate"] == 100.0


def test_a_repeat_answers_the_same_and_changes_nothing(desk):
    desk.submit(DAN)
    body = {"reason": " fine ", "changes": [{"checkpoint": "T-1-01", "result": "fail", "reason": "nobody there"},
                                            {"checkpoint": "T-1-05", "result": "fail", "reason": "dirty"}]}  # fmt: skip
    first = desk.review(DAN, **body)
    again = desk.review(DAN, "bob", **body | {"changes": body["changes"][::-1], "reason": "fine", "round": 1})
    assert first[0] == again[0] == 200
    assert first[1] == again[1]
    assert (len(rows(Review)), len(rows(AnswerChange)), len(rows(ScorecardRow))) == (1, 2, 1)


def test_other_content_after_a_decision_is_refused(desk):
    desk.submit(DAN)
    desk.review(DAN)
    for other in ({"reason": "no"}, {"verdict": "returned", "returned": [{"checkpoint": "T-1-01", "note": "again"}]}):
        status, problem = desk.review(DAN, **other)
        assert (status, problem["code"]) == (409, "decision-differs")
    assert desk.visit(DAN)["state"] == "approved"


def test_what_was_never_submitted_cannot_be_decided(desk):
    assert desk.review(DAN)[0] == 404
    with transaction(writes=True):
        db.session.get(Visit, world.VISITS[DAN]).state = "in_progress"
    assert desk.review(DAN)[0] == 404


def test_rounds_that_are_not_current_are_refused(desk):
    desk.submit(DAN)
    for round_ in (2, 7):
        status, problem = desk.review(DAN, round=round_)
        assert (status, problem["code"]) == (409, "round-not-current")
    assert desk.review(DAN, round=0)[0] == 422
    assert desk.review(DAN, round=1)[0] == 200


def test_changes_become_ledger_lines_and_current_answers(desk):
    desk.submit(DAN, {"T-1-02": {"result": "pass", "value": 7}, "T-1-03": {"result": "fail", "value": "part"}})
    _status, visit = desk.review(
        DAN,
        changes=[
            {"checkpoint": "T-1-01", "result": "pass", "reason": "as it was"},
            {"checkpoint": "T-1-02", "result": "fail", "reason": "the clip shows more"},
            {"checkpoint": "T-1-03", "result": "pass", "value": "all", "reason": "all of it"},
        ],
    )
    answers = {each["checkpoint"]: (each["result"], each["value"]) for each in visit["answers"]}
    assert answers["T-1-02"] == ("fail", None)
    assert answers["T-1-03"] == ("pass", "all")
    lines = [{key: line[key] for key in line if key not in ("at", "person")} for line in visit["ledger"]]
    assert lines == [
        {"checkpoint": "T-1-02", "old_result": "pass", "old_value": 7, "new_result": "fail", "new_value": None,
         "reason": "the clip shows more"},
        {"checkpoint": "T-1-03", "old_result": "fail", "old_value": "part", "new_result": "pass", "new_value": "all",
         "reason": "all of it"},
    ]  # fmt: skip
    assert visit["ledger"][0]["person"]["name"] == "Bob"
    assert visit["scorecard"]["passed"] == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"checkpoint": "T-1-01", "result": "na"}, "na-not-allowed"),
        ({"checkpoint": "T-1-02", "result": "pass", "value": 30}, "contradiction"),
        ({"checkpoint": "T-1-02", "result": "pass", "value": 999}, "out-of-range"),
        ({"checkpoint": "T-1-01", "result": "pass", "value": 3}, "value-unexpected"),
        ({"checkpoint": "NOWHERE", "result": "pass"}, "checkpoint-unknown"),
        ({"checkpoint": "T-2-01", "result": "pass"}, "not-asked"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_its_checkpoint(desk, change, code):
    desk.submit(DAN)
    found = faults(desk.review(DAN, changes=[{**change, "reason": "because"}]))
    assert found == {change["checkpoint"]: code}
    assert rows(AnswerChange) == []


def test_one_place_named_twice_or_two_ways_is_refused(desk):
    desk.submit(DAN)
    change = {"checkpoint": "T-1-01", "result": "fail", "reason": "no"}
    assert faults(desk.review(DAN, changes=[change, change]))["T-1-01"] == "named-twice"
    back = [{"checkpoint": "T-1-01", "note": "again"}]
    found = faults(desk.review(DAN, verdict="returned", changes=[change], returned=back))
    assert found["T-1-01"] == "returned-and-decided"
    assert faults(desk.review(DAN, returned=back))["returned"] == "return-with-approval"


def test_returning_sends_single_checkpoints_back(desk):
    body = desk.submit(DAN)
    status, visit = desk.review(
        DAN, verdict="returned", reason="look again",
        returned=[{"checkpoint": "T-1-05", "note": "brighter"}, {"checkpoint": "T-1-01", "note": "who?"}],
    )  # fmt: skip
    assert (status, visit["state"], visit["scorecard"]) == (200, "in_progress", None)
    told = desk.visit(DAN, "dan")["return"]
    assert (told["reason"], told["round"]) == ("look again", 1)
    assert told["checkpoints"] == [
        {"checkpoint": "T-1-01", "note": "who?"},
        {"checkpoint": "T-1-05", "note": "brighter"},
    ]
    left = datetime.fromisoformat(told["deadline"]) - clock.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)
    assert body["answers"][0]["checkpoint"] == "T-1-01"


def test_the_answer_to_a_return_is_the_next_round(desk):
    desk.submit(DAN)
    back = {"verdict": "returned", "returned": [{"checkpoint": "T-1-01", "note": "who?"}], "round": 1}
    desk.review(DAN, **back)
    desk.submit(DAN, {"T-1-01": "fail"}, only=["T-1-01"])
    assert desk.visit(DAN)["round"] == 2
    # The old decision again is a repeat, another one about the old round is late.
    assert desk.review(DAN, **back)[0] == 200
    assert desk.visit(DAN)["state"] == "submitted"
    assert desk.review(DAN, round=1)[1]["code"] == "round-not-current"
    status, visit = desk.review(DAN)
    assert (status, visit["state"], visit["scorecard"]["passed"]) == (200, "approved", 4)
    assert [(each["round"], each["verdict"]) for each in visit["reviews"]] == [(1, "returned"), (2, "approved")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, {"returned": "nothing-returned"}),
        ({"returned": [{"checkpoint": "X", "note": "n"}]}, {"X": "checkpoint-unknown"}),
        ({"returned": [{"checkpoint": "T-2-01", "note": "n"}]}, {"T-2-01": "not-asked"}),
        ({"returned": [{"checkpoint": "T-1-01", "note": "n"}] * 2}, {"T-1-01": "named-twice"}),
        ({"returned": [{"checkpoint": "T-1-01", "note": " "}]}, {"returned.0.note": "required"}),
        ({"returned": [{"checkpoint": "T-1-01"}]}, {"returned.0.note": "required"}),
        (
            {"returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "2020-01-01T00:00:00Z"},
            {"deadline": "deadline-past"},
        ),
        (
            {"returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "2999-01-01T00:00:00Z"},
            {"deadline": "deadline-far"},
        ),
        ({"returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "tomorrow"}, {"deadline": "not-datetime"}),
    ],
)
def test_a_return_says_what_is_wrong_with_it(desk, body, found):
    desk.submit(DAN)
    assert faults(desk.review(DAN, verdict="returned", **body)) == found


def test_making_void_needs_a_reason_and_is_never_scored(desk):
    desk.submit(DAN)
    assert faults(desk.review(DAN, verdict="void")) == {"reason": "reason-needed"}
    change = {"checkpoint": "T-1-01", "result": "fail", "reason": "no"}
    assert faults(desk.review(DAN, verdict="void", reason="x", changes=[change])) == {"changes": "not-with-void"}
    status, visit = desk.review(DAN, verdict="void", reason="recognised as a shopper")
    assert (status, visit["state"], visit["reason"], visit["scorecard"]) == (
        200,
        "void",
        "recognised as a shopper",
        None,
    )
    assert desk.review(DAN)[1]["code"] == "decision-differs"


def test_an_approved_visit_can_still_be_made_void(desk):
    desk.submit(DAN)
    desk.review(DAN)
    status, visit = desk.review(DAN, verdict="void", reason="wrong store")
    assert (status, visit["state"], visit["scorecard"]) == (200, "void", None)
    with transaction(writes=True):
        assert db.session.scalars(select(Tally)).one().visits == 0
        assert rebuild_all() == []
    assert [each["verdict"] for each in desk.visit(DAN)["reviews"]] == ["approved", "void"]
    assert desk.review(DAN)[0] == 200  # The approval again is a late repeat: it changes nothing.
    assert desk.visit(DAN)["state"] == "void"


def test_a_returned_visit_can_be_made_void(desk):
    desk.submit(DAN)
    desk.review(DAN, verdict="returned", returned=[{"checkpoint": "T-1-01", "note": "who?"}])
    assert desk.review(DAN)[1]["code"] == "decision-differs"
    assert desk.review(DAN, verdict="void", reason="never came back")[1]["state"] == "void"


def test_nothing_is_decided_in_a_locked_wave(desk):
    desk.submit(DAN)
    wave(state="locked", locked_at=datetime(2026, 2, 1, tzinfo=UTC))
    for verdict in ("approved", "void"):
        status, problem = desk.review(DAN, verdict=verdict, reason="late")
        assert (status, problem["code"]) == (409, "wave-is-locked")


def test_claiming_marks_the_visit_and_can_be_repeated(desk):
    desk.submit(DAN)
    for _ in range(2):
        answer = desk.client("bob").put(path_of(DAN, "/claim"))
        assert (answer.status_code, answer.json["state"]) == (200, "in_review")
    assert len([event for event in rows(Event) if event.name == "visit.claimed"]) == 1
    assert desk.review(DAN)[1]["state"] == "approved"
    assert desk.client("bob").put(path_of(DAN, "/claim")).status_code == 409


def test_who_may_review(desk):
    desk.submit(DAN)
    for login in ("alice", "dan", "chelsea", "erin", "frank", "gina"):
        assert desk.review(DAN, login)[0] == 403, login
        assert desk.client(login).put(path_of(DAN, "/claim")).status_code == 403, login
    assert desk.client(None).put(path_of(DAN, "/review"), json={"verdict": "approved"}).status_code == 401
    assert desk.review(DAN)[0] == 200


def reviewer(login, *memberships):
    with transaction(writes=True):
        world._person(login, memberships)


def test_nobody_reviews_a_visit_of_their_own(desk):
    reviewer("rosa", (Role.REVIEWER, ScopeKind.ALL, None), (Role.AUDITOR, ScopeKind.ALL, None))
    desk.submit(DAN)
    with transaction(writes=True):
        db.session.get(Visit, world.VISITS[DAN]).auditor_id = world.person_id("rosa")
    status, problem = desk.review(DAN, "rosa")
    assert (status, problem["code"]) == (403, "own-visit")
    assert desk.client("rosa").put(path_of(DAN, "/claim")).json["code"] == "own-visit"


def test_a_reviewer_of_elsewhere_finds_nothing(desk):
    reviewer("walt", (Role.REVIEWER, ScopeKind.REGION, world.WEST))
    reviewer("paul", (Role.REVIEWER, ScopeKind.REGION, world.WEST), (Role.PLANNER, ScopeKind.ALL, None))
    reviewer("ella", (Role.REVIEWER, ScopeKind.REGION, world.EAST))
    desk.submit(DAN)
    assert desk.review(DAN, "walt")[0] == 404
    assert desk.client("walt").put(path_of(DAN, "/claim")).status_code == 404
    # Paul may look at the visit as its planner, but not judge it.
    assert desk.review(DAN, "paul")[1]["code"] == "not-permitted"
    assert desk.review(DAN, "ella")[0] == 200


def test_two_reviewers_at_once_make_one_decision(app, desk):
    desk.submit(DAN)
    clients = [(desk.client("bob"), {"verdict": "approved", "reason": f"r{number % 2}"}) for number in range(8)]

    def decide(job):
        return job[0].put(path_of(DAN, "/review"), json=job[1]).status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(decide, clients))
    assert found == [200] * 4 + [409] * 4
    assert (len(rows(Review)), len(rows(ScorecardRow)), rows(Tally)[0].visits) == (1, 1, 1)


HOSTILE = [
    {}, {"verdict": "maybe"}, {"verdict": None}, {"verdict": "approved", "extra": 1}, {"verdict": "approved", "round": "x"},
    {"verdict": "approved", "round": 2**40}, {"verdict": "approved", "round": -1}, {"verdict": "approved", "changes": {}},
    {"verdict": "approved", "changes": [1]}, {"verdict": "approved", "changes": [{}]},
    {"verdict": "approved", "changes": [{"checkpoint": 1, "result": "pass", "reason": "x"}]},
    {"verdict": "approved", "changes": [{"checkpoint": "T-1-01", "result": "pass", "reason": "x", "value": {"a": 1}}]},
    {"verdict": "approved", "changes": [{"checkpoint": "T-1-02", "result": "pass", "reason": "x", "value": True}]},
    {"verdict": "approved", "changes": [{"checkpoint": "T-1-02", "result": "pass", "reason": "x", "value": "1e999"}]},
    {"verdict": "approved", "changes": [{"checkpoint": "T-1-01", "result": "fail", "reason": "   "}]},
    {"verdict": "approved", "changes": [{"checkpoint": "T-1-01" * 40, "result": "fail", "reason": "x"}]},
    {"verdict": "approved", "waived": [{"reason": "x"}]},
    {"verdict": "approved", "waived": [{"reason": "x", "checkpoint": "T-1-01", "evidence": str(world.ONE)}]},
    {"verdict": "approved", "waived": [{"reason": "x", "evidence": "nonsense"}]},
    {"verdict": "approved", "waived": [{"reason": "x", "evidence": str(world.ONE)}]},
    {"verdict": "approved", "reason": "x" * 3000}, {"verdict": "void", "reason": "  "},
    {"verdict": "returned", "returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "2026-01-01T00:00:00"},
    {"verdict": "returned", "returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "0001-01-01T00:00:00+14:00"},
    {"verdict": "returned", "returned": [{"checkpoint": "T-1-01", "note": "n"}], "deadline": "9999-12-31T23:59:59-14:00"},
]  # fmt: skip


def test_hostile_bodies_are_refused_not_fatal(desk):
    desk.submit(DAN)
    for body in HOSTILE:
        answer = desk.client("bob").put(path_of(DAN, "/review"), json=body)
        assert answer.status_code == 422, (body, answer.json)
    for raw in (b"", b"[]", b"null", b"{", b'"x"'):
        answer = desk.client("bob").put(path_of(DAN, "/review"), data=raw, content_type="application/json")
        assert answer.status_code in (400, 422), raw
    for reason in ("\\u0000", "\\ud800"):
        raw = f'{{"verdict": "void", "reason": "bad {reason}"}}'
        answer = desk.client("bob").put(path_of(DAN, "/review"), data=raw, content_type="application/json")
        assert answer.status_code in (400, 422), reason


def test_a_body_that_is_too_large_is_refused(desk):
    desk.submit(DAN)
    assert desk.review(DAN, reason="x" * (2 * 1024 * 1024))[0] == 413


def test_scorecards_of_a_visit_are_kept(desk):
    desk.submit(DAN)
    desk.review(DAN)
    desk.review(DAN, verdict="void", reason="wrong store")
    (line,) = desk.client("bob").get(path_of(DAN, "/scorecards")).json["items"]
    assert (line["sequence"], line["is_current"], line["scorecard"]["passed"]) == (1, False, 5)
    assert desk.client("erin").get(path_of(DAN, "/scorecards")).status_code == 404
    mine = desk.client("dan").get(path_of(DAN, "/scorecards")).json["items"]
    assert "created_at" not in mine[0]


def test_waivers_and_files_are_rows_of_their_own(desk):
    body = desk.submit(DAN)
    gone = body["evidence"][0]["id"]
    files_become("expected", gone)
    desk.review(DAN, waived=[{"evidence": gone, "reason": "phone broke"}])
    (waiver,) = rows(Waiver)
    assert (str(waiver.evidence_id), waiver.reason, waiver.person_id) == (gone, "phone broke", world.person_id("bob"))
