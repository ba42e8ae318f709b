"""Verbs about the network: record a brand, region, dealer group or store, and import a list of stores.

Whoever plans a part of the network records stores inside that part; regions and groups are for planners of the brand,
new brands for planners of everything.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Select, select

from backend.core import outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault, FieldsInvalid, NotFound
from backend.network import belonging, queries, rules, stores
from backend.network.importing import Importer, Report
from backend.network.models import Brand, Group, Region, Store
from backend.network.problems import CodeTaken, OutsideScope
from backend.network.queries import Parents
from backend.network.spreadsheet import Row

_PACKAGE = "backend.network"


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
    _check([*_word_faults(body), *_place_faults(body), *_date_faults(body)])
    day = body.get("member_from") or queries.today()
    history = belonging.histories([store_id]).get(store_id, [])
    before = belonging.parents_at(history, day)
    parents, brand_id = _placement(actor, present, body, before)
    if not stores.plans(actor, brand_id, store_id, parents) or (
        present and not stores.plans(actor, brand_id, store_id, belonging.parents_at(history, queries.today()))
    ):
        raise OutsideScope
    same_code = select(Store.id).where(Store.brand_id == brand_id, Store.code == body["code"], Store.id != store_id)
    _check_code(body["code"], same_code)
    store = present or _added(stores.made(store_id, brand_id, body))
    changes = stores.differing(store, {name: body.get(name) for name in stores.FACTS})
    moved = {"region_id", "group_id"} & body.keys() and belonging.moves(history, parents, day)
    if moved:
        belonging.move(store_id, history, parents, day)
    if present and (changes or moved):
        stores.change(store, changes)
        outbox.record(actor, "store.changed", store_id, changed=sorted(changes), moved=bool(moved))
    elif not present:
        outbox.record(actor, "store.created", store_id)
    return store, present is None


def import_stores(actor: Actor, rows: Sequence[Row], *, dry_run: bool = False) -> Report:
    """Takes in a list of stores, the heading first, and reports row by row; refused rows hold nobody else up.

    With `dry_run` nothing is written, and a reading transaction is enough. Raises ColumnMissing or ColumnTwice.
    """
    importer = Importer(actor, queries.today())
    report = importer.examine(rows)
    if not dry_run and importer.apply():
        outbox.record(actor, "stores.imported", new_id(), **report.counts)
    return report


def _put_parent[Parent: (Region, Group)](
    actor: Actor, table: type[Parent], present: Parent | None, part_id: UUID, body: PartBody
) -> tuple[Parent, bool]:
    _check(_word_faults(body))
    brand_id = _brand_id(actor, body.get("brand_id"), present.brand_id if present else None)
    if not stores.plans(actor, brand_id):
        raise OutsideScope
    same_code = select(table.id).where(table.brand_id == brand_id, table.code == body["code"], table.id != part_id)
    _check_code(body["code"], same_code)
    return _named(actor, present or table(id=part_id, brand_id=brand_id), body, is_new=present is None)
