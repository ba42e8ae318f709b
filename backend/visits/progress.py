"""How far a wave is, counted from the visits that the actor may see."""

from collections import Counter, defaultdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from backend.core.actor import Actor
from backend.core.db import db
from backend.evidence import ledger
from backend.network.models import Store
from backend.visits import queries
from backend.visits.models import Visit
from backend.waves import queries as waves

MOST_STORES: Final = 2000


def of_wave(actor: Actor, wave_id: UUID) -> dict[str, Any]:
    """Visits by state, by method and state; how many stores have none, and the first 2,000 of them by code; files."""
    wave = waves.wave_visible(actor, wave_id)
    by_state: Counter[str] = Counter()
    by_method: dict[str, dict[str, int]] = defaultdict(dict)
    for state, method, number in queries.counts_by_state_and_method(actor, wave_id):
        by_state[state] += number
        by_method[method][state] = number
    without = queries.stores_without_visit(actor, wave)
    inside = queries.visible_inside(actor).where(Visit.wave_id == wave_id)
    named = db.session.scalars(without.order_by(Store.code).limit(MOST_STORES)).all()
    return {
        "wave_id": wave_id,
        "visits": by_state.total(),
        "by_state": dict(by_state),
        "by_method": dict(by_method),
        "stores": db.session.scalar(select(func.count()).select_from(without.subquery())) or 0,
        "stores_without": named,
        "files": ledger.together(inside.with_only_columns(Visit.id)),
        "visits_missing": queries.count_waiting(inside),
    }
