"""The report of one store over the waves of a checklist: its trend, places, parts, and what keeps failing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import true

from backend.checklists.scoring import RULE_VERSION, shown
from backend.core.actor import Actor
from backend.core.db import db
from backend.network import queries as network
from backend.network.models import Store
from backend.reports.figures import Whole, pooled, spread
from backend.reports.labels import LISTS, Labels, labels_of
from backend.reports.loading import Request, load
from backend.reports.ranking import Standing, standing, store_figures
from backend.reports.scope import Part
from backend.reports.statistics import change_pp, rate
from backend.reports.tables import MIN_STORES, members_of
from backend.reports.tallies import Tallies
from backend.reports.trend import programme_codes
from backend.reports.waves import Filters, requests_of
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from backend.waves.models import Wave

# A checkpoint keeps failing when it failed in this many waves on end.
MIN_REPEATS: Final = 2

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which store, by which method in place of each wave's own, and by which checklist: without one, by its latest."""

    store_id: UUID
    method: str | None = None
    checklist: str | None = None


def store_report(actor: Actor, asked: Asked) -> dict[str, Any]:
    """All waves of a checklist in which the store was visited; its visits are in `store_visits`.

    Places are among all stores of each wave. Region and network figures are means of stores, given from 5 stores on,
    so that nobody reads a single neighbour from them. NotFound for a store the actor may not read.
    """
    own, checklist, checklists = _own(actor, asked)
    return {
        "rule_version": str(RULE_VERSION),
        "store": _store_row(asked.store_id),
        "checklist": checklist,
        "checklists": checklists,
        **_figures(own, asked.store_id),
    }


def own_waves(actor: Actor, asked: Asked) -> list[Wave]:
    """The waves that the report of the store tells of, by opening day and number; NotFound as there."""
    return [tallies.wave for tallies in _own(actor, asked)[0]]


def _own(actor: Actor, asked: Asked) -> tuple[list[Tallies], str | None, list[str]]:
    """The store's own tallies of the checklist, which that is, and which others there are."""
    visited = _visited(actor, Filters(Part(store=asked.store_id), asked.method))
    if not visited:
        network.get_visible(actor, asked.store_id)
    chosen = asked.checklist or (visited[-1].version.code if visited else None)
    own = [tallies for tallies in visited if tallies.version.code == chosen]
    return own, chosen, sorted({tallies.version.code for tallies in visited})


def _visited(actor: Actor, filters: Filters) -> list[Tallies]:
    """The store's own tallies, one row each, of every wave the actor may read it in; by opening day and number.

    Without names and official scores.
    """
    rows = waves.waves_visible(actor).where(Wave.state != wave_states.DRAFT)
    found = db.session.scalars(rows.order_by(Wave.opens_on, Wave.number, Wave.id)).all()
    loaded = load(requests_of(actor, found, filters), official=False, named=False, single=True)
    return [tallies for tallies in loaded if tallies.stores]


def _store_row(store_id: UUID) -> Row:
    store = db.session.get_one(Store, store_id)
    held = network.parents_on(network.today(), [store_id]).get(store_id, network.NO_PARENTS)
    named = {name: getattr(store, name) for name in ("id", "code", "name", "city", "brand_id")}
    return {**named, "region_id": held.region_id, "group_id": held.group_id}


def _figures(own: Sequence[Tallies], store_id: UUID) -> dict[str, Any]:
    if not own:
        return {"waves": [], **{plural: [] for plural in LISTS.values()}, "repeat_fails": []}
    everyone = load([Request(tallies.wave, tallies.method, true()) for tallies in own])
    labels = labels_of(own[-1].wave.checklist_version_id)
    by_day = network.neighbours_on(store_id, {tallies.wave.opens_on for tallies in everyone})
    neighbours = [tallies.rows_of(by_day[tallies.wave.opens_on]) for tallies in everyone]
    row = everyone[-1].row_of(store_id)
    return {
        "waves": _wave_rows(everyone, neighbours, store_id),
        **{plural: _part_rows(everyone[-1], row, neighbours[-1], kind, labels) for kind, plural in LISTS.items()},
        "repeat_fails": _repeat_fails(own, labels),
    }


