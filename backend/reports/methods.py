"""The same stores seen by different methods: shopper, audit and self-check side by side, never pooled with each other.

Like is compared with like: in each store only those checkpoints count that passed or failed at least once by every
method it was visited by. A gap is another method's rate less the base's, where the base is the method of the wave's
headline, or in a store that it did not visit, the first of `METHODS` that did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.checklists.rules import METHODS
from backend.checklists.scoring import RULE_VERSION, shown
from backend.core.actor import Actor
from backend.core.problems import NotFound
from backend.network import queries as network
from backend.reports.figures import Spread, Whole, differences, hundredths, percentages, spread
from backend.reports.labels import labels_of
from backend.reports.loading import Request, load
from backend.reports.ranking import MIN_VISITS
from backend.reports.scope import Part, visible_stores, within
from backend.reports.statistics import Interval, change_pp
from backend.reports.tables import MIN_STORES, named_parents
from backend.reports.tallies import Key, Tallies
from backend.reports.waves import MOST_ROWS, Filters
from backend.waves import queries as waves
from backend.waves.models import Wave

# One method alone has nothing to be compared with.
_FEWEST: Final = 2

Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """One wave by every method that was used, over all stores that any of them visited.

    `visits` has shape (methods, stores); `counts` (methods, stores, checkpoints, 2), its last axis passed, applicable.
    """

    tallies: Sequence[Tallies]
    stores: Sequence[Row]
    base: int
    visits: Whole
    counts: Whole

    @cached_property
    def common(self) -> NDArray[np.bool_]:
        """(stores, checkpoints): whether it counts."""
        answered = (self.counts[..., 1] > 0) | (self.visits == 0)[:, :, None]
        several = (self.visits > 0).sum(axis=0) >= _FEWEST
        shared: NDArray[np.bool_] = answered.all(axis=0) & several[:, None]
        return shared

    @cached_property
    def sums(self) -> Whole:
        """(methods, stores, 2): passed, applicable over the common checkpoints."""
        summed: Whole = (self.counts * self.common[None, :, :, None]).sum(axis=2)
        return summed

    @cached_property
    def rates(self) -> list[list[float | None]]:
        """By method and store."""
        return [percentages(hundredths(sums[:, 0], sums[:, 1])) for sums in self.sums]

    @cached_property
    def bases(self) -> list[int]:
        """By store, the place of its base among the methods."""
        first = np.argmax(self.visits > 0, axis=0)
        found: list[int] = np.where(self.visits[self.base] > 0, self.base, first).tolist()
        return found

    def methods_of(self, store: int) -> list[int]:
        """The places of the methods that visited a store."""
        return [place for place in range(len(self.tallies)) if self.visits[place, store] > 0]


def wave_methods(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """Every store that two methods answered the same checkpoints of, the widest gap first; above it means of stores.

    At most `MOST_ROWS` stores. A region counts those of its stores that the actor may read.
    """
    wave = waves.wave_visible(actor, wave_id)
    found = _compare(actor, wave, filters.part)
    compared = np.flatnonzero(found.common.any(axis=1)).tolist() if found.tallies else []
    parents = network.parents_on(wave.opens_on)
    regions = {store: parents.get(found.stores[store]["store_id"], network.NO_PARENTS).region_id for store in compared}
    rows = [{**found.stores[store], "region_id": regions[store], **_cells(found, store)} for store in compared]
    rows.sort(key=lambda row: (-_width(row["gap_pp"]), row["code"]))
    return {
        **_head(wave, found),
        "means": _means(found, compared),
        "regions": _regions(found, regions),
        "items": rows[:MOST_ROWS],
        "next": None,
        "total": len(rows),
    }


def store_methods(actor: Actor, wave_id: UUID, store_id: UUID) -> Row:
    """One store by every method of a wave, and its common checkpoints one by one, the widest gap first.

    Nothing of another store is in it. NotFound where the wave or the store is hidden from the actor.
    """
    wave = waves.wave_visible(actor, wave_id)
    part = Part(store=store_id)
    if not visible_stores(actor, wave, part):
        raise NotFound
    found = _compare(actor, wave, part)
    if not found.tallies:
        return {**_head(wave, found), "cells": [], "gap_pp": None, "common": 0, "checkpoints": []}
    return {**_head(wave, found), **_cells(found, 0), "checkpoints": _checkpoints(wave, found)}


def _compare(actor: Actor, wave: Wave, part: Part) -> Comparison:
    where = within(actor, wave, part)
    loaded = load([Request(wave, method, where) for method in METHODS])
    used = [tallies for tallies in loaded if tallies.stores]
    known: dict[Key, Row] = {}
    for tallies in used:
        heads = zip(tallies.keys, tallies.store_ids, tallies.codes, tallies.names, strict=True)
        known |= {key: {"store_id": store_id, "code": code, "name": name} for key, store_id, code, name in heads}
    order = {key: place for place, key in enumerate(sorted(known, key=lambda key: (known[key]["code"], str(key))))}
    base = next((place for place, tallies in enumerate(used) if tallies.method == wave.headline_method), 0)
    return Comparison(used, [known[key] for key in order], base, *_aligned(used, order))


def _aligned(used: Sequence[Tallies], order: Mapping[Key, int]) -> tuple[Whole, Whole]:
    width = used[0].counts.shape[1] if used else 0
    visits = np.zeros((len(used), len(order)), dtype=np.int64)
    counts = np.zeros((len(used), len(order), width, 2), dtype=np.int64)
    for place, tallies in enumerate(used):
        rows = [order[key] for key in tallies.keys]
        visits[place, rows] = tallies.visits
        counts[place, rows, :, 0] = tallies.counts[:, :, 0]
        counts[place, rows, :, 1] = tallies.counts[:, :, 0] + tallies.counts[:, :, 1]
    return visits, counts


def _head(wave: Wave, found: Comparison) -> Row:
    methods = [tallies.method for tallies in found.tallies]
    return {
        "wave_id": wave.id,
        "rule_version": str(RULE_VERSION),
        "methods": methods,
        "base": methods[found.base] if methods else wave.headline_method,
    }


def _cells(found: Comparison, store: int) -> Row:
    """A store's figure by each method that visited it, its widest gap, and how many checkpoints they have in common."""
    rates = {place: found.rates[place][store] for place in found.methods_of(store)}
    cells = []
    for place, cell in _side_by_side(found, store, rates, found.sums[:, store]).items():
        visits = int(found.visits[place, store])
        cells.append({**cell, "visits": visits, "sample_ok": visits >= MIN_VISITS})
    return {"cells": cells, "gap_pp": _widest(cells), "common": int(found.common[store].sum())}


