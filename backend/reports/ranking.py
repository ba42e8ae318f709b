"""Stores in a wave: their own figures, their ranks and tie bands, and the table of them.

A rank is always a place among all stores of the wave by that method, whoever asks and whatever is filtered; a reader
who sees one store only learns its place and nothing of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import true

from backend.core.actor import Actor
from backend.network import queries as network
from backend.reports.figures import (
    NO_VALUE,
    Reals,
    bounds_of,
    hundredths,
    interval_of_sums,
    mean_in_hundredths,
    overlap_band,
    percentages,
)
from backend.reports.scope import visible_stores, within
from backend.reports.statistics import Interval, change_pp
from backend.reports.tallies import Request, Tallies, load
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
    """What ranking found, by row of the tallies. `order` holds the ranked rows, the best first."""

    rates: Sequence[float | None]
    scores: Sequence[float | None]
    intervals: Sequence[Interval | None]
    order: Sequence[int]

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        return {row: rank for rank, row in enumerate(self.order, start=1)}

    @cached_property
    def _bounds(self) -> tuple[Reals, Reals]:
        return bounds_of([interval for row in self.order if (interval := self.intervals[row]) is not None])

    def place(self, row: int) -> Place | None:
        """The place of a row; None with too few visits."""
        rank = self.ranks.get(row)
        return None if rank is None else Place(rank, overlap_band(self._bounds, rank - 1))


def standing(tallies: Tallies) -> Standing:
    """Ranks the stores of a whole wave.

    Order: official score, higher rate, fewer failed critical checkpoints, store code; scores and rates as shown, at
    two decimals, so that a tie on the page is a tie. A store's interval is mean ± t·s/√k over its visits' official
    scores: the items of a visit are no independent repeats, so a Wilson interval over them would be wrong. Below two
    scored visits there is no interval, and no rank.
    """
    rates = hundredths(tallies.passed, tallies.applicable)
    scores = [mean_in_hundredths(*each) for each in zip(tallies.scored.tolist(), tallies.sums, strict=True)]
    intervals = store_intervals(tallies)
    ties = list(zip((-rates).tolist(), tallies.critical_failures.tolist(), tallies.codes, tallies.keys, strict=True))
    known = [row for row, interval in enumerate(intervals) if interval is not None]
    order = sorted(known, key=lambda row: (-scores[row], *ties[row]))
    return Standing(percentages(rates), [_percentage(score) for score in scores], intervals, order)


def store_intervals(tallies: Tallies) -> list[Interval | None]:
    """The interval of each store's official score; None below `MIN_VISITS` scored visits."""
    figures = zip(tallies.scored.tolist(), tallies.sums, tallies.squares, strict=True)
    return [interval_of_sums(count, first, squares) for count, first, squares in figures]


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
    requests = [Request(wave, method, true())]
    if earlier is not None:
        requests.append(Request(earlier, method, within(actor, earlier, filters.part)))
    everyone, *before = load(requests)
    seen = visible_stores(actor, wave, filters.part)
    found = standing(everyone)
    return Ranking(everyone, _rows(everyone, found, before[0] if before else None, seen), len(found.order))


def _rows(everyone: Tallies, found: Standing, before: Tallies | None, seen: set[UUID]) -> list[dict[str, Any]]:
    parents = network.parents_on(everyone.wave.opens_on)
    was = {} if before is None else dict(zip(before.store_ids, rates_of(before), strict=True))
    rows = [row for row, store_id in enumerate(everyone.store_ids) if store_id in seen]
    items = []
    for row in sorted(rows, key=lambda row: _order(found, row)):
        store_id = everyone.store_ids[row]
        held = parents.get(store_id, network.NO_PARENTS)
        items.append(
            {
                "store_id": store_id,
                "code": everyone.codes[row],
                "name": everyone.names[row],
                "region_id": held.region_id,
                "group_id": held.group_id,
                **store_figures(everyone, found, row),
                "change_pp": change_pp(found.rates[row], was.get(store_id)),
            }
        )
    return items


def store_figures(tallies: Tallies, found: Standing, row: int) -> dict[str, Any]:
    """One store's figures in one wave."""
    place = found.place(row)
    return {
        "visits": int(tallies.visits[row]),
        "passed": int(tallies.passed[row]),
        "applicable": int(tallies.applicable[row]),
        "rate": found.rates[row],
        "official_score": found.scores[row],
        "score_interval": found.intervals[row],
        "red_line": bool(tallies.red_lines[row] > 0),
        "rank": None if place is None else place.rank,
        "band": None if place is None else place.band,
        "sample_ok": bool(tallies.visits[row] >= MIN_VISITS),
    }


def rates_of(tallies: Tallies) -> list[float | None]:
    """Each store's rate, pooled over its visits, rounded."""
    return percentages(hundredths(tallies.passed, tallies.applicable))


def _order(found: Standing, row: int) -> tuple[int, float, int]:
    score = found.scores[row]
    # Rows are in the order of store codes, so the row itself decides among equals.
    return (found.ranks.get(row, len(found.scores) + 1), -(score if score is not None else -1.0), row)


def _percentage(value: int) -> float | None:
    return None if value == NO_VALUE else value / 100
