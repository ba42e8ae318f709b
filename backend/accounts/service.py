"""Verbs about people: record, invite, switch off; and the tokens of their programs.

Only what lies wholly inside the part of the network that the actor plans can be given, taken or invited: nobody makes
somebody mightier than themselves, nor enters as somebody who is.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import select, update

from backend import settings
from backend.accounts import queries, rules, sessions
from backend.accounts.models import Invitation, Person, PersonMembership, Token
from backend.accounts.problems import LastPlanner, LoginTaken, OutOfReach, PersonInactive
from backend.accounts.sessions import actor_of
from backend.core import clock, outbox
from backend.core.actor import SYSTEM, Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import Fault, FieldsInvalid, NotFound

__all__ = ["PersonBody", "actor_of", "clear_password", "invite", "link_for", "make_token", "put_person", "revoke_token"]

_PACKAGE = "backend.accounts"


class PersonBody(TypedDict, total=False):
    """What is recorded of a person. `roles` and `active` left out stay as they are; a new person is active."""

    login: str
    name: str
    locale: str
    phone: str | None
    email: str | None
    roles: list[Membership]
    active: bool


def put_person(actor: Actor, person_id: UUID, body: PersonBody) -> tuple[Person, bool]:
    """Records a person; returns the row and whether it is new. The same content again changes nothing.

    Switching a person off ends every session, token and open link at once. Raises NotFound, OutOfReach, LoginTaken,
    LastPlanner, or FieldsInvalid for parts of the network that the actor does not plan.
    """
    person = _locked(actor, person_id) if db.session.get(Person, person_id) else None
    held = _memberships(person_id)
    wanted = frozenset(body.get("roles", held))
    _check_shape(body)
    _check_reach(actor, held, wanted, body.get("roles", []))
    _check_login(body["login"], person_id)
    if person is None:
        return _create(actor, person_id, body, wanted), True
    _change(actor, person, body, held, wanted)
    return person, False


def invite(actor: Actor, person: Person) -> str:
    """The secret of a fresh sign-in link: works once, within seven days. Raises PersonInactive or OutOfReach."""
    _check_reach(actor, _memberships(person.id))
    if not person.is_active:
        raise PersonInactive
    now, secret = clock.now(), rules.new_secret()
    db.session.add(
        Invitation(
            id=new_id(),
            secret_hash=rules.hash_of(secret),
            person_id=person.id,
            created_at=now,
            created_by=actor.id,
            expires_at=now + rules.LINK_LIFE,
        )
    )
    outbox.record(actor, "person.invited", person.id)
    return secret


def link_for(person: Person, secret: str) -> str:
    """The address to send to the person: of the phone app for those who only work in the field, else of the console."""
    page = rules.page_of(frozenset(held.role.value for held in _memberships(person.id)))
    return f"{settings.current().public_url}{page}?link={secret}"


def make_token(person: Person, name: str, expires_at: datetime | None = None) -> str:
    """A fresh bearer token that acts for the person; only its hash is kept."""
    return add_token(SYSTEM, person.id, name, expires_at)[1]


def add_token(actor: Actor, person_id: UUID, name: str, expires_at: datetime | None) -> tuple[Token, str]:
    """The row of a fresh bearer token, and the token itself. Raises FieldsInvalid when it would be dead already."""
    now, secret = clock.now(), rules.new_secret()
    if expires_at is not None and expires_at <= now:
        raise FieldsInvalid(faults=[Fault({"field": "expires_at"}, _PACKAGE, "not-in-future")])
    token = Token(
        id=new_id(),
        secret_hash=rules.hash_of(secret),
        person_id=person_id,
        name=name,
        created_at=now,
        expires_at=expires_at,
    )
    db.session.add(token)
    outbox.record(actor, "token.made", token.id, person=str(person_id))
    return token, secret


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """Ends one of the actor's own tokens; again changes nothing. NotFound when it is not theirs."""
    token = db.session.scalar(
        select(Token).where(Token.id == token_id, Token.person_id == actor.person_id).with_for_update()
    )
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        outbox.record(actor, "token.revoked", token_id)


def clear_password(actor: Actor, person_id: UUID) -> None:
    """For a forgotten password: the person enters by a link and sets a new one. Ends all their sessions."""
    person = manageable(actor, person_id)
    if person.password_hash is None:
        return
    person.password_hash = None
    sessions.end_all(person_id)
    outbox.record(actor, "password.cleared", person_id)


def manageable(actor: Actor, person_id: UUID, *, lock: bool = True) -> Person:
    """The person whom the actor may manage. NotFound when not visible, OutOfReach when mightier than the actor."""
    person = queries.get_visible(actor, person_id, lock=lock)
    _check_reach(actor, _memberships(person_id))
    return person


def _locked(actor: Actor, person_id: UUID) -> Person:
    """The person, locked; for a planner all planners, in one order, so that two cannot each rely on the other and go."""
    planners = (
        select(Person.id)
        .join(PersonMembership, PersonMembership.person_id == Person.id)
        .where(PersonMembership.role == Role.PLANNER)
        .order_by(Person.id)
        .with_for_update(key_share=True, of=Person)
    )
    if _planned(_memberships(person_id)):
        db.session.execute(planners).all()
    return queries.get_visible(actor, person_id, lock=True)


