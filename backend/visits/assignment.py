"""Who goes where: making and changing visits, one or many, and taking, declining, aborting and cancelling them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from backend.accounts.models import Person, PersonMembership
from backend.checklists import queries as checklists
from backend.checklists.rules import checkpoints_for
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Permission, Role
from backend.core.problems import Fault, NotFound, NotPermitted, Problem
from backend.network import queries as network
from backend.network.models import Store
from backend.visits import queries, rules
from backend.visits.models import Visit
from backend.visits.problems import (
    AssignmentInvalid,
    VisitClosed,
    VisitNotAssignable,
    VisitNotBegun,
    VisitSubmitted,
    WaveClosedToPlanning,
)
from backend.waves import queries as waves
from backend.waves.models import Wave
from backend.waves.problems import WaveInUse

_PACKAGE = "backend.visits"
_ASSIGNED = ("wave_id", "store_id", "method", "auditor_id", "due_on", "script", "fee", "window")
Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one visit of a bulk assignment; `problem` is its problem document when it was refused."""

    id: UUID
    outcome: Literal["created", "changed", "unchanged", "refused"]
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a round of assignments needs to know, read at once however many visits it has.

    `planned_stores` are within the actor's plan, `walked_stores` within the actor's rounds as a field auditor.
    """

    visits: dict[UUID, Visit]
    waves: Mapping[UUID, Wave]
    planned_stores: frozenset[UUID]
    walked_stores: frozenset[UUID]
    auditors: frozenset[UUID]


def put_visit(actor: Actor, visit_id: UUID, body: Mapping[str, Any]) -> tuple[Visit, Outcome]:
    """Assigns the visit or changes its assignment; the same content again changes nothing.

    A planner assigns anybody in the field; a field auditor may make an announced or unannounced visit for himself.
    Only a visit that nobody has begun may change: VisitNotAssignable otherwise. Raises AssignmentInvalid with every
    fault, NotFound for a visit outside the actor's scopes.
    """
    return _put(actor, _desk(actor, {visit_id: body}), visit_id, body)


def put_visits(actor: Actor, bodies: Sequence[Mapping[str, Any]]) -> list[Told]:
    """As `put_visit` for each body, which also has an `id`; what is refused leaves the others alone."""
    desk = _desk(actor, {body["id"]: body for body in bodies})
    return [_told(actor, desk, body) for body in bodies]


def accept(actor: Actor, visit_id: UUID) -> Visit:
    """The person takes the visit. A late repeat, after the work has begun, changes nothing."""
    visit = queries.get_own(actor, visit_id)
    if visit.state in {rules.DECLINED, rules.EXPIRED, rules.ABORTED, rules.VOID}:
        raise VisitClosed
    if visit.state == rules.PLANNED:
        visit.state, visit.taken_at = rules.TAKEN, clock.now()
        outbox.record(actor, "visit.taken", visit.id)
    return visit


def decline(actor: Actor, visit_id: UUID, reason: str) -> Visit:
    """The person refuses the visit, with a reason; the planner can give it to somebody else."""
    visit = queries.get_own(actor, visit_id)
    if _is_repeat(visit, rules.DECLINED, reason):
        return visit
    if visit.state not in {rules.PLANNED, rules.TAKEN}:
        raise VisitClosed
    return _end(actor, visit, rules.DECLINED, reason)


def abort(actor: Actor, visit_id: UUID, reason: str) -> Visit:
    """The person gives up a visit already taken; it is never scored."""
    visit = queries.get_own(actor, visit_id)
    if _is_repeat(visit, rules.ABORTED, reason):
        return visit
    if visit.state in {rules.PLANNED, rules.EXPIRED}:
        raise VisitNotBegun
    if visit.state not in {rules.TAKEN, rules.IN_PROGRESS}:
        raise VisitClosed
    if visit.round:
        raise VisitSubmitted
    return _end(actor, visit, rules.ABORTED, reason)


def cancel(actor: Actor, visit_id: UUID, reason: str) -> Visit:
    """The planner strikes out a visit that was never submitted: it becomes void."""
    visit = queries.get_visible(actor, visit_id, lock=True)
    if _is_repeat(visit, rules.VOID, reason):
        return visit
    if visit.round:
        raise VisitSubmitted
    if visit.state == rules.VOID:
        raise VisitClosed
    return _end(actor, visit, rules.VOID, reason)


def allow_version_change(actor: Actor, wave: Wave, version_id: UUID) -> None:
    """Lets a wave take another checklist version while nobody has begun, and its visits with it."""
    if queries.begun(wave.id):
        raise WaveInUse
    compiled = checklists.compiled(version_id)
    still = select(Visit).where(Visit.wave_id == wave.id, Visit.state.in_(rules.ASSIGNABLE))
    visits = db.session.scalars(still.with_for_update(of=Visit)).all()
    if any(not checkpoints_for(compiled, visit.method) for visit in visits):
        raise WaveInUse
    for visit in visits:
        visit.checklist_version_id = version_id
        outbox.record(actor, "visit.changed", visit.id, checklist_version_id=str(version_id))


def _is_repeat(visit: Visit, state: str, reason: str) -> bool:
    return visit.state == state and visit.reason == reason


def _end(actor: Actor, visit: Visit, state: str, reason: str) -> Visit:
    visit.state, visit.reason = state, reason
    outbox.record(actor, f"visit.{state}", visit.id, reason=reason)
    return visit


def _desk(actor: Actor, bodies: Mapping[UUID, Mapping[str, Any]]) -> _Desk:
    named = {name: {body[name] for body in bodies.values()} for name in ("wave_id", "store_id", "auditor_id")}
    visits = queries.find_visits(bodies)
    stores = named["store_id"] | {visit.store_id for visit in visits.values()}
    return _Desk(
        visits=visits,
        waves=waves.waves_by_id(named["wave_id"], shared=True),
        planned_stores=_stores(actor, Role.PLANNER, stores),
        walked_stores=_stores(actor, Role.AUDITOR, stores),
        auditors=_field_people(named["auditor_id"]),
    )


def _stores(actor: Actor, role: Role, wanted: set[UUID]) -> frozenset[UUID]:
    within = network.store_ids_visible_on(actor, role, day=network.today())
    return frozenset(db.session.scalars(within.where(Store.id.in_(wanted))))


def _field_people(wanted: set[UUID | None]) -> frozenset[UUID]:
    """Those of the people who can sign in and are shopper or auditor."""
    ids = [person_id for person_id in wanted if person_id is not None]
    rows = (
        select(Person.id)
        .join(PersonMembership, PersonMembership.person_id == Person.id)
        .where(Person.id.in_(ids), Person.is_active, PersonMembership.role.in_((Role.SHOPPER, Role.AUDITOR)))
    )
    return frozenset(db.session.scalars(rows))


def _told(actor: Actor, desk: _Desk, body: Mapping[str, Any]) -> Told:
    try:
        _, outcome = _put(actor, desk, body["id"], body)
    except Problem as problem:
        return Told(body["id"], "refused", problem.as_dict())
    return Told(body["id"], outcome)


def _put(actor: Actor, desk: _Desk, visit_id: UUID, body: Mapping[str, Any]) -> tuple[Visit, Outcome]:
    """Raises before it writes anything, so that a refused visit of a bulk leaves no trace."""
    wanted = {name: body[name] for name in _ASSIGNED}
    visit = desk.visits.get(visit_id)
    plans = actor.may(Permission.VISITS_ASSIGN)
    if not plans:
        _require_self_made(actor, visit, wanted)
    elif visit is not None and visit.store_id not in desk.planned_stores:
        raise NotFound
    if visit is not None and all(getattr(visit, name) == value for name, value in wanted.items()):
        return visit, "unchanged"
    _require_changeable(visit, plans=plans)
    wave = _checked(desk, desk.planned_stores if plans else desk.walked_stores, visit, wanted)
    if visit is None:
        desk.visits[visit_id] = _create(actor, visit_id, wave, wanted)
        return desk.visits[visit_id], "created"
    _change(actor, visit, wave, wanted)
    return visit, "changed"


def _require_self_made(actor: Actor, visit: Visit | None, wanted: Mapping[str, Any]) -> None:
    is_own = wanted["auditor_id"] == actor.id and wanted["method"] in rules.SELF_MADE_METHODS
    if Role.AUDITOR not in actor.roles or not is_own:
        raise NotPermitted
    if visit is not None and visit.auditor_id != actor.id:
        raise NotFound


def _require_changeable(visit: Visit | None, *, plans: bool) -> None:
    if visit is None:
        return
    if not plans:
        raise NotPermitted
    if visit.state not in rules.ASSIGNABLE or visit.round:
        raise VisitNotAssignable


def _checked(desk: _Desk, stores: frozenset[UUID], visit: Visit | None, wanted: Mapping[str, Any]) -> Wave:
    wave = desk.waves.get(wanted["wave_id"])
    faults = {
        "wave_id": wave is None and "wave-unknown",
        "store_id": wanted["store_id"] not in stores and "store-unknown",
        "auditor_id": _is_unfit(desk, visit, wanted["auditor_id"]) and "auditor-unfit",
        "method": wave is not None and not _covers(wave, wanted["method"]) and "method-not-covered",
    }
    if wave is None or any(faults.values()):
        raise AssignmentInvalid(
            faults=[Fault({"field": name}, _PACKAGE, code) for name, code in faults.items() if code]
        )
    if wave.state == "locked":
        raise WaveClosedToPlanning
    return wave


def _is_unfit(desk: _Desk, visit: Visit | None, auditor_id: UUID | None) -> bool:
    keeps = visit is not None and visit.auditor_id == auditor_id
    return auditor_id is not None and not keeps and auditor_id not in desk.auditors


def _covers(wave: Wave, method: str) -> bool:
    return bool(checkpoints_for(checklists.compiled(wave.checklist_version_id), method))


def _create(actor: Actor, visit_id: UUID, wave: Wave, wanted: Mapping[str, Any]) -> Visit:
    """A visit somebody makes for himself on the spot is taken at once."""
    now = clock.now()
    taken = not actor.may(Permission.VISITS_ASSIGN)
    visit = Visit(
        id=visit_id,
        checklist_version_id=wave.checklist_version_id,
        state=rules.TAKEN if taken else rules.PLANNED,
        taken_at=now if taken else None,
        created_at=now,
        **wanted,
    )
    db.session.add(visit)
    outbox.record(actor, "visit.assigned", visit_id, auditor_id=_text(visit.auditor_id), state=visit.state)
    return visit


def _change(actor: Actor, visit: Visit, wave: Wave, wanted: Mapping[str, Any]) -> None:
    """Whoever gets the visit is asked anew; so is everybody after it was declined or expired."""
    if visit.auditor_id != wanted["auditor_id"] or visit.state in {rules.DECLINED, rules.EXPIRED}:
        visit.state, visit.taken_at, visit.reason = rules.PLANNED, None, None
    for name, value in wanted.items():
        setattr(visit, name, value)
    visit.checklist_version_id = wave.checklist_version_id
    outbox.record(actor, "visit.changed", visit.id, auditor_id=_text(visit.auditor_id), state=visit.state)


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
