"""Tables of decisions, of the ledger of changed answers, and of waivers. Rows are added, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Review(Base):
    """One decision over one round of a visit: approved, returned or void. `sha256` is over the decision's content.

    A round that was approved or returned can still be made void later, so a round may hold two verdicts.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("visit_id", "round", "verdict"),)

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"))
    round: Mapped[int]
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    verdict: Mapped[str]
    reason: Mapped[str | None]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    decided_at: Mapped[datetime]


class AnswerChange(Base):
    """A line of the ledger: who changed which answer from what to what, when and why."""

    __tablename__ = "answer_changes"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    checkpoint: Mapped[str]
    old_result: Mapped[str | None]
    old_value: Mapped[Any] = mapped_column(JSON, nullable=True)
    new_result: Mapped[str]
    new_value: Mapped[Any] = mapped_column(JSON, nullable=True)
    reason: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class Waiver(Base):
    """A hole that a reviewer let pass by name: a checkpoint without proof, or a file that never came."""

    __tablename__ = "waivers"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    checkpoint: Mapped[str | None]
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))
    reason: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
