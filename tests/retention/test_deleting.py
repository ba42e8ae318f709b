"""What goes when a clock runs out, what stays, and that nothing goes which is held, waited for, or shared."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import media_store
from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.evidence.models import Evidence, Rendition
from backend.evidence.receiving import store
from backend.network import queries as network
from backend.retention import jobs, service
from backend.retention.models import Hold
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world
from tests.kept import objects
from tests.retention.conftest import CHELSEA, DAN, GRACE, TINY, evidence_of, originals, set_wave
from tests.reviews.conftest import path_of
from tests.reviews.test_archive import archived, manifest_of, rows, verdict

WAVE = f"/api/v1/waves/{TINY}/retention"


def run() -> None:
    """The daily job, and what came of it."""
    jobs.apply(new_id())()
    outbox.drain()


def hold(name: str) -> None:
    with transaction(writes=True):
        visit = db.session.get_one(Visit, world.VISITS[name])
        service.place(SYSTEM, visit, new_id(), code="appeal", reason="checkpoint T-1-01")


def erased() -> list[Event]:
    return rows(Event, name="visit.media-erased")


def test_originals_go_and_everything_else_stays(overdue, desk, app: Flask) -> None:
    before, keys = desk.visit(DAN), originals(DAN)
    assert keys <= objects()
    run()
    assert not keys & objects()
    after = desk.visit(DAN)
    kept = ("state", "scorecard", "answers", "files", "ledger")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    for old, new in zip(before["evidence"], after["evidence"], strict=True):
        assert old["original_deleted_at"] is None
        assert new["original_deleted_at"] is not None
        assert {**new, "original_deleted_at": None} == old
    assert all(media_store.RENDITIONS in key for key in objects())


def test_every_deletion_is_on_record_with_its_hash(overdue) -> None:
    before = {str(row.id): (row.sha256, row.key, row.size) for name in (DAN, CHELSEA) for row in evidence_of(name)}
    run()
    events = erased()
    assert {event.subject_id for event in events} == {world.VISITS[DAN], world.VISITS[CHELSEA]}
    assert {(event.data["media"], event.data["reason"]) for event in events} == {("originals", "retention")}
    files = {file["evidence"]: file for event in events for file in event.data["files"]}
    assert {id_: (file["sha256"], file["key"], file["size"]) for id_, file in files.items()} == before
    assert {row.deletion_reason for row in evidence_of(DAN)} == {"retention"}


def test_what_was_deleted_says_so(overdue, desk, tmp_path) -> None:
    run()
    row = evidence_of(DAN)[0]
    original = desk.client("bob").get(f"/api/v1/evidence/{row.id}/original")
    assert (original.status_code, original.json["code"]) == (410, "original-deleted")
    assert "under the wave's retention" in original.json["detail"]
    assert desk.client("bob").get(f"/api/v1/evidence/{row.id}/renditions/thumb").status_code == 200
    assert desk.client("bob").get(f"/api/v1/evidence/{row.id}").json["original_deleted_at"] is not None
    data = archived(desk)
    told = manifest_of(data)["evidence"]
    assert {(each["absent"], each["deletion_reason"], each["path"]) for each in told} == {
        ("deleted", "retention", None)
    }
    assert f"{len(told)} deleted" in verdict(data, tmp_path)[1]


def test_renditions_have_a_clock_of_their_own(overdue, desk) -> None:
    set_wave(originals_days=None, renditions_days=100)
    keys = originals(DAN)
    run()
    assert rows(Rendition) == []
    assert keys <= objects()
    assert not [key for key in objects() if key.startswith(media_store.RENDITIONS)]
    row = evidence_of(DAN)[0]
    answer = desk.client("bob").get(f"/api/v1/evidence/{row.id}/renditions/thumb")
    assert (answer.status_code, answer.json["code"]) == (410, "renditions-deleted")
    assert desk.client("bob").get(f"/api/v1/evidence/{row.id}/original").status_code == 200


@pytest.mark.parametrize(("days", "goes"), [(101, False), (100, True), (None, False)])
def test_the_day_comes_and_not_before(overdue, days: int | None, goes: bool) -> None:
    set_wave(originals_days=days)
    run()
    assert (originals(DAN) == set()) is goes


def test_a_wave_that_nobody_locked_is_let_go_in_the_end(kept, desk) -> None:
    kept(DAN)
    today = network.today()
    set_wave(originals_days=30, closes_on=today - timedelta(days=119))
    run()
    assert originals(DAN)
    set_wave(closes_on=today - timedelta(days=121))
    run()
    assert not originals(DAN)


def test_a_visit_that_waits_for_a_decision_keeps_its_proof(kept, desk) -> None:
    kept(DAN)
    kept(CHELSEA, approved=False)
    set_wave(originals_days=1, closes_on=network.today() - timedelta(days=400))
    clocks = desk.client("bob").get(WAVE).json["clocks"]
    assert clocks[0]["undecided"]["files"] == len(evidence_of(CHELSEA))
    run()
    assert originals(CHELSEA)
    assert not originals(DAN)
    assert desk.review(CHELSEA)[0] == 200
    run()
    assert not originals(CHELSEA)


def test_a_held_visit_keeps_its_bytes_until_the_hold_is_lifted(overdue) -> None:
    hold(DAN)
    keys = originals(DAN)
    run()
    assert originals(DAN) == keys <= objects()
    assert not originals(CHELSEA)
    with transaction(writes=True):
        service.lift(SYSTEM, db.session.get_one(Hold, rows(Hold)[0].id), "settled")
    run()
    assert not originals(DAN)
    assert not keys & objects()


def test_one_of_two_holds_is_enough(overdue) -> None:
    hold(DAN)
    hold(DAN)
    with transaction(writes=True):
        service.lift(SYSTEM, db.session.get_one(Hold, rows(Hold)[0].id), "settled")
    run()
    assert originals(DAN)


def test_a_hold_that_is_placed_during_the_run_is_obeyed(overdue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of what is due was read before the hold; the row is asked again under its lock."""
    listed = list(jobs.due())
    assert len(listed) == 2
    monkeypatch.setattr(jobs, "due", lambda: iter(listed))
    hold(DAN)
    run()
    assert originals(DAN)
    assert not originals(CHELSEA)


