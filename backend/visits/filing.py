"""The ledger of a visit's files, one row for each that was declared: what has come of it, what is wrong, what it proves.

Only insiders read it. What a region, a group or a store may see of the proof is a reviewer's to release, and a list
of files tells when somebody came and what they carried.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, or_, select

from backend.core.actor import Actor
from backend.core.paging import Page, page
from backend.evidence import ledger, rules
from backend.evidence.models import Evidence
from backend.evidence.problems import sentence_of
from backend.visits import queries

_SHOWN: Final = ("id", "kind", "size", "sha256", "state", "captured_at", "declared_at", "stored_at")


def files_of(actor: Actor, visit_id: UUID, *, after: str | None, limit: int) -> Page:
    """A page of the visit's files in the order in which they were declared; NotFound unless the actor is an insider."""
    visit = queries.get_inside(actor, visit_id)
    found = page(_shown_to(actor, visit.id), Evidence.declared_at, Evidence.id, after=after, limit=limit)
    sent = ledger.offsets([row.id for row in found.items if row.state == rules.UPLOADING])
    proven = _checkpoints(queries.answer_rows(visit.id))
    return Page([_line(row, sent, proven) for row in found.items], found.next)


def _shown_to(actor: Actor, visit_id: UUID) -> Select[Evidence]:
    """All files for their uploader, submitted ones for the others."""
    seen = or_(Evidence.uploader_id == actor.id, Evidence.is_submitted)
    return select(Evidence).where(Evidence.visit_id == visit_id, seen)


def _checkpoints(answers: Iterable[Any]) -> Mapping[UUID, list[str]]:
    """Evidence id -> the checkpoints whose current answers link to it, by code; two marks in one clip are one link."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for answer in answers:
        for link in answer.evidence or ():
            found[UUID(str(link["id"]))].add(answer.checkpoint)
    return {evidence_id: sorted(codes) for evidence_id, codes in found.items()}


def _line(row: Evidence, sent: Mapping[UUID, int], proven: Mapping[UUID, list[str]]) -> dict[str, Any]:
    received = row.size if row.state in rules.HELD else sent.get(row.id, 0)
    return {name: getattr(row, name) for name in _SHOWN} | {
        "received": received,
        "problem": sentence_of(row.problem, row.problem_params) if row.problem else None,
        "problem_code": row.problem,
        "checkpoints": proven.get(row.id, []),
    }
