"""How kept bytes go out: in pieces, by range, and never so that a browser would run them as anything."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from flask import Response, request
from werkzeug.datastructures import ContentRange
from werkzeug.wsgi import wrap_file

import media_store
from backend import settings
from backend.evidence.problems import RangeUnsatisfiable, StoreUnreachable
from backend.evidence.receiving import UNKNOWN_EXTENSION, UNKNOWN_TYPE, store
from backend.evidence.sniffing import MediaType

BUFFER = 256 * 1024
WEEK_SECONDS = 7 * 24 * 3600
LINK_SECONDS, MOST_LINK_SECONDS = 60, 3600
_SHOWN = frozenset(MediaType)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# The same address answers another person something else: nothing, for one.
_VARY = {"Vary": "Authorization, Cookie"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shipment:
    """What to send: the object's key and size in bytes, its type if we know one, a name without extension.

    `duration_ms` is how long it plays, where it does; `is_lasting` says that its address will never show other bytes.
    """

    key: str
    size: int
    media_type: str | None
    name: str
    duration_ms: int | None = None
    is_lasting: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether a browser may show it itself; what we do not know, it may only save."""
        return self.media_type in _SHOWN

    @property
    def served_type(self) -> str:
        return self.media_type if self.media_type and self.is_shown else UNKNOWN_TYPE

    @property
    def seconds_to_look(self) -> int:
        """How long an address must hold: a player asks it for range after range until the clip has ended."""
        return min(LINK_SECONDS + 2 * (self.duration_ms or 0) // 1000, MOST_LINK_SECONDS)

    @property
    def file_name(self) -> str:
        extension = MediaType(self.media_type).extension if self.is_shown and self.media_type else UNKNOWN_EXTENSION
        return f"{self.name}.{extension}"


def name_of(evidence_id: UUID, what: str) -> str:
    """A file name made by us alone: whatever the phone called the file is nobody's business."""
    return f"{evidence_id}-{what}"


def send_rendition(shipment: Shipment) -> Response:
    """The object to be kept by the caller's own browser, who asks anew for what is provisional."""
    return _send(
        shipment, f"private, max-age={WEEK_SECONDS}, immutable" if shipment.is_lasting else "private, no-cache"
    )


def send_original(shipment: Shipment) -> Response:
    """The object, kept by nobody; as an address of the store's own where browsers can reach it (see settings)."""
    address = _own_address(shipment) if request.method == "GET" else None
    if address is None:
        return _send(shipment, "private, no-store")
    return Response(status=307, headers={"Location": address, "Cache-Control": "no-store", **_VARY})


def _own_address(shipment: Shipment) -> str | None:
    if settings.current().media_public_endpoint is None:
        return None
    filename = None if shipment.is_shown else shipment.file_name
    seconds = shipment.seconds_to_look
    return store().signed_url(shipment.key, seconds=seconds, media_type=shipment.served_type, filename=filename)


def _send(shipment: Shipment, caching: str) -> Response:
    """The object, or the one range of it that was asked for (RFC 9110, section 14), or that it is known already."""
    if request.if_none_match.contains(shipment.key):
        response = Response(status=304, headers=_VARY)
    elif request.method == "HEAD":
        response = _described(shipment)
    else:
        response = _ranged(shipment)
    response.set_etag(shipment.key)
    response.headers["Cache-Control"] = caching
    return response


def _described(shipment: Shipment) -> Response:
    """What GET would answer, without the bytes; a range is asked of GET alone."""
    with _losses_told(shipment.key):
        store().stat(shipment.key)
    return _response(shipment, (), shipment.size)


def _ranged(shipment: Shipment) -> Response:
    start, end = _range_asked(shipment)
    with _losses_told(shipment.key):
        file = store().open(shipment.key, start, None if end == shipment.size else end)
    response = _response(shipment, wrap_file(request.environ, file, BUFFER), end - start)
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


def _response(shipment: Shipment, body: Iterable[bytes], length: int) -> Response:
    response = Response(body, headers=_HEADERS | _VARY, direct_passthrough=True)
    response.content_type = shipment.served_type
    response.content_length = length
    response.headers["Accept-Ranges"] = "bytes"
    disposition = "inline" if shipment.is_shown else "attachment"
    response.headers["Content-Disposition"] = f'{disposition}; filename="{shipment.file_name}"'
    return response


@contextmanager
def _losses_told(key: str) -> Iterator[None]:
    """Bytes that should be here and are not are our fault, not the caller's."""
    try:
        yield
    except media_store.Missing as fault:
        log.exception("bytes lost", key=key)
        raise StoreUnreachable from fault
    except media_store.Unreachable as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault
