"""Which pictures are like one: by their bytes, and by a perceptual hash that re-encoding left as it was.

Both are index look-ups, whatever the number of pictures. A surface of one grey hashes like every other and is like
none.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from backend.core.db import db
from backend.evidence.models import Evidence
from backend.evidence.rules import READY

MOST: Final = 100
SAME_BYTES, SAME_PICTURE = "same-bytes", "same-picture"
_SAYS_NOTHING: Final = frozenset({"8000000000000000", "0000000000000000"})


@dataclass(frozen=True, slots=True)
class Like:
    """Another picture, how it is like the one asked about, and in how many bits their hashes differ."""

    evidence_id: UUID
    visit_id: UUID
    store_id: UUID
    how: str
    distance: int


def likes_of(evidence_id: UUID) -> list[Like]:
    """The pictures like this one, in all visits, the first announced first; none of one that is not developed."""
    picture = db.session.get(Evidence, evidence_id)
    if picture is None or picture.state != READY or picture.perceptual_hash is None:
        return []
    is_alike = Evidence.sha256 == picture.sha256
    if picture.perceptual_hash not in _SAYS_NOTHING:
        is_alike = or_(is_alike, Evidence.perceptual_hash == picture.perceptual_hash)
    rows = select(Evidence).where(is_alike, Evidence.id != evidence_id, Evidence.state == READY)
    found = db.session.scalars(rows.order_by(Evidence.declared_at, Evidence.id).limit(MOST))
    return [_like(row, SAME_BYTES if row.sha256 == picture.sha256 else SAME_PICTURE) for row in found]


def _like(row: Evidence, how: str) -> Like:
    return Like(row.id, row.visit_id, row.store_id, how, distance=0)
