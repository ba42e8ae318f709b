"""Events and the outbox: what happened, and what must happen because of it, in the transaction in which it did.

`record` writes one line of history and, through the reactions that the application handed over, one outbox row per
job. The worker takes due rows under a lease, works, and marks the row done in the transaction of the job's own
effect; a row whose lease ran out is taken again. So a `kill -9` at any point loses nothing, and every job must be
safe to repeat.

A job is a function from its subject to a *conclusion*: the first part reads and works with no transaction open, the
conclusion it returns is called inside the writing transaction that also marks the row done.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, Index, select, update
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import clock
from backend.core.actor import Actor
from backend.core.db import Base, Key, db, transaction
from backend.core.ids import new_id

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
Conclusion = Callable[[], None]
Job = Callable[[UUID], Conclusion]
log = structlog.get_logger()


class Event(Base):
    """One line of history; never changed."""

    __tablename__ = "events"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class OutboxRow(Base):
    """One job that must run; done, or waiting for a person after five failures (`failed_at`)."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "done_at", "failed_at", "due_at"),
        Index("ix_outbox_job", "job", "done_at", "failed_at", "due_at"),
    )

    id: Mapped[Key]
    job: Mapped[str]
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    fault: Mapped[str | None]


def record(actor: Actor, name: str, subject_id: UUID, **data: Any) -> None:
    """Writes what happened, and queues every job that reacts to it."""
    now = clock.now()
    db.session.add(Event(id=new_id(), name=name, subject_id=subject_id, person_id=actor.id, data=data, at=now))
    reactions: Mapping[str, Sequence[str]] = current_app.extensions["mingcha.reactions"]
    for job in reactions.get(name, ()):
        queue(job, subject_id)


def queue(job: str, subject_id: UUID, *, due_at: datetime | None = None) -> None:
    """Adds one job to the outbox, due now unless told otherwise."""
    db.session.add(OutboxRow(id=new_id(), job=job, subject_id=subject_id, due_at=due_at or clock.now()))


def queue_once(job: str, subject_id: UUID) -> None:
    """Adds the job unless the same one waits already and nobody has begun it: then that one will see what is new.

    The waiting row is locked until the caller's transaction ends, so that no worker begins it on older facts.
    """
    same = (OutboxRow.job == job, OutboxRow.subject_id == subject_id)
    waits = (OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None), OutboxRow.leased_until.is_(None))
    if db.session.scalars(select(OutboxRow.id).where(*same, *waits).limit(1).with_for_update()).first() is None:
        queue(job, subject_id)


def keep_lease(job: str, subject_id: UUID) -> None:
    """A long job says that it is still at work, so that nobody else takes its row meanwhile."""
    same = (OutboxRow.job == job, OutboxRow.subject_id == subject_id)
    leased = (OutboxRow.done_at.is_(None), OutboxRow.leased_until.is_not(None))
    db.session.execute(update(OutboxRow).where(*same, *leased).values(leased_until=clock.now() + LEASE))


def take_due(limit: int = 10) -> list[UUID]:
    """Leases up to `limit` due rows for the caller and returns their ids.

    A job that somebody sits and waits for goes before a backlog of others, however old.
    """
    with transaction(writes=False):
        if not db.session.scalars(_due().limit(1)).first():
            return []
    awaited = OutboxRow.job.in_(current_app.extensions["mingcha.awaited"])
    with transaction(writes=True):
        rows = _locked(awaited, limit)
        rows += _locked(~awaited, limit - len(rows))
        for row in rows:
            row.leased_until = clock.now() + LEASE
            row.attempts += 1
        return [row.id for row in rows]


def run(row_id: UUID) -> None:
    """Runs one leased row to its end: done, or due again later with what went wrong."""
    with transaction(writes=False):
        row = db.session.get_one(OutboxRow, row_id)
        job, subject_id, done = row.job, row.subject_id, row.done_at is not None
    if done:
        return
    try:
        conclude = jobs()[job](subject_id)
        with transaction(writes=True):
            conclude()
            _finish(row_id)
    except Exception as fault:
        log.warning("job failed", job=job, subject=str(subject_id), exc_info=fault)
        with transaction(writes=True):
            _fail(row_id, fault)


def jobs() -> Mapping[str, Job]:
    """The table of jobs that the application was assembled with."""
    table: Mapping[str, Job] = current_app.extensions["mingcha.jobs"]
    return table


def drain(most: int = 1000) -> int:
    """Runs everything that is due, here and now; returns how many rows ran. For tests and small commands."""
    ran = 0
    while ran < most and (ids := take_due()):
        for row_id in ids:
            run(row_id)
        ran += len(ids)
    return ran


def oldest_due() -> datetime | None:
    """Since when the longest-waiting row has been due, None when nothing waits."""
    since: datetime | None = db.session.scalar(_due().with_only_columns(OutboxRow.due_at).limit(1))
    return since


def _locked(which: ColumnElement[bool], limit: int) -> list[OutboxRow]:
    rows = _due().where(which).limit(limit).with_for_update(skip_locked=True)
    return list(db.session.scalars(rows)) if limit else []


def _due() -> Any:
    now = clock.now()
    return (
        select(OutboxRow)
        .where(OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None), OutboxRow.due_at <= now)
        .where((OutboxRow.leased_until.is_(None)) | (OutboxRow.leased_until < now))
        .order_by(OutboxRow.due_at)
    )


def _finish(row_id: UUID) -> None:
    row = db.session.get_one(OutboxRow, row_id)
    row.done_at, row.fault, row.leased_until = clock.now(), None, None


def _fail(row_id: UUID, fault: Exception) -> None:
    row = db.session.get_one(OutboxRow, row_id)
    row.fault = f"{type(fault).__name__}: {fault}"[:2000]
    row.leased_until = None
    row.due_at = clock.now() + timedelta(seconds=10 * 2**row.attempts)
    if row.attempts >= MOST_ATTEMPTS:
        row.failed_at = clock.now()
