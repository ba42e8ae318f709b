"""What a store has behind it: approved visits of earlier waves with what failed in them, and pictures of it."""

import hashlib
from datetime import date
from uuid import UUID

from sqlalchemy import select

import media_store
from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence.models import Evidence, Rendition
from backend.visits.models import Answer, Visit
from backend.waves.models import Wave
from tests import world
from tests.kept import keep
from tests.scores import rows

PASSED = dict.fromkeys((each.code for each in world.COMPILED["TINY"].checkpoints), "P")
SCREEN = b"a picture made smaller"


def judged(number: int, failed: str = "", *, store: UUID = world.ONE, state: str = "approved") -> UUID:
    """A covert visit of chelsea's in an earlier wave of the programme, with these checkpoints failed; answers its id."""
    letters = PASSED | dict.fromkeys(failed.split(), "F")
    with transaction(writes=True):
        wave = db.session.scalar(select(Wave).where(Wave.number == 3 + number)) or rows.wave(
            world.PROGRAMME,
            3 + number,
            world.VERSIONS["TINY"],
            opens_on=date(2024, number, 1),
            closes_on=date(2024, number, 28),
        )
        visit = Visit(
            id=new_id(), wave_id=wave.id, store_id=store, checklist_version_id=world.VERSIONS["TINY"], method="covert",
            auditor_id=world.person_id("chelsea"), state=state, created_at=clock.now(), round=1,
        )  # fmt: skip
        db.session.add(visit)
        db.session.flush()
        rows.scored(wave, store, letters, visit_id=visit.id)
        return visit.id


def pictured(visit_id: UUID, code: str, *, name: str = "screen", data: bytes = SCREEN) -> UUID:
    """A picture of this visit that proves the checkpoint's fail."""
    sha256 = hashlib.sha256(str(visit_id).encode() + code.encode()).hexdigest()
    key = keep(media_store.rendition_key(sha256, name, "jpg"), data)
    with transaction(writes=True) as session:
        evidence = Evidence(
            id=new_id(), visit_id=visit_id, uploader_id=world.person_id("chelsea"), store_id=world.ONE, kind="photo",
            media_type="image/jpeg", size=1000, sha256=sha256, source="camera", declared_at=clock.now(), state="ready",
            is_submitted=True, captured_at=clock.now(), device={"user_agent": "her phone"},
        )  # fmt: skip
        session.add(evidence)
        session.flush()
        session.add(
            Rendition(
                evidence_id=evidence.id,
                name=name,
                key=key,
                media_type="image/jpeg",
                width=8,
                height=8,
                size=len(data),
            )
        )
        link = [{"id": str(evidence.id), "at_ms": None}]
        session.add(
            Answer(visit_id=visit_id, checkpoint=code, result="fail", value=None, comment="她说的", evidence=link)
        )
        return evidence.id