def test_a_clock_that_is_put_back_during_the_run_is_obeyed(overdue, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = list(jobs.due())
    monkeypatch.setattr(jobs, "due", lambda: iter(listed))
    set_wave(originals_days=1000)
    run()
    assert originals(DAN)


def test_holding_and_deleting_at_once_end_in_one_of_both(overdue, app: Flask) -> None:
    gate = threading.Barrier(2)

    def in_thread(what: Callable[[], None]) -> threading.Thread:
        def begin() -> None:
            with app.app_context():
                gate.wait(30)
                what()

        thread = threading.Thread(target=begin)
        thread.start()
        return thread

    def erase() -> None:
        with transaction(writes=True):
            service.erase(SYSTEM, world.VISITS[DAN], "originals")

    def place() -> None:
        with transaction(writes=True):
            from backend.visits import queries as visits

            visit = visits.find_visits([world.VISITS[DAN]])[world.VISITS[DAN]]
            service.place(SYSTEM, visit, new_id(), code="legal", reason="x")

    for thread in [in_thread(erase), in_thread(place)]:
        thread.join(60)
    assert len(rows(Hold)) == 1
    gone = {row.key is None for row in evidence_of(DAN)}
    assert len(gone) == 1
    (placed,) = rows(Hold)
    (event,) = erased() or [None]
    assert gone == {event is not None}
    if event is not None:
        assert event.at <= placed.placed_at
    run()
    assert {row.key is None for row in evidence_of(DAN)} == gone


def test_bytes_that_another_visit_shares_stay(overdue, kept) -> None:
    """Grace's visit is in the same store of bytes: one of her files is one of Dan's."""
    kept(GRACE, approved=False)
    hold(GRACE)
    shared = evidence_of(DAN)[0]
    with transaction(writes=True):
        twin = db.session.get_one(Evidence, evidence_of(GRACE)[0].id)
        twin.key, twin.sha256, twin.size = shared.key, shared.sha256, shared.size
        db.session.get_one(Visit, world.VISITS[GRACE]).state = "locked"
    run()
    assert not originals(DAN)
    assert shared.key in objects()
    with transaction(writes=True):
        service.lift(SYSTEM, db.session.get_one(Hold, rows(Hold)[0].id), "settled")
    run()
    assert shared.key not in objects()


def test_killed_between_the_row_and_the_bytes_they_are_found_again(overdue) -> None:
    keys = originals(DAN)
    with transaction(writes=True):
        service.erase(SYSTEM, world.VISITS[DAN], "originals")
    assert keys <= objects()
    assert not originals(DAN)
    outbox.drain()
    assert not keys & objects()


def test_a_store_that_is_away_costs_a_try_and_no_bytes_for_ever(overdue, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, honest = originals(DAN), store().delete

    def away(_key: str) -> None:
        raise media_store.Unreachable("away")

    monkeypatch.setattr(store(), "delete", away)
    run()
    assert not originals(DAN)
    assert keys <= objects()
    monkeypatch.setattr(store(), "delete", honest)
    with clock.set_to(clock.now() + timedelta(hours=1)):
        outbox.drain()
    assert not keys & objects()


def test_again_it_changes_nothing(overdue) -> None:
    run()
    before = [(row.id, row.original_deleted_at) for row in evidence_of(DAN)]
    run()
    assert [(row.id, row.original_deleted_at) for row in evidence_of(DAN)] == before
    assert len(erased()) == 2


def test_without_a_clock_nothing_ever_goes(overdue) -> None:
    set_wave(originals_days=None)
    with clock.set_to(clock.now() + timedelta(days=20_000)):
        run()
    assert originals(DAN) <= objects()
    assert erased() == []


def test_an_erasure_that_is_rolled_back_deletes_nothing(overdue) -> None:
    keys = originals(DAN)
    with pytest.raises(RuntimeError), transaction(writes=True):
        service.erase(SYSTEM, world.VISITS[DAN], "originals")
        raise RuntimeError
    outbox.drain()
    assert originals(DAN) == keys <= objects()


def test_the_dry_run_tells_what_the_run_then_does(overdue, desk) -> None:
    hold(DAN)
    told = desk.client("alice").get(WAVE).json
    sizes = {name: [row.size for row in evidence_of(name)] for name in (DAN, CHELSEA)}
    clocks = {each["media"]: each for each in told["clocks"]}
    assert told["is_locked"]
    assert clocks["originals"]["is_due"]
    assert clocks["originals"]["goes"] == {"files": len(sizes[CHELSEA]), "bytes": sum(sizes[CHELSEA])}
    assert clocks["originals"]["held"] == {"files": len(sizes[DAN]), "bytes": sum(sizes[DAN])}
    assert (clocks["renditions"]["due_on"], clocks["renditions"]["is_due"]) == (None, False)
    with transaction(writes=False):
        assert len(originals(CHELSEA)) == clocks["originals"]["goes"]["files"]
        assert db.session.get_one(Wave, TINY).originals_days == 90
    run()
    after: Any = desk.client("alice").get(WAVE).json["clocks"][0]
    assert after["goes"] == {"files": 0, "bytes": 0}
    assert after["held"] == clocks["originals"]["held"]


def test_a_phone_that_declares_the_deleted_file_again_may_upload_it(overdue, desk) -> None:
    """The row says that its bytes were here; nothing is expected of the phone, and nothing breaks."""
    run()
    row = evidence_of(DAN)[0]
    body = world.entry_for(row.id, row.kind, captured_at=row.captured_at.isoformat()) | {"visit_id": str(row.visit_id)}
    body.pop("id")
    answer = desk.client("dan").put(f"/api/v1/evidence/{row.id}", json=body)
    assert answer.status_code in {200, 409}, answer.json
    assert desk.client("bob").get(path_of(DAN)).status_code == 200
