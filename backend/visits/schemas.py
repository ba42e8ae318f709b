"""What the visit routes take. What they answer is in `answers`; how answers to checkpoints are read, in `documents`."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validates_schema

from backend.checklists.rules import METHODS
from backend.core.paging import PageQuery
from backend.core.schemas import PhoneSchema, Schema, between, length, one_of, text
from backend.evidence.schemas import EvidenceEntry, PositionBody
from backend.visits import rules
from backend.visits.documents import AnswersField, EntriesField, MarksField, is_keepable

MOST_BULK = 500
MOST_FREE_LETTERS = 64 * 1024
MOST_FEE = 1_000_000
MOST_REVISION = 2**31 - 2
MOST_REASON = 2000


def _only(question: Callable[[Any], bool], otherwise: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not question(value):
            raise ValidationError(otherwise)

    return check


def _is_short(value: Any) -> bool:
    return len(json.dumps(value)) <= MOST_FREE_LETTERS


def _free() -> fields.Dict:
    """An object whose content is the sender's affair, of a bounded size."""
    return fields.Dict(
        keys=fields.String(), load_default=None, allow_none=True, validate=_only(_is_short, "bad-length")
    )


def _instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(load_default=None, allow_none=True, validate=_only(is_keepable, "out-of-range"))


def reason_field(*, required: bool = True) -> fields.String:
    """Why somebody does something: words, not blanks."""
    said = _only(lambda given: given is None or bool(given.strip()), "required")
    default: dict[str, Any] = {} if required else {"load_default": None, "allow_none": True}
    return fields.String(required=required, validate=[length(0, MOST_REASON), said], **default)


class AuditorField(fields.Field[Any]):
    """A person's id, or `me`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_options: Any) -> UUID | str:  # noqa: ARG002 - its signature.
        try:
            return "me" if value == "me" else UUID(value)
        except ValueError:
            raise ValidationError("not-uuid") from None


class VisitQuery(PageQuery):
    """`auditor` is a person's id or `me`; `failed` a checkpoint whose current answer is a fail.

    `files=missing`: undecided visits with files that are still to come, the one that waits longest first.
    """

    wave = fields.UUID(load_default=None)
    store = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=one_of(*rules.STATES))
    method = fields.String(load_default=None, validate=one_of(*METHODS))
    auditor = AuditorField(load_default=None)
    failed = fields.String(load_default=None, validate=length(1, 64))
    files = fields.String(load_default=None, validate=one_of("missing"))
    band = fields.String(load_default=None, validate=one_of(*rules.BANDS))


class VisitBody(Schema):
    """An assignment. `fee` in whole yuan; `window` as `{"from", "until"}`, ISO dates or free text; `script` is free."""

    wave_id = fields.UUID(required=True)
    store_id = fields.UUID(required=True)
    method = fields.String(required=True, validate=one_of(*METHODS))
    auditor_id = fields.UUID(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    script = _free()
    fee = fields.Integer(strict=True, load_default=None, allow_none=True, validate=between(0, MOST_FEE))
    window = _free()


class BulkItem(VisitBody):
    id = fields.UUID(required=True)


class BulkBody(Schema):
    """At most 500 assignments; each is taken or refused by itself."""

    visits = fields.List(fields.Nested(BulkItem), required=True, validate=length(1, MOST_BULK))


class AcceptanceBody(PhoneSchema):
    accepted = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = reason_field(required=False)

    @validates_schema
    def needs_reason(self, body: dict[str, Any], **_options: Any) -> None:
        if not body["accepted"] and body["reason"] is None:
            raise ValidationError({"reason": ["required"]})


class ReasonBody(PhoneSchema):
    reason = reason_field()


class DraftBody(PhoneSchema):
    """The whole draft. `revision` is the last one seen, or the phone's own count where it runs ahead."""

    device_id = text(100)
    revision = fields.Integer(load_default=0, strict=True, validate=between(0, MOST_REVISION))
    document = fields.Dict(keys=fields.String(), required=True)
    take_over = fields.Boolean(load_default=False)


class LinkBody(PhoneSchema):
    id = fields.UUID(required=True)
    at_ms = fields.Integer(allow_none=True)


class AnswerBody(PhoneSchema):
    """One answer. `value` decides numbers and choices, `result` the others; `na` has no value."""

    checkpoint = fields.String(required=True)
    result = fields.String(allow_none=True, validate=one_of("pass", "fail", "na"))
    value = fields.Raw(allow_none=True)
    comment = fields.String(allow_none=True)
    evidence = fields.List(fields.Nested(LinkBody), allow_none=True)


class MarkBody(PhoneSchema):
    name = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class CheckInBody(PhoneSchema):
    """Where the phone says its person arrived: `position` by the phone's own, `qr` by the code that hangs in the store.

    `store_token` is what the phone read of the code, or the letters below it as they were typed.
    """

    at = fields.AwareDateTime(required=True, validate=_only(is_keepable, "out-of-range"))
    how = fields.String(required=True, validate=one_of("position", "qr"))
    position = fields.Nested(PositionBody, load_default=None, allow_none=True)
    store_token = fields.String(load_default=None, allow_none=True, validate=length(0, 200))


class SignOffBody(PhoneSchema):
    """Who of the store signed, with the id of the picture of the signature; or that nobody would (`refused`)."""

    name = fields.String(load_default=None, allow_none=True, validate=length(0, 100))
    role = fields.String(load_default=None, allow_none=True, validate=length(0, 100))
    at = fields.AwareDateTime(required=True, validate=_only(is_keepable, "out-of-range"))
    evidence = fields.UUID(load_default=None, allow_none=True)
    refused = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    note = fields.String(load_default=None, allow_none=True, validate=length(0, MOST_REASON))


class SubmissionBody(PhoneSchema):
    """A submission, the answer to a return, or a follow-up. The first one's check-in and sign-off count."""

    answers = AnswersField(fields.Nested(AnswerBody), required=True)
    marks = MarksField(fields.Nested(MarkBody), load_default=list)
    evidence = EntriesField(fields.Nested(EvidenceEntry), load_default=list)
    check_in = fields.Nested(CheckInBody, load_default=None, allow_none=True)
    sign_off = fields.Nested(SignOffBody, load_default=None, allow_none=True)
    device = fields.Dict(load_default=None, allow_none=True)
    app_version = fields.String(load_default=None, allow_none=True, validate=length(0, 100))
    started_at = _instant()
    finished_at = _instant()
