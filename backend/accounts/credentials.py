"""Proving who one is: by password, by a sign-in link, and changing the own password.

Each opens its own short transactions, because judging a password takes long and failures must stay written down. Call
them with no transaction open.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.accounts import passwords, rules, sessions, throttle
from backend.accounts.models import Invitation, Person
from backend.accounts.problems import LinkExpired, LinkUnknown, LinkUsed, PasswordWrong, SignInRefused
from backend.accounts.queries import person_by_login
from backend.accounts.sessions import Entrance
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db, transaction
from backend.core.problems import Conflict

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a try comes from; `session_id` is the session that this browser has already."""

    address: str | None
    device: str | None
    session_id: UUID | None = None


def enter_by_password(caller: Caller, login: str, password: str) -> Entrance:
    """A session for whoever has this login and password. Raises SignInRefused or TooManyTries."""
    started = throttle.begin((rules.account_of(login), rules.caller_at(caller.address)))
    with transaction(writes=False):
        person = person_by_login(login)
    kept = person.password_hash if person else None
    if not passwords.matches(kept, password) or person is None:
        raise SignInRefused(headers=_CHALLENGE)
    with transaction(writes=True):
        present = _locked(person.id)
        if not present.is_active or present.password_hash != kept:
            raise SignInRefused(headers=_CHALLENGE)
        throttle.forgive(started)
        return sessions.open_session(present, caller.device, replaced=caller.session_id)


def enter_by_link(caller: Caller, secret: str) -> Entrance:
    """A session for the person the link was made for; the link is used up, once, whoever else tries it meanwhile.

    Raises LinkUnknown, LinkUsed, LinkExpired or TooManyTries.
    """
    started = throttle.begin((rules.caller_at(caller.address),))
    with transaction(writes=True):
        person = _consume(secret, clock.now())
        throttle.forgive(started)
        return sessions.open_session(person, caller.device, replaced=caller.session_id)


def change_password(actor: Actor, caller: Caller, current: str | None, new: str) -> None:
    """Sets the actor's password and ends their other sessions. `current` is needed once one is set.

    Raises PasswordWrong, TooManyTries, or Conflict when it was changed elsewhere at the same moment.
    """
    with transaction(writes=False):
        person = db.session.get_one(Person, actor.person_id)
    started = throttle.begin((rules.account_of(person.login), rules.caller_at(caller.address)))
    if person.password_hash is not None and not passwords.matches(person.password_hash, current or ""):
        raise PasswordWrong
    fresh = passwords.hashed(new)
    with transaction(writes=True):
        present = _locked(person.id)
        if present.password_hash != person.password_hash:
            raise Conflict
        throttle.forgive(started)
        present.password_hash = fresh
        sessions.end_all(person.id, but=actor.session_id)
        outbox.record(actor, "password.changed", person.id)


def _locked(person_id: UUID) -> Person:
    found = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return db.session.scalars(found).one()


def _consume(secret: str, now: datetime) -> Person:
    """Marks the link as used and returns its person; the person's row lock lets one caller through at a time."""
    wanted = select(Invitation).where(Invitation.secret_hash == rules.hash_of(secret))
    found = db.session.scalar(wanted)
    person = _locked(found.person_id) if found else None
    if found is None or person is None or not person.is_active:
        raise LinkUnknown(headers=_CHALLENGE)
    link = db.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()
    if link.used_at is not None:
        raise LinkUsed
    if link.expires_at <= now:
        raise LinkExpired
    link.used_at = now
    return person
