"""Who is there, what they are called, and which people an actor may see."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from backend.accounts import rules
from backend.accounts.models import Person, PersonMembership, Token
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.network import queries as network
from backend.network.models import Brand, Group, Region, Store

_READERS = (Role.PLANNER, Role.REVIEWER)


def names(person_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """Id -> name of the people; unknown ids and None are left out. One query, none for nobody."""
    wanted = {person_id for person_id in person_ids if person_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def person_by_login(login: str) -> Person | None:
    """The person with the login, however it is capitalised; None when there is none."""
    return db.session.scalar(select(Person).where(Person.login == rules.normal_login(login)))


def memberships_of(person_ids: Collection[UUID]) -> dict[UUID, list[PersonMembership]]:
    """Person -> their memberships, in a steady order. One query."""
    rows = db.session.scalars(select(PersonMembership).where(PersonMembership.person_id.in_(list(person_ids))))
    found: dict[UUID, list[PersonMembership]] = {}
    for row in sorted(rows, key=in_order):
        found.setdefault(row.person_id, []).append(row)
    return found


def in_order(held: Membership | PersonMembership) -> tuple[str, str, str]:
    """The key that sorts memberships the same on every database: by role, then by the part of the network."""
    return held.role, held.scope_kind, str(held.scope_id or "")


def visible_to(actor: Actor) -> Select[Person]:
    """The people whom the actor may see as planner or reviewer: oneself, and whoever holds a role on a visible part.

    Shoppers and auditors of the whole network work for every part of it, so every part sees them.
    """
    reader = replace(actor, memberships=actor.scopes(*_READERS)) if actor.id else actor
    if any(scope.scope_kind is ScopeKind.ALL for scope in reader.scopes(*_READERS)):
        return select(Person)
    if not reader.memberships:
        return select(Person).where(Person.id == actor.id)
    overlapping = select(PersonMembership.person_id).where(_overlaps(reader))
    return select(Person).where(or_(Person.id == actor.id, Person.id.in_(overlapping)))


def get_visible(actor: Actor, person_id: UUID, *, lock: bool = False) -> Person:
    """The person; NotFound when there is none or none that the actor may see."""
    found = visible_to(actor).where(Person.id == person_id)
    if lock:
        # NO KEY UPDATE: rows that merely point at the person may still be written meanwhile.
        found = found.with_for_update(key_share=True, of=Person).execution_options(populate_existing=True)
    person = db.session.scalar(found)
    if person is None:
        raise NotFound
    return person


def matching(actor: Actor, *, text: str | None, role: str | None) -> Select[Person]:
    """The visible people whose login or name contains `text` and who hold `role`."""
    people = visible_to(actor)
    if text:
        contains = (
            Person.login.contains(rules.normal_login(text), autoescape=True),
            Person.name.icontains(text, autoescape=True),
        )
        people = people.where(or_(*contains))
    if role:
        people = people.where(
            Person.id.in_(select(PersonMembership.person_id).where(PersonMembership.role == Role(role)))
        )
    return people


def count_by_role(roles: Collection[Role]) -> dict[str, int]:
    """Role -> how many active people hold it, in whatever part of the network."""
    holders = func.count(PersonMembership.person_id.distinct())
    active = select(PersonMembership.role, holders).join(Person, Person.id == PersonMembership.person_id)
    rows = active.where(Person.is_active, PersonMembership.role.in_(roles)).group_by(PersonMembership.role)
    held = {role: number for role, number in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.
    return {role.value: held.get(role, 0) for role in roles}


def tokens_of(actor: Actor) -> Select[Token]:
    """The actor's own tokens that were not revoked."""
    return select(Token).where(Token.person_id == actor.person_id, Token.revoked_at.is_(None))


def reaches(actor: Actor, memberships: Collection[Membership]) -> set[Membership]:
    """Those of `memberships` that lie wholly inside what the actor plans, and so may be given and taken."""
    parts = {(held.scope_kind, held.scope_id) for held in memberships}
    inside = network.parts_within(actor.scopes(Role.PLANNER), parts)
    return {held for held in memberships if (held.scope_kind, held.scope_id) in inside}


def _overlaps(reader: Actor) -> ColumnElement[bool]:
    on, held = PersonMembership.scope_kind, PersonMembership.scope_id
    return or_(
        and_(on == ScopeKind.BRAND, held.in_(network.brands_visible(reader).with_only_columns(Brand.id))),
        and_(on == ScopeKind.REGION, held.in_(network.regions_visible(reader).with_only_columns(Region.id))),
        and_(on == ScopeKind.GROUP, held.in_(network.groups_visible(reader).with_only_columns(Group.id))),
        and_(on == ScopeKind.STORE, held.in_(network.visible_to(reader).with_only_columns(Store.id))),
        and_(on == ScopeKind.ALL, PersonMembership.role.in_((Role.SHOPPER, Role.AUDITOR))),
    )
