"""Making an archive for somebody: what is read, what is written down about it, and what goes out.

Nothing is told before it is logged: the event and a view of every original are committed before the first byte.
"""

from collections.abc import Iterator
from uuid import UUID

import structlog

import media_store
from backend import settings
from backend.core import outbox
from backend.core.actor import Actor
from backend.core.db import transaction
from backend.core.signing import SigningKey
from backend.evidence import service as evidence
from backend.evidence.problems import StoreUnreachable
from backend.evidence.receiving import store
from backend.reviews import dossier
from backend.reviews.archive import Archive, Origin, lost_originals, pack, stream

log = structlog.get_logger()


def signing_key() -> SigningKey:
    """The key with which this deployment signs."""
    return SigningKey(settings.current().signing_key)


def archive_of(actor: Actor, visit_id: UUID) -> tuple[str, Iterator[bytes]]:
    """A file name and the zip of the visit, in pieces. Raises NotFound, StoreUnreachable.

    Call it with no transaction open: it opens short ones of its own, and while the bytes go out there is none.
    """
    with transaction(writes=False):
        read = dossier.read(actor, visit_id)
    try:
        lost = lost_originals(store(), read)
    except media_store.Unreachable as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault
    packed = pack(read, lost, Origin(actor, settings.current().public_url, signing_key()))
    with transaction(writes=True):
        _record(actor, visit_id, packed, len(lost))
    summary = read.summary
    return f"visit-{summary['store']['code']}-{summary['visited_on']}.zip", _watched(actor, visit_id, packed)


def _record(actor: Actor, visit_id: UUID, packed: Archive, lost: int) -> None:
    key_id, originals = signing_key().public.id, packed.originals
    outbox.record(actor, "visit.archived", visit_id, key=key_id, originals=len(originals), lost=lost)
    for original in originals:
        evidence.record_view(actor, original.evidence_id, "original")


def _watched(actor: Actor, visit_id: UUID, packed: Archive) -> Iterator[bytes]:
    """The stream; that it broke for our own fault is written down, since the answer's status is out by then."""
    try:
        yield from stream(packed, store())
    except (media_store.StoreError, OSError) as fault:
        log.exception("archive broken off", visit=str(visit_id))
        with transaction(writes=True):
            outbox.record(actor, "visit.archive-broken", visit_id, fault=f"{type(fault).__name__}: {fault}"[:500])
        raise
