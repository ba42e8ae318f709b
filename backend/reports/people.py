"""How those who visited answered in one wave: a signal of their work's quality, never a judgement of a store.

Read from the packed results of the scorecards that count, one by one: a slice that tallies do not hold, so its cost
grows with the visits of the wave. A visit is the unit, since the answers of a visit are no independent repeats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import String, and_, func, select, type_coerce

from backend.accounts.models import Person
from backend.checklists.queries import compiled
from backend.checklists.rules import checkpoints_for
from backend.checklists.scoring import RULE_VERSION
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.network import queries as network
from backend.network.models import Store
from backend.reports.figures import Whole, spread
from backend.reports.scope import inside
from backend.reports.tallies import Key, id_of
from backend.reports.waves import MOST_ROWS, Filters
from backend.scores.models import ScorecardRow
from backend.visits.models import Visit
from backend.waves import queries as waves
from backend.waves.models import Wave

# Those who may read of people; analysts and managers may not.
READERS: Final = (Role.PLANNER, Role.REVIEWER)
# Below so many visits a person's row is greyed.
MIN_VISITS: Final = 5
_PASS, _FAIL, _NA = 1, 2, 3

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """Whole numbers, one place a visit: answers by result, fails without a proof, and who went there."""

    auditors: Sequence[Key | None]
    passed: Whole
    failed: Whole
    na: Whole
    unproven: Whole

    def of(self, rows: Sequence[int]) -> Row:
        """The figures of some visits."""
        chosen = list(rows)
        passed, failed, na = self.passed[chosen], self.failed[chosen], self.na[chosen]
        shares, rates = spread(na, passed + failed + na), spread(passed, passed + failed)
        return {
            "visits": len(chosen),
            "answers": int((passed + failed + na).sum()),
            "na": int(na.sum()),
            "na_rate": shares.value,
            "na_interval": shares.interval,
            "passed": int(passed.sum()),
            "applicable": int((passed + failed).sum()),
            "rate": rates.value,
            "rate_interval": rates.interval,
            "failed": int(failed.sum()),
            "unproven": int(self.unproven[chosen].sum()),
        }


def people(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """Everybody with a scored visit in the wave, the highest share of "not applicable" first; all of them beside it.

    Shares and rates are means of visits with their t-interval. `na_apart` says that a person's interval does not hold
    the mean of all visits. Only stores count where the actor is planner or reviewer. NotFound for a hidden wave.
    """
    wave = waves.wave_visible(actor, wave_id)
    method = filters.method_of(wave)
    found = _answered(actor, wave, method, filters)
    rows: dict[Key | None, list[int]] = {}
    for row, auditor in enumerate(found.auditors):
        rows.setdefault(auditor, []).append(row)
    everyone = found.of(range(len(found.auditors)))
    names = _names(list(rows))
    items = [_row(found.of(held), names.get(auditor), everyone["na_rate"]) for auditor, held in rows.items()]
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


def _answered(actor: Actor, wave: Wave, method: str, filters: Filters) -> Answered:
    version = compiled(wave.checklist_version_id)
    scope = network.stores_within(actor.scopes(*READERS), wave.opens_on)
    stores = select(Store.id).where(and_(scope, inside(wave, filters.part)))
    columns = (
        type_coerce(Visit.auditor_id, String),
        ScorecardRow.results,
        func.coalesce(func.json_array_length(Visit.holes), 0),
    )
    rows = (
        select(*columns)
        .join(Visit, Visit.id == ScorecardRow.visit_id, isouter=True)
        .where(
            ScorecardRow.wave_id == wave.id,
            ScorecardRow.checklist_version_id == wave.checklist_version_id,
            ScorecardRow.method == method,
            ScorecardRow.is_current,
            ScorecardRow.store_id.in_(stores),
        )
    )
    auditors, packed, holes = list(zip(*db.session.execute(rows).all(), strict=True)) or ((), (), ())
    positions = [version.index[each.code] for each in checkpoints_for(version, method)]
    results = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(len(packed), len(version.checkpoints))
    passed, failed, na = ((results[:, positions] == byte).sum(axis=1) for byte in (_PASS, _FAIL, _NA))
    return Answered(auditors, passed, failed, na, np.array(holes, dtype=np.int64))


def _names(auditors: Sequence[Key | None]) -> Mapping[Key | None, tuple[UUID, str]]:
    ids = {id_of(key): key for key in auditors if key is not None}
    rows = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {ids[person_id]: (person_id, name) for person_id, name in db.session.execute(rows)}
