"""Routes of brands, regions, dealer groups and stores, and the import of a list of stores."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request

from backend.core.actor import Actor
from backend.core.api import Blueprint, check_revision, revision_tag
from backend.core.db import transaction
from backend.core.paging import PageQuery, page
from backend.core.permissions import Permission
from backend.core.problems import BodyTooLarge
from backend.network import queries, service, store_codes
from backend.network.importing import Report
from backend.network.models import Brand, Group, Region, Store
from backend.network.problems import FileMissing
from backend.network.queries import NO_PARENTS, Parents
from backend.network.schemas import (
    BrandAnswer,
    BrandsAnswer,
    ImportAnswer,
    ImportQuery,
    ParentAnswer,
    ParentBody,
    ParentsAnswer,
    PartBody,
    StoreBody,
    StoreRecordAnswer,
    StoresAnswer,
    StoresQuery,
    TagsAnswer,
)
from backend.network.spreadsheet import MOST_BYTES, read_rows
from backend.network.stores import FACTS

blp = Blueprint("network", __name__, description="Brands, regions, dealer groups and stores.")
BLUEPRINTS = (blp,)

# What a form adds around the file it carries.
_ENVELOPE_BYTES = 64 << 10


@blp.endpoint("GET", "/brands", permission=Permission.NETWORK_READ, query=PageQuery, answer=BrandsAnswer)
def get_brands(actor: Actor, query: dict[str, Any]) -> Any:
    """The brands of what one may see, by code."""
    return page(queries.brands_visible(actor), Brand.code, after=query["after"], limit=query["limit"])


@blp.endpoint("PUT", "/brands/<uuid:brand_id>", permission=Permission.NETWORK_MANAGE, body=PartBody, answer=BrandAnswer)
def put_brand(actor: Actor, body: Any, brand_id: UUID) -> Any:
    """Records a brand."""
    return _status(*service.put_brand(actor, brand_id, body))


@blp.endpoint("GET", "/regions", permission=Permission.NETWORK_READ, query=PageQuery, answer=ParentsAnswer)
def get_regions(actor: Actor, query: dict[str, Any]) -> Any:
    """The regions one may see, by code."""
    return page(queries.regions_visible(actor), Region.code, Region.id, after=query["after"], limit=query["limit"])


@blp.endpoint(
    "PUT", "/regions/<uuid:region_id>", permission=Permission.NETWORK_MANAGE, body=ParentBody, answer=ParentAnswer
)
def put_region(actor: Actor, body: Any, region_id: UUID) -> Any:
    """Records a region."""
    return _status(*service.put_region(actor, region_id, body))


@blp.endpoint("GET", "/groups", permission=Permission.NETWORK_READ, query=PageQuery, answer=ParentsAnswer)
def get_groups(actor: Actor, query: dict[str, Any]) -> Any:
    """The dealer groups one may see, by code."""
    return page(queries.groups_visible(actor), Group.code, Group.id, after=query["after"], limit=query["limit"])


@blp.endpoint(
    "PUT", "/groups/<uuid:group_id>", permission=Permission.NETWORK_MANAGE, body=ParentBody, answer=ParentAnswer
)
def put_group(actor: Actor, body: Any, group_id: UUID) -> Any:
    """Records a dealer group."""
    return _status(*service.put_group(actor, group_id, body))


@blp.endpoint("GET", "/stores", permission=Permission.NETWORK_READ, query=StoresQuery, answer=StoresAnswer)
def get_stores(actor: Actor, query: dict[str, Any]) -> Any:
    """The stores one may see, by code, each with today's region and group."""
    found = page(
        queries.stores_matching(
            actor, text=query.get("q"), region_id=query["region"], group_id=query["group"], tag=query.get("tag")
        ),
        Store.code,
        Store.id,
        after=query["after"],
        limit=query["limit"],
    )
    return {"items": _shown(found.items), "next": found.next}


