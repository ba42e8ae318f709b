"""Whether a decision fits its visit, and what still stands against an approval. Reads only; names every place at once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from backend.checklists.rules import AnswerFault, Result, Version
from backend.core import clock
from backend.core.db import db
from backend.core.problems import Fault
from backend.evidence import queries as evidence
from backend.evidence.models import Evidence
from backend.evidence.rules import READY, STORED, UNREADABLE
from backend.reviews import queries
from backend.reviews.decision import Decision
from backend.reviews.problems import ApprovalBlocked, ReviewInvalid
from backend.reviews.rules import APPROVE, RETURN, VOID, Present, changed
from backend.visits.models import Answer, Submission, Visit

_REVIEWS: Final = "backend.reviews"
_CHECKLISTS: Final = "backend.checklists"
_MOST_TIME: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Case:
    """A visit under review: its version, its current answers by checkpoint, its files."""

    visit: Visit
    version: Version
    answers: Mapping[str, Answer]
    files: tuple[Evidence, ...]

    @property
    def is_overdue(self) -> bool:
        """Whether the time for the follow-up is over."""
        due = self.visit.follow_up_due_at
        return due is not None and clock.now() > due

    def present(self, checkpoint: str) -> Present:
        answer = self.answers.get(checkpoint)
        if answer is None:
            return Present(None, is_open=True)
        return Present(Result(answer.result), answer.value)


def require_fitting(case: Case, decision: Decision) -> dict[str, Present]:
    """The answers as the decision changes them; ReviewInvalid with everything in it that does not fit the visit."""
    results = {change.checkpoint: _changed(case, change.checkpoint, decision) for change in decision.changes}
    faults = [*_of_verdict(decision), *_of_places(case, decision)]
    faults += [found for found in results.values() if isinstance(found, Fault)]
    if faults:
        raise ReviewInvalid(faults=faults, count=len(faults))
    return {code: found for code, found in results.items() if isinstance(found, Present)}


def require_approvable(case: Case, decision: Decision, changes: Mapping[str, Present]) -> None:
    """Raises ApprovalBlocked while a file, the follow-up, or a reviewer's word about a hole is missing."""
    waived = _waived(case, decision)
    faults = [
        *_missing_files(case, waived),
        *_holes(case, changes, waived),
        *_open_items(case, changes),
    ]
    if faults:
        raise ApprovalBlocked(faults=faults, count=len(faults))


def _of_verdict(decision: Decision) -> Iterator[Fault]:
    """What one verdict needs and another does not take."""
    if decision.verdict == VOID:
        if decision.reason is None:
            yield _at_field("reason", "reason-needed")
        for field in ("changes", "returned", "waived"):
            if getattr(decision, field):
                yield _at_field(field, "not-with-void")
    if decision.verdict == APPROVE and decision.returned:
        yield _at_field("returned", "return-with-approval")
    if decision.verdict == RETURN:
        yield from _of_return(decision)


def _of_return(decision: Decision) -> Iterator[Fault]:
    if not decision.returned:
        yield _at_field("returned", "nothing-returned")
    if decision.deadline is not None and decision.deadline <= clock.now():
        yield _at_field("deadline", "deadline-past")
    if decision.deadline is not None and decision.deadline > clock.now() + _MOST_TIME:
        yield _at_field("deadline", "deadline-far")


def _of_places(case: Case, decision: Decision) -> Iterator[Fault]:
    """Checkpoints and files that are unknown, or named twice."""
    returned = [each.checkpoint for each in decision.returned]
    waived = [each.checkpoint for each in decision.waived if each.checkpoint is not None]
    for code in {*returned, *waived}:
        if fault := _unknown(case, code):
            yield fault
    files = [each.evidence_id for each in decision.waived if each.evidence_id is not None]
    known = {each.id for each in case.files}
    for evidence_id in files:
        if evidence_id not in known:
            yield Fault({"evidence": str(evidence_id)}, _REVIEWS, "evidence-unknown")
    yield from _repeated([each.checkpoint for each in decision.changes], returned, waived)
    yield from (Fault({"evidence": str(each)}, _REVIEWS, "named-twice") for each in _twice(files))
    decided = {*waived, *(each.checkpoint for each in decision.changes)}
    yield from (_at(code, "returned-and-decided") for code in sorted(decided.intersection(returned)))


def _repeated(*lists: list[str]) -> Iterator[Fault]:
    for codes in lists:
        yield from (_at(code, "named-twice") for code in _twice(codes))


def _twice(names: Iterable[Any]) -> list[Any]:
    return [name for name, count in Counter(names).items() if count > 1]


def _unknown(case: Case, code: str) -> Fault | None:
    position = case.version.index.get(code)
    if position is None:
        return Fault({"checkpoint": code}, _CHECKLISTS, "checkpoint-unknown")
    if case.visit.method not in case.version.checkpoints[position].methods:
        return _at(code, "not-asked")
    return None


