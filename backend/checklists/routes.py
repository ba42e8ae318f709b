"""Routes of checklist versions: the list, one version's document, and publishing one from a file."""

from typing import Any, Final

from flask import Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from backend.checklists import queries, service
from backend.checklists.models import ChecklistVersion
from backend.checklists.schemas import VersionPage, version_line
from backend.checklists.source import SIZE_LIMIT, Media
from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.paging import PageQuery, page
from backend.core.permissions import Permission

blp = Blueprint("checklists", __name__, description="Checklists and their published versions, which never change.")

BLUEPRINTS = (blp,)
_MEDIA: Final[dict[str, Media]] = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "object"}} for kind in ("application/json", "application/yaml")},
    }
}
# A version never changes, so a client may keep it; by itself, because the address asks for a sign-in.
_CACHING: Final = "private, max-age=86400"


@blp.before_request
def limit_body() -> None:
    request.max_content_length = SIZE_LIMIT


@blp.endpoint("GET", "/checklists", permission=Permission.CHECKLISTS_READ, query=PageQuery, answer=VersionPage)
def get_checklists(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """The published versions that the caller may read, by code and version: dealers those of released waves."""
    keys = (ChecklistVersion.code, ChecklistVersion.version)
    found = page(queries.versions_visible(actor), *keys, after=query["after"], limit=query["limit"])
    return {"items": [version_line(row) for row in found.items], "next": found.next}


@blp.endpoint("GET", "/checklists/<code>/versions/<version>", permission=Permission.CHECKLISTS_READ)
def get_version(actor: Actor, code: str, version: str) -> Response:
    """The file's own structure with every default filled in."""
    answer = _answer(queries.version_visible(actor, code, version))
    answer.make_conditional(request)
    return answer


@blp.endpoint("PUT", "/checklists/<code>/versions/<version>", permission=Permission.CHECKLISTS_PUBLISH)
@blp.doc(**_BODY)
def put_version(actor: Actor, code: str, version: str) -> Response:
    """Publishes a version from YAML or JSON. The same content again answers 200, other content 409."""
    media = _MEDIA.get(request.mimetype)
    if media is None:
        raise UnsupportedMediaType
    row, created = service.publish_at(actor, code, version, request.get_data(), media)
    answer = _answer(row)
    answer.status_code = 201 if created else 200
    return answer


def _answer(row: ChecklistVersion) -> Response:
    answer = jsonify(row.document)
    answer.set_etag(row.sha256)
    answer.headers["Cache-Control"] = _CACHING
    return answer
