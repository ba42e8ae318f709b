"""What the routes of retention take and answer."""

from typing import Any

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.core.paging import PageQuery
from backend.core.schemas import Schema, one_of, text
from backend.retention import queries, rules
from backend.retention.queries import Amount, Clock
from backend.waves.models import Wave

MOST_WORDS = 1000


class HoldBody(Schema):
    code = fields.String(required=True, validate=one_of(*rules.HOLD_CODES))
    reason = text(MOST_WORDS)


class LiftBody(Schema):
    reason = text(MOST_WORDS)


class HoldQuery(PageQuery):
    wave = fields.UUID(load_default=None)
    visit = fields.UUID(load_default=None)
    lifted = fields.Boolean(load_default=None)


class HoldPerson(Answer):
    id = fields.UUID()
    name = fields.String(allow_none=True)


class HoldAnswer(Answer):
    id = fields.UUID()
    visit_id = fields.UUID()
    code = fields.String()
    reason = fields.String()
    placed_at = fields.DateTime()
    placed_by = fields.Nested(HoldPerson, allow_none=True)
    lifted_at = fields.DateTime(allow_none=True)
    lifted_by = fields.Nested(HoldPerson, allow_none=True)
    lift_reason = fields.String(allow_none=True)


class HoldPage(Answer):
    items = fields.List(fields.Nested(HoldAnswer))
    next = fields.String(allow_none=True)


class AmountAnswer(Answer):
    files = fields.Integer()
    bytes = fields.Integer()


class ClockAnswer(Answer):
    """`days` and `due_on` are null where media are kept for ever. `goes` is what would be deleted on that day."""

    media = fields.String()
    days = fields.Integer(allow_none=True)
    due_on = fields.Date(allow_none=True)
    is_due = fields.Boolean()
    goes = fields.Nested(AmountAnswer)
    held = fields.Nested(AmountAnswer)
    undecided = fields.Nested(AmountAnswer)


class RetentionAnswer(Answer):
    """The clocks of a wave count from `starts_on`, which is provisional until the wave is locked."""

    wave_id = fields.UUID()
    starts_on = fields.Date()
    is_locked = fields.Boolean()
    clocks = fields.List(fields.Nested(ClockAnswer))


def retention_line(wave: Wave) -> dict[str, Any]:
    """What would be deleted of the wave, and when."""
    return {
        "wave_id": wave.id,
        "starts_on": queries.start_of(wave),
        "is_locked": wave.locked_at is not None,
        "clocks": [_clock(each) for each in queries.clocks_of(wave)],
    }


def _clock(found: Clock) -> dict[str, Any]:
    amounts: dict[str, Amount] = {"goes": found.amount, "held": found.held, "undecided": found.undecided}
    own = {"media": found.media, "days": found.days, "due_on": found.due_on, "is_due": found.is_due}
    return own | {name: amount._asdict() for name, amount in amounts.items()}
