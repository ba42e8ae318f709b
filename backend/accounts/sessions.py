"""Signed-in browsers: opening a session, listing a person's devices, ending one or all of them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from backend.accounts import rules
from backend.accounts.models import Person, WebSession
from backend.accounts.queries import in_order, memberships_of
from backend.core import clock, outbox
from backend.core.actor import Actor, Membership
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import NotFound
from backend.network.queries import has_demo

MOST_DEVICES = 200


@dataclass(frozen=True, slots=True)
class Entrance:
    """A fresh session: the cookie's `secret`, kept nowhere else, and the answer that tells who is signed in."""

    secret: str
    answer: dict[str, Any]


def open_session(person: Person, device: str | None, *, replaced: UUID | None) -> Entrance:
    """A session for the person; the one that this browser had before, `replaced`, ends."""
    now, secret = clock.now(), rules.new_secret()
    session = WebSession(
        id=new_id(),
        secret_hash=rules.hash_of(secret),
        person_id=person.id,
        csrf_token=rules.new_secret(),
        device=device,
        created_at=now,
        last_seen_at=now,
        expires_at=now + rules.SESSION_LIFE,
    )
    db.session.add(session)
    if replaced is not None:
        _end(WebSession.id == replaced)
    actor = replace(actor_of(person), signed_in_by="session", session_id=session.id, csrf_token=session.csrf_token)
    outbox.record(actor, "session.opened", person.id, session=str(session.id))
    return Entrance(secret, describe(actor))


def actor_of(person: Person) -> Actor:
    """The person as an actor, as if a program of theirs were calling: for jobs, tests and the command line."""
    held = memberships_of([person.id]).get(person.id, [])
    memberships = tuple(Membership(row.role, row.scope_kind, row.scope_id) for row in held)
    return Actor(person.id, person.name, person.locale, memberships, "token")


def describe(actor: Actor) -> dict[str, Any]:
    """What `GET /session` answers: the person, what they may do and where, and whether this is the demo."""
    person = db.session.get_one(Person, actor.person_id)
    return {
        "person": {"id": person.id, "name": person.name, "login": person.login, "locale": person.locale},
        "permissions": sorted(actor.permissions),
        "roles": sorted(actor.memberships, key=in_order),
        "csrf_token": actor.csrf_token,
        "demo": has_demo(),
    }


def devices_of(person_id: UUID) -> list[WebSession]:
    """The person's living sessions, the latest first, at most 200."""
    newest = _living(person_id).order_by(WebSession.last_seen_at.desc()).limit(MOST_DEVICES)
    return list(db.session.scalars(newest))


def end_device(actor: Actor, person_id: UUID, session_id: UUID) -> None:
    """Ends one session of the person; again changes nothing. NotFound when it is not theirs."""
    session = db.session.scalar(
        select(WebSession).where(WebSession.id == session_id, WebSession.person_id == person_id).with_for_update()
    )
    if session is None:
        raise NotFound
    if session.revoked_at is None:
        session.revoked_at = clock.now()
        outbox.record(actor, "session.ended", person_id, session=str(session_id))


def end_all(person_id: UUID, *, but: UUID | None = None) -> None:
    """Ends all sessions of the person, or all but one."""
    own = WebSession.person_id == person_id
    _end(own if but is None else own & (WebSession.id != but))


def _end(which: Any) -> None:
    living = update(WebSession).where(which, WebSession.revoked_at.is_(None))
    db.session.execute(living.values(revoked_at=clock.now()))


def _living(person_id: UUID) -> Select[WebSession]:
    return select(WebSession).where(
        WebSession.person_id == person_id, WebSession.revoked_at.is_(None), WebSession.expires_at > clock.now()
    )
