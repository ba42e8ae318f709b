"""What the routes of exports take and answer."""

from typing import Any, Final

from marshmallow import Schema as Answer
from marshmallow import ValidationError, fields, validates_schema

from backend.checklists.rules import METHODS
from backend.core.messages import LOCALES, say
from backend.core.schemas import Schema, length, one_of, text
from backend.exports import rules
from backend.exports.models import Export
from backend.network.rules import LENGTHS

_TOLD: Final = (
    "id", "kind", "format", "filters", "locale", "state", "expected", "written", "name", "size", "sha256", "asked_at",
    "made_at", "expires_at",
)  # fmt: skip


class ExportFilters(Schema):
    """What the file is about: a wave, or for the report of a store that store; the rest narrows it as in reports."""

    wave = fields.UUID(load_default=None, allow_none=True)
    store = fields.UUID(load_default=None, allow_none=True)
    region = fields.UUID(load_default=None, allow_none=True)
    group = fields.UUID(load_default=None, allow_none=True)
    method = fields.String(load_default=None, allow_none=True, validate=one_of(*METHODS))
    tag = fields.String(load_default=None, allow_none=True, validate=length(1, LENGTHS["tag"]))
    checklist = text(64, required=False)


class ExportBody(Schema):
    """`format` defaults to the kind's usual one, `locale` to the language of the request."""

    kind = fields.String(required=True, validate=one_of(*rules.FORMATS))
    format = fields.String(load_default=None, allow_none=True, validate=one_of(*rules.MEDIA_TYPES))
    locale = fields.String(load_default=None, allow_none=True, validate=one_of(*LOCALES))
    filters = fields.Nested(ExportFilters, required=True)

    @validates_schema
    def fits_kind(self, data: dict[str, Any], **_: Any) -> None:
        formats = rules.FORMATS[data["kind"]]
        if data["format"] not in {None, *formats}:
            raise ValidationError("not-one-of", "format")
        subject = "store" if data["kind"] == rules.STORE_PDF else "wave"
        if data["filters"][subject] is None:
            raise ValidationError({"filters": {subject: ["required"]}})


class ExportFault(Answer):
    code = fields.String()
    message = fields.String()


class ExportAnswer(Answer):
    """`expected` is null until the rows have been counted; `file` is where the finished file is fetched."""

    id = fields.UUID()
    kind = fields.String()
    format = fields.String()
    filters = fields.Dict(keys=fields.String(), values=fields.String())
    locale = fields.String()
    state = fields.String()
    expected = fields.Integer(allow_none=True)
    written = fields.Integer()
    fault = fields.Nested(ExportFault, allow_none=True)
    name = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    sha256 = fields.String(allow_none=True)
    file = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    made_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)


class ExportPage(Answer):
    items = fields.List(fields.Nested(ExportAnswer))
    next = fields.String(allow_none=True)


def export_line(export: Export, file: str | None) -> dict[str, Any]:
    """An export as it is told to whoever asked for it; `file` is the address of its file, if it has one."""
    named = {name: getattr(export, name) for name in _TOLD}
    fault = None if export.fault is None else {"code": export.fault, "message": _sentence(export.fault)}
    return {**named, "fault": fault, "file": file}


def _sentence(code: str) -> str:
    return say("backend.exports", f"fault-{code}", {})
