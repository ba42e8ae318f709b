"""Routes of retention: what a wave's clocks would delete, and the holds that keep a visit's media."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.accounts import queries as accounts
from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.paging import page
from backend.core.permissions import Permission
from backend.retention import queries, service
from backend.retention.models import Hold
from backend.retention.schemas import (
    HoldAnswer,
    HoldBody,
    HoldPage,
    HoldQuery,
    LiftBody,
    RetentionAnswer,
    retention_line,
)
from backend.waves import queries as waves

blp = Blueprint("retention", __name__, description="Retention: clocks of originals and renditions, legal holds.")

BLUEPRINTS = (blp,)


@blp.endpoint("GET", "/waves/<uuid:wave_id>/retention", permission=Permission.VISITS_HOLD, answer=RetentionAnswer)
def get_retention(actor: Actor, wave_id: UUID) -> dict[str, Any]:
    """A dry run: what would be deleted of the wave and when, what is held back, what waits for a decision."""
    return retention_line(waves.wave_visible(actor, wave_id))


@blp.endpoint("GET", "/holds", permission=Permission.VISITS_HOLD, query=HoldQuery, answer=HoldPage)
def get_holds(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """The holds on visits that are the caller's to plan or review, oldest first."""
    rows = queries.holds_listed(actor, query)
    found = page(rows, Hold.placed_at, Hold.id, after=query["after"], limit=query["limit"])
    return {"items": _lines(found.items), "next": found.next}


@blp.endpoint(
    "PUT", "/visits/<uuid:visit_id>/holds/<uuid:hold_id>", permission=Permission.VISITS_HOLD, body=HoldBody,
    answer=HoldAnswer,
)  # fmt: skip
def put_hold(actor: Actor, body: dict[str, Any], visit_id: UUID, hold_id: UUID) -> Any:
    """Keeps the visit's media whatever the clocks say: 201 when it is news, 200 for a repeat."""
    hold, is_news = service.put_hold(actor, visit_id, hold_id, body)
    return _lines([hold])[0], 201 if is_news else 200


@blp.endpoint(
    "PUT", "/visits/<uuid:visit_id>/holds/<uuid:hold_id>/lift", permission=Permission.VISITS_HOLD, body=LiftBody,
    answer=HoldAnswer,
)  # fmt: skip
def put_lift(actor: Actor, body: dict[str, Any], visit_id: UUID, hold_id: UUID) -> dict[str, Any]:
    """Lifts a hold, with the reason; the clocks then count on as if it had not been."""
    return _lines([service.lift_hold(actor, visit_id, hold_id, body["reason"])])[0]


def _lines(holds: Sequence[Hold]) -> list[dict[str, Any]]:
    names = accounts.names({person for hold in holds for person in (hold.placed_by, hold.lifted_by)})

    def person(person_id: UUID | None) -> dict[str, Any] | None:
        return None if person_id is None else {"id": person_id, "name": names.get(person_id)}

    own = ("id", "visit_id", "code", "reason", "placed_at", "lifted_at", "lift_reason")
    return [
        {name: getattr(hold, name) for name in own}
        | {"placed_by": person(hold.placed_by), "lifted_by": person(hold.lifted_by)}
        for hold in holds
    ]
