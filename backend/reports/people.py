"""How those who visited answered in one wave: a signal of their work's quality, never a judgement of a store.

Every tally holds its visits' persons and numbers, so that this too reads no answer. A visit is the unit, since the
answers of a visit are no independent repeats.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from backend.accounts.models import Person
from backend.checklists.scoring import RULE_VERSION
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.network import queries as network
from backend.reports.figures import Groups, Shares, Whole, spreads_of, sums
from backend.reports.loading import Request, load_people
from backend.reports.scope import all_of, inside
from backend.reports.waves import MOST_ROWS, Filters
from backend.waves import queries as waves

# Those who may read of people; analysts and managers may not.
READERS: Final = (Role.PLANNER, Role.REVIEWER)
# Below so many visits a person's row is greyed.
MIN_VISITS: Final = 5

Row = dict[str, Any]


def people(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """Everybody with a scored visit in the wave, the highest share of "not applicable" first; all of them beside it.

    Shares and rates are means of visits with their t-interval. `na_apart` says that a person's interval does not hold
    the mean of all visits. Only stores count where the actor is planner or reviewer. NotFound for a hidden wave.
    """
    wave = waves.wave_visible(actor, wave_id)
    method = filters.method_of(wave)
    scope = network.stores_within(actor.scopes(*READERS), wave.opens_on)
    auditors, cells = load_people(Request(wave, method, all_of(scope, inside(wave, filters.part))))
    *figures, everyone = _figures(cells, len(auditors))
    names = _names(auditors)
    found = [(auditor, told) for auditor, told in zip(auditors, figures, strict=True) if told["visits"]]
    items = [_row(told, names.get(auditor), everyone["na_rate"]) for auditor, told in found]
    items.sort(key=lambda item: (-(item["na_rate"] or 0), item["name"] or "", str(item["person_id"])))
    return {
        "wave_id": wave.id, "method": method, "rule_version": str(RULE_VERSION), "items": items[:MOST_ROWS],
        "next": None, "total": len(items), "everyone": everyone,
    }  # fmt: skip


def _row(figures: Row, person: tuple[UUID, str] | None, mean: float) -> Row:
    interval = figures["na_interval"]
    person_id, name = person or (None, None)
    return {
        "person_id": person_id,
        "name": name,
        **figures,
        "na_apart": interval is not None and not interval[0] <= mean <= interval[1],
        "sample_ok": figures["visits"] >= MIN_VISITS,
    }


def _figures(cells: NDArray[Any], people_: int) -> list[Row]:
    """The figures of the visits of each of so many people, then of all."""
    held = {name: cells[name].astype(np.int64) for name in cells.dtype.names or ()}
    by_person, all_ = Groups(held["person"], people_), Groups(np.zeros_like(held["person"]), 1)
    visits, passed = held["visits"], held["passed"]
    applicable, answers = visits * held["applicable"], visits * held["answers"]
    whole = {"visits": visits, "answers": answers, "na": answers - applicable, "passed": passed,
             "applicable": applicable, "failed": applicable - passed, "unproven": held["unproven"]}  # fmt: skip
    told: dict[str, list[Any]] = {name: _of_both(each, by_person, all_) for name, each in whole.items()}
    # Within a cell as much applies to one visit as to another; what they passed lies apart.
    apart = (visits * held["passed_squares"] - passed**2) / (visits * np.maximum(held["applicable"], 1) ** 2)
    for rate, interval, shares in (
        ("na_rate", "na_interval", Shares(answers - applicable, held["answers"], visits, np.zeros(len(cells)))),
        ("rate", "rate_interval", Shares(passed, held["applicable"], visits, apart)),
    ):
        found = [*spreads_of(shares, by_person), *spreads_of(shares, all_)]
        told[rate] = [each.value for each in found]
        told[interval] = [each.interval for each in found]
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]


def _of_both(values: Whole, by_person: Groups, all_: Groups) -> list[int]:
    return [*sums(values, by_person).tolist(), *sums(values, all_).tolist()]


def _names(auditors: Iterable[bytes]) -> Mapping[bytes, tuple[UUID, str]]:
    rows = select(Person.id, Person.name).where(Person.id.in_([UUID(bytes=each) for each in auditors]))
    return {person_id.bytes: (person_id, name) for person_id, name in db.session.execute(rows)}
