"""Reading visits. Who may see which is a WHERE clause here and nowhere else.

Insiders are the visit's own auditor and headquarters; dealers are region, group and store people, who read released
visits without learning who came. Regions and groups are judged by the store's membership on the wave's `opens_on`.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true

from backend.checklists import queries as checklists
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.paging import Page, page
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.evidence import ledger
from backend.network import queries as network
from backend.network.models import Store
from backend.visits import rules
from backend.visits.models import Answer, Draft, Submission, Visit
from backend.waves.models import Wave

DEALER_ROLES: Final = (Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER)
_HEADQUARTERS: Final = (Role.PLANNER, Role.REVIEWER, Role.ANALYST)
JUDGES: Final = (Role.REVIEWER, Role.PLANNER)
"""Who reads a visit's integrity."""

_FIELD_ROLES: Final = frozenset({Role.SHOPPER, Role.AUDITOR})


def visible_to(actor: Actor) -> Select[Visit]:
    """Every visit the actor may read, as insider or as dealer."""
    return select(Visit).where(or_(_inside(actor), _as_dealer(actor)))


def visible_inside(actor: Actor) -> Select[Visit]:
    """The visits the actor may read with the person who made them."""
    return select(Visit).where(_inside(actor))


def judged_by(actor: Actor) -> Select[Visit]:
    """The submitted visits whose integrity the actor may read: never those they made themselves."""
    is_anothers = or_(Visit.auditor_id.is_(None), Visit.auditor_id != actor.id)
    return select(Visit).where(Visit.round > 0, is_anothers, _of_stores(actor.scopes(*JUDGES)))


def get_visible(actor: Actor, visit_id: UUID, *, lock: bool = False) -> Visit:
    """The visit, or NotFound when there is none for this actor; locked until the transaction ends where asked."""
    return _one(visible_to(actor).where(Visit.id == visit_id), lock=lock)


def get_inside(actor: Actor, visit_id: UUID) -> Visit:
    """The visit for its insiders; NotFound for everybody else, dealers who read its results among them."""
    return _one(visible_inside(actor).where(Visit.id == visit_id), lock=False)


def get_own(actor: Actor, visit_id: UUID, *, lock: bool = True) -> Visit:
    """The visit for the person it is assigned to; NotFound for everybody else."""
    return _one(select(Visit).where(Visit.id == visit_id, _own(actor)), lock=lock)


def get_of_roles(actor: Actor, visit_id: UUID, *roles: Role, lock: bool = False) -> Visit:
    """The visit for who holds one of the desk roles over its store; NotFound for everybody else.

    Unlike `get_visible` it asks not whether but as what the actor sees the visit: one who reviews in one region may
    be an auditor in another. Reviewers have nothing to do with what was never submitted.
    """
    return _one(select(Visit).where(Visit.id == visit_id, of_roles(actor, *roles)), lock=lock)


def of_roles(actor: Actor, *roles: Role) -> ColumnElement[bool]:
    """The condition that a visit's store is the actor's in one of the desk roles; see `get_of_roles`."""
    begun = {Role.REVIEWER: Visit.round > 0}
    return or_(*(and_(begun.get(role, true()), _of_stores(actor.scopes(role))) for role in roles))


def is_in_the_field(actor: Actor) -> bool:
    """Whether the actor makes visits at all."""
    return actor.id is not None and bool(actor.roles & _FIELD_ROLES)


def assigned_to(person_id: Any) -> ColumnElement[bool]:
    """The condition that a visit is this person's (an id, or a bound parameter); those of a draft wave are nobody's."""
    drafts = select(Wave.id).where(Wave.state == "draft")
    return and_(Visit.auditor_id == person_id, Visit.wave_id.not_in(drafts))


def visits_listed(actor: Actor, asked: dict[str, Any]) -> Select[Visit]:
    """The visible visits that match the filters of `GET /visits`.

    Dealers must not find out who came by asking for a person, so that filter looks at insiders' visits only; and the
    filter by band looks at visits only whose integrity the actor may read.
    """
    auditor = actor.id if asked["auditor"] == "me" else asked["auditor"]
    rows = visible_to(actor) if auditor is None else visible_inside(actor).where(Visit.auditor_id == auditor)
    columns = {"wave": Visit.wave_id, "store": Visit.store_id, "state": Visit.state, "method": Visit.method}
    for name, column in columns.items():
        if asked[name] is not None:
            rows = rows.where(column == asked[name])
    if asked["band"] is not None:
        rows = rows.where(Visit.band == asked["band"], Visit.id.in_(judged_by(actor).with_only_columns(Visit.id)))
    return rows if asked["failed"] is None else rows.where(_failed(asked["failed"]))


