"""tus 1.0.0 over HTTP: its headers and statuses, with creation (also with bytes), checksum, termination, expiration.

An upload belongs to declared evidence and has its id, so that its address is known before it is asked for. The
protocol's sentences are quoted beside the lines that obey them. What happens to the bytes is `receiving`'s business.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.http import http_date

from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.permissions import Open, Permission
from backend.evidence import bodies, receiving
from backend.evidence.arrivals import Standing
from backend.evidence.problems import (
    ChecksumDiffers,
    ContentTypeWrong,
    HeaderInvalid,
    PastTheEnd,
    UploadInterrupted,
    VersionUnsupported,
)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
CHECKSUMS = ("sha1", "sha256")
OFFSET_STREAM = "application/offset+octet-stream"
MOST_METADATA = 4096

# A phone that left without a word holds its upload's lock until a read gives up.
PATIENCE_SECONDS = 30

_NUMBER = re.compile(r"[0-9]{1,18}")
_METADATA_KEY = re.compile(r"[!-+\--~]+")
_CAPABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": EXTENSIONS,
    "Tus-Max-Size": str(receiving.MOST_BYTES),
    "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
}

uploads = Blueprint("uploads", __name__, description="tus 1.0.0: the bytes of declared evidence, resumable")


@dataclass(frozen=True, slots=True)
class _Checksum:
    algorithm: str
    digest: bytes


def _say_version(response: Response) -> Response:
    """tus: "The Tus-Resumable header MUST be included in every request and response except for OPTIONS requests"."""
    response.headers.setdefault("Tus-Resumable", VERSION)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


uploads.after_request(_say_version)


@uploads.endpoint("OPTIONS", "/uploads", permission=Open.PUBLIC, status=204)
def options_uploads(_actor: Actor | None) -> Response:
    """What this server can do."""
    return Response(status=204, headers=_CAPABILITIES)


@uploads.endpoint("OPTIONS", "/uploads/<uuid:evidence_id>", permission=Open.PUBLIC, status=204)
def options_upload(_actor: Actor | None, evidence_id: UUID) -> Response:  # noqa: ARG001 - the same for all.
    """What this server can do."""
    return Response(status=204, headers=_CAPABILITIES)


@uploads.endpoint("POST", "/uploads", permission=Permission.EVIDENCE_UPLOAD, status=201, transaction="after")
def post_upload(actor: Actor) -> Response:
    """Opens the upload of the evidence that the metadata names, or finds it open; may bring the first bytes."""
    _require_version()
    evidence_id, length = _evidence_named(), _number("Upload-Length")
    brings_bytes = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if brings_bytes:
        _require_offset_stream()
    now = receiving.begin(actor, evidence_id, length=length, metadata=request.headers["Upload-Metadata"])
    if brings_bytes and now.offset == 0:
        now = _receive(actor, evidence_id, 0)
    headers = {**_headers(now), "Location": url_of(evidence_id)}
    return Response(status=201, headers=headers)


@uploads.endpoint("HEAD", "/uploads/<uuid:evidence_id>", permission=Permission.EVIDENCE_UPLOAD, transaction="after")
def head_upload(actor: Actor, evidence_id: UUID) -> Response:
    """How many bytes are here."""
    _require_version()
    now = receiving.standing(actor, evidence_id)
    # "The Server MUST prevent the client and/or proxies from caching the response" is obeyed for every answer alike.
    headers = {**_headers(now), "Upload-Length": str(now.length)}
    if now.metadata:
        headers["Upload-Metadata"] = now.metadata
    return Response(status=200, headers=headers)


@uploads.endpoint(
    "PATCH", "/uploads/<uuid:evidence_id>", permission=Permission.EVIDENCE_UPLOAD, status=204, transaction="after"
)
def patch_upload(actor: Actor, evidence_id: UUID) -> Response:
    """Adds bytes at the offset that the server named last."""
    _require_version()
    _require_offset_stream()
    now = _receive(actor, evidence_id, _number("Upload-Offset"))
    return Response(status=204, headers=_headers(now))


@uploads.endpoint(
    "DELETE", "/uploads/<uuid:evidence_id>", permission=Permission.EVIDENCE_UPLOAD, status=204, transaction="after"
)
def delete_upload(actor: Actor, evidence_id: UUID) -> Response:
    """Gives the upload up; evidence that is stored already stays."""
    _require_version()
    receiving.terminate(actor, evidence_id)
    return Response(status=204)


@uploads.endpoint(
    "POST", "/uploads/<uuid:evidence_id>", permission=Permission.EVIDENCE_UPLOAD, status=204, transaction="after"
)
def post_as_other_method(actor: Actor, evidence_id: UUID) -> Response:
    """tus: X-HTTP-Method-Override "MUST be interpreted as the request's method by the Server"."""
    meant = {"PATCH": patch_upload, "DELETE": delete_upload, "HEAD": head_upload}
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method not in meant:
        raise MethodNotAllowed(valid_methods=["HEAD", "PATCH", "DELETE", "OPTIONS"])
    answer: Response = meant[method](actor, evidence_id)
    return answer


def url_of(evidence_id: UUID) -> str:
    """The address of the evidence's upload, from the root of this server."""
    return str(url_for("uploads.head_upload", evidence_id=evidence_id, _external=False))


