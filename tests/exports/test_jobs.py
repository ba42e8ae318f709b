"""Making exports when something comes in between: cancelled half-way, killed and repeated, taken over, broken."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

import media_store
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.outbox import OutboxRow
from backend.evidence.receiving import store
from backend.exports import answers, jobs, rules, service
from backend.exports.models import Export
from backend.exports.problems import Stopped
from tests import world
from tests.exports.conftest import EXPORTS, read_csv, visited
from tests.kept import objects
from tests.scores import rows


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(rules, "BATCH", 2)
    monkeypatch.setattr(rules, "AT_ONCE", 0)
    monkeypatch.setattr(rules, "TELL_EVERY", 0)


@pytest.fixture
def between(monkeypatch):
    """`between(number, step)` runs a step after so many batches have been read."""

    def arrange(number, step):
        batches = answers.Selection.batches

        def interrupted(selection):
            for turn, batch in enumerate(batches(selection), start=1):
                yield batch
                if turn == number:
                    step()

        monkeypatch.setattr(answers.Selection, "batches", interrupted)

    return arrange


def kept():
    return {key for key in objects() if key.startswith("exports/")}


def row_of(export_id):
    with transaction(writes=False):
        return db.session.get_one(Export, UUID(export_id))


def asked(office, wave, kind="wave_csv"):
    return office.ask("alice", kind, wave).json["id"]


@pytest.mark.parametrize("kind", ["wave_csv", "wave_workbook"])
def test_a_cancel_is_noticed_between_two_batches(waves, office, between, kind):
    id_ = asked(office, waves.open, kind)
    between(2, lambda: office.client("alice").delete(f"{EXPORTS}/{id_}"))
    office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["written"], told["expected"]) == ("cancelled", 4, 9)
    assert not kept()


def test_a_cancel_at_the_last_moment_leaves_no_file(waves, office):
    id_ = asked(office, waves.open)
    conclude = jobs.make(UUID(id_))
    assert kept()
    assert office.client("alice").delete(f"{EXPORTS}/{id_}").json["state"] == "cancelled"
    with transaction(writes=True):
        conclude()
    office.make()
    assert office.look("alice", id_).json["state"] == "cancelled"
    assert not kept()


class Killed(BaseException):
    """Ends the worker as a signal would: nothing catches it."""


def test_what_was_killed_is_made_again_whole(waves, office, between, monkeypatch):
    id_ = asked(office, waves.open)

    def kill():
        monkeypatch.undo()
        raise Killed

    between(2, kill)
    with pytest.raises(Killed):
        office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["written"]) == ("running", 4)
    with clock.set_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["written"], told["expected"]) == ("done", 9, 9)
    assert len(read_csv(office.fetch("alice", id_).data)) == 9
    assert row_of(id_).attempt == 2


def test_killed_after_the_file_was_put_it_is_put_again(waves, office):
    id_ = asked(office, waves.open)
    jobs.make(UUID(id_))
    first = kept()
    office.make()
    assert office.look("alice", id_).json["state"] == "done"
    assert kept() == first


def test_done_once_it_is_not_made_again(waves, office):
    id_ = asked(office, waves.open)
    office.make()
    before = row_of(id_)
    with transaction(writes=True):
        outbox.queue(rules.MAKE, UUID(id_))
    office.make()
    after = row_of(id_)
    assert (after.attempt, after.made_at, after.sha256) == (before.attempt, before.made_at, before.sha256)


def test_a_worker_that_was_overtaken_writes_nothing_any_more(waves, office):
    id_ = UUID(asked(office, waves.open))
    with transaction(writes=True):
        slow = service.claim(id_)
    with transaction(writes=True):
        quick = service.claim(id_)
    with pytest.raises(Stopped), transaction(writes=True):
        service.advance(slow, written=1)
    with transaction(writes=True):
        service.finish(slow, "slow.csv", "exports/slow.csv", media_store.Content(1, "0" * 64))
        service.fail(slow, "broken")
        service.advance(quick, written=2)
    told = office.look("alice", str(id_)).json
    assert (told["state"], told["written"], told["name"]) == ("running", 2, None)


def test_a_long_export_keeps_its_lease(waves, office, between):
    """The lease ran out while a batch was written; the progress after it takes the lease again."""
    asked(office, waves.open)

    def lease():
        return select(OutboxRow.leased_until).where(OutboxRow.job == rules.MAKE)

    def run_out():
        with transaction(writes=True) as session:
            session.execute(update(OutboxRow).values(leased_until=clock.now() - timedelta(seconds=1)))

    found = []

    def look():
        with transaction(writes=False):
            found.append(db.session.scalar(lease()))

    between(2, run_out)
    between(3, look)
    office.make()
    assert found[0] > clock.now() + outbox.LEASE / 2


def test_what_breaks_down_is_tried_again_and_then_given_up(waves, office, monkeypatch):
    id_ = asked(office, waves.open)

    def broken(*_args):
        raise OSError("the disk is gone")

    monkeypatch.setattr(jobs, "MAKERS", {"wave_csv": broken})
    moment = clock.now()
    for _ in range(rules.MOST_ATTEMPTS):
        assert office.look("alice", id_).json["state"] in {"queued", "running"}
        moment += timedelta(hours=1)
        with clock.set_to(moment):
            office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["fault"]["code"]) == ("failed", "broken")
    assert "disk" not in told["fault"]["message"]


def test_a_file_that_came_out_short_is_no_export(waves, office, monkeypatch):
    id_ = asked(office, waves.open)
    batches = answers.Selection.batches
    monkeypatch.setattr(answers.Selection, "batches", lambda selection: list(batches(selection))[:-1])
    for hours in range(rules.MOST_ATTEMPTS):
        with clock.set_to(clock.now() + timedelta(hours=hours)):
            office.make()
    assert office.look("alice", id_).json["state"] == "failed"
    assert not kept()


def test_what_is_approved_meanwhile_does_not_come_in_between(waves, office, between):
    id_ = asked(office, waves.open)

    def approve():
        with transaction(writes=True):
            visited(waves.open, world.ONE, dict.fromkeys(rows.GOLDEN, "P"))

    between(1, approve)
    office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["written"]) == ("done", 9)
    assert len(read_csv(office.whole("alice", "wave_csv", waves.open))) == 10


def test_batches_cost_one_statement_each_however_many_rows(waves, office, monkeypatch):
    def statements(batch):
        monkeypatch.setattr(rules, "BATCH", batch)
        monkeypatch.setattr(rules, "AT_ONCE", 0)
        monkeypatch.setattr(rules, "TELL_EVERY", 0)
        found = []

        def note(_connection, _cursor, statement, *_rest):
            if "scorecards.id IN (" in statement:
                found.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        office.whole("alice", "wave_csv", waves.open)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(found)

    assert (statements(2), statements(9)) == (5, 1)


def test_the_store_that_is_away_for_a_moment_is_tried_again(waves, office, monkeypatch):
    id_ = asked(office, waves.open)
    put = store().put

    def away(*_args, **_named):
        monkeypatch.setattr(store(), "put", put)
        raise media_store.Unreachable("gone for a moment")

    monkeypatch.setattr(store(), "put", away)
    office.make()
    assert office.look("alice", id_).json["state"] == "running"
    with clock.set_to(clock.now() + timedelta(minutes=5)):
        office.make()
    assert office.look("alice", id_).json["state"] == "done"
