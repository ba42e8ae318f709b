"""The answers of a wave as rows, one a scored visit, its results under the checkpoints' own codes.

Which scorecards count is frozen at the beginning, in the transaction in which the figures are read: sixteen bytes a
visit. Scorecards never change, so that the batches read afterwards tell of that one moment, however long they take.
Who came and on which day stands only in rows of stores where the actor is headquarters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from backend.accounts.models import Person
from backend.checklists.queries import compiled
from backend.checklists.rules import Version, checkpoints_for
from backend.checklists.scoring import shown
from backend.core.batches import batches
from backend.core.db import PackedId, db, transaction
from backend.exports import rules
from backend.exports.orders import Order
from backend.network import queries as network
from backend.network.models import Store
from backend.reports.scope import HEADQUARTERS, within
from backend.reports.statistics import rate
from backend.reports.tables import named_parents
from backend.scores.models import ScorecardRow
from backend.visits.models import Visit
from backend.waves import queries as waves
from backend.waves.models import Programme, Wave

# The words of a packed result vector, by its bytes.
RESULTS: Final = ("", "pass", "fail", "na")
_ID_BYTES: Final = 16
_FROZEN_AT_ONCE: Final = 5000

COLUMNS: Final = (
    "programme", "wave", "store_code", "store_name", "region_code", "region_name", "group_code", "group_name",
    "method", "visit_id", "visited_on", "auditor", "passed", "applicable", "rate", "official_score", "red_line",
)  # fmt: skip
"""What stands before the checkpoints in every row."""


class Place(NamedTuple):
    """A store, and what it belonged to on the wave's first day."""

    code: str
    name: str
    region: tuple[str | None, str | None]
    group: tuple[str | None, str | None]


class Row(NamedTuple):
    """A visit: its values in the order of `COLUMNS`, in three parts, and one byte per checkpoint of the version.

    All visits of a store have the same `place`, and there are few different `figures`.
    """

    place: tuple[Any, ...]
    who: tuple[str | None, date | None, str | None]
    figures: tuple[Any, ...]
    results: bytes

    @property
    def visit(self) -> tuple[Any, ...]:
        return self.place + self.who + self.figures


@dataclass(frozen=True)
class Selection:
    """The visits of a wave that count for the actor, and what their rows are written with."""

    wave: Wave
    programme: str
    method: str
    version: Version
    ids: bytes
    places: Mapping[bytes, Place]
    inside: frozenset[bytes]

    @property
    def count(self) -> int:
        return len(self.ids) // _ID_BYTES

    @cached_property
    def positions(self) -> list[int]:
        """Positions of the checkpoints that the method asks."""
        return [self.version.index[each.code] for each in checkpoints_for(self.version, self.method)]

    @property
    def codes(self) -> list[str]:
        return [self.version.checkpoints[position].code for position in self.positions]

    def results_of(self, row: Row) -> list[str]:
        """The words of a row's results, in the order of `codes`."""
        return [RESULTS[row.results[position]] for position in self.positions]

    def ends_of(self, rows: Sequence[Row]) -> list[str]:
        """For each row its results as the end of a line of CSV: a comma before each word."""
        lines = np.full((len(rows), len(self.positions) + 1), ord("\n"), dtype=np.uint8)
        lines[:, :-1] = matrix(rows, self.positions)
        packed = lines.tobytes()
        for byte, word in enumerate(RESULTS):
            packed = packed.replace(bytes([byte]), f",{word}".encode())
        return packed.decode("ascii").splitlines()

    @cached_property
    def heads(self) -> dict[bytes, tuple[Any, ...]]:
        """Store -> the first part of its rows."""
        about = (self.programme, self.wave.number)
        return {
            id_: (*about, place.code, place.name, *place.region, *place.group, self.method)
            for id_, place in self.places.items()
        }

    def batches(self) -> Iterator[list[Row]]:
        """All rows by store code, so many at a time, each batch read in a short transaction of its own."""
        for ids in batches(self._ids(), rules.BATCH):
            with transaction(writes=False):
                found = {card.id: card for card in db.session.execute(_cards(ids))}
            yield [self._row(found[id_]) for id_ in ids]

    def _ids(self) -> Iterator[bytes]:
        for start in range(0, len(self.ids), _ID_BYTES):
            yield self.ids[start : start + _ID_BYTES]

    def _row(self, card: Any) -> Row:
        figures = _figures(card.passed, card.applicable, card.official, card.red_line)
        return Row(self.heads[card.store_id], self._who(card), figures, card.results)

    def _who(self, card: Any) -> tuple[str | None, date | None, str | None]:
        if card.store_id not in self.inside:
            return None, None, None
        return str(UUID(bytes=card.visit_id)), card.visited_on, card.auditor