def _memberships(person_id: UUID) -> frozenset[Membership]:
    rows = queries.memberships_of([person_id]).get(person_id, [])
    return frozenset(Membership(row.role, row.scope_kind, row.scope_id) for row in rows)


def _check_shape(body: PersonBody) -> None:
    login = rules.normal_login(body["login"])
    faults = [] if rules.is_login(login) else [Fault({"field": "login"}, _PACKAGE, "login-spaces")]
    for place, held in enumerate(body.get("roles", [])):
        if (held.scope_kind is ScopeKind.ALL) != (held.scope_id is None):
            code = "part-needless" if held.scope_kind is ScopeKind.ALL else "part-missing"
            faults.append(Fault({"field": f"roles.{place}.scope_id"}, _PACKAGE, code))
    if faults:
        raise FieldsInvalid(faults=faults)


def _check_reach(
    actor: Actor,
    held: Collection[Membership],
    wanted: Collection[Membership] = (),
    listed: list[Membership] | None = None,
) -> None:
    """What the person holds must be within the actor's reach altogether, and so must what is new."""
    within = queries.reaches(actor, {*held, *wanted})
    faults = [
        Fault({"field": f"roles.{place}.scope_id"}, _PACKAGE, "part-unknown")
        for place, membership in enumerate(listed or [])
        if membership not in within and membership not in held
    ]
    if faults:
        raise FieldsInvalid(faults=faults)
    if not within.issuperset(held):
        raise OutOfReach


def _check_login(login: str, person_id: UUID) -> None:
    other = queries.person_by_login(login)
    if other is not None and other.id != person_id:
        raise LoginTaken(login=login)


def _create(actor: Actor, person_id: UUID, body: PersonBody, wanted: Collection[Membership]) -> Person:
    person = Person(id=person_id, created_at=clock.now(), is_active=body.get("active", True), **_facts(body))
    db.session.add(person)
    db.session.flush()  # The memberships point at it.
    _give(person_id, wanted)
    outbox.record(actor, "person.created", person_id, roles=_told(wanted))
    return person


def _change(
    actor: Actor, person: Person, body: PersonBody, held: frozenset[Membership], wanted: frozenset[Membership]
) -> None:
    facts = {**_facts(body), "is_active": body.get("active", person.is_active)}
    changed = [name for name, value in facts.items() if getattr(person, name) != value]
    if not changed and held == wanted:
        return
    _keep_a_planner(person, held, wanted if facts["is_active"] else frozenset())
    for name in changed:
        setattr(person, name, facts[name])
    _take(person.id, held - wanted)
    _give(person.id, wanted - held)
    if "is_active" in changed and not person.is_active:
        _shut_out(person.id)
    person.revision += 1
    outbox.record(actor, "person.changed", person.id, changed=changed, roles=_told(wanted))


def _facts(body: PersonBody) -> dict[str, Any]:
    return {
        "login": rules.normal_login(body["login"]),
        "name": body["name"],
        "locale": body.get("locale", "zh-CN"),
        "phone": body.get("phone"),
        "email": body.get("email"),
    }


def _give(person_id: UUID, memberships: Collection[Membership]) -> None:
    db.session.add_all(
        PersonMembership(
            id=new_id(), person_id=person_id, role=held.role, scope_kind=held.scope_kind, scope_id=held.scope_id
        )
        for held in memberships
    )


def _take(person_id: UUID, memberships: Collection[Membership]) -> None:
    for row in queries.memberships_of([person_id]).get(person_id, []) if memberships else []:
        if Membership(row.role, row.scope_kind, row.scope_id) in memberships:
            db.session.delete(row)


def _told(memberships: Collection[Membership]) -> list[str]:
    return sorted(f"{held.role}@{held.scope_kind}:{held.scope_id or ''}" for held in memberships)


def _keep_a_planner(person: Person, held: Collection[Membership], kept: Collection[Membership]) -> None:
    """Refuses to lose the last active planner, and the last one of the whole network: nobody could appoint another."""
    before, after = _planned(held), _planned(kept)
    if not person.is_active or before <= after:
        return
    others = _other_planners(person.id)
    if (not after and not others) or (ScopeKind.ALL in before - after and ScopeKind.ALL not in others):
        raise LastPlanner


def _planned(memberships: Collection[Membership]) -> set[ScopeKind]:
    return {held.scope_kind for held in memberships if held.role is Role.PLANNER}


def _other_planners(person_id: UUID) -> set[ScopeKind]:
    """What the other active planners plan."""
    planners = (
        select(PersonMembership.scope_kind)
        .join(Person, Person.id == PersonMembership.person_id)
        .where(PersonMembership.role == Role.PLANNER, Person.is_active, Person.id != person_id)
    )
    return set(db.session.scalars(planners))


def _shut_out(person_id: UUID) -> None:
    now = clock.now()
    sessions.end_all(person_id)
    tokens = update(Token).where(Token.person_id == person_id, Token.revoked_at.is_(None))
    db.session.execute(tokens.values(revoked_at=now))
    links = update(Invitation).where(Invitation.person_id == person_id, Invitation.used_at.is_(None))
    db.session.execute(links.where(Invitation.expires_at > now).values(expires_at=now))
