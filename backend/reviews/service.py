"""Reviewing: claiming a visit, approving it, returning single checkpoints, making it void. The only writer of scorecards.

A decision is about one round, that is one submission. The same decision again changes nothing; another one about a
round that was decided is refused. Only answers change, never points, and every change is a line of the ledger.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from backend.checklists import queries as checklists
from backend.checklists.rules import Result
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import NotPermitted
from backend.network import queries as network
from backend.reviews import telling
from backend.reviews.checking import Case, case_of, require_approvable, require_fitting
from backend.reviews.decision import Decision, read_decision
from backend.reviews.models import AnswerChange, Review, Waiver
from backend.reviews.problems import DecisionDiffers, OwnVisit, RoundNotCurrent, VisitNotDecidable, WaveIsLocked
from backend.reviews.rules import APPROVE, RETURN, RETURN_TIME, VOID, Change, Present, may_decide
from backend.scores import service as scores
from backend.visits import answering, releasing
from backend.visits import queries as visits
from backend.visits import rules as visit_states
from backend.visits.models import Answer, Visit
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from backend.waves.models import Wave

if telling.decided not in answering.EXTRA:
    answering.EXTRA.append(telling.decided)


def claim(actor: Actor, visit_id: UUID) -> Visit:
    """Says that somebody is reviewing the visit; again it changes nothing. A decision needs no claim."""
    visit, _wave = _held(actor, visit_id)
    if visit.state == visit_states.IN_REVIEW:
        return visit
    if visit.state != visit_states.SUBMITTED:
        raise VisitNotDecidable
    visit.state = visit_states.IN_REVIEW
    outbox.record(actor, "visit.claimed", visit_id, round=visit.round)
    return visit


def decide(actor: Actor, visit_id: UUID, body: Mapping[str, Any]) -> tuple[Visit, bool]:
    """Decides about a submitted visit, and whether that was news.

    Raises OwnVisit, WaveIsLocked, RoundNotCurrent, DecisionDiffers, VisitNotDecidable, ReviewInvalid with everything
    that does not fit, ApprovalBlocked with everything that is missing.
    """
    decision = read_decision(body)
    visit, wave = _held(actor, visit_id)
    round_ = visit.round if decision.round is None else decision.round
    made = _decided(visit_id, round_)
    if any(review.sha256 == decision.sha256 for review in made):
        return visit, False
    _require_decidable(visit, wave, decision, made, round_)
    case = case_of(visit, checklists.compiled(visit.checklist_version_id), visits.answers_of(visit_id))
    _VERBS[decision.verdict](actor, case, decision, require_fitting(case, decision))
    visit.decided_at = clock.now()
    db.session.add(_review(actor, visit, decision))
    db.session.flush()
    return visit, True


def _held(actor: Actor, visit_id: UUID) -> tuple[Visit, Wave]:
    """The visit for one who may judge it, locked; with its wave, which cannot be locked or published meanwhile."""
    visit = visits.get_visible(actor, visit_id, lock=True)
    if visit.auditor_id == actor.person_id:
        raise OwnVisit
    wave = waves.waves_by_id([visit.wave_id], shared=True)[visit.wave_id]
    reviewed = network.store_ids_visible_on(actor, Role.REVIEWER, day=wave.opens_on).subquery()
    if db.session.scalar(select(reviewed.c.id).where(reviewed.c.id == visit.store_id)) is None:
        raise NotPermitted
    return visit, wave


def _decided(visit_id: UUID, round_: int) -> list[Review]:
    return list(db.session.scalars(select(Review).where(Review.visit_id == visit_id, Review.round == round_)))


def _require_decidable(visit: Visit, wave: Wave, decision: Decision, made: list[Review], round_: int) -> None:
    if wave.state == wave_states.LOCKED:
        raise WaveIsLocked
    if visit.round and round_ != visit.round:
        raise RoundNotCurrent(given=round_, current=visit.round)
    if may_decide(decision.verdict, visit.state, visit.round):
        return
    raise DecisionDiffers if made else VisitNotDecidable


def _review(actor: Actor, visit: Visit, decision: Decision) -> Review:
    return Review(
        id=new_id(), visit_id=visit.id, round=visit.round, reviewer_id=actor.person_id, verdict=decision.verdict,
        reason=decision.reason, document=decision.document, sha256=decision.sha256, decided_at=clock.now(),
    )  # fmt: skip


def _approve(actor: Actor, case: Case, decision: Decision, changes: Mapping[str, Present]) -> None:
    require_approvable(case, decision, changes)
    visit = case.visit
    results = _change_answers(actor, case, decision, changes)
    _waive(actor, visit, decision)
    visit.open_items, visit.returned, visit.reason = [], None, None
    scores.write_scorecard(
        actor, visit_id=visit.id, wave_id=visit.wave_id, store_id=visit.store_id, method=visit.method,
        checklist_version_id=visit.checklist_version_id, results=results, reason=decision.reason or APPROVE,
        auditor_id=visit.auditor_id, visited_on=visit.visited_on, unproven=len(visit.holes),
    )  # fmt: skip
    visit.state = releasing.state_after_approval(db.session.get_one(Wave, visit.wave_id))
    outbox.record(actor, "visit.approved", visit.id, round=visit.round, changes=len(decision.changes))
    if visit.state == visit_states.PUBLISHED:
        outbox.record(actor, "visit.published", visit.id)


def _return(actor: Actor, case: Case, decision: Decision, changes: Mapping[str, Present]) -> None:
    visit = case.visit
    _change_answers(actor, case, decision, changes)
    _waive(actor, visit, decision)
    deadline = decision.deadline or clock.now() + RETURN_TIME
    index = case.version.index
    returned = sorted(decision.returned, key=lambda each: index[each.checkpoint])
    visit.returned = {
        "reason": decision.reason,
        "deadline": deadline.isoformat(),
        "round": visit.round,
        "checkpoints": [{"checkpoint": each.checkpoint, "note": each.note} for each in returned],
    }
    visit.state, visit.reason = visit_states.IN_PROGRESS, decision.reason
    codes = [each.checkpoint for each in returned]
    outbox.record(actor, "visit.returned", visit.id, round=visit.round, checkpoints=codes)


def _void(actor: Actor, case: Case, decision: Decision, _changes: Mapping[str, Present]) -> None:
    visit = case.visit
    was_scored = scores.withdraw(visit.id)
    visit.state, visit.reason, visit.returned = visit_states.VOID, decision.reason, None
    outbox.record(actor, "visit.voided", visit.id, round=visit.round, was_scored=was_scored)


_VERBS: Final[Mapping[str, Callable[[Actor, Case, Decision, Mapping[str, Present]], None]]] = {
    APPROVE: _approve,
    RETURN: _return,
    VOID: _void,
}


def _change_answers(actor: Actor, case: Case, decision: Decision, changes: Mapping[str, Present]) -> dict[str, Result]:
    """Changes the answers, a line in the ledger each; the results of all answers afterwards."""
    results = {code: Result(answer.result) for code, answer in case.answers.items()}
    for change in decision.changes:
        after = changes[change.checkpoint]
        if after.result is None:
            raise LookupError(change.checkpoint)
        _change_answer(actor, case, change, after.result, after.value)
        results[change.checkpoint] = after.result
    visit = case.visit
    visit.holes = [code for code in visit.holes if results[code] is Result.FAIL]
    visit.open_items = [code for code in visit.open_items if code not in changes]
    return results


def _change_answer(actor: Actor, case: Case, change: Change, result: Result, value: Any) -> None:
    answer = case.answers.get(change.checkpoint)
    if answer is not None and (answer.result, answer.value) == (result, value):
        return
    db.session.add(
        AnswerChange(
            id=new_id(), visit_id=case.visit.id, checkpoint=change.checkpoint, reason=change.reason,
            old_result=answer and answer.result, old_value=answer and answer.value, new_result=str(result),
            new_value=value, person_id=actor.person_id, at=clock.now(),
        )
    )  # fmt: skip
    if answer is None:
        db.session.add(Answer(visit_id=case.visit.id, checkpoint=change.checkpoint, result=str(result), value=value,
                              comment=None, evidence=[]))  # fmt: skip
    else:
        answer.result, answer.value = str(result), value


def _waive(actor: Actor, visit: Visit, decision: Decision) -> None:
    db.session.add_all(
        Waiver(id=new_id(), visit_id=visit.id, checkpoint=each.checkpoint, evidence_id=each.evidence_id,
               reason=each.reason, person_id=actor.person_id, at=clock.now())
        for each in decision.waived
    )  # fmt: skip
