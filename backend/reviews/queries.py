"""Reading decisions, the ledger and waivers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from backend.core.db import db
from backend.reviews.models import AnswerChange, Review, Waiver


def reviews_of(visit_id: UUID) -> Sequence[Review]:
    """Every decision over the visit, oldest first."""
    rows = select(Review).where(Review.visit_id == visit_id).order_by(Review.decided_at, Review.id)
    return db.session.scalars(rows).all()


def ledger_of(visit_id: UUID) -> Sequence[AnswerChange]:
    """Every change of an answer after it was submitted, oldest first."""
    rows = select(AnswerChange).where(AnswerChange.visit_id == visit_id).order_by(AnswerChange.at, AnswerChange.id)
    return db.session.scalars(rows).all()


def waivers_of(visit_id: UUID) -> Sequence[Waiver]:
    """Everything that a reviewer let pass by name, oldest first."""
    rows = select(Waiver).where(Waiver.visit_id == visit_id).order_by(Waiver.at, Waiver.id)
    return db.session.scalars(rows).all()