def selected(order: Order) -> Selection:
    """The selection of an order, inside the caller's transaction. Raises NotFound for a hidden wave."""
    wave = waves.wave_visible(order.actor, order.wave)
    method = order.filters.method_of(wave)
    headquarters = network.stores_within(order.actor.scopes(*HEADQUARTERS), wave.opens_on)
    return Selection(
        wave=wave,
        programme=db.session.get_one(Programme, wave.programme_id).code,
        method=method,
        version=compiled(wave.checklist_version_id),
        ids=_frozen(order, wave, method),
        places=_places(order, wave),
        inside=frozenset(db.session.scalars(select(_packed(Store.id)).where(headquarters))),
    )


def matrix(rows: Sequence[Row], positions: Sequence[int]) -> NDArray[np.uint8]:
    """The packed results of some rows, (rows, checkpoints asked)."""
    packed = np.frombuffer(b"".join(row.results for row in rows), dtype=np.uint8)
    chosen: NDArray[np.uint8] = packed.reshape(len(rows), -1)[:, list(positions)]
    return chosen


@lru_cache(maxsize=4096)
def _figures(passed: int, applicable: int, official: str | None, red_line: bool) -> tuple[Any, ...]:
    score = None if official is None else shown(Fraction(official))
    return passed, applicable, shown(rate(passed, applicable)), score, red_line


def _frozen(order: Order, wave: Wave, method: str) -> bytes:
    rows = (
        select(_packed(ScorecardRow.id))
        .join(Store, Store.id == ScorecardRow.store_id)
        .where(
            ScorecardRow.wave_id == wave.id,
            ScorecardRow.checklist_version_id == wave.checklist_version_id,
            ScorecardRow.method == method,
            ScorecardRow.is_current,
            within(order.actor, wave, order.filters.part),
        )
        .order_by(Store.code, Store.id, ScorecardRow.visit_id)
        .execution_options(yield_per=_FROZEN_AT_ONCE)
    )
    return b"".join(db.session.scalars(rows))


def _packed(column: InstrumentedAttribute[UUID]) -> ColumnElement[bytes]:
    return type_coerce(column, PackedId)


def _places(order: Order, wave: Wave) -> dict[bytes, Place]:
    seen = select(Store.id, Store.code, Store.name).where(within(order.actor, wave, order.filters.part))
    parents = network.parents_on(wave.opens_on)
    regions = named_parents("region", [each.region_id for each in parents.values() if each.region_id])
    groups = named_parents("group", [each.group_id for each in parents.values() if each.group_id])
    nameless = (None, None)
    found = {}
    for store_id, code, name in db.session.execute(seen):
        held = parents.get(store_id, network.NO_PARENTS)
        region, group = regions.get(held.region_id, nameless), groups.get(held.group_id, nameless)
        found[store_id.bytes] = Place(code, name, region, group)
    return found


def _cards(ids: Sequence[bytes]) -> Select[*tuple[Any, ...]]:
    card = ScorecardRow
    packed = [_packed(column).label(column.key) for column in (card.id, card.visit_id, card.store_id)]
    figures = (card.passed, card.applicable, card.official, card.red_line, card.results)
    return (
        select(*packed, *figures, Visit.visited_on, Person.name.label("auditor"))
        .join(Visit, Visit.id == card.visit_id, isouter=True)
        .join(Person, Person.id == Visit.auditor_id, isouter=True)
        .where(_packed(card.id).in_(ids))
    )
