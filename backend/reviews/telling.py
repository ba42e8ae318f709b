"""What reviewing adds to a visit's answer: its scorecard, ledger, waivers and decisions.

Who reviewed is told to headquarters only; what dealers must not read is taken out by `visits.answering`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from backend.accounts import queries as accounts
from backend.core.actor import Actor
from backend.core.permissions import Role
from backend.reviews import queries
from backend.reviews.models import AnswerChange, Review, Waiver
from backend.scores import queries as scores
from backend.visits.models import Visit
from backend.visits.rules import PLANNED, SUBMITTED, TAKEN

_UNSEEN: Final = frozenset({PLANNED, TAKEN, SUBMITTED})
HEADQUARTERS: Final = frozenset({Role.PLANNER, Role.REVIEWER, Role.ANALYST})
_Names = Mapping[UUID, str]


def decided(actor: Actor, visit: Visit) -> dict[str, Any]:
    """`scorecard`, `ledger`, `waivers` and `reviews` of a visit that the actor may see."""
    if _is_untouched(visit):
        return {"scorecard": None, "ledger": [], "waivers": [], "reviews": []}
    scorecard = scores.current(visit.id)
    ledger, waivers = queries.ledger_of(visit.id), queries.waivers_of(visit.id)
    reviews = queries.reviews_of(visit.id)
    people = [*(row.person_id for row in ledger), *(row.person_id for row in waivers)]
    names = _names(actor, {*people, *(row.reviewer_id for row in reviews)})
    return {
        "scorecard": None if scorecard is None else scorecard.document,
        "ledger": [_change(each, names) for each in ledger],
        "waivers": [_waiver(each, names) for each in waivers],
        "reviews": [_review(each, names) for each in reviews],
    }


def _is_untouched(visit: Visit) -> bool:
    """Whether no reviewer can have decided anything yet: then four queries of every submission's answer are saved."""
    return visit.state in _UNSEEN and visit.round <= 1 and visit.returned is None and visit.decided_at is None


def tells_names(actor: Actor) -> bool:
    """Whether the actor may know who reviewed."""
    return bool(actor.roles & HEADQUARTERS) or actor.signed_in_by == "system"


def _names(actor: Actor, ids: Collection[UUID]) -> _Names:
    return accounts.names(ids) if tells_names(actor) else {}


def _person(person_id: UUID, names: _Names) -> dict[str, Any] | None:
    return {"id": person_id, "name": names[person_id]} if person_id in names else None


def _change(row: AnswerChange, names: _Names) -> dict[str, Any]:
    told = ("checkpoint", "old_result", "old_value", "new_result", "new_value", "reason", "at")
    return {name: getattr(row, name) for name in told} | {"person": _person(row.person_id, names)}


def _waiver(row: Waiver, names: _Names) -> dict[str, Any]:
    told = {"checkpoint": row.checkpoint, "evidence": row.evidence_id, "reason": row.reason, "at": row.at}
    return told | {"person": _person(row.person_id, names)}


def _review(row: Review, names: _Names) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("round", "verdict", "reason", "decided_at")}
    returned = {"deadline": row.document.get("deadline"), "returned": row.document.get("returned", [])}
    return told | returned | {"person": _person(row.reviewer_id, names)}
