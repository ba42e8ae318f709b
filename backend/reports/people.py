"""How those who visited answered in one wave: a signal of their work's quality, never a judgement of a store.

Every tally holds its visits' persons and numbers, so that this too reads no answer. A visit is the unit, since the
answers of a visit are no independent repeats.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
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
from backend.reports.figures import Whole, spread
from backend.reports.loading import Request, load_visits
from backend.reports.scope import inside
from backend.reports.waves import MOST_ROWS, Filters
from backend.waves import queries as waves

# Those who may read of people; analysts and managers may not.
READERS: Final = (Role.PLANNER, Role.REVIEWER)
# Below so many visits a person's row is greyed.
MIN_VISITS: Final = 5

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """Whole numbers, one place a visit: answers by result, and fails without a proof."""

    passed: Whole
    failed: Whole
    na: Whole
    unproven: Whole

    def figures(self, some: slice = slice(None)) -> Row:
        """The figures of some visits, or of all."""
        passed, failed, na = self.passed[some], self.failed[some], self.na[some]
        shares, rates = spread(na, passed + failed + na), spread(passed, passed + failed)
        return {
            "visits": len(passed),
            "answers": int((passed + failed + na).sum()),
            "na": int(na.sum()),
            "na_rate": shares.value,
            "na_interval": shares.interval,
            "passed": int(passed.sum()),
            "applicable": int((passed + failed).sum()),
            "rate": rates.value,
            "rate_interval": rates.interval,
            "failed": int(failed.sum()),
            "unproven": int(self.unproven[some].sum()),
        }


def people(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """Everybody with a scored visit in the wave, the highest share of "not applicable" first; all of them beside it.

    Shares and rates are means of visits with their t-interval. `na_apart` says that a person's interval does not hold
    the mean of all visits. Only stores count where the actor is planner or reviewer. NotFound for a hidden wave.
    """
    wave = waves.wave_visible(actor, wave_id)
    method = filters.method_of(wave)
    scope = network.stores_within(actor.scopes(*READERS), wave.opens_on)
    visits = load_visits(Request(wave, method, and_(scope, inside(wave, filters.part))))
    order, places = _by_person(visits)
    found = Answered(*(visits[name][order].astype(np.int64) for name in ("passed", "failed", "na", "unproven")))
    everyone, names = found.figures(), _names(places)
    items = [_row(found.figures(place), names.get(id_), everyone["na_rate"]) for id_, place in places.items()]
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


def _by_person(visits: NDArray[Any]) -> tuple[Whole, dict[bytes, slice]]:
    """An order in which the visits of one person follow each other, and where in it each person's are."""
    # An id as two numbers: comparing those takes a tenth of the time that comparing bytes does.
    high, low = np.ascontiguousarray(visits["auditor"]).view(">u8").reshape(-1, 2).astype(np.uint64).T
    order = np.lexsort((low, high))
    high, low, ids = high[order], low[order], visits["auditor"][order]
    begins = np.flatnonzero((high[1:] != high[:-1]) | (low[1:] != low[:-1])) + 1
    edges = [0, *begins.tolist(), len(visits)] if len(visits) else [0]
    return order, {ids[begin].tobytes(): slice(begin, end) for begin, end in pairwise(edges)}


def _names(auditors: Iterable[bytes]) -> Mapping[bytes, tuple[UUID, str]]:
    rows = select(Person.id, Person.name).where(Person.id.in_([UUID(bytes=each) for each in auditors]))
    return {person_id.bytes: (person_id, name) for person_id, name in db.session.execute(rows)}
