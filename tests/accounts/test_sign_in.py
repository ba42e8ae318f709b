"""Who a request comes from: cookies and tokens, alive, ended, expired, forged."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from backend.accounts.models import Person, Token, WebSession
from backend.accounts.service import make_token
from backend.core import clock
from backend.core.db import db, transaction
from tests import world
from tests.accounts.conftest import API


def person(login: str) -> Person:
    return db.session.get_one(Person, world.person_id(login))


def test_a_link_opens_a_session_that_lasts(browser: Callable, link_of: Callable) -> None:
    alice = browser()
    answer = alice.sign_in(link=link_of("alice"))
    assert answer.status_code == 200
    assert answer.json["person"] == {
        "id": str(world.person_id("alice")),
        "name": "Alice",
        "login": "alice",
        "locale": "zh-CN",
    }
    assert {"role": "planner", "scope_kind": "all", "scope_id": None} in answer.json["roles"]
    assert "people:manage" in answer.json["permissions"]
    assert answer.json["demo"] is False
    assert answer.headers["Cache-Control"] == "no-store"
    assert alice.open("GET", "/session").json == answer.json
    assert alice.open("GET", "/people").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_foreign_pages(browser: Callable, link_of: Callable) -> None:
    cookie = browser().sign_in(link=link_of("alice")).headers["Set-Cookie"]
    assert cookie.startswith("mingcha_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_behind_https(app: Flask, browser: Callable, link_of: Callable) -> None:
    from dataclasses import replace

    app.extensions["mingcha.settings"] = replace(app.extensions["mingcha.settings"], secure_cookies=True)
    assert "Secure" in browser().sign_in(link=link_of("alice")).headers["Set-Cookie"]


def test_writing_with_a_cookie_needs_the_csrf_token(browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    alice.csrf, token = None, alice.csrf
    for headers in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}):
        assert alice.open("DELETE", "/session", headers=headers).json["code"] == "csrf-missing"
    assert alice.open("DELETE", "/session", headers={"X-CSRF-Token": token}).status_code == 204


def test_signing_out_ends_the_session_for_good(app: Flask, browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    kept = alice.client.get_cookie("mingcha_session").value
    assert alice.open("DELETE", "/session").status_code == 204
    assert alice.client.get_cookie("mingcha_session") is None
    thief = app.test_client()
    thief.set_cookie("mingcha_session", kept)
    assert thief.get(f"{API}/session").status_code == 401


def test_signing_in_again_ends_the_session_before(app: Flask, browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    old = alice.client.get_cookie("mingcha_session").value
    alice.sign_in(link=link_of("alice"))
    assert alice.open("GET", "/session").status_code == 200
    other = app.test_client()
    other.set_cookie("mingcha_session", old)
    assert other.get(f"{API}/session").status_code == 401


def test_a_session_slides_on_in_writing_requests_only(app: Flask, browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))

    def ends():
        with transaction(writes=False):
            return db.session.scalars(select(WebSession.expires_at)).one()

    start = ends()
    with clock.set_to(clock.now() + timedelta(days=10)):
        alice.open("GET", "/session")
        assert ends() == start
        made = alice.open("POST", "/tokens", json={"name": "x"})
        assert made.status_code == 201
        later = ends()
        assert later - start >= timedelta(days=9)
        alice.open("DELETE", f"/tokens/{made.json['id']}")
        assert ends() == later
    with clock.set_to(clock.now() + timedelta(days=39)):
        assert alice.open("GET", "/session").status_code == 200
    with clock.set_to(clock.now() + timedelta(days=41)):
        assert alice.open("GET", "/session").status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic dGVzdA==",
        "Bearer nonsense",
        "Bearer \x7f",
        "x" * 5000,
        "Bearer é",
        "test-token-alice",
    ],
)
def test_a_strange_authorization_is_nobody(app: Flask, header: str) -> None:
    assert app.test_client().get(f"{API}/session", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "é", "a b;c", "x" * 4000, "%00"])
def test_a_strange_cookie_is_nobody(app: Flask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie("mingcha_session", cookie)
    assert client.get(f"{API}/session").status_code == 401


def test_an_authorization_header_decides_alone(browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    assert alice.open("GET", "/session", headers={"Authorization": "Bearer wrong"}).status_code == 401
    token = world.token_of("bob")
    assert alice.open("GET", "/session", headers={"Authorization": f"bearer {token}"}).json["person"]["login"] == "bob"


def test_a_token_acts_until_it_expires_or_is_revoked(app: Flask) -> None:
    with transaction(writes=True):
        secret = make_token(person("bob"), "robot", clock.now() + timedelta(hours=1))
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert client.get(f"{API}/session", headers=headers).json["csrf_token"] is None
    with clock.set_to(clock.now() + timedelta(hours=2)):
        assert client.get(f"{API}/session", headers=headers).status_code == 401
    with transaction(writes=True):
        db.session.scalars(select(Token).where(Token.name == "robot")).one().revoked_at = clock.now()
    assert client.get(f"{API}/session", headers=headers).status_code == 401


def test_a_person_switched_off_is_nobody_at_once(client_of: Callable, browser: Callable, link_of: Callable) -> None:
    bob = browser()
    bob.sign_in(link=link_of("bob"))
    with transaction(writes=True):
        person("bob").is_active = False
    assert bob.open("GET", "/session").status_code == 401
    assert client_of("bob").get(f"{API}/session").status_code == 401


def test_somebody_without_a_role_is_signed_in_and_may_do_nothing(client_of: Callable) -> None:
    with transaction(writes=True):
        from backend.accounts.models import PersonMembership

        for row in db.session.query(PersonMembership).filter_by(person_id=world.person_id("bob")):
            db.session.delete(row)
    answer = client_of("bob").get(f"{API}/session")
    assert (answer.status_code, answer.json["permissions"], answer.json["roles"]) == (200, [], [])
    assert client_of("bob").get(f"{API}/people").status_code == 403


def test_finding_out_who_calls_is_one_query(app: Flask, client_of: Callable) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client_of("alice").get(f"{API}/tokens")
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 2
