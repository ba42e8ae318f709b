"""Stores in a wave: their own figures, their ranks and tie bands, and the table of them.

A rank is always a place among all stores of the wave by that method, whoever asks and whatever is filtered; a reader
who sees one store only learns its place and nothing of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import true

from backend.core.actor import Actor
from backend.reports.figures import (
    NO_VALUE,
    Whole,
    bounds_of,
    changes_pp,
    hundredths,
    interval_of_sums,
    mean_in_hundredths,
    overlap_bands,
    percentages,
)
from backend.reports.loading import NO_PARENTS, Request, keys_where, load, parents_by_key
from backend.reports.scope import leaves_all, within
from backend.reports.statistics import Interval
from backend.reports.tallies import Tallies, id_of, ratio_of, shared_rows
from backend.reports.waves import Filters, table
from backend.waves import queries as waves

# A store is shown from one visit on, greyed below two, and ranked from two: method.md, section 5.8.
MIN_VISITS: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A store's rank (from 1), and the first and last rank it cannot be told apart from."""

    rank: int
    band: tuple[int, int]


@dataclass(frozen=True)
class Standing:
    """What ranking found, by row of the tallies; rates in hundredths. `order` holds the ranked rows, the best first."""

    rates: Whole
    scores: Sequence[float | None]
    intervals: Sequence[Interval | None]
    order: Sequence[int]

    @cached_property
    def places(self) -> Mapping[int, Place]:
        """The place of each row that has one."""
        bounds = bounds_of([interval for row in self.order if (interval := self.intervals[row]) is not None])
        told = zip(self.order, overlap_bands(bounds), strict=True)
        return {row: Place(rank, band) for rank, (row, band) in enumerate(told, start=1)}

    @cached_property
    def listed(self) -> Sequence[int]:
        """Every row: the ranked, then the others by score; those without a score come last."""
        others = [row for row in range(len(self.scores)) if row not in self.places]
        # Rows are in the order of store codes, and equals stay in it.
        others.sort(key=lambda row: -1.0 if (score := self.scores[row]) is None else score, reverse=True)
        return [*self.order, *others]


def standing(tallies: Tallies) -> Standing:
    """Ranks the stores of a whole wave.

    Order: official score, higher rate, fewer failed critical checkpoints, store code; scores and rates as shown, at
    two decimals, so that a tie on the page is a tie. A store's interval is mean ± t·s/√k over its visits' official
    scores: the items of a visit are no independent repeats, so a Wilson interval over them would be wrong. Below two
    scored visits there is no interval, and no rank.
    """
    counted = (tallies.scored, tallies.passed, tallies.applicable, tallies.critical_failures)
    return _standing(
        *(each.tobytes() for each in counted), tuple(tallies.official_sums), tuple(tallies.official_squares)
    )


# The same tallies come to the same standing for ever; reckoning those of nine waves anew takes 80 ms.
@lru_cache(maxsize=32)
def _standing(
    scored: bytes, passed: bytes, applicable: bytes, critical: bytes, sums: Sequence[str], squares: Sequence[str]
) -> Standing:
    counts, *sides, failures = (np.frombuffer(each, dtype=np.int64) for each in (scored, passed, applicable, critical))
    rates = hundredths(*sides)
    exact = [(count, ratio_of(sum_)) for count, sum_ in zip(counts.tolist(), sums, strict=True)]
    scores = np.array([mean_in_hundredths(*each) for each in exact], dtype=np.int64)
    told = zip(exact, map(ratio_of, squares), strict=True)
    intervals = [interval_of_sums(count, sum_, square) for (count, sum_), square in told]
    known = np.array([row for row, interval in enumerate(intervals) if interval is not None], dtype=np.int64)
    # Rows are in the order of store codes, and equals stay in it.
    ties = (failures[known], -rates[known], -scores[known])
    return Standing(rates, percentages(scores), intervals, known[np.lexsort(ties)].tolist())


def stores(actor: Actor, wave_id: UUID, filters: Filters) -> dict[str, Any]:
    """The stores that the actor may read, as a table: ranked ones first, then the others by score and code."""
    found = ranked(actor, wave_id, filters)
    return table(found.tallies, found.rows) | {"ranked": found.ranked}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The rows of all stores that the actor may read; `ranked` tells how many stores have a rank at all."""

    tallies: Tallies
    rows: list[dict[str, Any]]
    ranked: int


def ranked(actor: Actor, wave_id: UUID, filters: Filters) -> Ranking:
    """As `stores`, but however many there are."""
    wave = waves.wave_visible(actor, wave_id)
    earlier = waves.previous_visible(actor, wave)
    method = filters.method_of(wave)
    (everyone,) = load([Request(wave, method, true())])
    before = None
    if earlier is not None:
        (before,) = load([Request(earlier, method, within(actor, earlier, filters.part))], official=False, named=False)
    where = within(actor, wave, filters.part)
    found = standing(everyone)
    rows = found.listed
    if not leaves_all(where):
        seen = set(keys_where(where))
        rows = [row for row in rows if everyone.keys[row] in seen]
    return Ranking(everyone, _rows(everyone, found, before, rows), len(found.order))


def _rows(everyone: Tallies, found: Standing, before: Tallies | None, rows: Sequence[int]) -> list[dict[str, Any]]:
    parents, changes = parents_by_key(everyone.wave.opens_on), _changes(everyone, found, before)
    items = []
    for row, figures in zip(rows, store_figures(everyone, found, rows), strict=True):
        region, group = parents.get(everyone.keys[row], NO_PARENTS)
        items.append(
            {
                "store_id": everyone.store_ids[row],
                "code": everyone.codes[row],
                "name": everyone.names[row],
                "region_id": None if region is None else id_of(region),
                "group_id": None if group is None else id_of(group),
                **figures,
                "change_pp": changes[row],
            }
        )
    return items


def _changes(everyone: Tallies, found: Standing, before: Tallies | None) -> list[float | None]:
    """Each store's change since the wave before, in points."""
    was = np.full(everyone.stores, NO_VALUE)
    if before is not None:
        earlier, later = shared_rows(before, everyone)
        was[later] = hundredths(before.passed, before.applicable)[earlier]
    return changes_pp(found.rates, was)


def store_figures(tallies: Tallies, found: Standing, rows: Sequence[int]) -> list[dict[str, Any]]:
    """The figures of some stores in one wave."""
    chosen = list(rows)
    counted = (tallies.visits, tallies.passed, tallies.applicable, tallies.red_lines)
    columns = [each[chosen].tolist() for each in counted]
    places = map(found.places.get, chosen)
    told = zip(chosen, *columns, percentages(found.rates[chosen]), places, strict=True)
    return [
        {
            "visits": visits,
            "passed": passed,
            "applicable": applicable,
            "rate": rate,
            "official_score": found.scores[row],
            "score_interval": found.intervals[row],
            "red_line": red_lines > 0,
            "rank": None if place is None else place.rank,
            "band": None if place is None else place.band,
            "sample_ok": visits >= MIN_VISITS,
        }
        for row, visits, passed, applicable, red_lines, rate, place in told
    ]
