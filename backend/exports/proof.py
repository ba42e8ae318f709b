"""Small pictures of what failed, for reports of whoever may see pictures; each of them is logged as looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Select, select

import media_store
from backend.core.db import db, transaction
from backend.core.permissions import Permission
from backend.evidence import queries as evidence
from backend.evidence import service
from backend.evidence.receiving import store
from backend.evidence.sniffing import MediaType, sniff
from backend.exports.orders import Order
from backend.network.models import Store
from backend.reports.scope import Part, within
from backend.scores.models import ScorecardRow
from backend.visits.models import Answer
from backend.waves.models import Wave

MOST: Final = 24
A_CHECKPOINT: Final = 2
THUMB: Final = "thumb"
_SHOWN: Final = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """A picture of a failed answer: the evidence, where its thumbnail is kept, and what to write below it."""

    evidence_id: UUID
    key: str
    caption: str


def found(order: Order, wave: Wave, part: Part, codes: Sequence[str]) -> list[Found]:
    """Pictures of fails of these checkpoints, a few each, inside a transaction; none for who may not see pictures."""
    if not order.actor.may(Permission.EVIDENCE_READ):
        return []
    pictures: dict[UUID, Found] = {}
    for code in codes:
        if len(pictures) >= MOST:
            break
        for picture in _of_checkpoint(order, wave, part, code):
            pictures.setdefault(picture.evidence_id, picture)
    return list(pictures.values())[:MOST]


def fetched(order: Order, pictures: Sequence[Found], folder: Path) -> list[dict[str, str]]:
    """Logs that they are looked at, then brings them into the folder; what the store has lost is left out."""
    with transaction(writes=True):
        for each in pictures:
            service.record_view(order.actor, each.evidence_id, THUMB)
    brought = ((each, _bring(each, folder)) for each in pictures)
    return [{"path": name, "caption": each.caption} for each, name in brought if name is not None]


def _of_checkpoint(order: Order, wave: Wave, part: Part, code: str) -> list[Found]:
    stores: dict[UUID, str] = {}
    for ids, store_name in db.session.execute(_fails(order, wave, part, code)):
        stores |= {UUID(each["id"]): store_name for each in ids}
    thumbs = evidence.thumbs_visible(order.actor, list(stores))
    kept = [(id_, key) for id_, key in thumbs.items()][:A_CHECKPOINT]
    return [Found(id_, key, f"{code} · {stores[id_]}") for id_, key in kept]


def _fails(order: Order, wave: Wave, part: Part, code: str) -> Select[Any]:
    """Evidence and store of some failed answers; more than are shown, since not every answer has a picture."""
    return (
        select(Answer.evidence, Store.name)
        .select_from(ScorecardRow)
        .join(Store, Store.id == ScorecardRow.store_id)
        .join(Answer, Answer.visit_id == ScorecardRow.visit_id)
        .where(
            ScorecardRow.wave_id == wave.id,
            ScorecardRow.checklist_version_id == wave.checklist_version_id,
            ScorecardRow.method == order.filters.method_of(wave),
            ScorecardRow.is_current,
            Answer.checkpoint == code,
            Answer.result == "fail",
            within(order.actor, wave, part),
        )
        .limit(10 * A_CHECKPOINT)
    )


def _bring(picture: Found, folder: Path) -> str | None:
    try:
        with store().open(picture.key) as file:
            content = file.read()
    except media_store.Missing:
        log.exception("thumbnail lost", key=picture.key)
        return None
    kind = sniff(content)
    if kind not in _SHOWN:
        return None
    path = folder / f"{picture.evidence_id}.{kind.extension}"
    path.write_bytes(content)
    return path.name
