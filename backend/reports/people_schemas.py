"""What the report of people answers. Shares and rates are percentages with two decimals."""

from marshmallow import fields

from backend.reports.schemas import Numbered, Ready, Table, bounds, figure


class PersonFigures(Numbered):
    """Of some visits: `na_rate` the mean of their shares of "not applicable", `rate` of their 落实率, with t-intervals.

    `unproven` counts fails that rest on a comment alone.
    """

    answers = fields.Integer()
    na = fields.Integer()
    na_rate = figure()
    na_interval = bounds()
    rate = figure()
    rate_interval = bounds()
    failed = fields.Integer()
    unproven = fields.Integer()


class PersonRow(PersonFigures):
    """`na_apart`: the interval does not hold the mean of all visits. No person for visits that nobody is named for."""

    person_id = fields.UUID(allow_none=True)
    name = fields.String(allow_none=True)
    na_apart = fields.Boolean()
    sample_ok = fields.Boolean()


class PeopleTable(Table):
    items = Ready(PersonRow, many=True)
    everyone = fields.Nested(PersonFigures)
