"""The table of exports: what was asked for by whom, how far it is, and where its file is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Export(Base):
    """One file that somebody asked for: queued -> running -> done -> expired, or failed, or cancelled.

    `scope` holds the asker's memberships of that moment: the file never tells more than they allowed. `attempt` counts
    how often the worker began; only the latest may write progress or finish. `expected` and `written` count rows of
    the file's main part, None before that is known. `fault` is a code of this package's sentences.
    """

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_person_asked", "person_id", "asked_at"),
        Index("ix_exports_state_expires", "state", "expires_at"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    format: Mapped[str]
    filters: Mapped[dict[str, Any]]
    locale: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    scope: Mapped[list[Any]]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int | None]
    written: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str | None]
    name: Mapped[str | None]
    key: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
