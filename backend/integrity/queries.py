"""Reading signals and what they come to. Who may: reviewers and planners of the visit's store, never its auditor."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.integrity.models import Clearing, Judgement, Signal
from backend.visits import queries as visits
from backend.visits.models import Visit


def get_signal(actor: Actor, signal_id: UUID) -> Signal:
    """The signal of a visit whose integrity the actor may read; else NotFound."""
    readable = visits.judged_by(actor).with_only_columns(Visit.id)
    found = db.session.scalar(select(Signal).where(Signal.id == signal_id, Signal.visit_id.in_(readable)))
    if found is None:
        raise NotFound
    return found


def judgement_of(visit_id: UUID) -> Judgement | None:
    return db.session.get(Judgement, visit_id)


def signals_of(visit_id: UUID) -> Sequence[Signal]:
    """The visit's signals, the heaviest first."""
    rows = select(Signal).where(Signal.visit_id == visit_id).order_by(Signal.weight.desc(), Signal.code, Signal.id)
    return db.session.scalars(rows).all()


def clearings_of(visit_id: UUID) -> dict[UUID, Clearing]:
    """By signal what was cleared, also of signals that are not found any more."""
    rows = db.session.scalars(select(Clearing).where(Clearing.visit_id == visit_id))
    return {row.signal_id: row for row in rows}
