"""Red lines as facts for messages: which visits crossed one, who may read which, and when they came to read it.

Headquarters is told of a visit when it is approved. Dealers are told when they may read it: at approval in a wave
that was opened to them before, else all visits of the wave together at the moment of its opening.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, or_, select

from backend.checklists.queries import compiled
from backend.checklists.scoring import shown
from backend.core.actor import Actor
from backend.core.db import db
from backend.network import queries as network
from backend.network.models import Store
from backend.reports.labels import labels_of
from backend.reports.scope import HEADQUARTERS, within
from backend.scores.models import ScorecardRow
from backend.visits import queries as visits
from backend.visits import rules as visit_states
from backend.visits.models import Visit
from backend.waves.models import Programme, Wave

MOST_TOLD = 50
_FAIL = 2


@dataclass(frozen=True)
class Crossing:
    """A visit that stands with a red line."""

    visit: Visit
    card: ScorecardRow
    wave: Wave


def crossing(visit_id: UUID) -> Crossing | None:
    """The visit with its present scorecard; None unless it was decided and stands with a red line."""
    found = db.session.execute(_rows().where(Visit.id == visit_id)).first()
    return None if found is None else Crossing(*found)


def opened_at(wave: Wave) -> datetime | None:
    """Since when dealers may read the wave."""
    return wave.published_at or wave.locked_at


def may_be_told(actor: Actor, found: Crossing) -> bool:
    """Whether the actor reads the visit, and learns of it by its approval rather than by the wave's opening."""
    rows = visits.visible_to(actor).join(Store, Store.id == Visit.store_id).where(Visit.id == found.visit.id)
    told = _at_headquarters(actor, found.wave)
    opened, decided = opened_at(found.wave), found.visit.decided_at
    if opened is not None and decided is not None and decided >= opened:
        told = or_(told, within(actor, found.wave))
    return db.session.scalar(rows.where(told).with_only_columns(Visit.id)) is not None


def opened_to(actor: Actor, wave: Wave) -> list[Crossing]:
    """The visits decided before the wave's opening that the actor reads since then and only since then."""
    rows = _rows().join(Store, Store.id == Visit.store_id).where(Visit.wave_id == wave.id)
    seen = visits.visible_to(actor).with_only_columns(Visit.id)
    newly = and_(within(actor, wave), not_(_at_headquarters(actor, wave)))
    rows = rows.where(newly, Visit.id.in_(seen), Visit.decided_at < opened_at(wave)).order_by(Store.code, Visit.id)
    return [Crossing(*each) for each in db.session.execute(rows)]


def since(actor: Actor, wave: Wave, moment: datetime) -> list[Crossing]:
    """The visits of the wave decided since that the actor reads."""
    rows = _rows().join(Store, Store.id == Visit.store_id).where(Visit.wave_id == wave.id)
    seen = visits.visible_to(actor).with_only_columns(Visit.id)
    rows = rows.where(within(actor, wave), Visit.id.in_(seen), Visit.decided_at >= moment)
    return [Crossing(*each) for each in db.session.execute(rows.order_by(Visit.decided_at, Visit.id))]


def facts(wave: Wave, crossings: Sequence[Crossing]) -> dict[str, Any]:
    """What a message keeps of some visits of one wave; of many the first fifty by store."""
    return {"wave": wave_facts(wave), "total": len(crossings), "visits": told(crossings[:MOST_TOLD])}


def wave_facts(wave: Wave) -> dict[str, Any]:
    programme = db.session.get_one(Programme, wave.programme_id)
    return {
        "id": str(wave.id), "name": wave.name, "number": wave.number,
        "programme": programme.code, "programme_name": programme.name,
    }  # fmt: skip


def told(crossings: Sequence[Crossing]) -> list[dict[str, Any]]:
    """The visits without anything of the person who made them."""
    ids = {each.visit.store_id for each in crossings}
    stores = {store.id: store for store in db.session.scalars(select(Store).where(Store.id.in_(ids)))}
    return [_told(each, stores[each.visit.store_id]) for each in crossings]


def _told(found: Crossing, store: Store) -> dict[str, Any]:
    version, titles = compiled(found.card.checklist_version_id), labels_of(found.card.checklist_version_id).checkpoints
    crossed = [
        each.code for each, result in zip(version.checkpoints, found.card.results, strict=True)
        if each.critical and result == _FAIL
    ]  # fmt: skip
    return {
        "id": str(found.visit.id),
        "store": {"id": str(store.id), "code": store.code, "name": store.name},
        "score": None if found.card.official is None else shown(Fraction(found.card.official)),
        "checkpoints": [{"code": code, "title": dict(titles[code])} for code in crossed],
    }


def _rows() -> Any:
    return (
        select(Visit, ScorecardRow, Wave)
        .join(ScorecardRow, and_(ScorecardRow.visit_id == Visit.id, ScorecardRow.is_current, ScorecardRow.red_line))
        .join(Wave, Wave.id == Visit.wave_id)
        .where(Visit.state.in_(visit_states.DECIDED))
    )


def _at_headquarters(actor: Actor, wave: Wave) -> ColumnElement[bool]:
    return network.stores_within(actor.scopes(*HEADQUARTERS), wave.opens_on)
