"""What the routes of programmes and waves take and answer."""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.checklists import queries as checklists
from backend.checklists.rules import METHODS
from backend.core.actor import Actor
from backend.core.paging import PageQuery
from backend.core.schemas import Schema, between, one_of, text
from backend.waves import queries, rules
from backend.waves.models import Programme, Wave

MOST_NUMBER = 9999
MOST_DAYS = 3660


def _days() -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, strict=True, validate=between(1, MOST_DAYS))


class ProgrammeBody(Schema):
    name = text()
    purpose = fields.String(load_default=None, allow_none=True)
    brand_id = fields.UUID(load_default=None, allow_none=True)


class ProgrammeAnswer(Answer):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    purpose = fields.String(allow_none=True)
    brand_id = fields.UUID(allow_none=True)
    revision = fields.Integer()


class ProgrammePage(Answer):
    items = fields.List(fields.Nested(ProgrammeAnswer))
    next = fields.String(allow_none=True)


class WaveQuery(PageQuery):
    """`programme` is a code."""

    programme = fields.String(load_default=None)
    state = fields.String(load_default=None, validate=one_of(*rules.STATES))


class WaveBody(Schema):
    """The plan of a wave. `quota` is visits per store by method, `target_rate` in percent.

    `originals_days` and `renditions_days` are for how many days after the lock media are kept; null for ever.
    """

    programme = text(64)
    number = fields.Integer(required=True, strict=True, validate=between(1, MOST_NUMBER))
    name = text()
    checklist = text(64)
    version = text(32)
    opens_on = fields.Date(required=True)
    closes_on = fields.Date(required=True)
    state = fields.String(load_default=None, allow_none=True, validate=one_of(*rules.STATES))
    headline_method = fields.String(load_default=None, allow_none=True, validate=one_of(*METHODS))
    quota = fields.Dict(
        keys=fields.String(validate=one_of(*METHODS)),
        values=fields.Integer(strict=True, validate=between(0, 1000)),
        load_default=None,
        allow_none=True,
    )
    # The bounds again as plain numbers: apispec writes those of a Decimal as texts, which is no JSON Schema.
    target_rate = fields.Decimal(
        places=2,
        load_default=None,
        allow_none=True,
        validate=between(0, 100),
        metadata={"minimum": 0, "maximum": 100},
    )
    gallery_allowed = fields.Boolean(load_default=False)
    originals_days = _days()
    renditions_days = _days()


class WaveAnswer(Answer):
    """A wave. Dealers get null for how it is planned: quota, and how long media are kept."""

    id = fields.UUID()
    programme = fields.String()
    number = fields.Integer()
    name = fields.String()
    checklist = fields.String()
    version = fields.String()
    opens_on = fields.Date()
    closes_on = fields.Date()
    state = fields.String()
    headline_method = fields.String()
    quota = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)
    target_rate = fields.Float(allow_none=True)
    gallery_allowed = fields.Boolean()
    originals_days = fields.Integer(allow_none=True)
    renditions_days = fields.Integer(allow_none=True)
    published_at = fields.DateTime(allow_none=True)
    locked_at = fields.DateTime(allow_none=True)
    revision = fields.Integer()


class WavePage(Answer):
    items = fields.List(fields.Nested(WaveAnswer))
    next = fields.String(allow_none=True)


def wave_lines(waves: Sequence[Wave], actor: Actor) -> list[dict[str, Any]]:
    """The answers for waves that the actor may see, with one query for all their programmes."""
    programmes = queries.programmes_by_id({wave.programme_id for wave in waves})
    hidden = {} if queries.is_headquarters(actor) else dict.fromkeys(_PLANNED)
    return [_line(wave, programmes[wave.programme_id]) | hidden for wave in waves]


def wave_line(wave: Wave, actor: Actor) -> dict[str, Any]:
    return wave_lines([wave], actor)[0]


# What dealers need not know: beside the visits published, a quota would tell how many are still to come.
_PLANNED = ("quota", *rules.CLOCKS)
_OWN = (
    "id",
    "number",
    "name",
    "opens_on",
    "closes_on",
    "state",
    "headline_method",
    "quota",
    "target_rate",
    "gallery_allowed",
    *rules.CLOCKS,
    "published_at",
    "locked_at",
    "revision",
)


def _line(wave: Wave, programme: Programme) -> dict[str, Any]:
    version = checklists.compiled(wave.checklist_version_id)
    named = {"programme": programme.code, "checklist": version.code, "version": version.version}
    return {name: getattr(wave, name) for name in _OWN} | named
