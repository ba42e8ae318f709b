"""Rows and bytes held side by side: what one side says and the other does not know. Millions of them, a page at a time.

Neither side stands still meanwhile, so that what looks wrong is looked at once more before it is told.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_

import media_store
from backend.core import clock
from backend.core.batches import batches
from backend.core.db import db, transaction
from backend.evidence.disposal import mentioned
from backend.evidence.models import Evidence, Rendition
from backend.evidence.receiving import store
from media_store.listing import paired

PAGE = 500
DAY = timedelta(days=1)
_READ = 1024 * 1024


class Kept(NamedTuple):
    """What a row says of an object."""

    key: str
    size: int
    evidence_id: UUID


class Finding(NamedTuple):
    """One object with which something is wrong; `kind` is one word for what."""

    kind: str
    sentence: str


_Pair = tuple[Kept | None, media_store.Entry | None]


def compare() -> Iterator[Finding]:
    """Rows whose bytes are missing or have another size, and objects older than a day that no row mentions."""
    for batch in _compared():
        yield from _lost([row for row, entry in batch if row and entry is None])
        yield from (_other_size(row, entry) for row, entry in batch if row and entry and row.size != entry.size)
        yield from map(_told_orphan, _unmentioned(batch, DAY))


def orphans(older_than: timedelta) -> Iterator[media_store.Entry]:
    """Objects that no row mentions and that have been there for longer than this."""
    for batch in _compared():
        yield from _unmentioned(batch, older_than)


def read_all() -> Iterator[Finding]:
    """Originals whose bytes are not those that their key promises, and whatever the disk cannot read."""
    for prefix in _ROWS:
        for entry in store().entries(prefix):
            try:
                sha256 = _digest(entry.key)
            except media_store.Missing:
                continue
            except OSError as fault:
                yield Finding("unreadable", f"{entry.key} cannot be read: {fault}")
                continue
            if prefix == media_store.ORIGINALS and sha256 != media_store.sha256_in(entry.key):
                yield Finding(
                    "wrong", f"{entry.key} holds other bytes than its name promises: their SHA-256 is {sha256}"
                )


def _compared() -> Iterator[list[_Pair]]:
    for prefix, rows in _ROWS.items():
        yield from batches(paired(rows(), store().entries(prefix)), PAGE)


def _originals() -> Iterator[Kept]:
    query = select(Evidence.key, Evidence.size, Evidence.id, Evidence.sha256).where(Evidence.key.is_not(None))
    for row in _paged(query, Evidence.sha256, Evidence.key, Evidence.id):
        yield Kept(row.key, row.size, row.id)


def _renditions() -> Iterator[Kept]:
    """Those of originals and those of quick copies, each sorted by the hash in their keys, as one."""
    query = select(Rendition.key, Rendition.size, Rendition.evidence_id)
    of_originals = query.add_columns(Evidence.sha256).join(Evidence, Rendition.evidence_id == Evidence.id)
    of_originals = of_originals.where(Rendition.quick_sha256.is_(None))
    of_copies = query.add_columns(Rendition.quick_sha256).where(Rendition.quick_sha256.is_not(None))
    rows = (
        _paged(of_originals, Evidence.sha256, Rendition.key, Rendition.evidence_id),
        _paged(of_copies, Rendition.quick_sha256, Rendition.key, Rendition.evidence_id),
    )
    for row in heapq.merge(*rows, key=lambda row: str(row.key)):
        yield Kept(row.key, row.size, row.evidence_id)


_ROWS: dict[str, Callable[[], Iterator[Kept]]] = {
    media_store.ORIGINALS: _originals,
    media_store.RENDITIONS: _renditions,
}


def _paged(query: Any, *order: Any) -> Iterator[Any]:
    """The rows sorted by these columns; the first has an index, and sorts as the keys that are made from it do."""
    rest = query
    while True:
        with transaction(writes=False):
            rows = db.session.execute(rest.order_by(*order).limit(PAGE)).all()
        yield from rows
        if len(rows) < PAGE:
            return
        rest = query.where(tuple_(*order) > tuple(getattr(rows[-1], column.key) for column in order))


def _lost(rows: list[Kept]) -> Iterator[Finding]:
    if not rows:
        return
    with transaction(writes=False):
        still = mentioned({row.key for row in rows})
    for row in rows:
        if row.key in still and not _is_there(row.key):
            yield Finding(
                "missing", f"The bytes of evidence {row.evidence_id} are missing: {row.key}, {row.size} bytes"
            )


def _is_there(key: str) -> bool:
    try:
        store().stat(key)
    except media_store.Missing:
        return False
    return True


def _other_size(row: Kept, entry: media_store.Entry) -> Finding:
    sentence = f"{entry.key} has {entry.size} bytes, evidence {row.evidence_id} says {row.size}"
    return Finding("size", sentence)


def _unmentioned(batch: list[_Pair], older_than: timedelta) -> Iterator[media_store.Entry]:
    """A running job or upload brings bytes before its row: time, and a second look, tell them from what is left over."""
    oldest = clock.now() - older_than
    found = [entry for row, entry in batch if row is None and entry and entry.modified_at < oldest]
    if found:
        with transaction(writes=False):
            known = mentioned({entry.key for entry in found})
        yield from (entry for entry in found if entry.key not in known)


def _told_orphan(entry: media_store.Entry) -> Finding:
    since = f"{entry.modified_at:%Y-%m-%d}"
    return Finding("orphan", f"Nothing mentions {entry.key}, {entry.size} bytes, there since {since}")


def _digest(key: str) -> str:
    digest = hashlib.sha256()
    with store().open(key) as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return digest.hexdigest()
