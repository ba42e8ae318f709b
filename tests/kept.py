"""The files of submitted visits as if they had all been uploaded and developed: bytes in the store, rows that say so."""

import hashlib
import io
from uuid import UUID

from sqlalchemy import select

import media_store
from backend.core import clock
from backend.core.db import transaction
from backend.evidence.models import Evidence, Rendition
from backend.evidence.receiving import store
from tests import world

_EXTENSIONS = {"photo": "jpg", "video": "mp4", "audio": "m4a"}


def keep(key: str, data: bytes) -> str:
    """Puts an object into the application's media store; answers its key."""
    store().put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type="image/jpeg")
    return key


def keep_files(visit_id: UUID) -> dict[UUID, bytes]:
    """Keeps every file of the visit with a thumbnail of its own; answers the originals' bytes by evidence."""
    contents = {}
    with transaction(writes=True) as session:
        for row in session.scalars(select(Evidence).where(Evidence.visit_id == visit_id)):
            data = contents[row.id] = world.file_bytes(row.id, row.kind)
            row.key = keep(media_store.original_key(row.sha256, _EXTENSIONS[row.kind]), data)
            row.state, row.stored_at = "ready", clock.now()
            thumb = keep(media_store.rendition_key(row.sha256, "thumb", "jpg"), b"thumb of " + data)
            session.add(
                Rendition(
                    evidence_id=row.id, name="thumb", key=thumb, media_type="image/jpeg", width=8, height=8,
                    size=len(data) + 9,
                )
            )  # fmt: skip
    return contents


def objects() -> set[str]:
    """Every key in the media store."""
    return set(store().keys())
