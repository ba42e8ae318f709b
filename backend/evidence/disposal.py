"""How objects go: after the last row that mentioned them, and never from under an upload that is just bringing them.

Keys are content addresses, so that several rows may mention one object. Whoever deletes rows commits that first and
then hands their keys to `delete_unmentioned`; best from a job of its own, which is repeated when it is killed.
"""

from collections.abc import Collection, Iterable
from typing import Any

import structlog
from sqlalchemy import select, text, union

import media_store
from backend.core.batches import batches
from backend.core.db import db, transaction
from backend.core.outbox import OutboxRow
from backend.evidence import rules
from backend.evidence.models import Evidence, Rendition
from backend.evidence.receiving import store

# Uploads wait while so many objects are deleted.
BATCH = 10
log = structlog.get_logger()


def delete_unmentioned(keys: Iterable[str]) -> list[str]:
    """Deletes the objects under those keys that no row mentions; answers these keys.

    Call it with no transaction open. Safe to repeat, and safe beside uploads, declarations and jobs: each batch is
    looked up and deleted while none of them can write a mention. A key that is no content address is left alone.
    Raises StoreError when the media store does not answer; what is not deleted by then is a matter of the next try.
    """
    ours = (key for key in keys if media_store.sha256_in(key))
    return [key for batch in batches(ours, BATCH) for key in _delete_batch(batch)]


def mentioned(keys: Collection[str]) -> set[str]:
    """Those of the keys that evidence, a rendition, or a running upload or job refers to; inside a transaction.

    What is looked up is the SHA-256 in the key, which has an index, rather than the key, which has none.
    """
    hashes = {sha256 for key in keys if (sha256 := media_store.sha256_in(key))}
    concerned = Evidence.sha256.in_(hashes)
    rows = set(db.session.scalars(union(*(query.where(concerned) for query in _mentions()))))
    # As long as a quick copy is there, a job may be making pictures of it.
    copied = set(db.session.scalars(select(Rendition.quick_sha256).where(Rendition.quick_sha256.in_(hashes))))
    awaited = set(db.session.scalars(_awaited().where(concerned)))
    developing = set(db.session.scalars(_developing().where(concerned)))

    def is_to_come(key: str) -> bool:
        made_of = developing | copied
        return media_store.sha256_in(key) in (made_of if key.startswith(media_store.RENDITIONS) else awaited)

    return {key for key in keys if key in rows or is_to_come(key)}


def _delete_batch(keys: Collection[str]) -> list[str]:
    with transaction(writes=True):
        _keep_mentions_out()
        doomed = sorted(set(keys) - mentioned(keys))
        for key in doomed:
            store().delete(key)
            log.info("object deleted", key=key)
    return doomed


def _keep_mentions_out() -> None:
    """Until the transaction ends nobody writes evidence or uploads. SQLite has but one writer, and that is us.

    A writer that is slow to end must not hold up all others behind us, so that we give up and are tried again.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL lock_timeout = '5s'"))
        db.session.execute(text("LOCK TABLE evidence, uploads IN SHARE MODE"))


def _mentions() -> tuple[Any, ...]:
    """Every way in which a row refers to an object."""
    return (
        select(Evidence.key),
        select(Rendition.key).join(Evidence, Rendition.evidence_id == Evidence.id),
    )


def _developing() -> Any:
    """The hashes of originals whose renditions may be in the store already, while their rows are still to come."""
    waits = (OutboxRow.job == "evidence.develop", OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None))
    return select(Evidence.sha256).join(OutboxRow, OutboxRow.subject_id == Evidence.id).where(*waits)


def _awaited() -> Any:
    """The hashes of originals that may be in the store already, while the row that says so is still to come."""
    return select(Evidence.sha256).where(Evidence.state.not_in(rules.HELD))
