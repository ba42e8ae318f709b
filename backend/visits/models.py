"""Tables of visits. A submission is kept as received and never edited; answers are the current ones."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Visit(Base):
    """One person at one store for one wave. `round` counts submissions: 1 after the first, one more a return.

    `open_items` lists checkpoints still owed by the follow-up; `holes` checkpoints that failed with a comment and
    nothing to photograph, to be waived by name; `flags` what was noticed and taken all the same.
    `check_in` and `sign_off` are what `presence` made of the first submission's, None without them.
    `band` is what the visit's integrity comes to (`clear`, `look`, `doubt`), None before it was judged.
    `returned` holds the running return: `{"reason", "deadline", "round", "checkpoints": [{"checkpoint", "note"}]}`.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_wave_store", "wave_id", "store_id"),
        Index("ix_visits_auditor", "auditor_id"),
        Index("ix_visits_state", "state"),
        Index("ix_visits_band", "band"),
    )

    id: Mapped[Key]
    wave_id: Mapped[UUID] = mapped_column(ForeignKey("waves.id"))
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    checklist_version_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_versions.id"))
    method: Mapped[str]
    auditor_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str]
    due_on: Mapped[date | None]
    script: Mapped[dict[str, Any] | None]
    fee: Mapped[int | None]
    window: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    visited_on: Mapped[date | None]
    follow_up_due_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    returned: Mapped[dict[str, Any] | None]
    open_items: Mapped[list[Any]] = mapped_column(default=list)
    holes: Mapped[list[Any]] = mapped_column(default=list)
    flags: Mapped[list[Any]] = mapped_column(default=list)
    marks: Mapped[list[Any]] = mapped_column(default=list)
    check_in: Mapped[dict[str, Any] | None]
    sign_off: Mapped[dict[str, Any] | None]
    band: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute.


class Draft(Base):
    """The unsent state of a visit on its one device."""

    __tablename__ = "drafts"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    device_id: Mapped[str]
    revision: Mapped[int]
    document: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Submission(Base):
    """A document as received: `kind` is `submission` (round 1, or the answer to a return) or `follow_up`."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("visit_id", "kind", "round"),
        Index("ix_submissions_person", "person_id", "received_at"),
    )

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"))
    kind: Mapped[str]
    round: Mapped[int]
    document: Mapped[bytes]
    sha256: Mapped[str]
    app_version: Mapped[str | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    received_at: Mapped[datetime]


class Answer(Base):
    """The current answer to one checkpoint; `evidence` links `[{"id", "at_ms"}]`. Its primary key is its one index."""

    __tablename__ = "answers"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    checkpoint: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]
    value: Mapped[Any] = mapped_column(type_=JSON, nullable=True)
    comment: Mapped[str | None]
    evidence: Mapped[list[Any]]
