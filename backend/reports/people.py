"""How those who visited answered in one wave: a signal of their work's quality, never a judgement of a store.

Every tally holds its visits' persons and numbers, so that this too reads no answer. A visit is the unit, since the
answers of a visit are no independent repeats.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, select

from backend.accounts.models import Person
from backend.checklists.scoring import RULE_VERSION
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.network import queries as network
from backend.reports.figures import Groups, spreads_and_all, sums
from backend.reports.loading import Request, load_visits
from backend.reports.scope import inside
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
    auditors, visits = load_visits(Request(wave, method, and_(scope, inside(wave, filters.part))))
    *figures, everyone = _figures(visits, len(auditors))
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


def _figures(visits: NDArray[Any], people_: int) -> list[Row]:
    """The figures of the visits of each of so many people, then of all."""
    groups = Groups(visits["person"].astype(np.int64), people_)
    passed, failed, na, unproven = (visits[name].astype(np.int64) for name in ("passed", "failed", "na", "unproven"))
    applicable, answers = passed + failed, passed + failed + na
    whole = {"visits": np.ones_like(na), "answers": answers, "na": na, "passed": passed, "applicable": applicable,
             "failed": failed, "unproven": unproven}  # fmt: skip
    told = {name: [*sums(each, groups).tolist(), int(each.sum())] for name, each in whole.items()}
    for rate, interval, part, of in (
        ("na_rate", "na_interval", na, answers),
        ("rate", "rate_interval", passed, applicable),
    ):
        each, all_ = spreads_and_all(part, of, groups)
        told[rate] = [found.value for found in (*each, all_)]
        told[interval] = [found.interval for found in (*each, all_)]
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]


def _names(auditors: Iterable[bytes]) -> Mapping[bytes, tuple[UUID, str]]:
    rows = select(Person.id, Person.name).where(Person.id.in_([UUID(bytes=each) for each in auditors]))
    return {person_id.bytes: (person_id, name) for person_id, name in db.session.execute(rows)}
