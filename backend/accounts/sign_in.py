"""Who a request comes from: a browser's session cookie, or a program's bearer token. One query, nothing cached.

Opening and ending sessions is `sessions`; proving a password or a link is `credentials`.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import current_app, request
from sqlalchemy import Row, Select, literal, null, or_, select, update

from backend.accounts import rules
from backend.accounts.models import Person, PersonMembership, Token, WebSession
from backend.core import clock
from backend.core.actor import Actor, Membership
from backend.core.db import db

COOKIE = "mingcha_session"


def authenticate() -> Actor | None:
    """The actor that the present request proves to be; None for nobody, also when revoked, expired or switched off.

    An `Authorization` header decides alone: a program never acts by a cookie that happens to be there.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        return _by_token(header)
    secret = request.cookies.get(COOKIE)
    return _by_session(secret) if secret else None


def _by_token(header: str) -> Actor | None:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return None
    now = clock.now()
    alive = or_(Token.expires_at.is_(None), Token.expires_at > now)
    found = db.session.execute(
        _memberships_with(literal(None).label("session_id"), literal(None).label("csrf_token"), null().label("seen"))
        .join(Token, Token.person_id == Person.id)
        .where(Token.secret_hash == rules.hash_of(secret.strip()), Token.revoked_at.is_(None), alive)
    ).all()
    return _actor(found, "token") if found else None


def _by_session(secret: str) -> Actor | None:
    now = clock.now()
    found = db.session.execute(
        _memberships_with(
            WebSession.id.label("session_id"), WebSession.csrf_token, WebSession.last_seen_at.label("seen")
        )
        .join(WebSession, WebSession.person_id == Person.id)
        .where(WebSession.secret_hash == rules.hash_of(secret), WebSession.revoked_at.is_(None))
        .where(WebSession.expires_at > now)
    ).all()
    if not found:
        return None
    _refresh(found[0].session_id, found[0].seen, now)
    return _actor(found, "session")


def _memberships_with(*columns: Any) -> Select[Any]:
    """One row for each membership of an active person, or one with empty ones."""
    held = (PersonMembership.role, PersonMembership.scope_kind, PersonMembership.scope_id)
    return (
        select(Person.id, Person.name, Person.locale, *held, *columns)
        .outerjoin(PersonMembership, PersonMembership.person_id == Person.id)
        .where(Person.is_active)
    )


def _actor(rows: Any, signed_in_by: Literal["session", "token"]) -> Actor:
    first = rows[0]
    return Actor(
        id=first.id,
        name=first.name,
        locale=first.locale,
        memberships=tuple(_membership(row) for row in rows if row.role is not None),
        signed_in_by=signed_in_by,
        session_id=first.session_id,
        csrf_token=first.csrf_token,
    )


def _membership(row: Row[Any]) -> Membership:
    return Membership(row.role, row.scope_kind, row.scope_id)


def _refresh(session_id: UUID, seen: datetime, now: datetime) -> None:
    """Pushes a session's end on, in requests that write anyway: reading must never take the write lock."""
    if now - seen < rules.SEEN_AFTER or not _writes():
        return
    later = {"last_seen_at": now, "expires_at": now + rules.SESSION_LIFE}
    db.session.execute(update(WebSession).where(WebSession.id == session_id).values(later))


def _writes() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "transaction", None) == "write"
