"""What the matrix of a wave takes and answers."""

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.core.schemas import one_of, text
from backend.reports.schemas import FilterQuery, Ready, Table, bilingual, figure


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
    rates = fields.List(figure())
    n = fields.List(fields.Integer())
    passed = fields.List(fields.Integer())
    applicable = fields.List(fields.Integer())


class MatrixTable(Table):
    columns = fields.List(fields.Nested(MatrixColumn))
    items = Ready(MatrixRow, many=True)
