"""The outbox: nothing that must happen is lost, whatever ends in the middle."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event, OutboxRow
from backend.network.models import Brand


@pytest.fixture
def ran(app: Flask) -> list:
    """Registers the job `note`, which adds a brand as its effect, and returns what it was called with."""
    calls: list = []

    def note(subject_id):
        calls.append(subject_id)
        return lambda: db.session.merge(Brand(id=subject_id, code=str(subject_id), name="done"))

    app.extensions["mingcha.jobs"] = {"note": note}
    app.extensions["mingcha.reactions"] = {"thing.happened": ("note",)}
    return calls


def happen():
    subject = new_id()
    with transaction(writes=True):
        outbox.record(SYSTEM, "thing.happened", subject, how="well")
    return subject


def rows() -> list[OutboxRow]:
    with transaction(writes=False):
        return list(db.session.scalars(select(OutboxRow)))


def test_an_event_and_its_job_are_written_together(app: Flask, ran: list) -> None:
    subject = happen()
    assert [row.subject_id for row in rows()] == [subject]
    with transaction(writes=False):
        assert db.session.scalar(select(Event.data)) == {"how": "well"}


def test_what_is_rolled_back_never_happened(app: Flask, ran: list) -> None:
    with pytest.raises(ZeroDivisionError), transaction(writes=True):
        outbox.record(SYSTEM, "thing.happened", new_id())
        raise ZeroDivisionError
    assert rows() == []
    assert outbox.drain() == 0


def test_a_job_runs_once_and_its_row_is_done_with_its_effect(app: Flask, ran: list) -> None:
    subject = happen()
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    assert ran == [subject]
    with transaction(writes=False):
        assert db.session.get(Brand, subject).name == "done"


def test_a_row_whose_worker_died_is_taken_again_after_its_lease(app: Flask, ran: list) -> None:
    happen()
    assert len(outbox.take_due()) == 1
    assert outbox.take_due() == []
    with clock.set_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert outbox.drain() == 1
    assert len(ran) == 1


def test_a_job_that_fails_comes_again_later_and_after_five_waits_for_a_person(app: Flask, ran: list) -> None:
    def fail(_subject):
        raise ValueError("no")

    app.extensions["mingcha.jobs"] = {"note": fail}
    happen()
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    for day in range(1, 6):
        with clock.set_to(clock.now() + timedelta(days=day)):
            outbox.drain()
    (row,) = rows()
    assert (row.attempts, row.done_at) == (5, None)
    assert row.failed_at is not None
    assert "ValueError: no" in row.fault


def test_a_failing_conclusion_leaves_no_half_effect(app: Flask, ran: list) -> None:
    def half(subject_id):
        def conclude():
            db.session.add(Brand(id=subject_id, code="half", name="half"))
            db.session.flush()
            raise ValueError

        return conclude

    app.extensions["mingcha.jobs"] = {"note": half}
    happen()
    outbox.drain()
    with transaction(writes=False):
        assert db.session.scalar(select(func.count()).where(Brand.code == "half")) == 0


def test_two_takers_never_take_the_same_row(app: Flask, ran: list) -> None:
    for _ in range(6):
        happen()
    first, second = outbox.take_due(3), outbox.take_due(6)
    assert len(first) == len(second) == 3
    assert not set(first) & set(second)


def test_what_somebody_waits_for_goes_before_a_backlog(app: Flask, ran: list) -> None:
    app.extensions["mingcha.jobs"] |= {"asked": app.extensions["mingcha.jobs"]["note"]}
    app.extensions["mingcha.awaited"] = {"asked"}
    for _ in range(6):
        happen()
    with transaction(writes=True):
        outbox.queue("asked", new_id(), due_at=clock.now() + timedelta(hours=1))
    with clock.set_to(clock.now() + timedelta(hours=2)):
        taken = outbox.take_due(3)
    with transaction(writes=False):
        assert [db.session.get_one(OutboxRow, row_id).job for row_id in taken] == ["asked", "note", "note"]
    assert len(outbox.take_due(6)) == 4


def once(subject) -> None:
    with transaction(writes=True):
        outbox.queue_once("note", subject)


def test_a_job_that_waits_already_is_not_queued_twice(app: Flask, ran: list) -> None:
    subject, other = new_id(), new_id()
    for each in (subject, subject, other, subject):
        once(each)
    assert sorted(row.subject_id for row in rows()) == sorted([subject, other])


def test_a_job_that_has_begun_is_queued_again(app: Flask, ran: list) -> None:
    """The one that runs may have read its facts already."""
    subject = new_id()
    once(subject)
    (begun,) = outbox.take_due()
    once(subject)
    assert len(rows()) == 2
    outbox.run(begun)
    outbox.drain()
    once(subject)
    assert (len(rows()), ran) == (3, [subject, subject])
