"""Routes of reviewing: claiming, deciding, the scorecards that came of it, and the archive that proves it all."""

from typing import Any, Final
from uuid import UUID

from flask import Response, jsonify, request, stream_with_context

from backend.core.actor import Actor
from backend.core.api import Blueprint, revision_tag
from backend.core.permissions import Open, Permission
from backend.core.signing import ALGORITHM
from backend.reviews import archiving, service, telling
from backend.reviews.schemas import ReviewBody, ScorecardList, SigningKeyAnswer
from backend.scores import queries as scores
from backend.visits import answering
from backend.visits import queries as visits
from backend.visits.answers import VisitAnswer
from backend.visits.models import Visit

blp = Blueprint("reviews", __name__, description="Reviewing: approve, return single checkpoints, or make void.")

BLUEPRINTS = (blp,)
MOST_BODY: Final = 2 * 1024 * 1024


@blp.before_request
def limit_body() -> None:
    request.max_content_length = MOST_BODY


@blp.endpoint("PUT", "/visits/<uuid:visit_id>/claim", permission=Permission.VISITS_REVIEW, answer=VisitAnswer)
def put_claim(actor: Actor, visit_id: UUID) -> Response:
    """Marks a submitted visit as being reviewed; a decision does not need it."""
    return _answer(actor, service.claim(actor, visit_id))


@blp.endpoint(
    "PUT", "/visits/<uuid:visit_id>/review", permission=Permission.VISITS_REVIEW, body=ReviewBody, answer=VisitAnswer
)
def put_review(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Decides about a submission. The same decision again answers the same; another one is refused with 409."""
    visit, _is_news = service.decide(actor, visit_id, body)
    return _answer(actor, visit)


@blp.endpoint("GET", "/visits/<uuid:visit_id>/scorecards", permission=Permission.VISITS_READ, answer=ScorecardList)
def get_scorecards(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """Every scorecard the visit ever had, oldest first; only one counts."""
    visit = visits.get_visible(actor, visit_id)
    tells = telling.tells_names(actor) and visit.id in visits.seen_inside(actor, [visit.id])
    rows = [_told(row, tells=tells) for row in scores.history(visit.id)]
    return {"items": rows, "next": None}


@blp.endpoint("GET", "/visits/<uuid:visit_id>/archive", permission=Permission.VISITS_REVIEW, transaction="after")
def get_archive(actor: Actor, visit_id: UUID) -> Response:
    """The whole visit with its originals as a signed zip; logged, with a view of every original."""
    name, pieces = archiving.archive_of(actor, visit_id)
    response = Response(stream_with_context(pieces), content_type="application/zip", direct_passthrough=True)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blp.endpoint("GET", "/signing-key", permission=Open.PUBLIC, answer=SigningKeyAnswer)
def get_signing_key(_actor: Actor | None) -> dict[str, str]:
    """The public key against which archives of this deployment are verified."""
    key = archiving.signing_key().public
    return {"algorithm": ALGORITHM, "id": key.id, "public_key": key.base64, "hex": key.hex, "pem": key.pem}


def _told(row: Any, *, tells: bool) -> dict[str, Any]:
    """The scorecard; when and why it was written is headquarters' to know, and its id tells when."""
    names = ("sequence", "is_current", "rule_version", "document")
    about = ("id", "reason", "created_at") if tells else ()
    return {name: getattr(row, name) for name in (*names, *about)}


def _answer(actor: Actor, visit: Visit) -> Response:
    """`answering` gives plain JSON values already, so they are not serialised twice."""
    answer = jsonify(answering.describe(actor, visit))
    answer.headers["ETag"] = revision_tag(visit.revision)
    return answer
