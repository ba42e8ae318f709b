"""What the matrix of a wave takes and answers."""

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.core.schemas import one_of, text
from backend.reports.schemas import FilterQuery, Table, bilingual


class MatrixQuery(FilterQuery):
    """`column` leaves one column only, by its code."""

    rows = fields.String(load_default="regions", validate=one_of("stores", "regions", "groups"))
    columns = fields.String(load_default="stages", validate=one_of("stages", "modules", "dimensions", "checkpoints"))
    column = text(64, required=False)


class MatrixColumn(Answer):
    code = fields.String()
    title = bilingual()


class MatrixRow(Answer):
    """One list a measure, in the order of the columns."""

    id = fields.UUID(allow_none=True)
    code = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    # Raw: a thousand stores by 78 checkpoints are 312,000 numbers, which need no conversion.
    rates = fields.Raw(metadata={"type": "array", "items": {"type": ["number", "null"]}})
    n = fields.Raw(metadata={"type": "array", "items": {"type": "integer"}})
    passed = fields.Raw(metadata={"type": "array", "items": {"type": "integer"}})
    applicable = fields.Raw(metadata={"type": "array", "items": {"type": "integer"}})


class MatrixTable(Table):
    columns = fields.List(fields.Nested(MatrixColumn))
    items = fields.List(fields.Nested(MatrixRow))