def page_of_visits(actor: Actor, asked: dict[str, Any]) -> Page:
    """A page of `GET /visits`: the newest assignment first; of those with files missing the longest wait first."""
    rows, place = visits_listed(actor, asked), {"after": asked["after"], "limit": asked["limit"]}
    if asked["files"] is None:
        return page(rows, Visit.created_at, Visit.id, **place, descending=True)
    rows, since = _with_files_missing(rows)
    return page(rows, since, Visit.id, **place, key_of=_waiting_since)


def count_waiting(seen: Select[Visit]) -> int:
    """How many of these visits are undecided and have files still to come."""
    rows, _since = _with_files_missing(seen)
    return db.session.scalar(rows.with_only_columns(func.count())) or 0


def seen_inside(actor: Actor, visit_ids: Collection[UUID]) -> set[UUID]:
    """Which of these visible visits the actor reads as an insider; one query at the most."""
    if not actor.roles.intersection(DEALER_ROLES):
        return set(visit_ids)
    rows = visible_inside(actor).where(Visit.id.in_(list(visit_ids))).with_only_columns(Visit.id)
    return set(db.session.scalars(rows))


def seen_as_judge(actor: Actor, visit_ids: Collection[UUID]) -> set[UUID]:
    """Of which of these visits the actor reads the integrity; one query at the most."""
    if not actor.scopes(*JUDGES):
        return set()
    return set(db.session.scalars(judged_by(actor).where(Visit.id.in_(list(visit_ids))).with_only_columns(Visit.id)))


def find_visits(visit_ids: Collection[UUID]) -> dict[UUID, Visit]:
    """The visits with these ids, whoever may see them, locked in the order of their ids."""
    rows = select(Visit).where(Visit.id.in_(list(visit_ids))).order_by(Visit.id).with_for_update(of=Visit)
    found = db.session.scalars(rows.execution_options(populate_existing=True))
    return {visit.id: visit for visit in found}


def answers_of(visit_id: UUID) -> list[Answer]:
    """The visit's current answers in the order of its checklist version."""
    rows = db.session.scalars(select(Answer).where(Answer.visit_id == visit_id)).all()
    version_id = db.session.get_one(Visit, visit_id).checklist_version_id
    index = checklists.compiled(version_id).index
    return sorted(rows, key=lambda answer: index.get(answer.checkpoint, len(index)))


def answer_rows(visit_id: UUID) -> list[Row[str, str, Any, str | None, list[Any]]]:
    """The current answers as plain rows (checkpoint, result, value, comment, evidence), in no order."""
    columns = (Answer.checkpoint, Answer.result, Answer.value, Answer.comment, Answer.evidence)
    return list(db.session.execute(select(*columns).where(Answer.visit_id == visit_id)))


def kept_hashes(visit_id: UUID) -> dict[str, set[str]]:
    """By kind the sha256 of every document that the visit has received; empty before the first."""
    found: dict[str, set[str]] = {}
    rows = select(Submission.kind, Submission.sha256).where(Submission.visit_id == visit_id)
    for kind, digest in db.session.execute(rows):
        found.setdefault(kind, set()).add(digest)
    return found


def draft_of(visit_id: UUID) -> Draft | None:
    return db.session.get(Draft, visit_id)


def undecided(wave_id: UUID) -> int:
    """How many visits of the wave have been submitted and not been decided; a follow-up that is open counts."""
    rows = select(func.count()).where(Visit.wave_id == wave_id, Visit.round > 0, Visit.state.in_(rules.UNDECIDED))
    return db.session.scalar(rows) or 0


def not_begun(wave_id: UUID) -> int:
    """How many visits of the wave were never submitted and may still be."""
    rows = select(func.count()).where(Visit.wave_id == wave_id, Visit.round == 0, Visit.state.in_(rules.FILLABLE))
    return db.session.scalar(rows) or 0


