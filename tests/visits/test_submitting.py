"""Submissions, answers to returns, follow-ups: lost answers and double sends change nothing, every fault has a name."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.evidence.models import Evidence
from backend.visits.models import Answer, Draft, Submission, Visit
from backend.waves.models import Wave
from tests import world

TINY = world.COMPILED["TINY"]
CHELSEA, GRACE, DAN = (world.VISITS[name] for name in ("chelsea-tiny", "grace-tiny", "dan-tiny"))
AFTER = ["T-2-02", "T-2-03"]


def submission(visit: Any = CHELSEA) -> str:
    return f"/api/v1/visits/{visit}/submission"


def follow_up(visit: Any = CHELSEA) -> str:
    return f"/api/v1/visits/{visit}/follow-up"


@contextmanager
def changing(table: type, key: Any) -> Iterator[Any]:
    with transaction(writes=True):
        yield db.session.get_one(table, key)


def send_back(*codes: str, visit: Any = CHELSEA, deadline: str | None = None) -> None:
    """What a reviewer's return does to a visit."""
    with changing(Visit, visit) as row:
        row.state = "in_progress"
        row.returned = {
            "reason": "看不清",
            "deadline": deadline,
            "round": row.round,
            "checkpoints": [{"checkpoint": code, "note": "重拍"} for code in codes],
        }


def errors(answer: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for error in answer.json["errors"]:
        place = error.get("checkpoint") or error.get("evidence") or error.get("field")
        found.setdefault(place, set()).add(error["code"])
    return found


def events(name: str) -> int:
    return db.session.query(Event).filter_by(name=name).count()


def test_a_complete_submission_is_taken(client_of: Callable) -> None:
    body = world.submission_for(TINY)
    answer = client_of("chelsea").put(submission(), json=body)
    assert answer.status_code == 201
    visit = answer.json
    assert (visit["state"], visit["round"], visit["open_items"], visit["holes"]) == ("submitted", 1, AFTER, [])
    assert [each["checkpoint"] for each in visit["answers"]] == [each["checkpoint"] for each in body["answers"]]
    assert visit["answers"][1] == {
        "checkpoint": "T-1-02",
        "result": "pass",
        "value": 0,
        "comment": None,
        "evidence": [],
    }
    assert visit["answers"][0]["evidence"] == body["answers"][0]["evidence"]
    assert (visit["files"]["expected"], visit["files"]["stored"]) == (2, 0)
    assert {each["state"] for each in visit["evidence"]} == {"expected"}
    assert visit["flags"] == []
    due = datetime.fromisoformat(visit["follow_up_due_at"]) - datetime.fromisoformat(visit["submitted_at"])
    assert due == timedelta(days=7)
    assert events("visit.submitted") == 1


def test_the_document_is_kept_as_it_came(client_of: Callable) -> None:
    raw = json.dumps(world.submission_for(TINY), indent=3, ensure_ascii=True).encode()
    client_of("chelsea").put(submission(), data=raw, content_type="application/json")
    (kept,) = db.session.query(Submission).all()
    assert (kept.document, kept.kind, kept.round, kept.app_version) == (raw, "submission", 1, "1.0.0")
    assert kept.person_id == world.person_id("chelsea")


def test_a_repeated_submission_changes_nothing(client_of: Callable) -> None:
    body, client = world.submission_for(TINY), client_of("chelsea")
    first = client.put(submission(), json=body)
    again = client.put(submission(), json=body)
    reordered = client.put(submission(), json=dict(reversed(body.items())))
    assert (first.status_code, again.status_code, reordered.status_code) == (201, 200, 200)
    assert first.json == again.json == reordered.json
    assert first.headers["ETag"] == again.headers["ETag"]
    assert (events("visit.submitted"), db.session.query(Submission).count()) == (1, 1)


def test_another_submission_is_refused_and_changes_nothing(client_of: Callable) -> None:
    client = client_of("chelsea")
    first = client.put(submission(), json=world.submission_for(TINY)).json
    answer = client.put(submission(), json=world.submission_for(TINY, {"T-1-02": "fail"}))
    assert (answer.status_code, answer.json["code"]) == (409, "submission-differs")
    assert client.get(f"/api/v1/visits/{CHELSEA}").json == first


@pytest.mark.parametrize("state", ["planned", "taken", "in_progress", "expired"])
def test_a_visit_may_be_submitted_from(client_of: Callable, state: str) -> None:
    with changing(Visit, CHELSEA) as visit:
        visit.state = state
    assert client_of("chelsea").put(submission(), json=world.submission_for(TINY)).status_code == 201


@pytest.mark.parametrize("state", ["declined", "aborted", "void", "approved", "published", "locked"])
def test_a_visit_may_not_be_submitted_from(client_of: Callable, state: str) -> None:
    with changing(Visit, CHELSEA) as visit:
        visit.state = state
    answer = client_of("chelsea").put(submission(), json=world.submission_for(TINY))
    assert (answer.status_code, answer.json["code"]) == (409, "visit-closed")


@pytest.mark.parametrize("login", ["grace", "dan"])
def test_only_the_visits_own_person_submits(client_of: Callable, login: str) -> None:
    for address in (submission(), follow_up()):
        assert client_of(login).put(address, json=world.submission_for(TINY)).status_code == 404
    assert db.session.query(Submission).count() == 0


def test_eight_threads_replaying_one_submission_leave_one(client_of: Callable) -> None:
    body = world.submission_for(TINY)

    def put(_number: int) -> tuple[int, str]:
        answer = client_of("chelsea").put(submission(), json=body)
        return answer.status_code, answer.json["state"]

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(put, range(24)))
    assert outcomes == [(200, "submitted")] * 23 + [(201, "submitted")]
    assert (events("visit.submitted"), db.session.query(Submission).count()) == (1, 1)
    assert db.session.query(Answer).filter_by(visit_id=CHELSEA).count() == 6
    assert db.session.query(Evidence).count() == len(body["evidence"])


