"""What a trend takes and answers."""

from typing import Any

from marshmallow import Schema as Answer
from marshmallow import ValidationError, fields, validates_schema

from backend.core.schemas import one_of, text
from backend.reports.schemas import FilterQuery, Numbered, OfWave, bounds, figure
from backend.reports.trend import LEVELS, NETWORK_LEVELS


class TrendQuery(FilterQuery):
    """`id` is a part's id at the levels of the network, a code at the levels of the checklist, nothing for the nation."""

    checklist = text(64)
    programme = text(64, required=False)
    level = fields.String(load_default="nation", validate=one_of(*LEVELS))
    id = text(64, required=False)

    @validates_schema
    def id_fits_level(self, data: dict[str, Any], **_: Any) -> None:
        level = data.get("level", "nation")
        if level == "nation":
            return
        if not data.get("id"):
            raise ValidationError("required", "id")
        if level in NETWORK_LEVELS:
            fields.UUID().deserialize(data["id"], "id")


class Point(OfWave, Numbered):
    """`like_for_like` compares with `like_for_like_base`, never with the earlier point's own rate.

    `change_shown`: the 95 % interval of the change excludes 0; null for a first point and for a single store.
    """

    target_rate = figure()
    rate = figure()
    interval = bounds()
    n = fields.Integer()
    change_pp = figure()
    change_shown = fields.Boolean(allow_none=True)
    like_for_like = figure()
    like_for_like_base = figure()
    break_ = fields.Boolean(data_key="break", attribute="break")


class TrendAnswer(Answer):
    rule_version = fields.String()
    points = fields.List(fields.Nested(Point))
