"""Routes of integrity: a visit's signals, and clearing them."""

from typing import Any
from uuid import UUID

from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.permissions import Permission
from backend.integrity import service, telling
from backend.integrity.schemas import ClearingBody, IntegrityAnswer

blp = Blueprint("integrity", __name__, description="Integrity: what does not fit together in a visit, and why it may.")

BLUEPRINTS = (blp,)


@blp.endpoint("GET", "/visits/<uuid:visit_id>/integrity", permission=Permission.INTEGRITY_READ, answer=IntegrityAnswer)
def get_integrity(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """Score, band and every signal of a submitted visit, for those who judge it."""
    return telling.integrity_of(actor, visit_id)


@blp.endpoint(
    "PUT",
    "/signals/<uuid:signal_id>/clearing",
    permission=Permission.VISITS_REVIEW,
    body=ClearingBody,
    answer=IntegrityAnswer,
)
def put_clearing(actor: Actor, body: dict[str, Any], signal_id: UUID) -> dict[str, Any]:
    """Clears a signal by name and reason; answers the visit's integrity as it is now."""
    return telling.integrity_of(actor, service.clear(actor, signal_id, body["reason"]))


@blp.endpoint(
    "DELETE", "/signals/<uuid:signal_id>/clearing", permission=Permission.VISITS_REVIEW, answer=IntegrityAnswer
)
def delete_clearing(actor: Actor, signal_id: UUID) -> dict[str, Any]:
    """Takes a clearing back; answers the visit's integrity as it is now."""
    return telling.integrity_of(actor, service.withdraw(actor, signal_id))
