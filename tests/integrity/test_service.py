"""Judging as a job: repeated, out of order, with clearings in between; and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.core.outbox import Event, OutboxRow
from backend.evidence.models import Evidence
from backend.integrity import jobs, rules, service
from backend.integrity.facts import Found
from backend.integrity.models import Clearing, Judgement, Signal
from backend.visits.models import Visit
from tests import world

CHELSEA, GRACE, DAN = (world.VISITS[f"{name}-tiny"] for name in ("chelsea", "grace", "dan"))
TINY = world.COMPILED["TINY"]


def submit(client_of: Callable, login: str, visit_id: UUID, seed: str, **changed) -> dict:
    """Submits a whole visit, captured at its store; `changed` is laid over every file's declaration."""
    method = "announced" if login == "dan" else None
    body = world.submission_for(TINY, seed=seed, method=method)
    here = {"position": {"lat": 31.3 if visit_id == GRACE else 31.2, "lon": 121.4, "datum": "WGS-84"}}
    body["evidence"] = [entry | here | changed for entry in body["evidence"]]
    answer = client_of(login).put(f"/api/v1/visits/{visit_id}/submission", json=body)
    assert answer.status_code == 201, answer.json
    return body


def settle(visit_id: UUID, **changed) -> None:
    """Puts the visit's files into a state as the worker would have, and says so."""
    with transaction(writes=True):
        for row in db.session.query(Evidence).filter_by(visit_id=visit_id):
            row.state = "unreadable"
            for name, value in changed.items():
                setattr(row, name, value)
            outbox.record(SYSTEM, "evidence.unreadable", row.id)


def signals(visit_id: UUID) -> list[Signal]:
    with transaction(writes=False):
        return db.session.query(Signal).filter_by(visit_id=visit_id).order_by(Signal.code, Signal.id).all()


def codes(visit_id: UUID) -> set[str]:
    return {each.code for each in signals(visit_id)}


def state_of(visit_id: UUID) -> tuple:
    with transaction(writes=False):
        kept = db.session.get(Judgement, visit_id)
        return (kept.score, kept.rules_version, db.session.get_one(Visit, visit_id).band) if kept else (None,) * 3


def judge(visit_id: UUID, *found: Found, facts_at=None) -> None:
    with transaction(writes=True):
        service.judge(visit_id, found, facts_at or clock.now())


def test_a_submitted_visit_is_judged_by_the_worker(app: Flask, client_of: Callable) -> None:
    assert state_of(CHELSEA) == (None, None, None)
    submit(client_of, "chelsea", CHELSEA, "a")
    outbox.drain()
    assert state_of(CHELSEA) == (100, rules.VERSION, "clear")
    assert not signals(CHELSEA)


def test_the_same_bytes_in_two_visits_are_the_later_ones_to_explain(app: Flask, client_of: Callable) -> None:
    first = submit(client_of, "chelsea", CHELSEA, "a")
    hashes = {entry["id"]: entry["sha256"] for entry in first["evidence"]}
    submit(client_of, "grace", GRACE, "b")
    with transaction(writes=True):
        theirs = db.session.query(Evidence).filter_by(visit_id=GRACE, kind="photo").first()
        theirs.sha256 = next(iter(hashes.values()))
    settle(GRACE)
    outbox.drain()
    assert codes(GRACE) == set(), "the other file is not here yet"
    settle(CHELSEA)
    outbox.drain()
    assert codes(CHELSEA) == set()
    (found,) = signals(GRACE)
    assert (found.code, found.evidence, found.other_visit_id) == ("reused-file", [str(theirs.id)], CHELSEA)
    assert hashes[str(found.other_evidence_id)] == theirs.sha256
    assert state_of(GRACE) == (55, rules.VERSION, "doubt")


def test_far_files_are_found_whatever_order_the_jobs_run_in(app: Flask, client_of: Callable) -> None:
    position = {"lat": 39.9, "lon": 116.4, "accuracy": 10, "datum": "GCJ-02"}
    submit(client_of, "chelsea", CHELSEA, "a", position=position)
    submit(client_of, "grace", GRACE, "b", source="gallery")
    for visit_id in (GRACE, CHELSEA, GRACE, CHELSEA):
        conclude = jobs.judge(visit_id)
        with transaction(writes=True):
            conclude()
    outbox.drain()
    assert codes(CHELSEA) == {"far-away"}
    assert codes(GRACE) == {"gallery-not-allowed"}
    assert state_of(CHELSEA)[2] == state_of(GRACE)[2] == "look"


