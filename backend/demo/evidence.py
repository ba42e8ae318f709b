"""The demo's pictures as evidence: bytes in the media store, rows, and the jobs that render them."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import insert

from backend.core import clock, outbox
from backend.core.db import db
from backend.core.ids import named_id
from backend.demo.pictures import photo
from backend.evidence.models import Evidence
from media_store.keys import original_key

MOST = 400


@dataclass(slots=True)
class Album:
    """Makes pictures until `MOST` are made. `taken` holds the rows still to be written."""

    made: int
    taken: list[dict[str, Any]]

    def take(self, visit: dict[str, Any], checkpoint: str, label: str, captured_at: datetime) -> list[UUID]:
        """One picture for a checkpoint of a visit, or none when the album is full."""
        if self.made >= MOST:
            return []
        self.made += 1
        picture_id = named_id("demo", "picture", visit["id"], checkpoint)
        data = photo(str(picture_id), ("DEMO", checkpoint, label))
        sha256 = hashlib.sha256(data).hexdigest()
        key = original_key(sha256, "jpg")
        media = current_app.extensions["mingcha.media"]
        media.put(key, io.BytesIO(data), size=len(data), sha256=sha256, media_type="image/jpeg")
        self.taken.append(_row(picture_id, visit, key, sha256, len(data), captured_at))
        return [picture_id]

    def write(self) -> None:
        """Writes the rows and queues their renditions."""
        if self.taken:
            db.session.execute(insert(Evidence), self.taken)
        for row in self.taken:
            outbox.queue("evidence.develop", row["id"])


def moments(begin: datetime) -> Iterator[datetime]:
    """Times of day for one visit's pictures, two minutes apart."""
    while True:
        yield begin
        begin += timedelta(minutes=2)


def _row(
    picture_id: UUID, visit: dict[str, Any], key: str, sha256: str, size: int, captured_at: datetime
) -> dict[str, Any]:
    return {
        "id": picture_id, "visit_id": visit["id"], "uploader_id": visit["auditor_id"], "store_id": visit["store_id"],
        "kind": "photo", "media_type": "image/jpeg", "size": size, "sha256": sha256, "captured_at": captured_at,
        "source": "camera", "declared_at": clock.now(), "state": "stored", "is_submitted": True, "key": key,
        "stored_at": clock.now(), "detected_type": "image/jpeg",
    }  # fmt: skip
