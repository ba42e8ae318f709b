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
    Reals,
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
from backend.reports.tallies import Key, Tallies, id_of, ratio_of, shared_rows
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
    def ranks(self) -> Mapping[int, int]:
        return {row: rank for rank, row in enumerate(self.order, start=1)}

    @cached_property
    def _bounds(self) -> tuple[Reals, Reals]:
        return bounds_of([interval for row in self.order if (interval := self.intervals[row]) is not None])

    def places(self, rows: Sequence[int]) -> list[Place | None]:
        """The places of some rows; None with too few visits."""
        ranks = [self.ranks.get(row) for row in rows]
        bands = iter(overlap_bands(self._bounds, [rank - 1 for rank in ranks if rank is not None]))
        return [None if rank is None else Place(rank, next(bands)) for rank in ranks]


def standing(tallies: Tallies) -> Standing:
    """Ranks the stores of a whole wave.

    Order: official score, higher rate, fewer failed critical checkpoints, store code; scores and rates as shown, at
    two decimals, so that a tie on the page is a tie. A store's interval is mean ± t·s/√k over its visits' official
    scores: the items of a visit are no independent repeats, so a Wilson interval over them would be wrong. Below two
    scored visits there is no interval, and no rank.
    """
    rates = hundredths(tallies.passed, tallies.applicable)
    told = (tuple(tallies.scored.tolist()), tuple(tallies.official_sums), tuple(tallies.official_squares))
    scores, intervals = _scored(*told)
    known = np.array([row for row, interval in enumerate(intervals) if interval is not None], dtype=np.int64)
    # Rows are in the order of store codes, and equals stay in it.
    ties = (tallies.critical_failures[known], -rates[known], -scores[known])
    return Standing(rates, percentages(scores), intervals, known[np.lexsort(ties)].tolist())


# The same tallies come to the same figures for ever; reckoning those of nine waves anew takes 90 ms.
@lru_cache(maxsize=32)
def _scored(
    counts: Sequence[int], sums: Sequence[str], squares: Sequence[str]
) -> tuple[Whole, Sequence[Interval | None]]:
    """The official scores of some stores in hundredths, and their intervals; none below `MIN_VISITS` scored visits."""
    exact = [ratio_of(sum_) for sum_ in sums]
    scores = [mean_in_hundredths(*each) for each in zip(counts, exact, strict=True)]
    found = zip(counts, exact, map(ratio_of, squares), strict=True)
    return np.array(scores, dtype=np.int64), [interval_of_sums(*each) for each in found]


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
    seen = everyone.keys if leaves_all(where) else keys_where(where)
    found = standing(everyone)
    return Ranking(everyone, _rows(everyone, found, before, seen), len(found.order))


def _rows(everyone: Tallies, found: Standing, before: Tallies | None, seen: Sequence[Key]) -> list[dict[str, Any]]:
    parents, changes = parents_by_key(everyone.wave.opens_on), _changes(everyone, found, before)
    ids = {key: id_of(key) for key in {key for held in parents.values() for key in held} if key is not None}
    rows = sorted((everyone.rows[key] for key in seen if key in everyone.rows), key=lambda row: _order(found, row))
    items = []
    for row, figures in zip(rows, store_figures(everyone, found, rows), strict=True):
        region, group = parents.get(everyone.keys[row], NO_PARENTS)
        items.append(
            {
                "store_id": everyone.store_ids[row],
                "code": everyone.codes[row],
                "name": everyone.names[row],
                "region_id": None if region is None else ids[region],
                "group_id": None if group is None else ids[group],
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
    told = zip(chosen, *columns, percentages(found.rates[chosen]), found.places(chosen), strict=True)
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


def _order(found: Standing, row: int) -> tuple[int, float, int]:
    score = found.scores[row]
    # Rows are in the order of store codes, so the row itself decides among equals.
    return (found.ranks.get(row, len(found.scores) + 1), -(score if score is not None else -1.0), row)