def test_eight_threads_with_eight_submissions_leave_the_first(client_of: Callable) -> None:
    bodies = [world.submission_for(TINY, {"T-1-02": {"value": number}}) for number in range(8)]

    def put(body: dict[str, Any]) -> int:
        return client_of("chelsea").put(submission(), json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, bodies)) == [201] + [409] * 7


def test_both_real_checklists_are_taken_whole(client_of: Callable) -> None:
    for name, login, code, count in (("chelsea-eo", "chelsea", "EO", 75), ("grace-rf", "grace", "RF", 65)):
        body = world.submission_for(world.COMPILED[code])
        answer = client_of(login).put(submission(world.VISITS[name]), json=body)
        assert (answer.status_code, len(answer.json["answers"])) == (201, count)


def test_a_method_is_asked_its_own_stages_only(client_of: Callable) -> None:
    body = world.submission_for(TINY, method="announced")
    answer = client_of("dan").put(submission(DAN), json=body)
    assert (answer.status_code, answer.json["open_items"], answer.json["follow_up_due_at"]) == (201, [], None)


FAULTS: list[tuple[str, Any, str]] = [
    ("T-1-01", None, "answer-missing"),
    ("T-1-01", {"result": "na", "comment": "x"}, "na-not-allowed"),
    ("T-1-01", {"result": "maybe"}, "result-unknown"),
    ("T-1-01", {"result": None}, "result-missing"),
    ("T-1-01", {"result": ["pass"]}, "result-not-text"),
    ("T-1-01", {"value": 3}, "value-unexpected"),
    ("T-1-01", {"evidence": []}, "evidence-missing-photo"),
    ("T-1-01", {"evidence": "none"}, "links-malformed"),
    ("T-1-01", {"evidence": [{"id": "x"}]}, "links-malformed"),
    ("T-1-01", {"evidence": [{"id": str(new_id()), "at_ms": -1}]}, "links-malformed"),
    ("T-1-01", {"evidence": [{"id": str(new_id()), "at_ms": True}]}, "links-malformed"),
    ("T-1-01", {"evidence": [{"id": str(new_id())}]}, "evidence-not-declared"),
    ("T-1-01", {"comment": 7}, "comment-not-text"),
    ("T-1-01", {"comment": "长" * 4001}, "comment-too-long"),
    ("T-1-02", {"value": 61}, "out-of-range"),
    ("T-1-02", {"value": -1}, "out-of-range"),
    ("T-1-02", {"value": 1.5}, "off-step"),
    ("T-1-02", {"value": "5"}, "not-a-number"),
    ("T-1-02", {"value": True}, "not-a-number"),
    ("T-1-02", {"value": {"a": 1}}, "value-malformed"),
    ("T-1-02", {"value": None}, "value-missing"),
    ("T-1-02", {"value": 11, "result": "pass"}, "contradiction"),
    ("T-1-02", {"value": 5, "result": "na"}, "contradiction"),
    ("T-1-02", {"value": None, "result": "na", "comment": " "}, "na-needs-comment"),
    ("T-1-02", {"value": 10**300}, "out-of-range"),
    ("T-1-03", {"value": "some"}, "option-unknown"),
    ("T-1-03", {"value": "part", "result": "pass"}, "contradiction"),
    ("T-1-03", {"value": "part", "result": "fail", "evidence": [], "comment": None}, "evidence-missing-video"),
    ("T-1-04", {"evidence": []}, "evidence-missing-any"),
    ("T-1-05", {"evidence": []}, "evidence-missing-photo"),
]


