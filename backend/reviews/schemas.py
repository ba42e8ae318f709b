"""What the review routes take and answer. A decided visit is answered as `visits` describes it."""

from typing import Any

from marshmallow import Schema as Answer
from marshmallow import ValidationError, fields, validate, validates_schema

from backend.core.schemas import Schema, between, length, one_of
from backend.reviews.rules import VERDICTS

MOST_ITEMS = 2000
MOST_WORDS = 2000
MOST_CODE = 64
MOST_ROUND = 2**31 - 2


def _words() -> fields.String:
    """A reason or note: something must be said."""
    said = validate.Regexp(r"(?s).*\S", error="required")
    return fields.String(required=True, validate=[length(1, MOST_WORDS), said])


def _code(*, required: bool = True) -> fields.String:
    return fields.String(required=required, allow_none=not required, validate=length(1, MOST_CODE))


def _list(of: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(of), load_default=list, validate=length(0, MOST_ITEMS))


class ValueField(fields.Raw):
    """A number or an option's code; what it comes to is the checklist's to judge."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if isinstance(value, bool | list | dict):
            raise ValidationError("invalid")
        return super()._deserialize(value, attr, data, **options)


class ChangeBody(Schema):
    checkpoint = _code()
    result = fields.String(required=True, validate=one_of("pass", "fail", "na"))
    value = ValueField(load_default=None, allow_none=True)
    reason = _words()


class ReturnedBody(Schema):
    checkpoint = _code()
    note = _words()


class WaivedBody(Schema):
    """A hole by its checkpoint, or a file that never came by its id."""

    checkpoint = _code(required=False)
    evidence = fields.UUID(allow_none=True)
    reason = _words()

    @validates_schema
    def names_one_place(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("checkpoint") is None) == (data.get("evidence") is None):
            raise ValidationError("required", "checkpoint")


class ReviewBody(Schema):
    """One decision. `round` is the submission it is about, the current one unless it says."""

    verdict = fields.String(required=True, validate=one_of(*VERDICTS))
    reason = fields.String(load_default=None, allow_none=True, validate=length(0, MOST_WORDS))
    deadline = fields.AwareDateTime(load_default=None, allow_none=True)
    changes = _list(ChangeBody)
    returned = _list(ReturnedBody)
    waived = _list(WaivedBody)
    round = fields.Integer(load_default=None, allow_none=True, strict=True, validate=between(1, MOST_ROUND))


class ScorecardLine(Answer):
    """One scorecard a visit ever had; the current one counts."""

    id = fields.UUID()
    sequence = fields.Integer()
    is_current = fields.Boolean()
    rule_version = fields.String()
    reason = fields.String(allow_none=True)
    created_at = fields.DateTime(allow_none=True)
    scorecard = fields.Dict(attribute="document")


class ScorecardList(Answer):
    items = fields.List(fields.Nested(ScorecardLine))
    next = fields.String(allow_none=True)


class SigningKeyAnswer(Answer):
    """The key in three forms, all of the same 32 bytes: base64, hexadecimal digits, and PEM for OpenSSL."""

    algorithm = fields.String()
    id = fields.String()
    public_key = fields.String()
    hex = fields.String()
    pem = fields.String()
