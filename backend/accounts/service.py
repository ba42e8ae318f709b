"""Verbs about people."""

from sqlalchemy import select

from backend.accounts.models import Person, PersonMembership
from backend.core.actor import Actor, Membership
from backend.core.db import db


def actor_of(person: Person) -> Actor:
    """The person as an actor, as if a program of theirs were calling: for jobs, tests and the command line."""
    held = db.session.scalars(select(PersonMembership).where(PersonMembership.person_id == person.id))
    memberships = tuple(Membership(row.role, row.scope_kind, row.scope_id) for row in held)
    return Actor(person.id, person.name, person.locale, memberships, "token")
