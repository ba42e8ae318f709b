"""Verbs about the network: record a brand, region, dealer group or store, and import a list of stores.

Whoever plans a part of the network records stores inside that part; regions and groups are for planners of the brand,
new brands for planners of everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from backend.core import messages, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault, FieldsInvalid, NotFound
from backend.network import belonging, queries, rules, stores
from backend.network.importing import Importer, Report
from backend.network.models import Brand, Group, Region, Store, StoreMembership
from backend.network.problems import CodeTaken, OutsideScope
from backend.network.queries import Parents
from backend.network.spreadsheet import Row

_PACKAGE = "backend.network"
_Parent = TypeVar("_Parent", Region, Group)
_Part = TypeVar("_Part", Brand, Region, Group)
_Row = TypeVar("_Row", Brand, Region, Group, Store)


class PartBody(TypedDict, total=False):
    """What is recorded of a brand, region or group; `brand_id` may be left out while there is one brand only."""

    code: str
    name: str
    brand_id: UUID | None


class StoreBody(PartBody, total=False):
    """What is recorded of a store; what is left out is empty.

    Except `region_id` and `group_id`, which stay as they are; a new value counts from `member_from`, else from today.
    """

    region_id: UUID | None
    group_id: UUID | None
    member_from: date | None
    city: str | None
    address: str | None
    lat: float | None
    lon: float | None
    datum: str | None
    opened_on: date | None
    closed_on: date | None
    staff_informed_on: date | None
    staff_informed_by: str | None
    tags: list[str]


def put_brand(actor: Actor, brand_id: UUID, body: PartBody) -> tuple[Brand, bool]:
    """Records a brand; returns the row and whether it is new. Raises OutsideScope, CodeTaken or NotFound."""
    present = _present(Brand, brand_id, queries.brands_visible(actor))
    _check(_word_faults(body))
    if not stores.plans(actor, brand_id if present else None):
        raise OutsideScope
    _check_code(body["code"], select(Brand.id).where(Brand.code == body["code"], Brand.id != brand_id))
    return _named(actor, present or Brand(id=brand_id), body, is_new=present is None)


def put_region(actor: Actor, region_id: UUID, body: PartBody) -> tuple[Region, bool]:
    """Records a region; returns the row and whether it is new. Its brand never changes."""
    return _put_parent(actor, Region, _present(Region, region_id, queries.regions_visible(actor)), region_id, body)


def put_group(actor: Actor, group_id: UUID, body: PartBody) -> tuple[Group, bool]:
    """Records a dealer group; returns the row and whether it is new. Its brand never changes."""
    return _put_parent(actor, Group, _present(Group, group_id, queries.groups_visible(actor)), group_id, body)


def put_store(actor: Actor, store_id: UUID, body: StoreBody) -> tuple[Store, bool]:
    """Records a store and where it belongs; returns the row and whether it is new. The same again changes nothing.

    Raises NotFound, OutsideScope, CodeTaken, or FieldsInvalid naming the field.
    """
    present = _present(Store, store_id, queries.visible_to(actor))
    _check([*_word_faults(body), *_fact_faults(body)])
    body = {**body, "tags": rules.tags_in_order(body.get("tags", []))}
    move = _move(actor, present, store_id, body)
    same_code = select(Store.id).where(
        Store.brand_id == move.brand_id, Store.code == body["code"], Store.id != store_id
    )
    _check_code(body["code"], same_code)
    if present is None:
        return _create_store(actor, store_id, body, move), True
    _change_store(actor, present, body, move)
    return present, False


def import_stores(actor: Actor, rows: Sequence[Row], *, dry_run: bool = False) -> Report:
    """Takes in a list of stores, the heading first, and reports row by row; refused rows hold nobody else up.

    With `dry_run` nothing is written, and a reading transaction is enough. Raises ColumnMissing or ColumnTwice.
    """
    importer = Importer(actor, queries.today())
    report = importer.examine(rows)
    if not dry_run and importer.apply():
        outbox.record(actor, "stores.imported", new_id(), **report.counts)
    return report


@dataclass(frozen=True, slots=True)
class _Move:
    """Where a store shall belong from `day` on."""

    brand_id: UUID
    parents: Parents
    day: date
    history: Sequence[StoreMembership]

    @property
    def changes(self) -> bool:
        return belonging.moves(self.history, self.parents, self.day)

    def make(self, store_id: UUID) -> None:
        belonging.move(store_id, self.history, self.parents, self.day)


def _create_store(actor: Actor, store_id: UUID, body: StoreBody, move: _Move) -> Store:
    store = stores.made(store_id, move.brand_id, body)
    db.session.add(store)
    db.session.flush()  # The membership points at it.
    move.make(store_id)
    outbox.record(actor, "store.created", store_id)
    return store


def _change_store(actor: Actor, store: Store, body: StoreBody, move: _Move) -> None:
    changes = stores.differing(store, {name: body.get(name) for name in stores.FACTS})
    moves = move.changes and bool({"region_id", "group_id"} & body.keys())
    if not changes and not moves:
        return
    if moves:
        move.make(store.id)
    stores.change(store, changes)
    outbox.record(actor, "store.changed", store.id, changed=sorted(changes), moved=moves)


def _move(actor: Actor, present: Store | None, store_id: UUID, body: StoreBody) -> _Move:
    """What the body says of the store's place, which the actor must plan both before and after."""
    history = belonging.histories([store_id]).get(store_id, [])
    day = body.get("member_from") or queries.today()
    region = _parent(Region, queries.regions_visible(actor), body.get("region_id"), "region")
    group = _parent(Group, queries.groups_visible(actor), body.get("group_id"), "group")
    implied = next((part.brand_id for part in (region, group) if part), None)
    brand_id = _brand_id(actor, body.get("brand_id"), present.brand_id if present else None, implied)
    _check(
        [
            _fault(f"{kind}_id", "brand-differs")
            for kind, part in (("region", region), ("group", group))
            if part and part.brand_id != brand_id
        ]
    )
    before = belonging.parents_at(history, day)
    parents = Parents(
        (region.id if region else None) if "region_id" in body else before.region_id,
        (group.id if group else None) if "group_id" in body else before.group_id,
    )
    now = belonging.parents_at(history, queries.today())
    if not stores.plans(actor, brand_id, store_id if present else None, parents) or (
        present and not stores.plans(actor, brand_id, store_id, now)
    ):
        raise OutsideScope
    return _Move(brand_id, parents, day, history)


