"""A withdrawn consent takes the places with it that came here before the withdrawal did, though captured after it."""

import json
from uuid import UUID

from sqlalchemy import select

from backend.accounts import consents
from backend.accounts.models import Consent
from backend.accounts.rules import is_covered
from backend.core.db import db
from backend.core.outbox import Conclusion
from backend.evidence import service as evidence
from backend.visits import presence, rules
from backend.visits.consenting import POSITION_DROPPED, Agreements, covered_document
from backend.visits.models import Draft, Submission, Visit


def withdraw(consent_id: UUID) -> Conclusion:
    """Forgets those places in files, documents, drafts and check-ins, and flags the visits."""

    def conclude() -> None:
        consent = db.session.get(Consent, consent_id)
        if consent is None or consent.withdrawn_at is None:
            return
        person, agreements = consent.person_id, consents.agreements_of(consent.person_id)
        visits = evidence.drop_positions(
            person, consent.withdrawn_at, lambda at: is_covered(agreements, at, position=True)
        )
        _flag(visits | _redact_submissions(person, agreements))
        _redact_drafts(person, agreements)

    return conclude


def _redact_submissions(person_id: UUID, agreements: Agreements) -> set[UUID]:
    visits = set()
    for row in db.session.scalars(select(Submission).where(Submission.person_id == person_id)):
        document = json.loads(row.document)
        bare = covered_document(agreements, document)
        if bare is not document:
            row.document = json.dumps(bare, ensure_ascii=False).encode()
            visits.add(row.visit_id)
            if bare.get("check_in") != document.get("check_in"):
                _unplace(row.visit_id)
    return visits


def _redact_drafts(person_id: UUID, agreements: Agreements) -> None:
    mine = select(Draft).join(Visit, Visit.id == Draft.visit_id).where(Visit.auditor_id == person_id)
    for draft in db.session.scalars(mine):
        draft.document = covered_document(agreements, draft.document)


def _unplace(visit_id: UUID) -> None:
    """What was reckoned from the check-in's place goes with it."""
    visit = db.session.get_one(Visit, visit_id, with_for_update=True)
    if visit.check_in:
        visit.check_in = presence.unplaced(visit.check_in)
        visit.flags = [flag for flag in visit.flags if flag != "elsewhere" or visit.check_in["is_here"] is False]


def _flag(visit_ids: set[UUID]) -> None:
    for visit in db.session.scalars(select(Visit).where(Visit.id.in_(visit_ids)).with_for_update()):
        visit.flags = rules.in_order({*visit.flags, POSITION_DROPPED})
