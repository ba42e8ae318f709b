"""Slows guessing: failed tries are counted for the account that was tried and for the address they came from.

A try is written down before it is judged and struck out when it succeeds, each in a transaction of its own. So a
failure stays although the request ends in a problem, and tries that run side by side cannot slip past the limit: the
last one to be written down sees all the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete, select

from backend.accounts.models import SignInFailure
from backend.accounts.problems import TooManyTries
from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id

WINDOW = timedelta(minutes=15)
MOST_FOR_ACCOUNT = 10
MOST_FROM_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Try:
    """One try that is written down as failed until `forgive` says otherwise."""

    ids: tuple[UUID, ...]


def begin(subjects: Sequence[str]) -> Try:
    """Writes one try down; call it with no transaction open. Raises TooManyTries (429) with Retry-After."""
    with transaction(writes=False):
        _refuse_over_limit(subjects, present=0)
    started = _write_down(subjects)
    try:
        with transaction(writes=False):
            _refuse_over_limit(subjects, present=1)
    except TooManyTries:
        with transaction(writes=True):
            forgive(started)
        raise
    return started


def forgive(succeeded: Try) -> None:
    """Strikes the try out, inside the caller's writing transaction."""
    db.session.execute(delete(SignInFailure).where(SignInFailure.id.in_(succeeded.ids)))


def _write_down(subjects: Sequence[str]) -> Try:
    now = clock.now()
    with transaction(writes=True):
        db.session.execute(delete(SignInFailure).where(SignInFailure.at < now - WINDOW))
        rows = [SignInFailure(id=new_id(), subject=subject, at=now) for subject in subjects]
        db.session.add_all(rows)
        return Try(tuple(row.id for row in rows))


def _refuse_over_limit(subjects: Sequence[str], *, present: int) -> None:
    """Refuses when, besides the `present` try, a subject has had its fill within the window."""
    now = clock.now()
    blocking = [since for subject in subjects if (since := _blocking(subject, now, present)) is not None]
    if blocking:
        seconds = max(1, ceil((max(blocking) + WINDOW - now).total_seconds()))
        raise TooManyTries(headers={"Retry-After": str(seconds)}, minutes=ceil(seconds / 60))


def _blocking(subject: str, now: datetime, present: int) -> datetime | None:
    most = MOST_FOR_ACCOUNT if subject.startswith("account:") else MOST_FROM_ADDRESS
    return db.session.scalar(
        select(SignInFailure.at)
        .where(SignInFailure.subject == subject, SignInFailure.at > now - WINDOW)
        .order_by(SignInFailure.at.desc())
        .offset(most - 1 + present)
        .limit(1)
    )
