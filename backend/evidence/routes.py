"""Evidence as it is read: what is known of it, its renditions, its original. Declaring it is a route of visits."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request

from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.db import transaction
from backend.core.permissions import Permission
from backend.core.problems import NotFound
from backend.evidence import queries, quick_copies, rules, service, serving
from backend.evidence.models import Evidence
from backend.evidence.problems import BytesNotHere, OriginalDeleted, RenditionsDeleted
from backend.evidence.schemas import EvidenceAnswer, LossBody
from backend.evidence.serving import Shipment
from backend.evidence.tus import uploads
from backend.network.queries import day_of

blp = Blueprint("evidence", __name__, description="Photos, videos and sound recordings that prove answers")

# A picture is looked at in galleries again and again; one line a day says that it was.
RENDITION_VIEW = timedelta(days=1)
# A player fetches a video in many ranges; together they are one view.
RANGE_VIEW = timedelta(minutes=5)
ORIGINAL = "original"


@blp.endpoint("GET", "/evidence/<uuid:evidence_id>", permission=Permission.EVIDENCE_READ, answer=EvidenceAnswer)
def get_evidence(actor: Actor, evidence_id: UUID) -> Evidence:
    """State, claims and findings of one evidence."""
    return queries.get_visible(actor, evidence_id)


@blp.endpoint(
    "PUT",
    "/evidence/<uuid:evidence_id>/loss",
    permission=Permission.EVIDENCE_UPLOAD,
    body=LossBody,
    answer=EvidenceAnswer,
)
def put_loss(actor: Actor, body: dict[str, Any], evidence_id: UUID) -> Evidence:
    """Says that a declared file is lost and will not come, and why: the reviewer waives it or returns its checkpoint."""
    return service.say_lost(actor, evidence_id, body["comment"].strip())


@blp.endpoint(
    "PUT",
    "/evidence/<uuid:evidence_id>/quick-copy",
    permission=Permission.EVIDENCE_UPLOAD,
    status=204,
    transaction="after",
)
def put_quick_copy(actor: Actor, evidence_id: UUID) -> Response:
    """A small JPEG of a photo, to be looked at until the original has come; it never counts as the evidence."""
    quick_copies.receive(actor, evidence_id, _small_body())
    return Response(status=204)


@blp.endpoint(
    "GET",
    "/evidence/<uuid:evidence_id>/renditions/<name>",
    permission=Permission.EVIDENCE_READ,
    transaction="after",
)
def get_rendition(actor: Actor, evidence_id: UUID, name: str) -> Response:
    """What was derived to be looked at: stills, the silent beginning of a clip, the waveform of a recording.

    Upright, without any metadata of the camera; whole or by range. Views are logged, except the uploader's.
    """
    if name not in rules.RENDITIONS:
        raise NotFound
    with transaction(writes=False):
        evidence = queries.get_visible(actor, evidence_id)
        shipment = _rendition(evidence, name)
        must_log = _must_log(actor, evidence, name, within=RENDITION_VIEW)
    if must_log:
        _log(actor, evidence_id, name)
    return serving.send_rendition(shipment)


@blp.endpoint(
    "GET",
    "/evidence/<uuid:evidence_id>/original",
    permission=Permission.EVIDENCE_ORIGINALS,
    transaction="after",
)
def get_original(actor: Actor, evidence_id: UUID) -> Response:
    """The file as it was received, whole or by range, or where to get it. Views are logged, except the uploader's."""
    within = RANGE_VIEW if "Range" in request.headers else timedelta(0)
    with transaction(writes=False):
        evidence = queries.get_original(actor, evidence_id)
        shipment = _original(evidence)
        must_log = _must_log(actor, evidence, ORIGINAL, within=within)
    if must_log:
        _log(actor, evidence_id, ORIGINAL)
    return serving.send_original(shipment)


def _small_body() -> bytes:
    """The body, as far as shows that it is too large."""
    pieces, room = [], rules.MOST_QUICK_BYTES + 1
    while room and (piece := request.stream.read(room)):
        pieces.append(piece)
        room -= len(piece)
    return b"".join(pieces)


def _rendition(evidence: Evidence, name: str) -> Shipment:
    for each in queries.renditions_of(evidence.id):
        if each.name == name:
            file_name = serving.name_of(evidence.id, name)
            return Shipment(each.key, each.size, each.media_type, file_name, is_lasting=each.quick_sha256 is None)
    if evidence.renditions_deleted_at is not None:
        raise RenditionsDeleted(on=day_of(evidence.renditions_deleted_at))
    raise BytesNotHere


def _original(evidence: Evidence) -> Shipment:
    if evidence.original_deleted_at is not None:
        raise OriginalDeleted(on=day_of(evidence.original_deleted_at))
    if evidence.state not in rules.HELD or evidence.key is None:
        raise BytesNotHere
    name = serving.name_of(evidence.id, ORIGINAL)
    return Shipment(evidence.key, evidence.size, evidence.detected_type, name, evidence.duration_ms)


def _must_log(actor: Actor, evidence: Evidence, what: str, *, within: timedelta) -> bool:
    """HEAD shows nothing of a picture, so that it is no view."""
    is_own = evidence.uploader_id == actor.id
    return not (is_own or request.method == "HEAD" or queries.looked_lately(actor, evidence.id, what, within=within))


def _log(actor: Actor, evidence_id: UUID, what: str) -> None:
    with transaction(writes=True):
        service.record_view(actor, evidence_id, what)


BLUEPRINTS = (blp, uploads)
