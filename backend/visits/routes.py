"""Routes of visits, of what their auditors send, of evidence declared for them, and of a wave's last two steps."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Response, jsonify, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.core.actor import Actor
from backend.core.api import Blueprint, check_revision, revision_tag
from backend.core.db import transaction
from backend.core.paging import PageQuery
from backend.core.permissions import Permission
from backend.core.problems import BodyTooLarge
from backend.evidence.schemas import EvidenceAnswer, EvidenceBody
from backend.visits import answering, backup_routes, drafts, filing, progress, queries, service
from backend.visits.answers import (
    BulkAnswer,
    DraftAnswer,
    FilePage,
    ProgressAnswer,
    ReleaseAnswer,
    VisitAnswer,
    VisitPage,
)
from backend.visits.models import Visit
from backend.visits.schemas import (
    AcceptanceBody,
    BulkBody,
    DraftBody,
    ReasonBody,
    SubmissionBody,
    VisitBody,
    VisitQuery,
)
from backend.visits.sheet_routes import sheets
from backend.waves.schemas import WaveAnswer, wave_line

blp = Blueprint("visits", __name__, description="Visits: who goes where, what was found, and what was sent.")

BLUEPRINTS = (blp, sheets, backup_routes.blp)
_MIB: Final = 1024 * 1024
MOST_BODY: Final = 2 * _MIB
MOST_DRAFT: Final = 1 * _MIB


@blp.before_request
def limit_body() -> None:
    request.max_content_length = MOST_BODY


@blp.endpoint("GET", "/visits", permission=Permission.VISITS_READ, query=VisitQuery, answer=VisitPage)
def get_visits(actor: Actor, query: dict[str, Any]) -> Response:
    """The visits the caller may see, newest assignment first; rows are visits without answers.

    `files=missing` are those that are not decided and have files on a phone, the one that waits longest first.
    """
    found = queries.page_of_visits(actor, query)
    return jsonify({"items": answering.describe_rows(actor, found.items), "next": found.next})


@blp.endpoint("POST", "/visits/bulk", permission=Permission.VISITS_ASSIGN, body=BulkBody, answer=BulkAnswer)
def post_visits(actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Assigns up to 500 visits; each is created, changed, unchanged or refused by itself."""
    told = service.put_visits(actor, body["visits"])
    counts = dict.fromkeys(("created", "changed", "unchanged", "refused"), 0)
    for each in told:
        counts[each.outcome] += 1
    return {"items": told, "next": None, "counts": counts}


@blp.endpoint("GET", "/visits/<uuid:visit_id>", permission=Permission.VISITS_READ, answer=VisitAnswer)
def get_visit(actor: Actor, visit_id: UUID) -> Response:
    """One visit whole: answers, evidence, and what was decided about it."""
    return _answer(actor, queries.get_visible(actor, visit_id))


@blp.endpoint(
    "GET", "/visits/<uuid:visit_id>/files", permission=Permission.VISITS_READ, query=PageQuery, answer=FilePage
)
def get_files(actor: Actor, query: dict[str, Any], visit_id: UUID) -> Any:
    """Every file that was declared for the visit, and how far it has come; not for regions, groups and stores."""
    return filing.files_of(actor, visit_id, after=query["after"], limit=query["limit"])


