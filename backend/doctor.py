"""What can be wrong with a deployment and can be seen from inside it."""

from flask import current_app
from sqlalchemy import select

from backend.core import outbox, schema
from backend.core.db import db, transaction
from backend.scores import service as scores
from media_store import StoreError


def examine() -> list[str]:
    """One sentence for each thing found wrong; an empty list when all is well."""
    if not schema.is_current():
        return ["The database's migrations have not run: mingcha migrate"]
    return [*_media(), *_jobs(), *_tallies()]


def _media() -> list[str]:
    try:
        current_app.extensions["mingcha.media"].check()
    except StoreError as fault:
        return [f"The media store is out of reach: {fault}"]
    return []


def _jobs() -> list[str]:
    row = outbox.OutboxRow
    with transaction(writes=False):
        failed = db.session.scalars(select(row).where(row.failed_at.is_not(None), row.done_at.is_(None)).limit(100))
        return [f"Job {one.job} of {one.subject_id} failed {one.attempts} times: {one.fault}" for one in failed]


def _tallies() -> list[str]:
    with transaction(writes=False):
        return [f"A tally differs from its scorecards: {difference}" for difference in scores.differences()]
