"""What the network takes and answers."""

from marshmallow import fields

from backend.core.paging import PageQuery
from backend.core.schemas import Schema, between, length, one_of, text
from backend.network.rules import DATUMS, LENGTHS, MOST_TAGS, RANGES


class PartBody(Schema):
    code = text(LENGTHS["code"])
    name = text(LENGTHS["name"])


class ParentBody(PartBody):
    """A region or dealer group; the brand may be left out while there is only one."""

    brand_id = fields.UUID(load_default=None, allow_none=True)


class StoreBody(ParentBody):
    """`region_id` and `group_id` left out stay; new ones count from `member_from`, else from today."""

    region_id = fields.UUID(allow_none=True)
    group_id = fields.UUID(allow_none=True)
    member_from = fields.Date(load_default=None, allow_none=True)
    city = text(LENGTHS["city"], required=False, allow_none=True)
    address = text(LENGTHS["address"], required=False, allow_none=True)
    lat = fields.Float(load_default=None, allow_none=True, validate=between(*RANGES["lat"]))
    lon = fields.Float(load_default=None, allow_none=True, validate=between(*RANGES["lon"]))
    datum = fields.String(load_default=None, allow_none=True, validate=one_of(*DATUMS))
    opened_on = fields.Date(load_default=None, allow_none=True)
    closed_on = fields.Date(load_default=None, allow_none=True)
    staff_informed_on = fields.Date(load_default=None, allow_none=True)
    staff_informed_by = text(LENGTHS["staff_informed_by"], required=False, allow_none=True)
    tags = fields.List(text(LENGTHS["tag"]), load_default=list, validate=length(0, MOST_TAGS))


class StoresQuery(PageQuery):
    """`q` looks in code, name and city; `region` and `group` are ids, judged by today's membership; `tag` is a store's."""

    q = text(100, required=False, low=0)
    region = fields.UUID(load_default=None)
    group = fields.UUID(load_default=None)
    tag = text(LENGTHS["tag"], required=False)


class ImportQuery(Schema):
    dry_run = fields.Boolean(load_default=False)


class BrandAnswer(Schema):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()


class ParentAnswer(BrandAnswer):
    brand_id = fields.UUID()


class StoreRecordAnswer(ParentAnswer):
    """`region_id` and `group_id` are today's; `lat` and `lon` are degrees in `datum`, which may be unknown."""

    region_id = fields.UUID(allow_none=True)
    group_id = fields.UUID(allow_none=True)
    city = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    lat = fields.Float(allow_none=True)
    lon = fields.Float(allow_none=True)
    datum = fields.String(allow_none=True)
    opened_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    staff_informed_on = fields.Date(allow_none=True)
    staff_informed_by = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    revision = fields.Integer()


class BrandsAnswer(Schema):
    items = fields.List(fields.Nested(BrandAnswer))
    next = fields.String(allow_none=True)


class ParentsAnswer(Schema):
    items = fields.List(fields.Nested(ParentAnswer))
    next = fields.String(allow_none=True)


class StoresAnswer(Schema):
    items = fields.List(fields.Nested(StoreRecordAnswer))
    next = fields.String(allow_none=True)


class TagRow(Schema):
    """A tag, and how many of the stores that one may see bear it today."""

    tag = fields.String()
    stores = fields.Integer()


class TagsAnswer(Schema):
    items = fields.List(fields.Nested(TagRow))
    next = fields.String(allow_none=True)


class ImportFault(Schema):
    field = fields.String()
    code = fields.String()
    message = fields.String()


class ImportLine(Schema):
    """One row by its number in the file."""

    row = fields.Integer()
    code = fields.String(allow_none=True)
    outcome = fields.String(validate=one_of("created", "changed", "unchanged", "refused"))
    errors = fields.List(fields.Nested(ImportFault))


class ImportCounts(Schema):
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    refused = fields.Integer()


class ImportAnswer(Schema):
    """`ignored_columns` are headings that were not understood. With `dry_run` nothing was written."""

    rows = fields.List(fields.Nested(ImportLine))
    counts = fields.Nested(ImportCounts)
    ignored_columns = fields.List(fields.String())
    dry_run = fields.Boolean()
