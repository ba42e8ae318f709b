"""Routes of signing in, one's own things, and people."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.http import dump_cookie

from backend import settings
from backend.accounts import consents, credentials, queries, service, sessions
from backend.accounts.credentials import Caller
from backend.accounts.models import Consent, Person, Token, WebSession
from backend.accounts.problems import CredentialsUnclear
from backend.accounts.rules import LINK_LIFE
from backend.accounts.schemas import (
    ConsentAnswer,
    ConsentBody,
    ConsentsAnswer,
    DevicesAnswer,
    InvitationAnswer,
    NewTokenAnswer,
    PasswordBody,
    PeopleAnswer,
    PeopleQuery,
    PersonAnswer,
    PersonBody,
    SessionAnswer,
    SignInBody,
    TokenBody,
    TokensAnswer,
    WithdrawalBody,
)
from backend.accounts.sessions import Entrance
from backend.accounts.sign_in import COOKIE
from backend.core import clock
from backend.core.actor import Actor
from backend.core.api import Blueprint, check_revision, revision_tag
from backend.core.paging import PageQuery, page
from backend.core.permissions import Open, Permission
from backend.core.problems import HTTPProblem

blp = Blueprint(
    "accounts", __name__, description="Signing in, one's own password, devices, tokens and consents, and people."
)
BLUEPRINTS = (blp,)

_SECRET = {"Cache-Control": "no-store"}
# The session row decides when a browser is signed out; browsers keep no cookie longer than this.
_COOKIE_LIFE = timedelta(days=400)
_MOST_DEVICE = 200


@blp.endpoint("POST", "/session", permission=Open.PUBLIC, body=SignInBody, answer=SessionAnswer, transaction="after")
def post_session(actor: Actor | None, body: dict[str, str]) -> Any:
    """Signs in by `login` and `password`, or by a sign-in `link`, and sets the session's cookie.

    Takes JSON only: a form on a foreign page cannot send that, so nobody is signed in as somebody else unnoticed.
    """
    if not request.is_json:
        raise HTTPProblem(415)
    entrance = _enter(_caller(actor), body)
    return entrance.answer, 200, {**_SECRET, "Set-Cookie": _cookie(entrance.secret, _COOKIE_LIFE)}


@blp.endpoint("GET", "/session", permission=Open.SIGNED_IN, answer=SessionAnswer)
def get_session(actor: Actor) -> Any:
    """Who is signed in, what they may do and where."""
    return sessions.describe(actor), 200, _SECRET


@blp.endpoint("DELETE", "/session", permission=Open.SIGNED_IN, status=204)
def delete_session(actor: Actor) -> Any:
    """Signs this browser out. A bearer token is ended by DELETE /tokens/{id} instead."""
    if actor.session_id is not None:
        sessions.end_device(actor, actor.person_id, actor.session_id)
    return None, 204, {"Set-Cookie": _cookie("", timedelta(0))}


@blp.endpoint("PUT", "/session/password", permission=Open.SIGNED_IN, body=PasswordBody, status=204, transaction="after")
def put_password(actor: Actor, body: dict[str, Any]) -> None:
    """Sets the own password, at least 10 characters, and signs the other browsers out."""
    credentials.change_password(actor, _caller(actor), body.get("current"), body["new"])


@blp.endpoint("GET", "/session/devices", permission=Open.SIGNED_IN, answer=DevicesAnswer)
def get_own_devices(actor: Actor) -> Any:
    """The browsers that are signed in as oneself."""
    return _devices(actor, actor.person_id)


@blp.endpoint("DELETE", "/session/devices/<uuid:session_id>", permission=Open.SIGNED_IN, status=204)
def delete_own_device(actor: Actor, session_id: UUID) -> None:
    """Signs one of the own browsers out, such as that of a lost phone."""
    sessions.end_device(actor, actor.person_id, session_id)


@blp.endpoint("POST", "/tokens", permission=Open.SIGNED_IN, body=TokenBody, answer=NewTokenAnswer, status=201)
def post_token(actor: Actor, body: dict[str, Any]) -> Any:
    """Makes a bearer token for a program that acts for oneself; it is told this once."""
    token, secret = service.add_token(actor, actor.person_id, body["name"], body["expires_at"])
    answer = {"id": token.id, "name": token.name, "created_at": token.created_at, "expires_at": token.expires_at}
    return {**answer, "token": secret}, 201, _SECRET


@blp.endpoint("GET", "/tokens", permission=Open.SIGNED_IN, query=PageQuery, answer=TokensAnswer)
def get_tokens(actor: Actor, query: dict[str, Any]) -> Any:
    """One's own tokens that were not revoked, the oldest first; never the secrets."""
    return page(queries.tokens_of(actor), Token.id, after=query["after"], limit=query["limit"])


@blp.endpoint("DELETE", "/tokens/<uuid:token_id>", permission=Open.SIGNED_IN, status=204)
def delete_token(actor: Actor, token_id: UUID) -> None:
    """Revokes one of one's own tokens."""
    service.revoke_token(actor, token_id)


@blp.endpoint("GET", "/consents", permission=Open.SIGNED_IN, query=PageQuery, answer=ConsentsAnswer)
def get_consents(actor: Actor, query: dict[str, Any]) -> Any:
    """What oneself agreed to, the oldest first, with what was withdrawn."""
    return page(consents.of(actor), Consent.id, after=query["after"], limit=query["limit"])


