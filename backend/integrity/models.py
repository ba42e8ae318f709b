"""Tables of integrity: what was found in a visit, what it comes to, and what a reviewer cleared.

Signals are computed and replaced whenever the visit is judged anew. Clearings are what people said: they name a signal
by its id, which is made of what the signal is about, and so outlast it and hold again when it is found again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Judgement(Base):
    """What a visit's signals came to. `facts_at` is when the facts were read: an older reading never replaces a newer.

    The band follows from the score; `visits.band` keeps it where lists look for it.
    """

    __tablename__ = "judgements"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    score: Mapped[int]
    rules_version: Mapped[str]
    facts_at: Mapped[datetime]


class Signal(Base):
    """One thing that does not fit. `evidence` lists ids, the telling one first; `other_*` what it is held against."""

    __tablename__ = "signals"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    code: Mapped[str]
    weight: Mapped[int]
    params: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    other_evidence_id: Mapped[UUID | None]
    other_visit_id: Mapped[UUID | None]


class Clearing(Base):
    """A reviewer's word that a signal has an honest reason; while it stands, the signal weighs nothing."""

    __tablename__ = "clearings"

    signal_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    reason: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
