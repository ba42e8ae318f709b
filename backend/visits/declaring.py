"""Declaring evidence for a visit: the visit says whether it may still come, `evidence` does the rest."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.core.actor import Actor
from backend.core.db import db
from backend.evidence import service as evidence
from backend.evidence.models import Evidence
from backend.visits import consenting, queries, rules
from backend.visits.documents import in_utc
from backend.visits.problems import EvidenceTooLate


def declare_evidence(actor: Actor, evidence_id: UUID, body: Mapping[str, Any]) -> tuple[Evidence, bool]:
    """Announces one file of the actor's own visit; whether it is new.

    Files may be declared until the visit is decided: those of a submitted visit may still be on the phone. What is
    declared already may be repeated for ever, because its answer may have been lost.
    """
    visit = queries.get_own(actor, body["visit_id"])
    if visit.state not in rules.FILLABLE | rules.UNDECIDED:
        _require_known(evidence_id, body)
    kept, noticed = consenting.covered_entry(actor.person_id, in_utc(dict(body)))
    if not noticed <= set(visit.flags):
        visit.flags = rules.in_order({*visit.flags, *noticed})
    row, created = evidence.declare(actor, evidence_id, visit_id=visit.id, store_id=visit.store_id, body=kept)
    if visit.round:
        evidence.open_to_reviewers(visit.id)
    return row, created


def _require_known(evidence_id: UUID, body: Mapping[str, Any]) -> None:
    known = db.session.get(Evidence, evidence_id)
    same = ("visit_id", "kind", "size", "sha256")
    if known is None or any(getattr(known, name) != body[name] for name in same):
        raise EvidenceTooLate