def _side_by_side(found: Comparison, store: int, rates: Mapping[int, float | None], sums: Whole) -> dict[int, Row]:
    """Place of a method -> its rate in a store and its gap to the base's; `sums` are by method, passed and applicable."""
    base = found.bases[store]
    return {
        place: {
            "method": found.tallies[place].method,
            "rate": rate,
            "passed": int(sums[place, 0]),
            "applicable": int(sums[place, 1]),
            "gap_pp": None if place == base else change_pp(rate, rates[base]),
        }
        for place, rate in rates.items()
    }


def _widest(cells: Sequence[Row]) -> float | None:
    gaps: list[float] = [cell["gap_pp"] for cell in cells if cell["gap_pp"] is not None]
    return max(gaps, key=abs, default=None)


def _width(gap: float | None) -> float:
    return -1.0 if gap is None else abs(gap)


def _checkpoints(wave: Wave, found: Comparison) -> list[Row]:
    """The common checkpoints of the only store here; of equal gaps the first in the checklist comes first."""
    titles = labels_of(wave.checklist_version_id).checkpoints
    checkpoints = found.tallies[0].version.checkpoints
    rows = []
    for position in np.flatnonzero(found.common[0]).tolist():
        asked = checkpoints[position]
        head = {"checkpoint": asked.code, "title": titles[asked.code], "critical": asked.critical}
        rows.append({**head, **_answers(found, position)})
    return sorted(rows, key=lambda row: -_width(row["gap_pp"]))


def _answers(found: Comparison, position: int) -> Row:
    sums: Whole = found.counts[:, 0, position]
    shares = percentages(hundredths(sums[:, 0], sums[:, 1]))
    rates = {place: shares[place] for place in found.methods_of(0)}
    cells = list(_side_by_side(found, 0, rates, sums).values())
    return {"cells": cells, "gap_pp": _widest(cells)}


def _regions(found: Comparison, regions: Mapping[int, UUID | None]) -> list[Row]:
    """By region, in order of its code; stores that had none on the wave's first day stand in a last row."""
    members: dict[UUID | None, list[int]] = {}
    for store, region_id in regions.items():
        members.setdefault(region_id, []).append(store)
    names = named_parents("region", [region_id for region_id in members if region_id is not None])
    return [
        {"region_id": region_id, "name": names[region_id][1] if region_id in names else None,
         "means": _means(found, members[region_id])}
        for region_id in sorted(members, key=lambda each: (each not in names, names.get(each)))
    ]  # fmt: skip


def _means(found: Comparison, stores: Sequence[int]) -> list[Row]:
    """By method, over those stores that it and the wave's base visited: the means of stores, and of their gaps.

    The interval is that of the paired gaps, in pp. A method that shares no store with the base has no figures.
    """
    return [_mean(found, place, [store for store in stores if found.visits[[place, found.base], store].all()])
            for place in range(len(found.tallies))]  # fmt: skip


def _mean(found: Comparison, place: int, stores: Sequence[int]) -> Row:
    own, of_base = (tuple(found.sums[each, stores].T) for each in (place, found.base))
    value, base = spread(*own).value, spread(*of_base).value
    gaps = spread(*differences(of_base, own), places=1)
    is_base = place == found.base
    return {
        "method": found.tallies[place].method,
        "stores": gaps.n,
        "sample_ok": gaps.n >= MIN_STORES,
        "rate": value,
        "base_rate": base,
        "gap_pp": None if is_base else change_pp(value, base),
        "interval": None if is_base else _around(gaps),
    }


def _around(gaps: Spread) -> Interval | None:
    """Both ends in pp, rounded; a gap may be below zero. Those of a width of nothing are the mean as it is shown."""
    if gaps.value is None or gaps.mean is None or gaps.half is None:
        return None
    if gaps.half == 0:
        return gaps.value, gaps.value
    low, high = (shown(Fraction(gaps.mean + sign * gaps.half), 1) or 0.0 for sign in (-1, 1))
    return low, high