def _put_parent(
    actor: Actor, table: type[_Parent], present: _Parent | None, part_id: UUID, body: PartBody
) -> tuple[_Parent, bool]:
    _check(_word_faults(body))
    brand_id = _brand_id(actor, body.get("brand_id"), present.brand_id if present else None)
    if not stores.plans(actor, brand_id):
        raise OutsideScope
    same_code = select(table.id).where(table.brand_id == brand_id, table.code == body["code"], table.id != part_id)
    _check_code(body["code"], same_code)
    return _named(actor, present or table(id=part_id, brand_id=brand_id), body, is_new=present is None)


def _named(actor: Actor, part: _Part, body: PartBody, *, is_new: bool) -> tuple[_Part, bool]:
    """Gives the part its code and name, and tells history if that changed anything."""
    if (part.code, part.name) == (body["code"], body["name"]):
        return part, False
    part.code, part.name = body["code"], body["name"]
    db.session.add(part)
    kind = type(part).__name__.lower()
    outbox.record(actor, f"{kind}.{'created' if is_new else 'changed'}", part.id, code=part.code)
    return part, is_new


def _present(table: type[_Row], row_id: UUID, visible: Select[_Row]) -> _Row | None:
    """The row, locked; None when there is none. NotFound when there is one that the actor may not see."""
    if db.session.get(table, row_id) is None:
        return None
    locked = visible.where(table.id == row_id).with_for_update(key_share=True, of=table)
    row = db.session.scalar(locked.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _parent(table: type[_Parent], visible: Select[_Parent], part_id: UUID | None, kind: str) -> _Parent | None:
    if part_id is None:
        return None
    part = db.session.scalar(visible.where(table.id == part_id))
    if part is None:
        raise FieldsInvalid(faults=[_unknown(kind)])
    return part


def _brand_id(actor: Actor, given: UUID | None, fixed: UUID | None, implied: UUID | None = None) -> UUID:
    """The brand of a record: the one it has, else the one that is named, implied by its parents, or the only one."""
    if fixed is not None:
        if given not in {None, fixed}:
            raise FieldsInvalid(faults=[_fault("brand_id", "brand-fixed")])
        return fixed
    visible = queries.brands_visible(actor).with_only_columns(Brand.id)
    if given is not None:
        if db.session.scalar(visible.where(Brand.id == given)) is None:
            raise FieldsInvalid(faults=[_unknown("brand")])
        return given
    only = [implied] if implied else db.session.scalars(visible.limit(2)).all()
    if len(only) != 1:
        raise FieldsInvalid(faults=[_fault("brand_id", "brand-missing")])
    return only[0]


def _check_code(code: str, others: Select[UUID]) -> None:
    if db.session.scalar(others) is not None:
        raise CodeTaken(code=code)


def _check(faults: Sequence[Fault]) -> None:
    if faults:
        raise FieldsInvalid(faults=faults)


def _word_faults(body: PartBody) -> list[Fault]:
    return [] if rules.is_code(body["code"]) else [_fault("code", "code-blank")]


def _fact_faults(body: StoreBody) -> list[Fault]:
    faults = []
    if (body.get("lat") is None) != (body.get("lon") is None):
        faults.append(_fault("lat" if body.get("lat") is None else "lon", "place-incomplete"))
    opened, closed = body.get("opened_on"), body.get("closed_on")
    if opened and closed and closed < opened:
        faults.append(_fault("closed_on", "closed-before-opened"))
    return faults


def _fault(field: str, code: str, **params: Any) -> Fault:
    return Fault({"field": field}, _PACKAGE, code, params)


def _unknown(kind: str) -> Fault:
    return _fault(f"{kind}_id", "part-unknown", kind=messages.say(_PACKAGE, f"kind-{kind}", {}))