@blp.endpoint("PUT", "/visits/<uuid:visit_id>", permission=Permission.VISITS_READ, body=VisitBody, answer=VisitAnswer)
def put_visit(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Assigns a visit (201) or changes its assignment (200): planners anybody's, field auditors their own new ones."""
    visit, outcome = service.put_visit(actor, visit_id, body)
    return _answer(actor, visit, 201 if outcome == "created" else 200)


@blp.endpoint(
    "PUT",
    "/visits/<uuid:visit_id>/acceptance",
    permission=Permission.VISITS_FILL,
    body=AcceptanceBody,
    answer=VisitAnswer,
)
def put_acceptance(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Takes the visit, or declines it with a reason."""
    if body["accepted"]:
        return _answer(actor, service.accept(actor, visit_id))
    return _answer(actor, service.decline(actor, visit_id, body["reason"]))


@blp.endpoint(
    "PUT", "/visits/<uuid:visit_id>/abort", permission=Permission.VISITS_FILL, body=ReasonBody, answer=VisitAnswer
)
def put_abort(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Gives up a visit already taken."""
    return _answer(actor, service.abort(actor, visit_id, body["reason"]))


@blp.endpoint(
    "PUT",
    "/visits/<uuid:visit_id>/cancellation",
    permission=Permission.VISITS_ASSIGN,
    body=ReasonBody,
    answer=VisitAnswer,
)
def put_cancellation(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Strikes out a visit that was never submitted."""
    return _answer(actor, service.cancel(actor, visit_id, body["reason"]))


@blp.endpoint("GET", "/visits/<uuid:visit_id>/draft", permission=Permission.VISITS_FILL, answer=DraftAnswer)
def get_draft(actor: Actor, visit_id: UUID) -> Any:
    draft = service.read_draft(actor, visit_id)
    return drafts.described(draft), 200, {"ETag": revision_tag(draft.revision)}


@blp.endpoint(
    "PUT", "/visits/<uuid:visit_id>/draft", permission=Permission.VISITS_FILL, body=DraftBody, answer=DraftAnswer
)
def put_draft(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Any:
    """Keeps the whole draft of one device; answers the revision it now has."""
    if len(request.get_data()) > MOST_DRAFT:
        raise BodyTooLarge(limit=f"{MOST_DRAFT // _MIB} MiB")
    if "If-Match" in request.headers:
        check_revision(service.read_draft(actor, visit_id).revision)
    draft = service.save_draft(actor, visit_id, body)
    return drafts.described(draft), 200, {"ETag": revision_tag(draft.revision)}


@blp.endpoint(
    "PUT",
    "/visits/<uuid:visit_id>/submission",
    permission=Permission.VISITS_FILL,
    body=SubmissionBody,
    answer=VisitAnswer,
    transaction="after",
)
def put_submission(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Takes the visit's answers, or the returned ones again: 201 when they are news, 200 for a repeat."""
    return _received(service.submit, actor, visit_id, body)


@blp.endpoint(
    "PUT",
    "/visits/<uuid:visit_id>/follow-up",
    permission=Permission.VISITS_FILL,
    body=SubmissionBody,
    answer=VisitAnswer,
    transaction="after",
)
def put_follow_up(actor: Actor, body: dict[str, Any], visit_id: UUID) -> Response:
    """Takes the answers that come after the visit: 201 when they are news, 200 for a repeat."""
    return _received(service.follow_up, actor, visit_id, body)


@blp.endpoint(
    "PUT",
    "/evidence/<uuid:evidence_id>",
    permission=Permission.EVIDENCE_UPLOAD,
    body=EvidenceBody,
    answer=EvidenceAnswer,
)
def put_evidence(actor: Actor, body: dict[str, Any], evidence_id: UUID) -> Any:
    """Declares a file of one's own visit before its bytes come; the answer says where they go."""
    row, created = service.declare_evidence(actor, evidence_id, body)
    return row, 201 if created else 200


@blp.endpoint("GET", "/waves/<uuid:wave_id>/progress", permission=Permission.WAVES_READ, answer=ProgressAnswer)
def get_progress(actor: Actor, wave_id: UUID) -> dict[str, Any]:
    """How far the wave is: visits by state and method, and the stores that nobody is sent to."""
    return progress.of_wave(actor, wave_id)


@blp.endpoint("GET", "/waves/<uuid:wave_id>/release", permission=Permission.WAVES_PLAN, answer=ReleaseAnswer)
def get_release(actor: Actor, wave_id: UUID) -> dict[str, Any]:
    """What publishing or locking the wave would do, to be read before it is done."""
    return service.outlook(actor, wave_id)


@blp.endpoint("PUT", "/waves/<uuid:wave_id>/publish", permission=Permission.WAVES_PLAN, answer=WaveAnswer)
def put_publish(actor: Actor, wave_id: UUID) -> Any:
    """Opens the wave and its approved visits to regions, groups and stores; what is still open does not hold it up."""
    wave = service.publish(actor, wave_id)
    return wave_line(wave, actor), 200, {"ETag": revision_tag(wave.revision)}


@blp.endpoint("PUT", "/waves/<uuid:wave_id>/lock", permission=Permission.WAVES_PLAN, answer=WaveAnswer)
def put_lock(actor: Actor, wave_id: UUID) -> Any:
    """Ends the wave for good, once every visit is decided; a wave that was not published is so from now on."""
    wave = service.lock(actor, wave_id)
    return wave_line(wave, actor), 200, {"ETag": revision_tag(wave.revision)}


def _received(
    receive: Callable[[Actor, UUID, service.Sent], service.Receipt], actor: Actor, visit_id: UUID, body: dict[str, Any]
) -> Response:
    """Reads the document and writes the answer with no transaction open: 78 answers are read and written a while,
    and while one phone holds the write lock all others wait.
    """
    sent = service.Sent(raw=request.get_data(), document=request.get_json(), body=body)

    def once() -> tuple[service.Receipt, dict[str, Any]]:
        with transaction(writes=True) as session:
            receipt = receive(actor, visit_id, sent)
            session.flush()
            shown = answering.describe(
                actor, receipt.visit, around=receipt.around, answers=receipt.answers, files=receipt.files
            )
        return receipt, shown

    try:
        receipt, shown = once()
    except (IntegrityError, StaleDataError):
        receipt, shown = once()
    return _shown(shown, 201 if receipt.is_news else 200)


def _answer(actor: Actor, visit: Visit, status: int = 200) -> Response:
    """`answering` gives plain JSON values already, so they are not serialised twice."""
    return _shown(answering.describe(actor, visit), status)


def _shown(shown: dict[str, Any], status: int) -> Response:
    answer = jsonify(shown)
    answer.status_code = status
    answer.headers["ETag"] = revision_tag(shown["revision"])
    return answer