@pytest.mark.parametrize(("code", "change", "fault"), FAULTS)
def test_a_fault_is_named_by_its_checkpoint(client_of: Callable, code: str, change: Any, fault: str) -> None:
    body = world.submission_for(TINY)
    if change is None:
        body["answers"] = [each for each in body["answers"] if each["checkpoint"] != code]
    else:
        world.answer_to(body, code).update(change)
    answer = client_of("chelsea").put(submission(), json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "answers-invalid")
    assert errors(answer) == {code: {fault}}
    assert all(error["message"] for error in answer.json["errors"])
    assert (
        db.session.query(Submission).count()
        == db.session.query(Answer).count()
        == db.session.query(Evidence).count()
        == 0
    )


def test_every_fault_is_named_at_once_in_the_order_of_the_checklist(client_of: Callable) -> None:
    body = world.submission_for(TINY)
    answers = body["answers"]
    world.answer_to(body, "T-1-02")["value"] = 99
    world.answer_to(body, "T-1-04")["evidence"] = []
    answers.append({"checkpoint": "T-9-99", "result": "pass"})
    answers.append(dict(world.answer_to(body, "T-1-03")))
    answers[:] = [each for each in answers if each["checkpoint"] != "T-2-01"]
    answer = client_of("chelsea").put(submission(), json=body)
    assert errors(answer) == {
        "T-9-99": {"checkpoint-unknown"},
        "T-1-02": {"out-of-range"},
        "T-1-03": {"answered-twice"},
        "T-1-04": {"evidence-missing-any"},
        "T-2-01": {"answer-missing"},
    }
    order = [error["checkpoint"] for error in answer.json["errors"]]
    assert order == ["T-9-99", "T-1-02", "T-1-03", "T-1-04", "T-2-01"]


def test_a_checkpoint_of_another_method_is_refused(client_of: Callable) -> None:
    answer = client_of("dan").put(submission(DAN), json=world.submission_for(TINY))
    assert errors(answer) == {"T-2-01": {"not-in-method"}}


def test_one_file_counts_once_however_many_moments_are_marked(client_of: Callable) -> None:
    body = world.submission_for(TINY)
    links = world.answer_to(body, "T-1-05")["evidence"]
    links[:] = [links[0], links[0] | {"at_ms": 5}]
    assert errors(client_of("chelsea").put(submission(), json=body)) == {"T-1-05": {"evidence-missing-photo"}}


def test_an_na_choice_and_an_na_without_value_are_both_na(client_of: Callable) -> None:
    changes = {"T-1-02": "na", "T-1-03": {"value": "not-needed", "result": None, "comment": "新车"}}
    answer = client_of("chelsea").put(submission(), json=world.submission_for(TINY, changes))
    found = {each["checkpoint"]: (each["result"], each["value"]) for each in answer.json["answers"]}
    assert (found["T-1-02"], found["T-1-03"]) == (("na", None), ("na", "not-needed"))


