"""Takes in a list of stores row by row: first everything is examined, then what is sound is written, all in one go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import yaml
from sqlalchemy import select

from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault
from backend.network import belonging, queries, rules, stores
from backend.network.models import Brand, Group, Region, Store, StoreMembership
from backend.network.problems import ColumnMissing, ColumnTwice
from backend.network.queries import Parents
from backend.network.rules import CellFault
from backend.network.spreadsheet import Row

Outcome = Literal["created", "changed", "unchanged", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("created", "changed", "unchanged", "refused")

_PACKAGE = "backend.network"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one row; `row` is its number in the file, as the spreadsheet program shows it."""

    row: int
    code: str | None
    outcome: Outcome
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every row, and which headings were not understood."""

    lines: Sequence[Line]
    ignored: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(line.outcome for line in self.lines)
        return {outcome: found[outcome] for outcome in OUTCOMES}


@dataclass(slots=True)
class _Entry:
    """One row on its way: its values by column, and what is wrong with it."""

    row: int
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    brand: Brand | None = None
    store: Store | None = None

    @property
    def code(self) -> str | None:
        code: str | None = self.values.get("code")
        return code

    def refuse(self, column: str, code: str, **params: Any) -> None:
        self.faults.append(Fault({"field": column}, _PACKAGE, code, params))


@cache
def known_columns() -> Mapping[str, Sequence[str]]:
    """Column -> the headings it is known by, from `columns.yaml`."""
    text = Path(__file__).with_name("columns.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[str]] = yaml.safe_load(text)
    return loaded


class Importer:
    """One import; `examine` reads only, `apply` writes what it found. Both within the caller's transaction."""

    def __init__(self, actor: Actor, today: date) -> None:
        self._actor, self._today = actor, today
        self._brands: dict[str, Brand] = {}
        self._parents: dict[type[Region | Group], _Parents] = {}
        self._histories: dict[UUID, list[StoreMembership]] = {}
        self._new_stores: list[Store] = []
        self._changes: list[tuple[Store, dict[str, Any]]] = []
        self._moves: list[tuple[UUID, Parents, date]] = []

    def examine(self, rows: Sequence[Row]) -> Report:
        """What becomes of each row. Nothing is changed yet."""
        columns, ignored = _columns(rows[0][1] if rows else [])
        entries = [_entry(number, cells, columns) for number, cells in rows[1:]]
        self._load_parts()
        _refuse_repeated(entries)
        for entry in entries:
            self._find_brand(entry)
        self._load_stores(entries)
        return Report([self._line(entry) for entry in entries], ignored)

    def apply(self) -> bool:
        """Writes what was found sound; tells whether there was anything. Parents first: what comes after points at them."""
        for parents in self._parents.values():
            db.session.add_all(parents.made)
        db.session.flush()
        db.session.add_all(self._new_stores)
        db.session.flush()
        for store, changes in self._changes:
            stores.change(store, changes)
        for store_id, place, day in self._moves:
            belonging.move(store_id, self._histories.get(store_id, []), place, day)
        db.session.flush()
        return bool(self._new_stores or self._changes)

    def _load_parts(self) -> None:
        self._brands = {brand.code: brand for brand in db.session.scalars(queries.brands_visible(self._actor))}
        self._parents = {
            Region: _Parents(Region, db.session.scalars(queries.regions_visible(self._actor)).all()),
            Group: _Parents(Group, db.session.scalars(queries.groups_visible(self._actor)).all()),
        }

    def _load_stores(self, entries: Sequence[_Entry]) -> None:
        """The stores that exist already, locked, and where they have belonged; a fixed number of rows a query."""
        wanted = {(entry.brand.id, entry.code): entry for entry in entries if entry.brand and entry.code}
        codes = sorted({code for _, code in wanted})
        brand_ids = [brand.id for brand in self._brands.values()]
        for start in range(0, len(codes), _BATCH):
            some = select(Store).where(Store.brand_id.in_(brand_ids), Store.code.in_(codes[start : start + _BATCH]))
            for store in db.session.scalars(some.order_by(Store.id).with_for_update(key_share=True)):
                if entry := wanted.get((store.brand_id, store.code)):
                    entry.store = store
        self._histories = belonging.histories([entry.store.id for entry in wanted.values() if entry.store])

    def _find_brand(self, entry: _Entry) -> None:
        code = entry.values.get("brand")
        if code is not None:
            entry.brand = self._brands.get(code)
            if entry.brand is None:
                entry.refuse("brand", "row-brand-unknown", value=code)
        elif len(self._brands) == 1:
            [entry.brand] = self._brands.values()
        else:
            entry.refuse("brand", "row-brand-needed")

    def _line(self, entry: _Entry) -> Line:
        if entry.faults or entry.brand is None:
            return _refused(entry)
        outcome = self._judge(entry, entry.brand)
        return _refused(entry) if outcome == "refused" else Line(entry.row, entry.code, outcome)

    def _judge(self, entry: _Entry, brand: Brand) -> Outcome:
        """Notes what this row would change. New regions and groups are kept only if the whole row is sound."""
        store, values = entry.store, entry.values
        store_id = store.id if store else new_id()
        history, day = self._histories.get(store_id, []), values.get("member_from") or self._today
        _check_facts(entry, store)
        before = belonging.parents_at(history, day)
        may_make = stores.plans(self._actor, brand.id)
        region = self._parents[Region].find(entry, brand, "region", may_make=may_make)
        group = self._parents[Group].find(entry, brand, "group", may_make=may_make)
        parents = Parents(region.id if region else before.region_id, group.id if group else before.group_id)
        self._check_scope(entry, brand, store_id, parents)
        if entry.faults:
            return "refused"
        self._keep(region, group)
        return self._note(entry, brand, store_id, (parents, day, history))

    def _check_scope(self, entry: _Entry, brand: Brand, store_id: UUID, parents: Parents) -> None:
        known_id = store_id if entry.store else None
        now = belonging.parents_at(self._histories.get(store_id, []), self._today)
        after = stores.plans(self._actor, brand.id, known_id, parents)
        if not after or (entry.store and not stores.plans(self._actor, brand.id, known_id, now)):
            entry.refuse("code", "row-outside-scope")

    def _keep(self, region: Region | None, group: Group | None) -> None:
        for part in (region, group):
            if part is not None:
                self._parents[type(part)].keep(part)

    def _note(
        self, entry: _Entry, brand: Brand, store_id: UUID, place: tuple[Parents, date, Sequence[StoreMembership]]
    ) -> Outcome:
        parents, day, history = place
        facts = {name: entry.values[name] for name in stores.FACTS if name in entry.values}
        moves = belonging.moves(history, parents, day) and _names_parent(entry)
        if moves:
            self._moves.append((store_id, parents, day))
        if entry.store is None:
            self._new_stores.append(stores.made(store_id, brand.id, facts))
            return "created"
        changes = stores.differing(entry.store, facts)
        if changes or moves:
            self._changes.append((entry.store, changes))
        return "changed" if changes or moves else "unchanged"


