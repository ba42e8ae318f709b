"""The worker in process: periodic jobs are queued once, due rows are relayed, a database that is away is waited for."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from backend import worker
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import OutboxRow


@pytest.fixture
def ran(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list:
    """The jobs `note` and `fail`, and what `note` was called with; nothing is periodic."""
    calls: list = []

    def note(subject_id):
        calls.append(subject_id)
        return lambda: None

    def fail(_subject_id):
        raise ValueError("no")

    app.extensions["mingcha.jobs"] = {"note": note, "fail": fail}
    monkeypatch.setattr(worker, "PERIODIC", {})
    return calls


def queue(job: str, count: int = 1) -> list:
    subjects = [new_id() for _ in range(count)]
    with transaction(writes=True):
        for subject in subjects:
            outbox.queue(job, subject)
    return subjects


def rows(**wanted: object) -> list[OutboxRow]:
    with transaction(writes=False):
        return list(db.session.scalars(select(OutboxRow).filter_by(**wanted)))


def works(app: Flask, until: Callable[[], bool], seconds: float = 20) -> None:
    """Runs the worker beside the test until the question is answered with yes, then tells it to stop."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.work, args=(app, stop, None))
    thread.start()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not until():
        time.sleep(0.02)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert until()


def test_the_pool_runs_every_due_row_once(app: Flask, ran: list) -> None:
    subjects = queue("note", 7)
    works(app, lambda: not rows(done_at=None))
    assert sorted(ran) == sorted(subjects)


def test_rows_of_the_future_are_left_alone(app: Flask, ran: list) -> None:
    later = new_id()
    with transaction(writes=True):
        outbox.queue("note", later, due_at=clock.now() + timedelta(hours=1))
    queue("note")
    works(app, lambda: len(ran) == 1)
    assert [row.subject_id for row in rows(done_at=None)] == [later]


def test_a_failing_job_does_not_stop_the_others(app: Flask, ran: list) -> None:
    queue("fail")
    queue("note", 3)
    works(app, lambda: len(rows(done_at=None)) == 1 and rows(done_at=None)[0].fault is not None)
    assert len(ran) == 3
    assert rows(done_at=None)[0].fault == "ValueError: no"


def test_a_running_job_is_finished_before_the_worker_ends(app: Flask, ran: list) -> None:
    begun = threading.Event()

    def slow(_subject_id):
        begun.set()
        time.sleep(0.4)
        return lambda: None

    app.extensions["mingcha.jobs"] = {"slow": slow}
    queue("slow")
    stop = threading.Event()
    thread = threading.Thread(target=worker.work, args=(app, stop, None))
    thread.start()
    assert begun.wait(20)
    stop.set()
    thread.join(20)
    assert not rows(done_at=None)


def test_periodic_jobs_are_queued_once_a_period_by_however_many_workers(
    app: Flask, ran: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PERIODIC", {"note": timedelta(hours=1)})
    start = clock.now().replace(minute=10)
    with clock.set_to(start):
        for _ in range(2):
            _queue_periodic()
        assert len(rows(job="note")) == 1
        assert outbox.drain() == 1
        _queue_periodic()
    assert len(rows(job="note")) == 1
    with clock.set_to(start + timedelta(hours=1)):
        _queue_periodic()
        assert len(rows(job="note", done_at=None)) == 1


def test_two_workers_that_queue_at_once_leave_one_row(app: Flask, ran: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PERIODIC", {"note": timedelta(days=1)})
    gate = threading.Barrier(4)
    sent: list = []

    def relay() -> None:
        gate.wait()
        worker._relay(app, sent.append, periodic=True)

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with transaction(writes=False):
        assert db.session.scalar(select(func.count()).select_from(OutboxRow)) == 1
    assert len(sent) <= 1


def test_a_database_that_is_away_is_waited_for(app: Flask, ran: list, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects, asked, honest = queue("note", 2), [], outbox.take_due

    def away_at_first(limit):
        asked.append(limit)
        if len(asked) <= 2:
            raise OperationalError("SELECT 1", {}, Exception("the database went away"))
        return honest(limit)

    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "take_due", away_at_first)
    works(app, lambda: len(ran) == 2)
    assert sorted(ran) == sorted(subjects)


def test_the_job_itself_may_find_the_database_away(app: Flask, ran: list, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that could not even say that it failed keeps its lease and comes again when that is over."""
    queue("note", 1)
    fallen, honest = [], outbox.run

    def falls_once(row_id):
        if not fallen:
            fallen.append(row_id)
            raise OperationalError("SELECT 1", {}, Exception("the database went away"))
        honest(row_id)

    monkeypatch.setattr(outbox, "run", falls_once)
    works(app, lambda: bool(fallen))
    assert rows(done_at=None)[0].leased_until is not None
    with clock.set_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert outbox.drain() == 1
    assert len(ran) == 1


def _queue_periodic() -> None:
    with transaction(writes=True):
        worker.queue_periodic()


def test_every_job_that_is_named_is_there() -> None:
    from backend.reactions import AWAITED, JOBS, PERIODIC, REACTIONS

    named = {job for jobs in REACTIONS.values() for job in jobs} | set(PERIODIC) | AWAITED
    assert named <= set(JOBS)
