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
from itertools import chain, groupby
from operator import itemgetter
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
from backend.reports.loading import NO_PARENTS, ParentKind, parents_by_key
from backend.reports.scope import HEADQUARTERS, leaves_all, within
from backend.reports.statistics import rate
from backend.reports.tables import named_parents
from backend.reports.tallies import Key, id_of
from backend.scores.models import ScorecardRow, Tally
from backend.waves import queries as waves
from backend.waves.models import Programme, Wave

# The words of a packed result vector, by its bytes.
RESULTS: Final = ("", "pass", "fail", "na")
_WORDS: Final = np.array([f",{word}".encode() for word in RESULTS])
_ID_BYTES: Final = 16
# Where the columns of `_cards` stand: to ask a row of the database by name takes four times as long.
_STORE, _AUDITOR = 1, 8
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

    def ends_of(self, rows: Sequence[Row]) -> list[bytes]:
        """For each row its results as the end of a line of CSV: a comma before each word."""
        lines = np.full((len(rows), len(self.positions) + 1), b"\n", dtype=_WORDS.dtype)
        lines[:, :-1] = _WORDS[matrix(rows, self.positions)]
        # Shorter words are filled up with zeros.
        return lines.tobytes().replace(b"\0", b"").splitlines()

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
            yield list(self._rows(cards))

    def _read(self) -> Iterator[list[Any]]:
        """Scorecards by their ids, each batch in a short transaction of its own."""
        ids = (self.ids[start : start + _ID_BYTES] for start in range(0, len(self.ids), _ID_BYTES))
        for some in batches(ids, rules.BATCH):
            with transaction(writes=False):
                cards = _cards(_packed(ScorecardRow.id)).where(_packed(ScorecardRow.id).in_(some))
                found = {id_: card for *card, id_ in db.session.execute(cards)}
                self.names.update(_names(found.values()))
            yield [found[id_] for id_ in some]

    def _rows(self, cards: Iterable[Any]) -> Iterator[Row]:
        heads, inside, name_of = self.heads, self.inside, self.names.get
        for visit_id, store_id, passed, applicable, official, red_line, results, visited_on, auditor_id in cards:
            figures = _figures(passed, applicable, official, red_line)
            if store_id in inside:
                yield Row(heads[store_id], _written(visit_id), (visited_on, name_of(auditor_id)), figures, results)
            else:
                yield Row(heads[store_id], None, (None, None), figures, results)


def selected(order: Order) -> Selection:
    """The selection of an order, inside the caller's transaction. Raises NotFound for a hidden wave."""
    wave = waves.wave_visible(order.actor, order.wave)
    method = order.filters.method_of(wave)
    headquarters = network.stores_within(order.actor.scopes(*HEADQUARTERS), wave.opens_on)
    places = _places(order, wave)
    cards, ids = _frozen(order, wave, method, places)
    return Selection(
        wave=wave,
        programme=db.session.get_one(Programme, wave.programme_id).code,
        method=method,
        version=compiled(wave.checklist_version_id),
        cards=cards,
        ids=ids,
        places=places,
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


def _frozen(order: Order, wave: Wave, method: str, places: Mapping[bytes, Place]) -> tuple[Sequence[Any], bytes]:
    """The scorecards that count, by store code; of more than `AT_ONCE` their ids alone."""
    tallied = _counting(Tally, wave, method, order, select(func.sum(Tally.visits)))
    if (db.session.scalar(tallied) or 0) <= rules.AT_ONCE:
        cards = _counting(ScorecardRow, wave, method, order, _cards()).where(ScorecardRow.is_current)
        return _by_code(db.session.execute(cards.order_by(ScorecardRow.store_id, ScorecardRow.visit_id)), places), b""
    chosen = _counting(ScorecardRow, wave, method, order, select(_packed(ScorecardRow.id))).where(
        ScorecardRow.is_current
    )
    in_order = chosen.join(Store, Store.id == ScorecardRow.store_id).order_by(
        Store.code, Store.id, ScorecardRow.visit_id
    )
    return (), b"".join(db.session.scalars(in_order.execution_options(yield_per=_FROZEN_AT_ONCE)))


def _counting(
    model: type[ScorecardRow] | type[Tally], wave: Wave, method: str, order: Order, rows: Select[Any]
) -> Select[Any]:
    """Those of the wave's version and the method, in the stores that the order is about."""
    found = rows.where(
        model.wave_id == wave.id, model.checklist_version_id == wave.checklist_version_id, model.method == method
    )
    where = within(order.actor, wave, order.filters.part)
    return found if leaves_all(where) else found.where(model.store_id.in_(select(Store.id).where(where)))


def _by_code(cards: Iterable[Any], places: Mapping[bytes, Place]) -> list[Any]:
    """Scorecards that lie store by store, in the order of the stores' codes: to let the database do it takes 13 ms more."""
    of_store = {store_id: list(held) for store_id, held in groupby(cards, key=itemgetter(_STORE))}
    in_order = sorted(of_store, key=lambda store_id: (places[store_id].code, store_id))
    return list(chain.from_iterable(of_store[store_id] for store_id in in_order))


def _packed(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bytes]:
    return type_coerce(column, PackedId)


def _places(order: Order, wave: Wave) -> dict[bytes, Place]:
    seen = select(_packed(Store.id), Store.code, Store.name).where(within(order.actor, wave, order.filters.part))
    held = parents_by_key(wave.opens_on)
    regions = _parents("region", {region for region, _ in held.values()})
    groups = _parents("group", {group for _, group in held.values()})
    found = {}
    for store_id, code, name in db.session.execute(seen):
        region, group = held.get(store_id, NO_PARENTS)
        found[store_id] = Place(code, name, regions[region], groups[group])
    return found


def _parents(kind: ParentKind, keys: set[Key | None]) -> dict[Key | None, tuple[str | None, str | None]]:
    """Key -> (code, name); of none, none."""
    named = named_parents(kind, [id_of(key) for key in keys if key is not None])
    return {key: (None, None) if key is None else named[id_of(key)] for key in keys | {None}}


def _names(cards: Iterable[Any]) -> dict[bytes, str]:
    """Who came, as far as anybody is known."""
    ids = {card[_AUDITOR] for card in cards} - {None}
    rows = select(_packed(Person.id), Person.name).where(_packed(Person.id).in_(ids))
    return {person_id: name for person_id, name in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def _cards(*more: ColumnElement[Any]) -> Select[Any]:
    """Of the table's columns, not the model's, whose rows take twice as long to be made."""
    card = ScorecardRow.__table__.c
    figures = (card.passed, card.applicable, card.official, card.red_line, card.results, card.visited_on)
    rows: Select[Any] = select(
        _packed(card.visit_id), _packed(card.store_id), *figures, _packed(card.auditor_id), *more
    )
    return rows
