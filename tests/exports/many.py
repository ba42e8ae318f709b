"""A wave with very many visits, written straight into the tables: for what must not grow with their number."""

from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from backend.core.actor import Actor, Membership
from backend.core.batches import batches
from backend.core.db import db
from backend.core.ids import named_id
from backend.network.models import Store, StoreMembership
from backend.scores.counting import Card, count
from backend.scores.models import ScorecardRow, Tally
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world

_AT_ONCE = 2000


def plant(name: str, *, visits: int, stores: int) -> UUID:
    """A wave of the experience officers' checklist with so many approved visits; inside a writing transaction."""
    wave_id = named_id("many", name)
    db.session.add(
        Wave(
            id=wave_id, programme_id=world.PROGRAMME, number=1000 + visits, name=name, state="closed",
            checklist_version_id=world.VERSIONS["EO"], opens_on=date(2026, 1, 1), closes_on=date(2026, 6, 30),
            headline_method="covert",
        )
    )  # fmt: skip
    db.session.flush()
    ids = [_store(number) for number in range(stores)]
    dice = np.random.default_rng(visits)
    cards: dict[UUID, list[Card]] = {}
    for numbers in batches(range(visits), _AT_ONCE):
        rows = [_visit(name, wave_id, ids[number % stores], number, dice) for number in numbers]
        db.session.execute(sa.insert(Visit), [visit for visit, _ in rows])
        db.session.execute(sa.insert(ScorecardRow), [card for _, card in rows])
        for _, card in rows:
            cards.setdefault(card["store_id"], []).append(Card(*(card[name] for name in Card._fields)))
    db.session.execute(sa.insert(Tally), [_tally(wave_id, store_id, held) for store_id, held in cards.items()])
    return wave_id


def actor(login: str) -> Actor:
    """One of the world's people, for verbs called without a request."""
    held = tuple(Membership(*each) for each in world.PEOPLE[login])
    return Actor(world.person_id(login), login.title(), "zh-CN", held, "token")


def _store(number: int) -> UUID:
    store_id = named_id("many", "store", number)
    if db.session.get(Store, store_id) is None:
        code = f"M{number:05}"
        db.session.add(
            Store(id=store_id, brand_id=world.BRAND, code=code, name=f"{code} 汽车服务店", updated_at=world.MADE_AT)
        )
        db.session.flush()
        db.session.add(
            StoreMembership(
                id=named_id("many", "membership", number), store_id=store_id, region_id=(world.EAST, world.WEST)[number % 2],
                group_id=world.SUN, starts_on=date(2025, 1, 1),
            )
        )  # fmt: skip
    return store_id


def _visit(name: str, wave_id: UUID, store_id: UUID, number: int, dice: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    results = dice.choice((1, 2, 3), size=len(world.COMPILED["EO"].checkpoints), p=(0.8, 0.15, 0.05)).astype(np.uint8)
    passed, failed = int((results == 1).sum()), int((results == 2).sum())
    visit_id = named_id("many", name, number)
    shared = {
        "wave_id": wave_id,
        "store_id": store_id,
        "checklist_version_id": world.VERSIONS["EO"],
        "method": "covert",
    }
    visit = shared | {
        "id": visit_id, "state": "approved", "auditor_id": world.person_id("chelsea"), "visited_on": date(2026, 1, 17),
        "created_at": world.MADE_AT, "round": 1, "open_items": [], "holes": [], "flags": [], "marks": [], "revision": 1,
    }  # fmt: skip
    card = shared | {
        "id": named_id("many", name, "card", number), "visit_id": visit_id, "sequence": 1, "is_current": True,
        "rule_version": "1", "results": results.tobytes(), "passed": passed, "applicable": passed + failed,
        "earned": str(passed), "possible": str(passed + failed), "official": f"{100 * passed}/{passed + failed}",
        "red_line": False, "auditor_id": world.person_id("chelsea"), "visited_on": date(2026, 1, 17), "unproven": 0, "document": {}, "reason": "approved", "created_at": world.MADE_AT,
    }  # fmt: skip
    return visit, card


def _tally(wave_id: UUID, store_id: UUID, cards: list[Card]) -> dict[str, Any]:
    found = count(cards, len(world.COMPILED["EO"].checkpoints))
    figures = {name: getattr(found, name) for name in found.__slots__}
    key = {"wave_id": wave_id, "store_id": store_id, "checklist_version_id": world.VERSIONS["EO"], "method": "covert"}
    return key | figures | {"revision": 1}
