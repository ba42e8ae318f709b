"""Everything that a visit was judged by, as plain values: what `archive` packs once no transaction is open any more.

Who made the visit is not named: an archive may be handed to a dealer, and the auditor's id is enough to ask us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from backend.checklists import queries as checklists
from backend.checklists.scoring import unpack_results
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.evidence import queries as evidence
from backend.evidence.models import Evidence
from backend.evidence.rules import HELD
from backend.scores import queries as scores
from backend.scores.models import ScorecardRow
from backend.visits import answering
from backend.visits import queries as visits
from backend.visits.answering import plain
from backend.visits.models import Submission, Visit
from backend.visits.surroundings import beside

NOT_RECEIVED, DELETED, LOST = "not-received", "deleted", "lost"

_ABOUT_VISIT: Final = ("id", "method", "state", "round", "visited_on", "checklist", "version")
_ABOUT_EVIDENCE: Final = (
    "id", "kind", "media_type", "detected_type", "size", "sha256", "state", "problem", "captured_at", "source",
    "position", "device", "declared_at", "stored_at", "duration_ms", "width", "height",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """An original that is said to be here: the key of its bytes, and what they are."""

    evidence_id: UUID
    key: str
    size: int
    sha256: str

    @property
    def path(self) -> str:
        """Its name in the archive, made by us alone."""
        return f"originals/{self.evidence_id}.{self.key.rpartition('.')[2]}"


@dataclass(frozen=True, slots=True)
class Received:
    """A document as the phone sent it, and what is known of its coming."""

    document: bytes
    about: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"submissions/round-{self.about['round']}-{self.about['kind']}.json"


@dataclass(frozen=True, slots=True)
class Dossier:
    """One visit. `evidence` says of each file what is known and why its original is absent, if it is."""

    visit_id: UUID
    summary: Mapping[str, Any]
    visit: Mapping[str, Any]
    checklist: Mapping[str, Any]
    scorecard: Mapping[str, Any] | None
    submissions: tuple[Received, ...]
    evidence: tuple[Mapping[str, Any], ...]
    originals: tuple[Original, ...]


def read(actor: Actor, visit_id: UUID) -> Dossier:
    """The dossier for a reviewer of the visit's store, once the visit was submitted; NotFound for everybody else."""
    visit = visits.get_of_roles(actor, visit_id, Role.REVIEWER)
    files = [each for each in evidence.of_visit(visit_id) if each.is_submitted]
    told = _told(actor, visit)
    cards = [_scorecard(row) for row in scores.history(visit_id)]
    return Dossier(
        visit_id=visit_id,
        summary=_summary(visit, told),
        visit=told | {"scorecards": cards},
        checklist=checklists.version_by_id(visit.checklist_version_id).document,
        scorecard=next((card for card in cards if card["is_current"]), None),
        submissions=tuple(_received(visit_id)),
        evidence=tuple(_evidence(row, told) for row in files),
        originals=tuple(_originals(files)),
    )


def _told(actor: Actor, visit: Visit) -> dict[str, Any]:
    told = answering.describe(actor, visit)
    auditor = {"id": told["auditor_id"], "name": None} if told["auditor_id"] else None
    return told | {"auditor": auditor, "fee": None}


def _summary(visit: Visit, told: Mapping[str, Any]) -> dict[str, Any]:
    around = beside([visit.id])[visit.id]
    return {name: told[name] for name in _ABOUT_VISIT} | {
        "programme": around.programme_code,
        "wave": {"id": str(visit.wave_id), "number": around.wave_number, "name": around.wave_name},
        "store": {"id": str(visit.store_id), "code": around.store_code, "name": around.store_name},
    }


def _scorecard(row: ScorecardRow) -> dict[str, Any]:
    """The scorecard with what went into it: the result of every checkpoint that was asked."""
    version = checklists.compiled(row.checklist_version_id)
    names = ("sequence", "is_current", "rule_version", "method", "reason", "created_at")
    about: dict[str, Any] = plain({name: getattr(row, name) for name in names})
    inputs = {code: str(result) for code, result in unpack_results(version, row.results).items()}
    return about | {"inputs": inputs} | row.document


def _received(visit_id: UUID) -> Iterable[Received]:
    rows = select(Submission).where(Submission.visit_id == visit_id).order_by(Submission.received_at, Submission.id)
    for row in db.session.scalars(rows):
        names = ("kind", "round", "app_version", "person_id", "received_at")
        yield Received(row.document, plain({name: getattr(row, name) for name in names}))


def _evidence(row: Evidence, told: Mapping[str, Any]) -> dict[str, Any]:
    links = [
        {"checkpoint": answer["checkpoint"], "at_ms": link["at_ms"]}
        for answer in told["answers"]
        for link in answer["evidence"]
        if link["id"] == str(row.id)
    ]
    places = {str(row.id), *(link["checkpoint"] for link in links)}
    waivers = [each for each in told["waivers"] if places & {each["evidence"], each["checkpoint"]}]
    about: dict[str, Any] = plain({name: getattr(row, name) for name in _ABOUT_EVIDENCE})
    deleted = {"deleted_at": plain(row.original_deleted_at), "deletion_reason": row.deletion_reason}
    return about | {"links": links, "waivers": waivers, "absent": _absence(row)} | deleted


def _absence(row: Evidence) -> str | None:
    if row.state not in HELD:
        return NOT_RECEIVED
    return None if row.key else DELETED


def _originals(files: Iterable[Evidence]) -> Iterable[Original]:
    return (Original(row.id, row.key, row.size, row.sha256) for row in files if row.state in HELD and row.key)