def _wave_rows(everyone: Sequence[Tallies], neighbours: Sequence[Sequence[int]], store_id: UUID) -> list[Row]:
    codes = programme_codes([tallies.wave for tallies in everyone])
    before: dict[UUID, float | None] = {}
    rows = []
    for tallies, near in zip(everyone, neighbours, strict=True):
        row = _wave_row(tallies, standing(tallies), tallies.row_of(store_id))
        row |= _mean("region", tallies.passed[near], tallies.applicable[near])
        row |= _mean("network", tallies.passed, tallies.applicable)
        change = change_pp(row["rate"], before.get(tallies.wave.programme_id))
        rows.append({"programme": codes[tallies.wave.programme_id], **row, "change_pp": change})
        before[tallies.wave.programme_id] = row["rate"]
    return rows


def _wave_row(tallies: Tallies, found: Standing, row: int) -> Row:
    wave = tallies.wave
    head = {"wave_id": wave.id, "number": wave.number, "name": wave.name, "opens_on": wave.opens_on}
    about = {"method": tallies.method, "version": tallies.version.version}
    among = {"stores": tallies.stores, "ranked": len(found.order)}
    return head | about | store_figures(tallies, found, [row])[0] | among


def _part_rows(everyone: Tallies, row: int, neighbours: Sequence[int], kind: str, labels: Labels) -> list[Row]:
    """The store's stages, modules or dimensions in a wave, beside its region's and the network's."""
    titles = labels.parts[kind]
    return [
        {kind: code, "title": titles[code], **_part_figures(everyone, positions, row, neighbours)}
        for code, positions in members_of(everyone, kind, titles).items()
    ]


def _part_figures(everyone: Tallies, positions: Sequence[int], row: int, neighbours: Sequence[int]) -> Row:
    passed, applicable = everyone.by_store(positions)
    earned, possible = everyone.weighed_by_store(positions)
    own = int(passed[row]), int(applicable[row])
    return {
        "passed": own[0],
        "applicable": own[1],
        "rate": shown(rate(*own)),
        "score": pooled(earned[[row]], possible[[row]]),
        **_mean("region", passed[neighbours], applicable[neighbours]),
        **_mean("network", passed, applicable),
    }


def _mean(of: str, passed: Whole, applicable: Whole) -> Row:
    found = spread(passed, applicable)
    return {f"{of}_rate": found.value if found.n >= MIN_STORES else None, f"{of}_stores": found.n}


def _repeat_fails(own: Sequence[Tallies], labels: Labels) -> list[Row]:
    """Checkpoints that failed in the latest wave and in those right before it, the longest first."""
    latest = own[-1]
    line = [each for each in own if each.wave.programme_id == latest.wave.programme_id]
    line.sort(key=lambda each: each.wave.number, reverse=True)
    failed = [_failed_lineages(each) for each in line]
    rows = [_repeat_row(latest, position, line, failed) for position in latest.asked]
    found = [row | {"title": labels.checkpoints[row["checkpoint"]]} for row in rows if len(row["waves"]) >= MIN_REPEATS]
    return sorted(found, key=lambda row: -len(row["waves"]))


def _repeat_row(latest: Tallies, position: int, line: Sequence[Tallies], failed: Sequence[Mapping[str, int]]) -> Row:
    checkpoint = latest.version.checkpoints[position]
    numbers: list[int] = []
    for tallies, lineages in zip(line, failed, strict=True):
        if not lineages.get(checkpoint.lineage):
            break
        numbers.append(tallies.wave.number)
    return {
        "checkpoint": checkpoint.code,
        "critical": checkpoint.critical,
        "waves": numbers[::-1],
        "failed": int(latest.counts[0, position, 1]),
        "applicable": int(latest.counts[0, position, :2].sum()),
    }


def _failed_lineages(tallies: Tallies) -> dict[str, int]:
    """Lineage -> how often it failed in the store."""
    failed = np.asarray(tallies.counts[0, :, 1]).tolist()
    return {each.lineage: count for each, count in zip(tallies.version.checkpoints, failed, strict=True)}