def _headers(now: Standing) -> dict[str, str]:
    return {"Upload-Offset": str(now.offset), "Upload-Expires": http_date(now.expires_at)}


def _require_version() -> None:
    """tus: "If the version specified by the Client is not supported by the Server, it MUST respond with 412"."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise VersionUnsupported(headers={"Tus-Version": VERSION})


def _require_offset_stream() -> None:
    """tus: "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise [...] 415"."""
    if request.mimetype != OFFSET_STREAM:
        raise ContentTypeWrong


def _number(header: str) -> int:
    """tus: "The value MUST be a non-negative integer"."""
    given = request.headers.get(header, "")
    if not _NUMBER.fullmatch(given):
        raise HeaderInvalid(header=header)
    return int(given)


def _evidence_named() -> UUID:
    """The `evidence_id` of Upload-Metadata, which is comma-separated pairs of a key and a Base64 value."""
    try:
        return UUID(_metadata()["evidence_id"].decode("ascii"))
    except (KeyError, ValueError) as fault:
        raise HeaderInvalid(header="Upload-Metadata (evidence_id)") from fault


def _metadata() -> dict[str, bytes]:
    given = request.headers.get("Upload-Metadata", "")
    pairs = [pair.strip().partition(" ") for pair in given.split(",") if pair.strip()]
    names = [name for name, _, _ in pairs]
    # "All keys MUST be unique": two readers could otherwise understand two different evidences.
    if len(given) > MOST_METADATA or len(set(names)) < len(names) or not all(map(_METADATA_KEY.fullmatch, names)):
        raise HeaderInvalid(header="Upload-Metadata")
    return {name: base64.b64decode(value.strip(), validate=True) for name, _, value in pairs}


def _receive(actor: Actor, evidence_id: UUID, offset: int) -> Standing:
    # Longer than any other body; how many bytes may still come is checked against the declared size.
    request.max_content_length = 2 * receiving.MOST_BYTES
    checksum = _checksum()

    def body(room: int) -> Iterable[bytes | memoryview]:
        pieces = _pieces(bodies.reader(request), room, length=offset + room)
        return pieces if checksum is None else _verified(pieces, checksum)

    with _patience():
        return receiving.receive(actor, evidence_id, offset, body, announced=request.content_length)


def _pieces(read: bodies.Read, room: int, *, length: int) -> Iterator[bytes | memoryview]:
    """The request's body as it comes in; UploadInterrupted when the connection breaks, PastTheEnd beyond the room.

    Whoever takes the last byte asks for no more, so that what follows it must be looked for before it is given. A body
    of announced length has nothing left then, so that the look does not spoil the piece.
    """
    while piece := _next(read):
        room -= len(piece)
        if room < 0 or (room == 0 and _next(read)):
            raise PastTheEnd(length=length)
        yield piece


def _next(read: bodies.Read) -> bytes | memoryview:
    try:
        return read()
    except Exception as fault:
        # Servers raise what they like over a broken connection or a broken chunk; what had come is kept either way.
        raise UploadInterrupted from fault


def _checksum() -> _Checksum | None:
    """tus: "The Upload-Checksum header MUST consist of the name [...] and the Base64 encoded checksum"."""
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _, encoded = given.strip().partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error as fault:
        raise HeaderInvalid(header="Upload-Checksum") from fault
    # "400 Bad Request if the checksum algorithm is not supported by the server"
    if algorithm not in CHECKSUMS:
        raise HeaderInvalid(header="Upload-Checksum")
    return _Checksum(algorithm, digest)


def _verified(pieces: Iterator[bytes | memoryview], checksum: _Checksum) -> Iterator[bytes]:
    """The pieces, none of them before all have come and are right."""
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    with TemporaryFile() as spool:
        for piece in pieces:
            digest.update(piece)
            spool.write(piece)
        if digest.digest() != checksum.digest:
            raise ChecksumDiffers
        spool.seek(0)
        while piece := spool.read(bodies.PIECE):
            yield piece


@contextmanager
def _patience() -> Iterator[None]:
    """Bounds each wait for the phone where the server lets us have its socket."""
    socket: Any = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if socket is None:
        yield
        return
    before = socket.gettimeout()
    socket.settimeout(PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.settimeout(before)
