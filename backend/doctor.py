"""What can be wrong with a deployment and can be seen from inside it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import current_app
from sqlalchemy import select

from backend.core import outbox, schema
from backend.core.db import db, transaction
from backend.evidence import audit
from backend.scores import packing
from backend.scores import service as scores
from media_store import StoreError

# Of what may be wrong a million times, so many examples are told, and how many more there are.
MOST_EXAMPLES = 20


def examine(*, read_bytes: bool = False) -> list[str]:
    """One sentence for each thing found wrong; an empty list when all is well. `read_bytes` reads every kept byte."""
    if not schema.is_current():
        return ["The database's migrations have not run: mingcha migrate"]
    return [*_media(read_bytes=read_bytes), *_jobs(), *_tallies()]


def _media(*, read_bytes: bool) -> Iterator[str]:
    try:
        current_app.extensions["mingcha.media"].check()
        yield from _bounded(chain(audit.compare(), audit.read_all() if read_bytes else ()))
    except StoreError as fault:
        yield f"The media store is out of reach: {fault}"


def _bounded(findings: Iterable[audit.Finding]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.kind] += 1
        if seen[finding.kind] <= MOST_EXAMPLES:
            yield finding.sentence
    for kind, count in seen.items():
        if count > MOST_EXAMPLES:
            yield f"... and {count - MOST_EXAMPLES} more of the kind {kind!r}, {count} in all"


def _jobs() -> list[str]:
    row = outbox.OutboxRow
    with transaction(writes=False):
        failed = db.session.scalars(select(row).where(row.failed_at.is_not(None), row.done_at.is_(None)).limit(100))
        return [f"Job {one.job} of {one.subject_id} failed {one.attempts} times: {one.fault}" for one in failed]


def _tallies() -> list[str]:
    with transaction(writes=False):
        tallies = [f"A tally differs from its scorecards: {difference}" for difference in scores.differences()]
        return tallies + [f"A wave tally differs from its tallies: {key}" for key in packing.differences()]
