"""The server's copy of what a phone has not sent yet: the whole draft, guarded by its revision, owned by one device."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import delete

from backend.accounts import consents
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.visits import consenting, presence, queries, rules
from backend.visits.models import Draft, Visit
from backend.visits.problems import DraftElsewhere, DraftStale, VisitClosed
from backend.visits.schemas import CheckInBody
from backend.visits.surroundings import beside

_CHECK_IN = CheckInBody()


def read_draft(actor: Actor, visit_id: UUID) -> Draft:
    """The draft of the actor's own visit; NotFound when there is none."""
    draft = queries.draft_of(queries.get_own(actor, visit_id, lock=False).id)
    if draft is None:
        raise NotFound
    return draft


def save_draft(actor: Actor, visit_id: UUID, body: Mapping[str, Any]) -> Draft:
    """Keeps the whole draft and answers it with the revision that the next one must bear, or a higher one.

    `body["revision"]` is the last revision seen, or the phone's own count if that runs ahead: an older one, when the
    content differs, is DraftStale. Another device must say `take_over` (DraftElsewhere), and that is recorded. The
    first draft begins the visit.
    """
    visit = queries.get_own(actor, visit_id)
    if visit.state not in rules.FILLABLE:
        raise VisitClosed
    body = {**body, "document": consenting.covered_document(consents.agreements_of(actor.person_id), body["document"])}
    draft = queries.draft_of(visit_id)
    if draft is None:
        draft = _first(visit_id)
    elif draft.device_id == body["device_id"] and draft.document == body["document"]:
        return draft
    else:
        _require_turn(draft, body)
    _keep(actor, draft, body)
    _begin(actor, visit)
    return draft


def described(draft: Draft) -> dict[str, Any]:
    """The draft as it is answered: with what its check-in proves, which the phone cannot reckon by itself."""
    named = ("visit_id", "device_id", "revision", "saved_at", "document")
    return {name: getattr(draft, name) for name in named} | {"check_in": _check_in(draft)}


def discard(visit_id: UUID) -> None:
    """Forgets the draft once its content has been submitted: the next round's draft begins anew."""
    db.session.execute(delete(Draft).where(Draft.visit_id == visit_id))


def _check_in(draft: Draft) -> dict[str, Any] | None:
    """What is made of the draft's check-in. A draft is kept as it comes, so that there may be anything in this place."""
    given = draft.document.get("check_in")
    try:
        return presence.judged(_CHECK_IN.load(given), beside([draft.visit_id])[draft.visit_id]) if given else None
    except ValidationError:
        return None


def _first(visit_id: UUID) -> Draft:
    draft = Draft(visit_id=visit_id)
    db.session.add(draft)
    return draft


def _require_turn(draft: Draft, body: Mapping[str, Any]) -> None:
    if draft.device_id != body["device_id"] and not body["take_over"]:
        raise DraftElsewhere(device_id=draft.device_id, revision=draft.revision)
    if body["revision"] < draft.revision:
        raise DraftStale(device_id=draft.device_id, revision=draft.revision)


def _keep(actor: Actor, draft: Draft, body: Mapping[str, Any]) -> None:
    if draft.device_id not in {None, body["device_id"]}:
        devices = {"before": draft.device_id, "now": body["device_id"]}
        outbox.record(actor, "visit.draft_taken_over", draft.visit_id, **devices)
    draft.device_id, draft.document = body["device_id"], body["document"]
    draft.revision, draft.saved_at = body["revision"] + 1, clock.now()


def _begin(actor: Actor, visit: Visit) -> None:
    if visit.state == rules.IN_PROGRESS:
        return
    visit.state, visit.taken_at = rules.IN_PROGRESS, visit.taken_at or clock.now()
    outbox.record(actor, "visit.begun", visit.id)