@blp.endpoint("PUT", "/consents/<uuid:consent_id>", permission=Open.SIGNED_IN, body=ConsentBody, answer=ConsentAnswer)
def put_consent(actor: Actor, body: dict[str, Any], consent_id: UUID) -> Any:
    """Tells what oneself agreed to on the phone; another choice is another consent."""
    consent, created = consents.give(actor, consent_id, body)
    return consent, 201 if created else 200


@blp.endpoint(
    "PUT",
    "/consents/<uuid:consent_id>/withdrawal",
    permission=Open.SIGNED_IN,
    body=WithdrawalBody,
    answer=ConsentAnswer,
)
def put_withdrawal(actor: Actor, body: dict[str, Any], consent_id: UUID) -> Any:
    """Withdraws one's own consent; what was captured until then stays."""
    return consents.withdraw(actor, consent_id, body["at"])


@blp.endpoint("GET", "/people", permission=Permission.PEOPLE_READ, query=PeopleQuery, answer=PeopleAnswer)
def get_people(actor: Actor, query: dict[str, Any]) -> Any:
    """The people one may see, by login; `q` looks in logins and names."""
    people = queries.matching(actor, text=query.get("q"), role=query["role"])
    found = page(people, Person.login, after=query["after"], limit=query["limit"])
    return {"items": _shown(actor, found.items), "next": found.next}


@blp.endpoint("GET", "/people/<uuid:person_id>", permission=Permission.PEOPLE_READ, answer=PersonAnswer)
def get_person(actor: Actor, person_id: UUID) -> Any:
    return _answer(actor, queries.get_visible(actor, person_id), 200)


@blp.endpoint(
    "PUT", "/people/<uuid:person_id>", permission=Permission.PEOPLE_MANAGE, body=PersonBody, answer=PersonAnswer
)
def put_person(actor: Actor, body: Any, person_id: UUID) -> Any:
    """Records a person: name, login, roles on parts of the network, and whether they may sign in at all."""
    if request.headers.get("If-Match"):
        check_revision(queries.get_visible(actor, person_id).revision)
    person, created = service.put_person(actor, person_id, body)
    return _answer(actor, person, 201 if created else 200)


@blp.endpoint(
    "POST",
    "/people/<uuid:person_id>/invitation",
    permission=Permission.PEOPLE_MANAGE,
    answer=InvitationAnswer,
    status=201,
)
def post_invitation(actor: Actor, person_id: UUID) -> Any:
    """Makes a sign-in link: it works once, within seven days."""
    person = service.manageable(actor, person_id)
    link = service.link_for(person, service.invite(actor, person))
    return {"link": link, "expires_at": clock.now() + LINK_LIFE}, 201, _SECRET


@blp.endpoint("DELETE", "/people/<uuid:person_id>/password", permission=Permission.PEOPLE_MANAGE, status=204)
def delete_password(actor: Actor, person_id: UUID) -> None:
    """For a forgotten password: clears it and ends the person's sessions; they enter by a fresh link."""
    service.clear_password(actor, person_id)


@blp.endpoint("GET", "/people/<uuid:person_id>/sessions", permission=Permission.PEOPLE_MANAGE, answer=DevicesAnswer)
def get_devices(actor: Actor, person_id: UUID) -> Any:
    """The browsers that are signed in as the person."""
    service.manageable(actor, person_id, lock=False)
    return _devices(actor, person_id)


@blp.endpoint(
    "DELETE", "/people/<uuid:person_id>/sessions/<uuid:session_id>", permission=Permission.PEOPLE_MANAGE, status=204
)
def delete_device(actor: Actor, person_id: UUID, session_id: UUID) -> None:
    """Signs one browser of the person out: for a lost device."""
    service.manageable(actor, person_id, lock=False)
    sessions.end_device(actor, person_id, session_id)


def _enter(caller: Caller, body: dict[str, str]) -> Entrance:
    if body.keys() == {"link"}:
        return credentials.enter_by_link(caller, body["link"])
    if body.keys() == {"login", "password"}:
        return credentials.enter_by_password(caller, body["login"], body["password"])
    raise CredentialsUnclear


def _caller(actor: Actor | None) -> Caller:
    agent = "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())
    return Caller(request.remote_addr, agent[:_MOST_DEVICE] or None, actor.session_id if actor else None)


def _cookie(secret: str, life: timedelta) -> str:
    return dump_cookie(
        COOKIE, secret, max_age=life, path="/", httponly=True, samesite="Lax", secure=settings.current().secure_cookies
    )


def _answer(actor: Actor, person: Person, status: int) -> Any:
    return _shown(actor, [person])[0], status, {"ETag": revision_tag(person.revision)}


def _shown(actor: Actor, people: Sequence[Person]) -> list[dict[str, Any]]:
    held = queries.memberships_of([person.id for person in people])
    reachable = actor.may(Permission.PEOPLE_MANAGE)
    return [
        {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "locale": person.locale,
            "phone": person.phone if reachable else None,
            "email": person.email if reachable else None,
            "roles": held.get(person.id, []),
            "active": person.is_active,
            "has_password": person.password_hash is not None,
            "created_at": person.created_at,
            "revision": person.revision,
        }
        for person in people
    ]


def _devices(actor: Actor, person_id: UUID) -> dict[str, Any]:
    return {"items": [_device(actor, each) for each in sessions.devices_of(person_id)], "next": None}


def _device(actor: Actor, session: WebSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
        "current": session.id == actor.session_id,
    }