def decided_by_state(wave_id: UUID) -> dict[str, int]:
    """State -> how many visits of the wave are in it, of those that count."""
    decided = (Visit.wave_id == wave_id, Visit.state.in_(rules.DECIDED))
    rows = select(Visit.state, func.count()).where(*decided).group_by(Visit.state)
    return {state: number for state, number in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def stores_decided(wave_id: UUID) -> int:
    """How many stores have a visit in the wave that counts."""
    decided = (Visit.wave_id == wave_id, Visit.state.in_(rules.DECIDED))
    return db.session.scalar(select(func.count(Visit.store_id.distinct())).where(*decided)) or 0


def begun(wave_id: UUID) -> bool:
    """Whether anybody has taken, begun or submitted a visit of the wave."""
    at_rest = Visit.state.in_((rules.PLANNED, rules.DECLINED, rules.EXPIRED, rules.VOID, rules.ABORTED))
    rows = select(Visit.id).where(Visit.wave_id == wave_id, or_(~at_rest, Visit.round > 0)).limit(1)
    return db.session.scalar(rows) is not None


def counts_by_state_and_method(actor: Actor, wave_id: UUID) -> list[tuple[str, str, int]]:
    """(state, method, number) of the wave's visits that the actor may see."""
    seen = visible_to(actor).where(Visit.wave_id == wave_id)
    rows = seen.with_only_columns(Visit.state, Visit.method, func.count()).group_by(Visit.state, Visit.method)
    return [(state, method, number) for state, method, number in db.session.execute(rows)]


def stores_without_visit(actor: Actor, wave: Wave) -> Select[Store]:
    """Headquarters' stores, open in the wave's window, that have no visit in it but void, aborted or declined ones.

    Dealers get none: from a store's absence here they would learn that somebody is still to come.
    """
    over = (rules.VOID, rules.ABORTED, rules.DECLINED)
    visited = select(Visit.store_id).where(Visit.wave_id == wave.id, Visit.state.not_in(over))
    is_open = and_(
        or_(Store.closed_on.is_(None), Store.closed_on > wave.opens_on),
        or_(Store.opened_on.is_(None), Store.opened_on <= wave.closes_on),
    )
    own = network.store_ids_visible_on(actor, *_HEADQUARTERS, day=network.today())
    return select(Store).where(Store.id.in_(own), Store.id.not_in(visited), is_open)


def _with_files_missing(rows: Select[Visit]) -> tuple[Select[Visit], Any]:
    """Those of the visits that are undecided and have files still to come, and the column that says since when."""
    waiting = ledger.waiting()
    kept = rows.join(waiting, waiting.c.visit_id == Visit.id)
    return kept.where(Visit.state.in_(rules.FILLABLE | rules.UNDECIDED)), waiting.c.since


def _waiting_since(visit: Visit) -> tuple[Any, ...]:
    return ledger.of_visits([visit.id])[visit.id].missing_since, visit.id


def _one(rows: Select[Visit], *, lock: bool) -> Visit:
    if lock:
        rows = rows.with_for_update(of=Visit).execution_options(populate_existing=True)
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound
    return found


def _own(actor: Actor) -> ColumnElement[bool]:
    return assigned_to(actor.id) if is_in_the_field(actor) else false()


def _inside(actor: Actor) -> ColumnElement[bool]:
    planned = _of_stores(actor.scopes(Role.PLANNER))
    reviewed = and_(Visit.round > 0, _of_stores(actor.scopes(Role.REVIEWER)))
    analysed = and_(Visit.state.in_(rules.DECIDED), _of_stores(actor.scopes(Role.ANALYST)))
    return or_(_own(actor), planned, reviewed, analysed)


def _as_dealer(actor: Actor) -> ColumnElement[bool]:
    scopes = tuple(each for each in actor.memberships if each.role in DEALER_ROLES)
    return and_(Visit.state.in_(rules.RELEASED), _of_stores(scopes))


def _of_stores(scopes: Iterable[Membership]) -> ColumnElement[bool]:
    """The condition that the visit's store lies in one of the scopes on the day its wave opens."""
    held = tuple(scopes)
    if not held:
        return false()
    if any(each.scope_kind is ScopeKind.ALL for each in held):
        return true()
    within = network.stores_within(held, cast("Any", Wave.opens_on))
    inside = select(Wave.id).where(Wave.id == Visit.wave_id, Store.id == Visit.store_id, within)
    return inside.correlate(Visit).exists()


def _failed(code: str) -> ColumnElement[bool]:
    current = (Answer.visit_id == Visit.id, Answer.checkpoint == code, Answer.result == "fail")
    return select(Answer.checkpoint).where(*current).exists()