def test_a_fail_with_nothing_to_photograph_is_a_hole(client_of: Callable) -> None:
    absent = {"result": "fail", "comment": "没有人", "evidence": []}
    answer = client_of("chelsea").put(submission(), json=world.submission_for(TINY, {"T-1-01": absent}))
    assert (answer.status_code, answer.json["holes"]) == (201, ["T-1-01"])


def test_evidence_declared_earlier_counts(client_of: Callable) -> None:
    client, body = client_of("chelsea"), world.submission_for(TINY)
    entry = body["evidence"].pop()
    declared = {name: value for name, value in entry.items() if name != "id"} | {"visit_id": str(CHELSEA)}
    assert client.put(f"/api/v1/evidence/{entry['id']}", json=declared).status_code == 201
    answer = client.put(submission(), json=body)
    assert (answer.status_code, answer.json["files"]["expected"]) == (201, 2)


def test_evidence_of_another_visit_is_refused(client_of: Callable) -> None:
    body = world.submission_for(world.COMPILED["EO"])
    client_of("chelsea").put(submission(world.VISITS["chelsea-eo"]), json=body)
    other = body["evidence"][0]
    mine = world.submission_for(TINY)
    world.answer_to(mine, "T-1-01")["evidence"] = [{"id": other["id"], "at_ms": None}]
    assert errors(client_of("chelsea").put(submission(), json=mine)) == {"T-1-01": {"evidence-not-declared"}}
    mine["evidence"].append(other)
    found = errors(client_of("chelsea").put(submission(), json=mine))
    assert found == {other["id"]: {"evidence-elsewhere"}, "T-1-01": {"evidence-not-declared"}}


def test_evidence_declared_twice_must_be_the_same(client_of: Callable) -> None:
    body = world.submission_for(TINY)
    body["evidence"].append(dict(body["evidence"][0]))
    twice = {**body, "evidence": [*body["evidence"], body["evidence"][0] | {"size": 7}]}
    assert errors(client_of("chelsea").put(submission(), json=twice)) == {body["evidence"][0]["id"]: {"evidence-twice"}}
    assert client_of("chelsea").put(submission(), json=body).status_code == 201


def test_evidence_opens_to_reviewers_with_the_submission(client_of: Callable) -> None:
    client_of("chelsea").put(submission(), json=world.submission_for(TINY))
    assert all(row.is_submitted for row in db.session.query(Evidence))
    assert len(client_of("bob").get(f"/api/v1/visits/{CHELSEA}").json["evidence"]) == 2


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"started_at": "2031-01-01T00:00:00+08:00"}, "clock_off"),
        ({"finished_at": "2001-01-01T00:00:00+08:00"}, "clock_off"),
        ({"marks": [{"name": "left", "at": "1999-01-01T00:00:00Z"}]}, "clock_off"),
    ],
)
def test_a_wrong_clock_is_taken_and_flagged(client_of: Callable, change: dict[str, Any], flag: str) -> None:
    answer = client_of("chelsea").put(submission(), json=world.submission_for(TINY) | change)
    assert (answer.status_code, answer.json["flags"]) == (201, [flag])


def test_a_wrong_clock_of_a_file_is_flagged(client_of: Callable) -> None:
    body = world.submission_for(TINY)
    body["evidence"][0]["captured_at"] = "2015-01-01T00:00:00Z"
    assert client_of("chelsea").put(submission(), json=body).json["flags"] == ["clock_off"]


def test_a_gallery_picture_is_flagged_unless_the_wave_allows_it(client_of: Callable) -> None:
    for login, visit in (("chelsea", CHELSEA), ("grace", GRACE)):
        body = world.submission_for(TINY)
        body["evidence"][0]["source"] = "gallery"
        flagged = client_of(login).put(submission(visit), json=body).json["flags"]
        assert flagged == (["gallery"] if login == "chelsea" else [])
        with changing(Wave, world.WAVES["TINY"]) as wave:
            wave.gallery_allowed = True


