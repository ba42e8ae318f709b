"""The demo's pictures as evidence: bytes in the media store, rows, and the jobs that render them."""

import hashlib
import io
import random
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
AFTERWARDS = timedelta(hours=2)
"""When after a capture its visit's phone announces it; the visit is submitted later still."""


@dataclass(frozen=True, slots=True)
class Shots:
    """A visit's pictures: which checkpoints get one, what stands on them, and where (degrees, WGS-84) they were taken.

    `borrowed` names the visit, its label, and the checkpoint of the one picture that was taken from there.
    """

    codes: frozenset[str] = frozenset()
    label: str = ""
    at: tuple[float, float] | None = None
    borrowed: tuple[UUID, str, str] | None = None

    def drawn(self, visit_id: UUID, checkpoint: str) -> tuple[UUID, str]:
        """The picture that is drawn for a checkpoint, by its id, and the label on it."""
        if self.borrowed and self.borrowed[2] == checkpoint:
            visit_id, label, _ = self.borrowed
            return named_id("demo", "picture", visit_id, checkpoint), label
        return named_id("demo", "picture", visit_id, checkpoint), self.label

    def place(self, seed: object) -> dict[str, Any] | None:
        """A position as a phone gives it: some metres off, and never twice the same."""
        if self.at is None:
            return None
        dice = random.Random(str(seed))  # noqa: S311 - a demo's scatter.
        lat, lon = (round(degrees + dice.uniform(-0.0002, 0.0002), 7) for degrees in self.at)
        return {"lat": lat, "lon": lon, "accuracy": float(dice.randint(8, 40)), "datum": "WGS-84"}


@dataclass(slots=True)
class Album:
    """Makes pictures until `MOST` are made. `taken` holds the rows still to be written."""

    made: int
    taken: list[dict[str, Any]]

    def take(self, visit: dict[str, Any], checkpoint: str, shots: Shots, captured_at: datetime) -> list[UUID]:
        """One picture for a checkpoint of a visit, or none when the album is full."""
        if self.made >= MOST:
            return []
        self.made += 1
        picture_id = named_id("demo", "picture", visit["id"], checkpoint)
        drawn, label = shots.drawn(visit["id"], checkpoint)
        data = photo(str(drawn), ("DEMO", checkpoint, label))
        sha256 = hashlib.sha256(data).hexdigest()
        key = original_key(sha256, "jpg")
        media = current_app.extensions["mingcha.media"]
        media.put(key, io.BytesIO(data), size=len(data), sha256=sha256, media_type="image/jpeg")
        row = _row(picture_id, visit, key, sha256, len(data), captured_at)
        self.taken.append(row | {"position": shots.place(picture_id)})
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
        "source": "camera", "declared_at": captured_at + AFTERWARDS, "state": "stored", "is_submitted": True, "key": key,
        "stored_at": clock.now(), "detected_type": "image/jpeg",
    }  # fmt: skip
