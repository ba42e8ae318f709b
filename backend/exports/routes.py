"""The addresses of exports: ask for one, see how far it is, fetch its file, cancel it or let it go."""

import base64
from typing import Any
from uuid import UUID

import structlog
from flask import Response, request, url_for
from werkzeug.wsgi import wrap_file

import media_store
from backend.core import messages
from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.paging import PageQuery, page
from backend.core.permissions import Permission
from backend.evidence.problems import StoreUnreachable
from backend.evidence.receiving import store
from backend.exports import queries, rules, service
from backend.exports.models import Export
from backend.exports.schemas import ExportAnswer, ExportBody, ExportPage, export_line

blp = Blueprint("exports", __name__, description="Reports to hand over: workbooks, CSV, Parquet, PDF.")
BLUEPRINTS = (blp,)

READ = Permission.REPORTS_READ
BUFFER = 256 * 1024
log = structlog.get_logger()


@blp.endpoint("POST", "/exports", permission=READ, body=ExportBody, answer=ExportAnswer, status=201)
def post_export(actor: Actor, body: dict[str, Any]) -> Any:
    """Queues a file of what you may read now; the worker makes it."""
    locale = body["locale"] or messages.locale()
    format_ = body["format"] or rules.FORMATS[body["kind"]][0]
    export = service.ask(actor, body["kind"], format_, body["filters"], locale)
    return _line(export), 201, {"Location": url_for("exports.get_export", export_id=export.id)}


@blp.endpoint("GET", "/exports", permission=READ, query=PageQuery, answer=ExportPage)
def get_exports(actor: Actor, query: dict[str, Any]) -> Any:
    """Your own exports, the newest first."""
    place = {"after": query["after"], "limit": query["limit"]}
    found = page(queries.own(actor), Export.asked_at, Export.id, **place, descending=True)
    return {"items": [_line(each) for each in found.items], "next": found.next}


@blp.endpoint("GET", "/exports/<uuid:export_id>", permission=READ, answer=ExportAnswer)
def get_export(actor: Actor, export_id: UUID) -> Any:
    """How far it is: `written` of `expected` rows, and where the file is once it is done."""
    return _line(queries.get_own(actor, export_id))


@blp.endpoint("DELETE", "/exports/<uuid:export_id>", permission=READ, answer=ExportAnswer)
def delete_export(actor: Actor, export_id: UUID) -> Any:
    """Cancels an export that is not finished, lets the file of a finished one go; again it answers the same."""
    return _line(service.drop(actor, export_id))


@blp.endpoint("GET", "/exports/<uuid:export_id>/file", permission=READ, transaction="write")
def get_export_file(actor: Actor, export_id: UUID) -> Response:
    """The finished file, with its SHA-256 as `Repr-Digest` (RFC 9530). That it was fetched is logged."""
    export = service.fetch(actor, export_id)
    if request.if_none_match.contains(str(export.sha256)):
        return Response(status=304)
    response = Response(wrap_file(request.environ, _opened(export), BUFFER), direct_passthrough=True)
    response.content_type = rules.MEDIA_TYPES[export.format]
    response.headers["Content-Length"] = str(export.size)
    response.headers.set("Content-Disposition", "attachment", filename=export.name)
    digest = base64.b64encode(bytes.fromhex(str(export.sha256))).decode()
    response.headers.update({"X-Content-Type-Options": "nosniff", "Repr-Digest": f"sha-256=:{digest}:"})
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(str(export.sha256))
    return response


def _opened(export: Export) -> Any:
    try:
        return store().open(str(export.key))
    except media_store.Missing as fault:
        log.exception("export lost", export=str(export.id))
        raise StoreUnreachable from fault
    except media_store.Unreachable as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault


def _line(export: Export) -> dict[str, Any]:
    is_done = export.state == rules.DONE
    return export_line(export, url_for("exports.get_export_file", export_id=export.id) if is_done else None)