@pytest.mark.parametrize(
    ("wave_change", "visit_change", "flags"),
    [
        ({"closes_on": date(2025, 2, 1)}, {}, ["outside_window"]),
        ({"opens_on": date(2090, 1, 1)}, {}, ["outside_window"]),
        ({}, {"window": {"from": "2020-01-01", "until": "2020-01-02"}}, ["outside_window"]),
        ({}, {"window": {"from": "周六上午", "until": "十二点"}}, []),
        ({}, {"due_on": date(2020, 1, 1)}, ["late"]),
        ({"state": "closed"}, {}, ["wave_closed"]),
        ({"state": "locked"}, {}, ["wave_locked"]),
    ],
)
def test_nothing_is_refused_for_window_or_wave(
    client_of: Callable, wave_change: dict[str, Any], visit_change: dict[str, Any], flags: list[str]
) -> None:
    for table, key, change in ((Wave, world.WAVES["TINY"], wave_change), (Visit, CHELSEA, visit_change)):
        with changing(table, key) as row:
            for name, value in change.items():
                setattr(row, name, value)
    answer = client_of("chelsea").put(submission(), json=world.submission_for(TINY))
    assert (answer.status_code, answer.json["flags"]) == (201, flags)


def test_the_visit_date_is_that_of_the_arrived_mark_in_shanghai(client_of: Callable) -> None:
    moment = clock.now() - timedelta(days=2)
    late_evening = moment.replace(hour=17, minute=0)
    body = world.submission_for(TINY) | {"marks": [{"name": "arrived", "at": late_evening.isoformat()}]}
    answer = client_of("chelsea").put(submission(), json=body)
    assert answer.json["visited_on"] == (late_evening + timedelta(days=1)).date().isoformat()
    assert answer.json["marks"][0]["name"] == "arrived"


def test_without_a_mark_it_is_that_of_the_earliest_on_site_capture(client_of: Callable) -> None:
    moment = (clock.now() - timedelta(days=3)).replace(hour=4)
    body = world.submission_for(TINY) | {"marks": []}
    body["evidence"][1]["captured_at"] = moment.isoformat()
    answer = client_of("chelsea").put(submission(), json=body)
    assert answer.json["visited_on"] == moment.date().isoformat()


