"""Tables of evidence: what was declared, how far its bytes came, what was derived, who looked.

A row carries what access to it needs (uploader, store, whether reviewers may see it), so that evidence is received
and served without knowing visits: `visit_id` is a plain value here.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Evidence(Base):
    """One photo, video or audio. States: expected -> uploading -> stored -> ready | unreadable.

    `size` in bytes; `duration_ms` in milliseconds; `media_type` as declared, `detected_type` by content.
    `original_deleted_at` and `renditions_deleted_at` say when the bytes went that were here, `deletion_reason` why; the
    state stays what it was, and so does everything that was learnt from them.
    `problem` is a reason code of `unreadable.yaml`, or while it is expected `wrong-bytes` or `lost`.
    `is_submitted` opens it to reviewers and analysts; until then it is its uploader's alone.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_sha256", "sha256"),
        Index("ix_evidence_visit", "visit_id"),
        Index("ix_evidence_state", "state", "visit_id"),
        Index("ix_evidence_uploader", "uploader_id", "captured_at"),
    )

    id: Mapped[Key]
    visit_id: Mapped[UUID]
    uploader_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    captured_at: Mapped[datetime | None]
    source: Mapped[str]
    position: Mapped[dict[str, Any] | None]
    device: Mapped[dict[str, Any] | None]
    declared_at: Mapped[datetime]
    state: Mapped[str]
    problem: Mapped[str | None]
    problem_params: Mapped[dict[str, Any] | None]
    is_submitted: Mapped[bool] = mapped_column(default=False)
    key: Mapped[str | None]
    stored_at: Mapped[datetime | None]
    detected_type: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_ms: Mapped[int | None]
    facts: Mapped[dict[str, Any] | None]
    original_deleted_at: Mapped[datetime | None]
    renditions_deleted_at: Mapped[datetime | None]
    deletion_reason: Mapped[str | None]


class Fingerprint(Base):
    """What `fingerprints` made of a picture, or of a clip's poster: 56 bytes. `made_at` is by what an index tops up."""

    __tablename__ = "fingerprints"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    data: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(index=True)


class Likeness(Base):
    """Two files of different visits that show one picture, found when the first named became ready; read both ways."""

    __tablename__ = "likenesses"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True, index=True)
    how: Mapped[str]
    distance: Mapped[int]


class Rendition(Base):
    """What was derived from an original to be looked at instead; `name` is one of `rules.RENDITIONS`.

    `quick_sha256` marks what is provisional: the SHA-256 of the quick copy of which it was made, until the original
    is developed; the copy itself is named `rules.QUICK`.
    """

    __tablename__ = "renditions"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    quick_sha256: Mapped[str | None] = mapped_column(index=True)


class Upload(Base):
    """One try to upload one evidence; the media store stages the bytes under its id. A new try gets a new row.

    The durable offset is the media store's; `offset` is a copy of it, as of the end of a request.
    """

    __tablename__ = "uploads"

    id: Mapped[Key]
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    upload_metadata: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class EvidenceView(Base):
    """Who looked at which evidence, when, and as what (`original`, `screen`, ...)."""

    __tablename__ = "evidence_views"

    id: Mapped[Key]
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    what: Mapped[str]
    at: Mapped[datetime]
