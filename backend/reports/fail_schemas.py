"""What the wall of one checkpoint's fails takes and answers."""

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.core.paging import PageQuery
from backend.reports.schemas import FilterQuery, Framed, Ready, bilingual


class FailsQuery(PageQuery, FilterQuery):
    """A page of the wall, with the filters of every report."""


class FailRow(Answer):
    """A visit that failed the checkpoint. `comment` is from whoever was there, `reason` why a reviewer changed the answer.

    `pictures` are evidence with a thumbnail that the caller may see, the first three; `files` how many there are.
    """

    visit_id = fields.UUID()
    visited_on = fields.Date(allow_none=True)
    store_id = fields.UUID()
    code = fields.String()
    name = fields.String()
    region_id = fields.UUID(allow_none=True)
    group_id = fields.UUID(allow_none=True)
    comment = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    files = fields.Integer()
    pictures = fields.List(fields.UUID())


class FailPage(Framed):
    checkpoint = fields.String()
    title = bilingual()
    items = Ready(FailRow, many=True)
    next = fields.String(allow_none=True)
