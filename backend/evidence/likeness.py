"""Which other evidence shows the same picture, over all visits, stores and waves: found by an index, decided by looking.

The index lives in the worker's memory: filled from the table of fingerprints when it is first asked, topped up at each
question. What it finds is only a candidate; the studio lays the two thumbnails over one another and decides. A picture
whose thumbnail was deleted can be found by its sha256 alone. `docs/likeness.md` has thresholds and measured figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from uuid import UUID

from flask import current_app
from sqlalchemy import case, or_, select

import media_store
from backend.core.db import db, transaction
from backend.evidence import rules, studio
from backend.evidence.fingerprints import BYTES
from backend.evidence.likeness_index import Candidate, LikenessIndex
from backend.evidence.models import Evidence, Fingerprint, Likeness, Rendition
from backend.evidence.receiving import on_disk
from backend.evidence.sniffing import Unreadable

SAME_BYTES = "same-bytes"
MOST_LIKES = 20
COMPARE_SECONDS = 60
# A transaction that began before ours may commit after it: what is this young is asked for again.
OVERLAP = timedelta(minutes=10)
BATCH = 20_000
THUMB = "thumb"


@dataclass(frozen=True, slots=True)
class Like:
    """Other evidence that shows the same picture. `how` is same-bytes, same-picture, or part: one within the other.

    `distance` is in bits of the nearest hash, 0 for the same bytes.
    """

    evidence_id: UUID
    visit_id: UUID
    store_id: UUID
    how: str
    distance: int


def likes_of(evidence_id: UUID) -> list[Like]:
    """Confirmed evidence of other visits that shows the same picture, earlier or later, the nearest first.

    At most 20: a picture that was used more often needs no longer list. Reads what `alike` found before and whose
    bytes are equal; inside a transaction. Empty for evidence that is not there or whose bytes are not.
    """
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None or evidence.state not in rules.HELD:
        return []
    same = _same_bytes(evidence)
    known = {like.evidence_id for like in same}
    found = {like.evidence_id: like for like in _kept(evidence_id) if like.evidence_id not in known}
    return [*same, *found.values()][:MOST_LIKES]


def _kept(evidence_id: UUID) -> list[Like]:
    """What was found when this file became ready, and what found this file when it became ready itself."""
    other = case((Likeness.evidence_id == evidence_id, Likeness.other_id), else_=Likeness.evidence_id)
    rows = (
        select(Evidence.id, Evidence.visit_id, Evidence.store_id, Likeness.how, Likeness.distance)
        .join(Evidence, Evidence.id == other)
        .where(or_(Likeness.evidence_id == evidence_id, Likeness.other_id == evidence_id))
        .order_by(Likeness.distance, Evidence.id)
        .limit(2 * MOST_LIKES)
    )
    return [Like(*row) for row in db.session.execute(rows)]


def alike(evidence_id: UUID) -> list[Like]:
    """Searches all pictures for those of other visits that show this one, equal bytes apart; the nearest first.

    Opens short reading transactions of its own, and none while pictures are compared, which takes a second.
    """
    with transaction(writes=False):
        evidence = db.session.get(Evidence, evidence_id)
        thumb = _thumb_of(evidence_id)
    return _alike(evidence_id, evidence.visit_id, thumb)[:MOST_LIKES] if evidence and thumb else []


def _same_bytes(evidence: Evidence) -> list[Like]:
    rows = (
        select(Evidence.id, Evidence.visit_id, Evidence.store_id)
        .where(Evidence.sha256 == evidence.sha256, Evidence.visit_id != evidence.visit_id)
        .where(Evidence.state.in_(rules.HELD))
        .order_by(Evidence.declared_at)
        .limit(MOST_LIKES)
    )
    return [Like(one, visit, place, SAME_BYTES, 0) for one, visit, place in db.session.execute(rows)]


def _alike(evidence_id: UUID, visit_id: UUID, thumb: str) -> list[Like]:
    with TemporaryDirectory(prefix="mingcha-") as folder:
        picture = _at_hand(thumb, Path(folder))
        if picture is None:
            return []
        try:
            found = {one.id: one for one in _shelf().search(picture) if one.id != evidence_id}
            return _decided(picture, found, _others(list(found), visit_id), Path(folder))
        except Unreadable:
            # Our own thumbnails are sound; one that is not is the doctor's business and is like nothing.
            return []


def _decided(picture: Path, found: dict[UUID, Candidate], others: Sequence["_Other"], folder: Path) -> list[Like]:
    held = [(other, path) for other in others if (path := _at_hand(other.thumb, folder))]
    if not held:
        return []
    verdicts = studio.compare(picture, [path for _, path in held], timeout_seconds=COMPARE_SECONDS)
    decided = [
        Like(other.id, other.visit_id, other.store_id, how, found[other.id].distance)
        for (other, _), how in zip(held, verdicts, strict=True)
        if how
    ]
    return sorted(decided, key=lambda like: like.distance)


@dataclass(frozen=True, slots=True)
class _Other:
    id: UUID
    visit_id: UUID
    store_id: UUID
    thumb: str


def _others(ids: Sequence[UUID], visit_id: UUID) -> list[_Other]:
    """Those of the candidates that belong to other visits and can still be looked at."""
    with transaction(writes=False):
        rows = (
            select(Evidence.id, Evidence.visit_id, Evidence.store_id, Rendition.key)
            .join(Rendition, (Rendition.evidence_id == Evidence.id) & (Rendition.name == THUMB))
            .where(Evidence.id.in_(ids), Evidence.visit_id != visit_id)
        )
        return [_Other(*row) for row in db.session.execute(rows)]


def _thumb_of(evidence_id: UUID) -> str | None:
    rows = select(Rendition.key).where(Rendition.evidence_id == evidence_id, Rendition.name == THUMB)
    return db.session.scalar(rows)


def _at_hand(key: str, folder: Path) -> Path | None:
    """The thumbnail as a file, or None if its bytes were deleted."""
    try:
        return on_disk(key, folder)
    except media_store.Missing:
        return None


class _Shelf:
    """The index of one process, kept as new as the table of fingerprints."""

    def __init__(self) -> None:
        self._index = LikenessIndex()
        self._recent: dict[UUID, datetime] = {}
        self._newest: datetime | None = None
        self._lock = Lock()

    def search(self, picture: Path) -> list[Candidate]:
        """What may show the picture whose thumbnail is at this path. Raises Unreadable."""
        terms = studio.terms(picture, timeout_seconds=COMPARE_SECONDS)
        with self._lock:
            self._top_up()
        return self._index.search(terms)

    def _top_up(self) -> None:
        """Takes what was made since, and what a slow transaction may have added behind our back."""
        since = self._newest - OVERLAP if self._newest else None
        for rows in _made_since(since):
            fresh = [(one, data) for one, data, _ in rows if one not in self._recent and len(data) == BYTES]
            if fresh:
                self._index.add(fresh)
            self._recent.update((one, made_at) for one, _, made_at in rows)
            self._newest = rows[-1][2]
            self._forget_old(self._newest - 2 * OVERLAP)

    def _forget_old(self, moment: datetime) -> None:
        self._recent = {one: made_at for one, made_at in self._recent.items() if made_at >= moment}


def _made_since(moment: datetime | None) -> Iterator[list[tuple[UUID, bytes, datetime]]]:
    """Fingerprints in the order in which they were made, some thousands at a time."""
    columns = (Fingerprint.evidence_id, Fingerprint.data, Fingerprint.made_at)
    rows = select(*columns).order_by(Fingerprint.made_at, Fingerprint.evidence_id)
    rows = rows.where(Fingerprint.made_at >= moment) if moment else rows
    with transaction(writes=False):
        found = db.session.execute(rows.execution_options(yield_per=BATCH))
        for batch in found.partitions(BATCH):
            yield [(row[0], row[1], row[2]) for row in batch]


def _shelf() -> _Shelf:
    """The index of this process for the application's database."""
    kept: _Shelf | None = current_app.extensions.get("mingcha.likeness")
    # Of two threads that come first at once, one shelf is kept.
    return kept or current_app.extensions.setdefault("mingcha.likeness", _Shelf())
