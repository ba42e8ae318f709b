"""What the checklist routes take and answer. The document itself is described by `checklist.schema.json`."""

from typing import Any

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.checklists import queries
from backend.checklists.models import ChecklistVersion


class VersionRow(Answer):
    """One line of the list of versions."""

    id = fields.UUID()
    code = fields.String()
    version = fields.String()
    title = fields.Dict(keys=fields.String(), values=fields.String())
    method = fields.String()
    stages = fields.Integer()
    checkpoints = fields.Integer()
    sha256 = fields.String()
    published_at = fields.DateTime()


class VersionPage(Answer):
    items = fields.List(fields.Nested(VersionRow))
    next = fields.String(allow_none=True)


def version_line(row: ChecklistVersion) -> dict[str, Any]:
    """The row's line in the list, with what its compiled version counts."""
    version = queries.compiled(row.id)
    named = {name: getattr(row, name) for name in ("id", "code", "version", "title", "sha256", "published_at")}
    counted = {"method": version.method, "stages": len(version.stages), "checkpoints": len(version.checkpoints)}
    return named | counted
