"""Quick copies: a small picture that a phone sends ahead of a large original, so that reviewers see something at once.

It never counts as the evidence, and no state changes by it. It is kept under its own SHA-256 as the row `quick`, which
nobody is shown; what `jobs` develops of it is provisional, and gives way to what is developed of the original.
"""

import hashlib
import io
from uuid import UUID

from sqlalchemy import select, update

import media_store
from backend.core import outbox
from backend.core.actor import Actor
from backend.core.db import db, transaction
from backend.core.outbox import Conclusion, Event
from backend.evidence import queries, rules, service
from backend.evidence.disposal import delete_unmentioned
from backend.evidence.models import Evidence, Rendition
from backend.evidence.problems import QuickCopyTooLarge, QuickCopyUnfit, StoreUnreachable
from backend.evidence.receiving import store, store_problems
from backend.evidence.sniffing import HEAD_BYTES, MediaType, sniff

CAME = "evidence.quick-copied"


def receive(actor: Actor, evidence_id: UUID, data: bytes) -> None:
    """Keeps the quick copy of own declared evidence, in the place of an earlier one; the same again changes nothing.

    Once the original is held it is ignored: it came too late to be of use. Raises NotFound, QuickCopyTooLarge,
    QuickCopyUnfit unless it is a JPEG of a photo, StoreFull and StoreUnreachable. No transaction is open meanwhile.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction(writes=False):
        if not _is_news(queries.get_own(actor, evidence_id), sha256):
            return
    _require_fit(data)
    key = media_store.rendition_key(sha256, rules.QUICK, "jpg")
    with store_problems():
        store().put(key, io.BytesIO(data), size=len(data), sha256=sha256, media_type=MediaType.JPEG)
    with transaction(writes=True):
        _note(actor, evidence_id, sha256, key, len(data))


def dispose(evidence_id: UUID) -> Conclusion:
    """Deletes the bytes of every quick copy that the evidence ever let go, unless another row mentions them."""
    with transaction(writes=False):
        events = select(Event).where(Event.name == service.COPY_LET_GO, Event.subject_id == evidence_id)
        keys = {key for event in db.session.scalars(events) for key in event.data["keys"]}
    delete_unmentioned(sorted(keys))
    return lambda: None


def _is_news(evidence: Evidence, sha256: str) -> bool:
    if evidence.kind != "photo":
        raise QuickCopyUnfit
    known = queries.quick_copy_of(evidence.id)
    return evidence.state not in rules.HELD and (known is None or known.quick_sha256 != sha256)


def _require_fit(data: bytes) -> None:
    if len(data) > rules.MOST_QUICK_BYTES:
        raise QuickCopyTooLarge(limit=rules.MOST_QUICK_BYTES // 1024)
    if sniff(data[:HEAD_BYTES]) != MediaType.JPEG:
        raise QuickCopyUnfit


def _note(actor: Actor, evidence_id: UUID, sha256: str, key: str, size: int) -> None:
    evidence = queries.get_own(actor, evidence_id, lock=True)
    if not _is_news(evidence, sha256):
        # The original, or the same copy once more, came meanwhile.
        service.discard_copies(evidence_id, [key])
        return
    _keep_deletions_out(evidence_id, key)
    service.let_go_copy(evidence_id)
    db.session.add(
        Rendition(
            evidence_id=evidence_id,
            name=rules.QUICK,
            key=key,
            media_type=MediaType.JPEG,
            width=0,
            height=0,
            size=size,
            quick_sha256=sha256,
        )
    )
    outbox.record(actor, CAME, evidence_id, sha256=sha256, size=size)


def _keep_deletions_out(evidence_id: UUID, key: str) -> None:
    """A job that deletes another's equal copy waits for who writes evidence; what it deleted before is sent again."""
    db.session.execute(update(Evidence).where(Evidence.id == evidence_id).values(state=Evidence.state))
    try:
        store().stat(key)
    except media_store.Missing as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault
