"""The answers of a wave as rows, one a scored visit, its results under the checkpoints' own codes.

Which scorecards count is frozen at the beginning, in the transaction in which the figures are read. Few are read there
and then; of many sixteen bytes a visit are kept. Scorecards never change, so that the batches read afterwards tell of
that one moment, however long they take.
Who came and on which day stands only in rows of stores where the actor is headquarters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select, type_coerce
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
    """A visit: its values in the order of `COLUMNS`, in parts, and one byte per checkpoint of the version.

    All visits of a store have the same `place`; of `when` (the day, and who came) and `figures` there are few.
    """

    place: tuple[Any, ...]
    id: str | None
    when: tuple[date | None, str | None]
    figures: tuple[Any, ...]
    results: bytes

    @property
    def visit(self) -> tuple[Any, ...]:
        return (*self.place, self.id, *self.when, *self.figures)


@dataclass(frozen=True)
class Selection:
    """The visits of a wave that count for the actor, and what their rows are written with."""

    wave: Wave
    programme: str
    method: str
    version: Version
    cards: Sequence[Any]
    ids: bytes
    places: Mapping[bytes, Place]
    names: dict[bytes, str]
    inside: frozenset[bytes]

    @property
    def count(self) -> int:
        return len(self.cards) or len(self.ids) // _ID_BYTES

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
        """All rows by store code, so many at a time."""
        for cards in batches(self.cards, rules.BATCH) if self.cards else self._read():
            yield [self._row(card) for card in cards]

    def _read(self) -> Iterator[list[Any]]:
        """Scorecards by their ids, each batch in a short transaction of its own."""
        ids = (self.ids[start : start + _ID_BYTES] for start in range(0, len(self.ids), _ID_BYTES))
        for some in batches(ids, rules.BATCH):
            with transaction(writes=False):
                found = {
                    card.id: card for card in db.session.execute(_cards().where(_packed(ScorecardRow.id).in_(some)))
                }
                self.names.update(_names(found.values()))
            yield [found[id_] for id_ in some]

    def _row(self, card: Any) -> Row:
        _, visit_id, store_id, *scored, results, visited_on, auditor_id = card
        figures = _figures(*scored)
        if store_id not in self.inside:
            return Row(self.heads[store_id], None, (None, None), figures, results)
        return Row(self.heads[store_id], _written(visit_id), (visited_on, self.names.get(auditor_id)), figures, results)


def selected(order: Order) -> Selection:
    """The selection of an order, inside the caller's transaction. Raises NotFound for a hidden wave."""
    wave = waves.wave_visible(order.actor, order.wave)
    method = order.filters.method_of(wave)
    headquarters = network.stores_within(order.actor.scopes(*HEADQUARTERS), wave.opens_on)
    cards, ids = _frozen(order, wave, method)
    return Selection(
        wave=wave,
        programme=db.session.get_one(Programme, wave.programme_id).code,
        method=method,
        version=compiled(wave.checklist_version_id),
        cards=cards,
        ids=ids,
        places=_places(order, wave),
        names=_names(cards),
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


def _written(id_: bytes) -> str:
    """The id as RFC 9562 writes it."""
    text = id_.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _frozen(order: Order, wave: Wave, method: str) -> tuple[Sequence[Any], bytes]:
    """The scorecards that count, by store code; of more than `AT_ONCE` their ids alone."""
    counts = (
        ScorecardRow.wave_id == wave.id,
        ScorecardRow.checklist_version_id == wave.checklist_version_id,
        ScorecardRow.method == method,
        ScorecardRow.is_current,
        within(order.actor, wave, order.filters.part),
    )
    chosen = select(_packed(ScorecardRow.id)).join(Store, Store.id == ScorecardRow.store_id).where(*counts)
    in_order = (Store.code, Store.id, ScorecardRow.visit_id)
    if (db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0) <= rules.AT_ONCE:
        cards = _cards().join(Store, Store.id == ScorecardRow.store_id).where(*counts)
        return db.session.execute(cards.order_by(*in_order)).all(), b""
    ids = chosen.order_by(*in_order).execution_options(yield_per=_FROZEN_AT_ONCE)
    return (), b"".join(db.session.scalars(ids))


def _packed(column: InstrumentedAttribute[Any]) -> ColumnElement[bytes]:
    return type_coerce(column, PackedId)


def _places(order: Order, wave: Wave) -> dict[bytes, Place]:
    seen = select(Store.id, Store.code, Store.name).where(within(order.actor, wave, order.filters.part))
    parents = network.parents_on(wave.opens_on)
    regions = named_parents("region", {each.region_id for each in parents.values() if each.region_id})
    groups = named_parents("group", {each.group_id for each in parents.values() if each.group_id})
    nameless = (None, None)
    found = {}
    for store_id, code, name in db.session.execute(seen):
        held = parents.get(store_id, network.NO_PARENTS)
        region, group = regions.get(held.region_id, nameless), groups.get(held.group_id, nameless)
        found[store_id.bytes] = Place(code, name, region, group)
    return found


def _names(cards: Iterable[Any]) -> dict[bytes, str]:
    """Who came, as far as anybody is known."""
    ids = {card.auditor_id for card in cards} - {None}
    rows = select(_packed(Person.id), Person.name).where(_packed(Person.id).in_(ids))
    return {person_id: name for person_id, name in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def _cards() -> Select[*tuple[Any, ...]]:
    card = ScorecardRow
    ids = [_packed(column).label(column.key) for column in (card.id, card.visit_id, card.store_id)]
    figures = (card.passed, card.applicable, card.official, card.red_line, card.results, card.visited_on)
    return select(*ids, *figures, _packed(card.auditor_id).label("auditor_id"))