class _Parents:
    """The regions, or the groups, that rows may name; missing ones are made."""

    def __init__(self, table: type[Region] | type[Group], rows: Sequence[Region | Group]) -> None:
        self.made: list[Region | Group] = []
        self._table = table
        self._by_code = {(row.brand_id, row.code): row for row in rows}
        self._by_name = {(row.brand_id, row.name): row for row in reversed(rows)}

    def find(self, entry: _Entry, brand: Brand, column: str, *, may_make: bool) -> Any:
        """The part that the row names by code, or by name alone; a new one for an unknown code with a name."""
        code, name = entry.values.get(column), entry.values.get(f"{column}_name")
        if not code and not name:
            return None
        found = self._by_code.get((brand.id, code or ""))
        if found is None and not (code and name):
            found = self._by_name.get((brand.id, code or name or ""))
        if found is not None:
            return found
        if code and name and may_make:
            return self._table(id=new_id(), brand_id=brand.id, code=code, name=name)
        entry.refuse(column, "row-parent-unknown", value=code or name)
        return None

    def keep(self, part: Region | Group) -> None:
        if (part.brand_id, part.code) not in self._by_code:
            self.made.append(part)
            self._by_code[part.brand_id, part.code] = part
            self._by_name.setdefault((part.brand_id, part.name), part)


def _columns(headings: Sequence[Any]) -> tuple[dict[int, str], list[str]]:
    columns, ignored = rules.columns_of(headings, known_columns())
    for column, count in Counter(columns.values()).items():
        if count > 1:
            raise ColumnTwice(column=column)
    if "code" not in columns.values():
        raise ColumnMissing(column="code", known=list(known_columns()))
    return columns, ignored


def _entry(number: int, cells: Sequence[Any], columns: Mapping[int, str]) -> _Entry:
    values, faults = rules.read_cells({columns[place]: cell for place, cell in enumerate(cells) if place in columns})
    entry = _Entry(number, values)
    for column, fault in faults:
        _refuse(entry, column, fault)
    if "code" not in values and not faults:
        entry.refuse("code", "row-needed")
    return entry


def _refuse(entry: _Entry, column: str, fault: CellFault) -> None:
    entry.refuse(column, fault.code, **fault.params)


def _refuse_repeated(entries: Sequence[_Entry]) -> None:
    seen: dict[tuple[str | None, str], int] = {}
    for entry in entries:
        if entry.code is None:
            continue
        first = seen.setdefault((entry.values.get("brand"), entry.code), entry.row)
        if first != entry.row:
            entry.refuse("code", "row-repeated", row=first)


def _check_facts(entry: _Entry, store: Store | None) -> None:
    """What only shows when the row and what is known already are seen together."""
    values = entry.values

    def after(name: str) -> Any:
        return values.get(name, getattr(store, name) if store else None)

    if after("name") is None:
        entry.refuse("name", "row-needed")
    if (after("lat") is None) != (after("lon") is None):
        entry.refuse("lat" if after("lat") is None else "lon", "place-incomplete")
    opened, closed = after("opened_on"), after("closed_on")
    if opened and closed and closed < opened:
        entry.refuse("closed_on", "closed-before-opened")


def _names_parent(entry: _Entry) -> bool:
    return bool({"region", "region_name", "group", "group_name"} & entry.values.keys())


def _refused(entry: _Entry) -> Line:
    return Line(entry.row, entry.code, "refused", tuple(entry.faults))