def test_a_submission_ends_its_draft(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(f"/api/v1/visits/{CHELSEA}/draft", json={"device_id": "a", "revision": 1, "document": {"answers": []}})
    client.put(submission(), json=world.submission_for(TINY))
    assert db.session.query(Draft).count() == 0


def test_a_return_takes_the_returned_checkpoints_only(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    send_back("T-1-01", "T-1-02")
    whole = client.put(submission(), json=world.submission_for(TINY))
    assert set(errors(whole)) == {"T-1-03", "T-1-04", "T-1-05", "T-2-01"}
    assert {code for codes in errors(whole).values() for code in codes} == {"not-returned"}
    half = client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"]))
    assert errors(half) == {"T-1-02": {"answer-missing"}}
    answer = client.put(submission(), json=world.submission_for(TINY, {"T-1-02": "fail"}, only=["T-1-01", "T-1-02"]))
    assert (answer.status_code, answer.json["state"], answer.json["round"]) == (201, "submitted", 2)
    assert answer.json["return"] is None
    found = {each["checkpoint"]: each["result"] for each in answer.json["answers"]}
    assert found == {
        "T-1-01": "pass",
        "T-1-02": "fail",
        "T-1-03": "pass",
        "T-1-04": "pass",
        "T-1-05": "pass",
        "T-2-01": "pass",
    }
    assert answer.json["files"]["expected"] == 3
    assert [row.round for row in db.session.query(Submission).order_by(Submission.round)] == [1, 2]


def test_a_late_double_send_of_the_first_round_changes_nothing_after_a_return(client_of: Callable) -> None:
    client, first = client_of("chelsea"), world.submission_for(TINY)
    client.put(submission(), json=first)
    send_back("T-1-01")
    before = client.get(f"/api/v1/visits/{CHELSEA}").json
    again = client.put(submission(), json=first)
    assert (again.status_code, again.json) == (200, before)
    second = world.submission_for(TINY, only=["T-1-01"])
    assert client.put(submission(), json=second).status_code == 201
    assert [client.put(submission(), json=each).status_code for each in (first, second)] == [200, 200]
    assert client.get(f"/api/v1/visits/{CHELSEA}").json["round"] == 2


def test_a_double_send_after_the_decision_changes_nothing(client_of: Callable) -> None:
    client, body = client_of("chelsea"), world.submission_for(TINY)
    client.put(submission(), json=body)
    with changing(Visit, CHELSEA) as visit:
        visit.state = "approved"
    answer = client.put(submission(), json=body)
    assert (answer.status_code, answer.json["state"]) == (200, "approved")
    assert client.put(submission(), json=world.submission_for(TINY)).status_code == 409


def test_a_return_is_not_held_against_what_a_reviewer_changed(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    with changing(Answer, (CHELSEA, "T-1-03")) as answer:
        answer.result, answer.value, answer.comment = "fail", "part", None
    send_back("T-1-01")
    assert client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"])).status_code == 201


def test_an_answer_after_the_deadline_of_a_return_is_late(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    for deadline, flags in (("2026-01-01T00:00:00+08:00", ["late"]), ("2026-01-01", ["late"])):
        with changing(Visit, CHELSEA) as visit:
            visit.flags = []
        send_back("T-1-01", deadline=deadline)
        assert client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"])).json["flags"] == flags
    send_back("T-1-01", deadline="2099-01-01")
    with changing(Visit, CHELSEA) as visit:
        visit.flags = []
    assert client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"])).json["flags"] == []


def test_a_hole_may_be_filled_by_the_answer_to_a_return(client_of: Callable) -> None:
    absent = {"result": "fail", "comment": "没有人", "evidence": []}
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY, {"T-1-01": absent, "T-1-05": absent}))
    send_back("T-1-01")
    answer = client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"]))
    assert answer.json["holes"] == ["T-1-05"]


def test_the_follow_up_closes_what_was_left_open(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    body = world.follow_up_for(TINY, {"T-2-03": "na"})
    first, again = client.put(follow_up(), json=body), client.put(follow_up(), json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["state"], first.json["open_items"], first.json["flags"]) == ("submitted", [], [])
    assert len(first.json["answers"]) == 8
    assert events("visit.followed_up") == 1
    assert all(row.is_submitted for row in db.session.query(Evidence))
    other = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (other.status_code, other.json["code"]) == (409, "follow-up-differs")


def test_a_follow_up_answers_all_that_is_open_and_nothing_else(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    half = client.put(follow_up(), json=world.follow_up_for(TINY, {"T-2-02": None}))
    assert errors(half) == {"T-2-02": {"answer-missing"}}
    more = client.put(follow_up(), json=world.submission_for(TINY, only=["T-1-01", *AFTER]))
    assert errors(more) == {"T-1-01": {"not-owed-after"}}


def test_items_that_came_with_the_submission_are_not_owed(client_of: Callable) -> None:
    client = client_of("chelsea")
    whole = client.put(submission(), json=world.submission_for(TINY, after_visit=True))
    assert (whole.json["open_items"], whole.json["follow_up_due_at"]) == ([], None)
    answer = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (answer.status_code, answer.json["code"]) == (409, "follow-up-not-owed")


def test_a_follow_up_may_come_before_the_submission(client_of: Callable) -> None:
    client = client_of("chelsea")
    before = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (before.status_code, before.json["state"], before.json["round"]) == (201, "in_progress", 0)
    answer = client.put(submission(), json=world.submission_for(TINY))
    assert (answer.status_code, answer.json["open_items"], len(answer.json["answers"])) == (201, [], 8)


def test_a_late_follow_up_is_taken_and_flagged(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    with clock.set_to(datetime.now(UTC) + timedelta(days=7, hours=1)):
        answer = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (answer.status_code, answer.json["flags"]) == (201, ["late_follow_up"])


def test_a_follow_up_while_a_return_runs_is_taken(client_of: Callable) -> None:
    client = client_of("chelsea")
    client.put(submission(), json=world.submission_for(TINY))
    send_back("T-1-01")
    answer = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (answer.status_code, answer.json["state"], answer.json["open_items"]) == (201, "in_progress", [])
    assert answer.json["return"]["checkpoints"][0]["checkpoint"] == "T-1-01"
    last = client.put(submission(), json=world.submission_for(TINY, only=["T-1-01"]))
    assert (last.status_code, last.json["open_items"]) == (201, [])


@pytest.mark.parametrize("state", ["approved", "published", "locked", "void", "aborted"])
def test_after_the_decision_a_follow_up_is_refused_and_a_repeat_is_not(client_of: Callable, state: str) -> None:
    client, body = client_of("chelsea"), world.follow_up_for(TINY)
    client.put(submission(), json=world.submission_for(TINY))
    client.put(follow_up(), json=body)
    with changing(Visit, CHELSEA) as visit:
        visit.state = state
    assert client.put(follow_up(), json=body).status_code == 200
    answer = client.put(follow_up(), json=world.follow_up_for(TINY))
    assert (answer.status_code, answer.json["code"]) == (409, "visit-closed")


def test_eight_threads_replaying_one_follow_up_leave_one(client_of: Callable) -> None:
    client_of("chelsea").put(submission(), json=world.submission_for(TINY))
    body = world.follow_up_for(TINY)

    def put(_number: int) -> int:
        return client_of("chelsea").put(follow_up(), json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [200] * 15 + [201]
    assert db.session.query(Submission).filter_by(kind="follow_up").count() == 1


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"\xff\xfe",
    b"{}",
    b'{"answers":null}',
    b'{"answers":{}}',
    b'{"answers":[1]}',
    b'{"answers":[null]}',
    b'{"answers":[{}]}',
    b'{"answers":[{"checkpoint":7}]}',
    b'{"answers":[{"checkpoint":""}]}',
    b'{"answers":[{"checkpoint":"' + b"x" * 65 + b'"}]}',
    b'{"answers":[],"answers":[]}',
    b'{"answers":NaN}',
    b'{"answers":[{"checkpoint":"T-1-02","value":1e999}]}',
    b'{"answers":[{"checkpoint":"T-1-02","value":Infinity}]}',
    b'{"answers":[{"checkpoint":"T-1-01","comment":"\\ud800"}]}',
    b'{"answers":[{"checkpoint":"T-1-01","comment":"\\u0000"}]}',
    b'{"answers":[],"marks":7}',
    b'{"answers":[],"marks":[7]}',
    b'{"answers":[],"marks":[{"name":"a","at":"x"}]}',
    b'{"answers":[],"marks":[{"name":"a","at":"0001-01-01T00:00:00+14:00"}]}',
    b'{"answers":[],"evidence":7}',
    b'{"answers":[],"evidence":[{}]}',
    b'{"answers":[],"evidence":[[]]}',
    b'{"answers":[],"started_at":"yesterday"}',
    b'{"answers":[],"started_at":"0001-01-01T00:00:00+14:00"}',
    b'{"answers":[],"device":[]}',
    b'{"answers":[],"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"answers":[],"x":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    b'{"answers":[' + b",".join([b'{"checkpoint":"T-1-01"}'] * 2001) + b"]}",
    b'{"answers":[{"checkpoint":"T-1-02","value":' + b"9" * 5000 + b"}]}",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("address", [submission, follow_up], ids=["submission", "follow-up"])
def test_hostile_documents_are_refused(client_of: Callable, address: Callable[[], str], body: bytes) -> None:
    answer = client_of("chelsea").put(address(), data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500, answer.json
    assert answer.json["code"]
    assert db.session.query(Submission).count() == 0


@pytest.mark.parametrize("depth", range(800, 1000, 8))
def test_no_depth_of_nesting_breaks_it(client_of: Callable, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    body = json.dumps(world.submission_for(TINY)).encode()[:-1] + b', "x":' + deep + b"}"
    answer = client_of("chelsea").put(submission(), data=body, content_type="application/json")
    assert answer.status_code in {201, 400}


def test_a_document_over_the_limit_is_refused(client_of: Callable) -> None:
    body = b'{"answers":[],"x":"' + b"x" * (2 * 1024 * 1024) + b'"}'
    assert client_of("chelsea").put(submission(), data=body, content_type="application/json").status_code == 413


def test_fields_of_a_newer_phone_are_kept_and_ignored(client_of: Callable) -> None:
    body = world.submission_for(TINY) | {"mood": "good"}
    body["answers"][0]["mood"] = "good"
    body["evidence"][0]["mood"] = "good"
    assert client_of("chelsea").put(submission(), json=body).status_code == 201
    assert b"mood" in db.session.query(Submission).one().document