def test_judging_again_changes_nothing_and_keeps_ids(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a", source="gallery")
    outbox.drain()
    before = [(each.id, each.code, each.evidence) for each in signals(CHELSEA)]
    for _ in range(3):
        with transaction(writes=True):
            outbox.queue(jobs.JUDGE, CHELSEA)
        outbox.drain()
    assert [(each.id, each.code, each.evidence) for each in signals(CHELSEA)] == before
    assert len(before) == 1


def test_files_that_settle_together_ask_for_one_run(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a")
    outbox.drain()
    ran = runs()
    settle(CHELSEA)
    outbox.drain()
    assert runs() == ran + 1


def runs() -> int:
    with transaction(writes=False):
        return db.session.query(OutboxRow).filter_by(job=jobs.JUDGE).count()


def test_files_of_a_visit_that_is_not_submitted_ask_for_nothing(app: Flask, client_of: Callable) -> None:
    entry = world.entry_for(named_id("early"), visit_id=str(CHELSEA))
    entry.pop("id")
    assert client_of("chelsea").put(f"/api/v1/evidence/{named_id('early')}", json=entry).status_code == 201
    settle(CHELSEA)
    outbox.drain()
    assert runs() == 0
    assert state_of(CHELSEA) == (None, None, None)


def test_unknown_subjects_are_left_alone(app: Flask) -> None:
    for job in (jobs.judge, jobs.ask):
        conclude = job(named_id("nothing"))
        with transaction(writes=True):
            conclude()
    assert runs() == 0


def test_older_facts_never_replace_newer_ones(app: Flask) -> None:
    now = clock.now()
    judge(CHELSEA, Found("gallery"), facts_at=now)
    judge(CHELSEA, Found("clock"), facts_at=now - timedelta(seconds=1))
    assert codes(CHELSEA) == {"gallery"}
    judge(CHELSEA, facts_at=now + timedelta(seconds=1))
    assert codes(CHELSEA) == set()
    assert state_of(CHELSEA)[0] == 100


def test_a_judgement_does_not_touch_the_visits_revision(app: Flask) -> None:
    with transaction(writes=False):
        before = db.session.get_one(Visit, CHELSEA).revision
    judge(CHELSEA, Found("reused-file", (named_id("x"),)))
    with transaction(writes=False):
        visit = db.session.get_one(Visit, CHELSEA)
    assert (visit.revision, visit.band) == (before, "doubt")


ABOUT = {"evidence": (named_id("one"), named_id("two")), "other_id": named_id("other"), "other_visit_id": GRACE}


@pytest.mark.parametrize(
    "changed",
    [
        {"evidence": (named_id("one"),)},
        {"evidence": (named_id("one"), named_id("three"))},
        {"other_id": named_id("third")},
        {"other_visit_id": DAN},
    ],
)
def test_a_signal_about_something_else_is_another_signal(changed: dict) -> None:
    one = service.signal_row(CHELSEA, Found("same-picture", **ABOUT))
    assert service.signal_row(CHELSEA, Found("same-picture", **ABOUT | changed))["id"] != one["id"]
    assert service.signal_row(GRACE, Found("same-picture", **ABOUT))["id"] != one["id"]


def test_a_signal_about_the_same_in_another_order_is_the_same() -> None:
    one = service.signal_row(CHELSEA, Found("another-day", (named_id("a"), named_id("b")), params={"files": 2}))
    other = service.signal_row(CHELSEA, Found("another-day", (named_id("b"), named_id("a")), params={"files": 2}))
    assert one["id"] == other["id"]
    assert one["evidence"] != other["evidence"]


def clear(client_of: Callable, signal_id: UUID, reason: str = "车机共用一张图") -> dict:
    answer = client_of("bob").put(f"/api/v1/signals/{signal_id}/clearing", json={"reason": reason})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_cleared_signal_stays_cleared_when_it_is_found_again(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a", source="gallery")
    outbox.drain()
    (found,) = signals(CHELSEA)
    assert state_of(CHELSEA) == (85, rules.VERSION, "look")
    shown = clear(client_of, found.id)
    assert (shown["score"], shown["band"]) == (100, "clear")
    settle(CHELSEA)
    outbox.drain()
    assert state_of(CHELSEA) == (100, rules.VERSION, "clear")
    assert [each.id for each in signals(CHELSEA)] == [found.id]


def test_a_clearing_outlasts_a_signal_that_comes_and_goes(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a", source="gallery")
    outbox.drain()
    (found,) = signals(CHELSEA)
    clear(client_of, found.id)
    judge(CHELSEA)
    assert not signals(CHELSEA)
    with transaction(writes=True):
        outbox.queue(jobs.JUDGE, CHELSEA)
    outbox.drain()
    assert [each.id for each in signals(CHELSEA)] == [found.id]
    assert state_of(CHELSEA)[0] == 100


def test_clearing_and_withdrawing_are_kept_with_who_when_and_why(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a", source="gallery")
    outbox.drain()
    (found,) = signals(CHELSEA)
    for _ in range(2):
        shown = clear(client_of, found.id, "看过了")
    assert shown["signals"][0]["clearing"]["person"]["name"] == "Bob"
    clear(client_of, found.id, "看过两遍了")
    for _ in range(2):
        answer = client_of("bob").delete(f"/api/v1/signals/{found.id}/clearing")
        assert (answer.status_code, answer.json["score"]) == (200, 85)
    with transaction(writes=False):
        assert db.session.query(Clearing).count() == 0
        events = db.session.query(Event).filter(Event.name.like("signal.%")).order_by(Event.at, Event.id).all()
    assert [(each.name, each.data["reason"]) for each in events] == [
        ("signal.cleared", "看过了"),
        ("signal.cleared", "看过两遍了"),
        ("signal.clearing_withdrawn", "看过两遍了"),
    ]
    assert {(each.subject_id, each.person_id) for each in events} == {(CHELSEA, world.person_id("bob"))}


def test_a_follow_up_and_a_second_round_are_judged_too(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a")
    outbox.drain()
    ran = runs()
    body = world.follow_up_for(TINY, seed="later")
    body["evidence"] = [entry | {"source": "gallery"} for entry in body["evidence"]]
    assert client_of("chelsea").put(f"/api/v1/visits/{CHELSEA}/follow-up", json=body).status_code == 201
    outbox.drain()
    assert runs() == ran + 1
    assert codes(CHELSEA) == set(), "a call after the visit may be a screenshot"
