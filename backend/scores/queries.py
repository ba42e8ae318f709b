"""Reading scorecards and tallies. What they mean together is `backend.reports`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, select

from backend.core.db import db
from backend.scores.models import ScorecardRow, Tally


def current(visit_id: UUID) -> ScorecardRow | None:
    """The scorecard that counts for a visit; None before approval and after it was made void."""
    where = (ScorecardRow.visit_id == visit_id, ScorecardRow.is_current)
    return db.session.scalars(select(ScorecardRow).where(*where)).one_or_none()


def history(visit_id: UUID) -> Sequence[ScorecardRow]:
    """Every scorecard a visit ever had, oldest first."""
    rows = select(ScorecardRow).where(ScorecardRow.visit_id == visit_id).order_by(ScorecardRow.sequence)
    return db.session.scalars(rows).all()


def current_of(wave_ids: Collection[UUID], store_id: UUID) -> Select[ScorecardRow]:
    """The scorecards that count for one store in some waves."""
    where = (ScorecardRow.wave_id.in_(wave_ids), ScorecardRow.store_id == store_id, ScorecardRow.is_current)
    return select(ScorecardRow).where(*where)


def tallies_of(wave_ids: Collection[UUID], methods: Collection[str] | None = None) -> Select[Tally]:
    """The tallies of some waves that hold at least one visit; methods are never pooled, so name them."""
    tallies = select(Tally).where(Tally.wave_id.in_(wave_ids), Tally.visits > 0)
    return tallies if methods is None else tallies.where(Tally.method.in_(methods))
