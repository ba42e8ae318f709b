"""How kept bytes go out: in pieces, by range, and never so that a browser would run them as anything."""

from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

import structlog
from flask import Response, request
from werkzeug.datastructures import ContentRange
from werkzeug.wsgi import wrap_file

import media_store
from backend.evidence.problems import RangeUnsatisfiable, StoreUnreachable
from backend.evidence.receiving import UNKNOWN_EXTENSION, UNKNOWN_TYPE, store
from backend.evidence.sniffing import MediaType

BUFFER = 256 * 1024
WEEK_SECONDS = 7 * 24 * 3600
_SHOWN = frozenset(MediaType)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The same address answers another person something else: nothing, for one.
    "Vary": "Authorization, Cookie",
}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shipment:
    """What to send: the object's key and size in bytes, its type if we know one, a name without extension."""

    key: str
    size: int
    media_type: str | None
    name: str

    @property
    def is_shown(self) -> bool:
        """Whether a browser may show it itself; what we do not know, it may only save."""
        return self.media_type in _SHOWN

    @property
    def file_name(self) -> str:
        extension = MediaType(self.media_type).extension if self.is_shown and self.media_type else UNKNOWN_EXTENSION
        return f"{self.name}.{extension}"


def name_of(evidence_id: UUID, what: str) -> str:
    """A file name made by us alone: whatever the phone called the file is nobody's business."""
    return f"{evidence_id}-{what}"


def send_unchanging(shipment: Shipment) -> Response:
    """As `send_range`, but to be kept by the caller's own browser: under its key the bytes never change."""
    response = send_range(shipment)
    response.headers["Cache-Control"] = f"private, max-age={WEEK_SECONDS}, immutable"
    response.make_conditional(request.environ)
    return response


def send_range(shipment: Shipment) -> Response:
    """The object, or the one range of it that was asked for (RFC 9110, section 14); kept by nobody."""
    start, end = _range_asked(shipment)
    response = _response(shipment, start, end)
    response.set_etag(shipment.key)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    if (start, end) != (0, shipment.size):
        response.status_code = 206
        response.content_range = ContentRange("bytes", start, end, shipment.size)
    return response


def _range_asked(shipment: Shipment) -> tuple[int, int]:
    """First byte and the one after the last; everything for several ranges or a stale If-Range, as is allowed."""
    asked, whole = request.range, (0, shipment.size)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    if request.if_range.date or (request.if_range.etag or shipment.key) != shipment.key:
        return whole
    found = asked.range_for_length(shipment.size)
    if found is None:
        raise RangeUnsatisfiable(size=shipment.size, headers={"Content-Range": f"bytes */{shipment.size}"})
    return found


def _response(shipment: Shipment, start: int, end: int) -> Response:
    file = _opened(shipment.key, start, None if end == shipment.size else end)
    body = wrap_file(request.environ, file, BUFFER)
    response = Response(body, headers=_HEADERS, direct_passthrough=True)
    response.content_type = (shipment.media_type if shipment.is_shown else None) or UNKNOWN_TYPE
    response.content_length = end - start
    disposition = "inline" if shipment.is_shown else "attachment"
    response.headers["Content-Disposition"] = f'{disposition}; filename="{shipment.file_name}"'
    return response


def _opened(key: str, start: int, end: int | None) -> BinaryIO:
    try:
        return store().open(key, start, end)
    except media_store.Missing as fault:
        log.exception("bytes lost", key=key)
        raise StoreUnreachable from fault
    except media_store.Unreachable as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault
