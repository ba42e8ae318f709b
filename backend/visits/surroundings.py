"""What stands beside a visit: its wave, programme and store, and its auditor's name, read together in one query."""

from collections.abc import Collection
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select

from backend.accounts.models import Person
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.network.models import Store
from backend.visits import queries
from backend.visits.models import Visit
from backend.waves.models import Programme, Wave

WAVE: Final = ("id", "number", "name", "opens_on", "closes_on", "state", "gallery_allowed")
STORE: Final = ("id", "code", "name", "city", "address", "lat", "lon", "datum")
PROGRAMME: Final = ("code", "name", "purpose")

Beside = Row[*tuple[Any, ...]]
"""A row with the columns `auditor_name`, `wave_number`, `store_code`, `programme_purpose`, ..."""


def beside(visit_ids: Collection[UUID]) -> dict[UUID, Beside]:
    """Visit id -> what stands beside it, for visits that exist."""
    found = db.session.execute(_of_many(), {"visit_ids": list(visit_ids)})
    return {row.visit_id: row for row in found}


def own_with_surroundings(actor: Actor, visit_id: UUID) -> tuple[Visit, Beside]:
    """The actor's own visit, locked, and what stands beside it; NotFound for everybody else."""
    if not queries.is_in_the_field(actor):
        raise NotFound
    row = db.session.execute(_own_one(), {"visit_id": visit_id, "person_id": actor.id}).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row


@cache
def _own_one() -> Select[*tuple[Any, ...]]:
    mine = (Visit.id == bindparam("visit_id"), queries.assigned_to(bindparam("person_id")))
    rows = _joined(select(Visit, *_columns())).where(*mine)
    return rows.with_for_update(of=Visit).execution_options(populate_existing=True)


@cache
def _of_many() -> Select[*tuple[Any, ...]]:
    """Built once: building a statement of this width costs more than running it."""
    return _joined(select(*_columns())).where(Visit.id.in_(bindparam("visit_ids", expanding=True)))


@cache
def _columns() -> tuple[Any, ...]:
    named = {"wave": (Wave, WAVE), "store": (Store, STORE), "programme": (Programme, PROGRAMME)}
    parts = [
        getattr(table, name).label(f"{prefix}_{name}") for prefix, (table, names) in named.items() for name in names
    ]
    return (Visit.id.label("visit_id"), Person.name.label("auditor_name"), *parts)


def _joined(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        rows.select_from(Visit)
        .join(Wave, Wave.id == Visit.wave_id)
        .join(Programme, Programme.id == Wave.programme_id)
        .join(Store, Store.id == Visit.store_id)
        .join(Person, Person.id == Visit.auditor_id, isouter=True)
    )