@blp.endpoint("GET", "/store-tags", permission=Permission.NETWORK_READ, answer=TagsAnswer)
def get_tags(actor: Actor) -> Any:
    """The tags on the stores one may see, whole, each with its number of stores."""
    return {
        "items": [{"tag": tag, "stores": stores} for tag, stores in queries.tags_visible(actor).items()],
        "next": None,
    }


@blp.endpoint("GET", "/stores/<uuid:store_id>/qr", permission=Permission.NETWORK_MANAGE)
def get_store_code(actor: Actor, store_id: UUID) -> Response:
    """The code to hang in the store, as SVG: a phone's camera opens the phone app, which checks its person in."""
    store = queries.get_visible(actor, store_id)
    headers = {"Content-Disposition": f'inline; filename="{store.id}.svg"', "Cache-Control": "private, no-cache"}
    return Response(store_codes.picture_of(store.id, store.name), mimetype="image/svg+xml", headers=headers)


@blp.endpoint("GET", "/stores/<uuid:store_id>", permission=Permission.NETWORK_READ, answer=StoreRecordAnswer)
def get_store(actor: Actor, store_id: UUID) -> Any:
    return _answer(queries.get_visible(actor, store_id), 200)


@blp.endpoint(
    "PUT", "/stores/<uuid:store_id>", permission=Permission.NETWORK_MANAGE, body=StoreBody, answer=StoreRecordAnswer
)
def put_store(actor: Actor, body: Any, store_id: UUID) -> Any:
    """Records a store, and from which day it belongs to its region and dealer group."""
    if "If-Match" in request.headers:
        check_revision(queries.get_visible(actor, store_id).revision)
    store, created = service.put_store(actor, store_id, body)
    return _answer(store, 201 if created else 200)


@blp.endpoint(
    "POST",
    "/stores/import",
    permission=Permission.NETWORK_MANAGE,
    query=ImportQuery,
    answer=ImportAnswer,
    transaction="after",
)
def post_import(actor: Actor, query: dict[str, Any]) -> Any:
    """Takes in a list of stores, .xlsx, .xls or CSV, as the form field `file` or as the body; tells row by row.

    Headings may be Chinese or English: see `columns.yaml`. Sound rows are written although others are refused; with
    `dry_run` none are. The same file again changes nothing.
    """
    rows = read_rows(_uploaded())
    dry_run = query["dry_run"]
    with transaction(writes=not dry_run):
        report = service.import_stores(actor, rows, dry_run=dry_run)
    return _told(report, dry_run=dry_run)


def _uploaded() -> bytes:
    """The file's bytes; a larger one is refused by its declared length, before any of it is read."""
    request.max_content_length = MOST_BYTES + _ENVELOPE_BYTES
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        content = file.stream.read() if file else b""
    else:
        content = request.get_data()
    if len(content) > MOST_BYTES:
        raise BodyTooLarge(limit=f"{MOST_BYTES >> 20} MiB")
    if not content:
        raise FileMissing
    return content


def _told(report: Report, *, dry_run: bool) -> dict[str, Any]:
    lines = [
        {
            "row": line.row,
            "code": line.code,
            "outcome": line.outcome,
            "errors": [each.as_dict() for each in line.faults],
        }
        for line in report.lines
    ]
    return {"rows": lines, "counts": report.counts, "ignored_columns": report.ignored, "dry_run": dry_run}


def _status(part: Brand | Region | Group, created: bool) -> Any:
    return part, 201 if created else 200


def _answer(store: Store, status: int) -> Any:
    return _shown([store])[0], status, {"ETag": revision_tag(store.revision)}


def _shown(stores: Sequence[Store]) -> list[dict[str, Any]]:
    parents = queries.parents_on(queries.today(), [store.id for store in stores])
    return [_dict(store, parents.get(store.id, NO_PARENTS)) for store in stores]


def _dict(store: Store, parents: Parents) -> dict[str, Any]:
    facts = {name: getattr(store, name) for name in FACTS}
    return {
        "id": store.id,
        "brand_id": store.brand_id,
        "region_id": parents.region_id,
        "group_id": parents.group_id,
        "revision": store.revision,
        **facts,
    }