def _changed(case: Case, code: str, decision: Decision) -> Present | Fault:
    """The answer after its change, or what stands against the change."""
    if fault := _unknown(case, code):
        return fault
    present = case.present(code)
    if present.is_open and not case.is_overdue:
        return _awaited(case, code)
    change = next(each for each in decision.changes if each.checkpoint == code)
    found = changed(case.version.checkpoints[case.version.index[code]], present, change)
    if isinstance(found, AnswerFault):
        package = _REVIEWS if found.code == "open-item-passed" else _CHECKLISTS
        return Fault({"checkpoint": code}, package, found.code, found.params)
    return found


def _waived(case: Case, decision: Decision) -> set[str]:
    """Checkpoints and files (by id) that are let pass, by this decision or an earlier one.

    A checkpoint that was returned after it was waived has been answered anew: that waiver was about another answer.
    """
    waived = {place for each in decision.waived for place in _places(each.checkpoint, each.evidence_id)}
    returned = _returned_at(case.visit.id)
    for kept in queries.waivers_of(case.visit.id):
        if kept.checkpoint is None or kept.at > returned.get(kept.checkpoint, kept.at - timedelta(1)):
            waived.update(_places(kept.checkpoint, kept.evidence_id))
    return waived


def _places(checkpoint: str | None, evidence_id: UUID | None) -> list[str]:
    return [str(place) for place in (checkpoint, evidence_id) if place is not None]


def _returned_at(visit_id: UUID) -> dict[str, datetime]:
    """When each checkpoint was returned last."""
    return {
        each["checkpoint"]: review.decided_at
        for review in queries.reviews_of(visit_id)
        for each in review.document.get("returned", [])
    }


def _missing_files(case: Case, waived: set[str]) -> Iterator[Fault]:
    """Files that are not here or cannot be read; waived by their id, or by every checkpoint that rests on them."""
    missing = [file for file in case.files if file.state not in {STORED, READY}]
    links = _links(case)
    replaced = _replaced(case, {file.id for file in missing} - set(links))
    for file in missing:
        rests = links.get(file.id, set())
        if str(file.id) in waived or file.id in replaced or (rests and rests <= waived):
            continue
        code = "evidence-unreadable" if file.state == UNREADABLE else "evidence-missing"
        yield Fault({"evidence": str(file.id), "checkpoints": sorted(rests)}, _REVIEWS, code, {"state": file.state})


def _links(case: Case) -> dict[UUID, set[str]]:
    """File -> checkpoints whose current answer links it."""
    found: dict[UUID, set[str]] = {}
    for code, answer in case.answers.items():
        for link in answer.evidence:
            found.setdefault(UUID(link["id"]), set()).add(code)
    return found


def _replaced(case: Case, unlinked: set[UUID]) -> set[UUID]:
    """Those of the unlinked files that an earlier round linked: the answer to a return took their place."""
    if not unlinked or case.visit.round < 2:  # noqa: PLR2004 - nothing is replaced before the second round.
        return set()
    documents = db.session.scalars(select(Submission.document).where(Submission.visit_id == case.visit.id))
    once = {link for document in documents for link in _links_in(document)}
    return {file for file in unlinked if str(file) in once}


def _links_in(document: bytes) -> Iterator[str]:
    for answer in json.loads(document).get("answers") or []:
        yield from (str(UUID(str(link["id"]))) for link in answer.get("evidence") or [])


def _holes(case: Case, changes: Mapping[str, Present], waived: set[str]) -> Iterator[Fault]:
    """Fails with nothing to photograph; one whose answer the reviewer changes is none any more."""
    for code in case.visit.holes:
        if code not in changes and code not in waived:
            yield _at(code, "hole-not-waived")


def _open_items(case: Case, changes: Mapping[str, Present]) -> Iterator[Fault]:
    for code in case.visit.open_items:
        if not case.is_overdue:
            yield _awaited(case, code)
        elif code not in changes:
            yield _at(code, "open-item-undecided")


def _awaited(case: Case, code: str) -> Fault:
    due = case.visit.follow_up_due_at
    return Fault({"checkpoint": code}, _REVIEWS, "follow-up-awaited", {"due": "" if due is None else due.isoformat()})


def _at(checkpoint: str, code: str) -> Fault:
    return Fault({"checkpoint": checkpoint}, _REVIEWS, code)


def _at_field(field: str, code: str) -> Fault:
    return Fault({"field": field}, _REVIEWS, code)


def case_of(visit: Visit, version: Version, answers: Iterable[Answer]) -> Case:
    """The visit with everything a decision is held against."""
    return Case(visit, version, {answer.checkpoint: answer for answer in answers}, tuple(evidence.of_visit(visit.id)))
