"""What the clocks of the waves say: what is due, how much of it there is, and what is held back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.evidence.models import Evidence, Rendition
from backend.network import queries as network
from backend.retention import rules
from backend.retention.models import Hold
from backend.visits import queries as visits
from backend.visits.models import Visit
from backend.visits.rules import UNDECIDED
from backend.waves.models import Wave

BATCH = 100
DESKS = (Role.PLANNER, Role.REVIEWER)


class Amount(NamedTuple):
    """So many files of so many bytes; what two visits share is counted for both."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Clock:
    """One of a wave's two clocks: `days` after its start `due_on` comes; both None where media are kept for ever.

    `amount` is what is still here and would go; what is held back or waits for a decision is counted beside it.
    """

    media: str
    days: int | None
    due_on: date | None
    amount: Amount
    held: Amount
    undecided: Amount

    @property
    def is_due(self) -> bool:
        return self.due_on is not None and self.due_on <= network.today()


def clocks_of(wave: Wave) -> list[Clock]:
    """Both clocks of the wave, with what they would delete."""
    return [_clock(wave, media) for media in rules.MEDIA]


def start_of(wave: Wave) -> date:
    """The day from which the wave's days count, in the brand's time zone."""
    locked_on = None if wave.locked_at is None else network.day_of(wave.locked_at)
    return rules.starts_on(locked_on=locked_on, closes_on=wave.closes_on)


def due_of(wave: Wave, media: str) -> date | None:
    """When the wave's originals or renditions are due for deletion."""
    days = {rules.ORIGINALS: wave.originals_days, rules.RENDITIONS: wave.renditions_days}
    return rules.due_on(start_of(wave), days[media])


def is_due(wave: Wave, media: str) -> bool:
    due_on = due_of(wave, media)
    return due_on is not None and due_on <= network.today()


def waves_with_clocks() -> list[Wave]:
    """The waves that keep something for a limited time, oldest window first."""
    has_clock = or_(Wave.originals_days.is_not(None), Wave.renditions_days.is_not(None))
    return list(db.session.scalars(select(Wave).where(has_clock).order_by(Wave.opens_on, Wave.id)))


def due_visits(wave_id: UUID, media: str, *, after: UUID | None = None) -> list[UUID]:
    """The next visits of the wave whose media can go as far as holds and decisions allow; at most `BATCH`."""
    here = _kept(select(Evidence.id).where(Evidence.visit_id == Visit.id), media).correlate(Visit).exists()
    rows = select(Visit.id).where(Visit.wave_id == wave_id, here, ~held(), ~_waits()).order_by(Visit.id).limit(BATCH)
    return list(db.session.scalars(rows if after is None else rows.where(Visit.id > after)))


def is_held(visit_id: UUID) -> bool:
    """Whether an unlifted hold lies on the visit."""
    rows = select(Hold.id).where(Hold.visit_id == visit_id, Hold.lifted_at.is_(None)).limit(1)
    return db.session.scalar(rows) is not None


def waits(visit: Visit) -> bool:
    """Whether the visit was submitted and is not decided, so that its proof is still needed."""
    return visit.round > 0 and visit.state in UNDECIDED


def hold_on(visit_id: UUID, hold_id: UUID) -> Hold:
    """The hold of that visit; NotFound when it has none of this id."""
    found = db.session.scalar(select(Hold).where(Hold.id == hold_id, Hold.visit_id == visit_id))
    if found is None:
        raise NotFound
    return found


def holds_listed(actor: Actor, asked: dict[str, Any]) -> Select[Hold]:
    """The holds on visits that are the actor's to plan or review, of one wave or visit, running or lifted."""
    rows = select(Hold).join(Visit, Visit.id == Hold.visit_id).where(visits.of_roles(actor, *DESKS))
    if asked["wave"] is not None:
        rows = rows.where(Visit.wave_id == asked["wave"])
    if asked["visit"] is not None:
        rows = rows.where(Hold.visit_id == asked["visit"])
    if asked["lifted"] is not None:
        rows = rows.where(Hold.lifted_at.is_not(None) if asked["lifted"] else Hold.lifted_at.is_(None))
    return rows


def running_holds(wave_id: UUID) -> Iterator[Hold]:
    """The unlifted holds of a wave, oldest first."""
    rows = select(Hold).join(Visit, Visit.id == Hold.visit_id).where(Visit.wave_id == wave_id, Hold.lifted_at.is_(None))
    yield from db.session.scalars(rows.order_by(Hold.placed_at, Hold.id))


def held() -> ColumnElement[bool]:
    """The condition that a hold lies on the visit of the enclosing query."""
    return select(Hold.id).where(Hold.visit_id == Visit.id, Hold.lifted_at.is_(None)).correlate(Visit).exists()


def _clock(wave: Wave, media: str) -> Clock:
    days = {rules.ORIGINALS: wave.originals_days, rules.RENDITIONS: wave.renditions_days}[media]
    goes = _amount(wave.id, media, and_(~held(), ~_waits()))
    kept, open_ = _amount(wave.id, media, held()), _amount(wave.id, media, and_(~held(), _waits()))
    return Clock(media, days, due_of(wave, media), goes, kept, open_)


def _amount(wave_id: UUID, media: str, condition: ColumnElement[bool]) -> Amount:
    size = Evidence.size if media == rules.ORIGINALS else Rendition.size
    rows = _kept(select(func.count(), func.coalesce(func.sum(size), 0)), media)
    rows = rows.join(Visit, Visit.id == Evidence.visit_id).where(Visit.wave_id == wave_id, condition)
    files, total = db.session.execute(rows).one()
    return Amount(files, int(total))


def _kept(rows: Select[*tuple[Any, ...]], media: str) -> Select[*tuple[Any, ...]]:
    """The rows of what is still here: evidence with its bytes, or its renditions."""
    rows = rows.select_from(Evidence)
    if media == rules.ORIGINALS:
        return rows.where(Evidence.key.is_not(None))
    return rows.join(Rendition, Rendition.evidence_id == Evidence.id)


def _waits() -> ColumnElement[bool]:
    return and_(Visit.round > 0, Visit.state.in_(UNDECIDED))
