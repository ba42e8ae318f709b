"""marshmallow as the product uses it: strict about unknown fields, and its complaints in the caller's language.

The library's own English sentences are replaced by keys of this package's `messages.yaml`, once, here.
"""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from backend.core import messages
from backend.core.problems import Fault, FieldsInvalid

_PACKAGE = "backend.core"

fields.Field.default_error_messages |= {"required": "required", "null": "null", "validator_failed": "invalid"}
_REPLACED: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.String: {"invalid": "not-string", "invalid_utf8": "not-string"},
    fields.UUID: {"invalid_uuid": "not-uuid"},
    fields.Number: {"invalid": "not-number", "too_large": "out-of-range"},
    fields.Integer: {"invalid": "not-integer"},
    fields.Float: {"special": "not-number"},
    fields.Boolean: {"invalid": "not-boolean"},
    fields.DateTime: {"invalid": "not-datetime", "invalid_awareness": "not-datetime", "format": "not-datetime"},
    fields.Date: {"invalid": "not-date", "format": "not-date"},
    fields.AwareDateTime: {"invalid": "not-datetime", "invalid_awareness": "not-datetime"},
    fields.List: {"invalid": "not-list"},
    fields.Dict: {"invalid": "not-object"},
    fields.Mapping: {"invalid": "not-object"},
    fields.Nested: {"type": "not-object"},
    fields.Enum: {"unknown": "not-one-of"},
}
for _field, _keys in _REPLACED.items():
    _field.default_error_messages = {**_field.default_error_messages, **_keys}


class Schema(ma.Schema):
    """What programs of ours and desks send: a field we do not know is an error that is told."""

    error_messages: dict[str, str] = {"unknown": "unknown-field", "type": "not-object"}  # noqa: RUF012 - marshmallow's own attribute.

    class Meta:
        unknown = ma.RAISE


class PhoneSchema(Schema):
    """What phones send: a newer phone may know fields that this server does not yet know."""

    class Meta:
        unknown = ma.EXCLUDE


def one_of(*choices: str) -> validate.OneOf:
    return validate.OneOf(choices, error="not-one-of")


def between(low: float | None = None, high: float | None = None) -> validate.Range:
    return validate.Range(low, high, error="out-of-range")


def length(low: int | None = None, high: int | None = None) -> validate.Length:
    return validate.Length(low, high, error="bad-length")


def text(high: int = 200, *, low: int = 1, required: bool = True, allow_none: bool = False) -> fields.String:
    """A line of text of `low` to `high` characters."""
    return fields.String(required=required, allow_none=allow_none, validate=length(low, high))


def fields_invalid(found: Any) -> FieldsInvalid:
    """The problem for marshmallow's nested mapping of messages, flattened to one fault a place."""
    return FieldsInvalid(faults=[_fault(path, text) for path, text in _flatten(found, ())])


def _fault(path: tuple[str, ...], text: str) -> Fault:
    where = {"field": ".".join(path)}
    if text != "invalid" and text in messages.catalogue(_PACKAGE)["en"]:
        return Fault(where, _PACKAGE, text)
    return Fault(where, _PACKAGE, "invalid", {"text": text})


def _flatten(found: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(found, dict):
        inner = [_flatten(value, path if key == "_schema" else (*path, str(key))) for key, value in found.items()]
        return [each for one in inner for each in one]
    if isinstance(found, list):
        return [each for one in found for each in _flatten(one, path)]
    return [(path, str(found))]
