"""Signing in by password and by link, changing the password: refusals, limits, races, hostile bodies."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.accounts.models import Person, SignInFailure
from backend.core import clock
from backend.core.db import db, transaction
from tests import world
from tests.accounts.conftest import API, PASSWORD, Browser

NEW = "another long password"


def failures() -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(SignInFailure)) or 0


def test_a_password_signs_in_however_the_login_is_typed(browser: Callable, with_password: Callable) -> None:
    with_password("alice")
    for login in ("alice", " ALICE "):
        assert browser().sign_in(login=login, password=PASSWORD).status_code == 200
    assert failures() == 0


@pytest.mark.parametrize(
    ("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("bob", PASSWORD), ("bob", "x")]
)
def test_every_refusal_reads_the_same(browser: Callable, with_password: Callable, login: str, password: str) -> None:
    with_password("alice")
    answer = browser().sign_in(login=login, password=password)
    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-refused")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Set-Cookie" not in answer.headers
    assert failures() == 2


def test_a_person_switched_off_is_refused_like_a_wrong_password(browser: Callable, with_password: Callable) -> None:
    with_password("bob")
    with transaction(writes=True):
        db.session.get_one(Person, world.person_id("bob")).is_active = False
    assert browser().sign_in(login="bob", password=PASSWORD).json["code"] == "sign-in-refused"


def test_guessing_is_slowed_also_for_the_right_password(browser: Callable, with_password: Callable) -> None:
    with_password("alice")
    for _ in range(10):
        assert browser().sign_in(login="alice", password="wrong").status_code == 401
    waiting = browser().sign_in(login="alice", password=PASSWORD)
    assert (waiting.status_code, waiting.json["code"]) == (429, "too-many-tries")
    assert 0 < int(waiting.headers["Retry-After"]) <= 900
    assert browser().sign_in(login="bob", password="wrong").status_code == 401
    with clock.set_to(clock.now() + timedelta(minutes=16)):
        assert browser().sign_in(login="alice", password=PASSWORD).status_code == 200


def test_links_are_slowed_by_address(browser: Callable, link_of: Callable) -> None:
    for number in range(50):
        assert browser().sign_in(link=f"wrong-{number}").json["code"] == "link-unknown"
    fine = link_of("alice")
    assert browser().sign_in(link=fine).status_code == 429
    elsewhere = browser().open("POST", "/session", json={"link": fine}, environ_base={"REMOTE_ADDR": "2001:db8::1"})
    assert elsewhere.status_code == 200


def test_guessing_the_current_password_is_slowed(browser: Callable, with_password: Callable, link_of: Callable) -> None:
    with_password("alice")
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    for _ in range(10):
        wrong = alice.open("PUT", "/session/password", json={"current": "wrong", "new": NEW})
        assert (wrong.status_code, wrong.json["code"]) == (403, "password-wrong")
    assert alice.open("PUT", "/session/password", json={"current": PASSWORD, "new": NEW}).status_code == 429


def test_a_link_works_once_and_says_why_not_twice(browser: Callable, link_of: Callable) -> None:
    link = link_of("alice")
    assert browser().sign_in(link=link).status_code == 200
    again = browser().sign_in(link=link)
    assert (again.status_code, again.json["code"]) == (410, "link-used")


def test_a_link_expires_after_seven_days(browser: Callable, link_of: Callable) -> None:
    link = link_of("alice")
    with clock.set_to(clock.now() + timedelta(days=7, seconds=1)):
        late = browser().sign_in(link=link)
    assert (late.status_code, late.json["code"]) == (410, "link-expired")
    with clock.set_to(clock.now() + timedelta(days=6)):
        assert browser().sign_in(link=link).status_code == 200


def test_one_link_in_eight_hands_opens_one_session(app: Flask, link_of: Callable) -> None:
    for _ in range(3):
        link, answers = link_of("alice"), []

        def enter(link=link, answers=answers) -> None:
            answers.append(Browser(app.test_client()).sign_in(link=link))

        threads = [threading.Thread(target=enter) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7
        assert {answer.json.get("code") for answer in answers} == {None, "link-used"}


def test_parallel_guesses_are_not_more_than_the_limit(app: Flask, with_password: Callable) -> None:
    with_password("alice")
    statuses: list[int] = []

    def guess() -> None:
        tries = [Browser(app.test_client()).sign_in(login="alice", password="wrong") for _ in range(3)]
        statuses.extend(answer.status_code for answer in tries)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert set(statuses) <= {401, 429}
    assert statuses.count(401) <= 10


def test_the_first_password_needs_no_current_one(browser: Callable, link_of: Callable) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    assert alice.open("PUT", "/session/password", json={"current": None, "new": NEW}).status_code == 204
    assert browser().sign_in(login="alice", password=NEW).status_code == 200
    assert alice.open("PUT", "/session/password", json={"new": PASSWORD}).json["code"] == "password-wrong"
    assert alice.open("PUT", "/session/password", json={"current": NEW, "new": PASSWORD}).status_code == 204
    assert browser().sign_in(login="alice", password=NEW).status_code == 401


def test_a_changed_password_ends_the_other_sessions_only(browser: Callable, link_of: Callable) -> None:
    here, there, bob = browser(), browser(), browser()
    for who, login in ((here, "alice"), (there, "alice"), (bob, "bob")):
        who.sign_in(link=link_of(login))
    assert here.open("PUT", "/session/password", json={"new": NEW}).status_code == 204
    assert [who.open("GET", "/session").status_code for who in (here, there, bob)] == [200, 401, 200]


@pytest.mark.parametrize("new", ["short", "123456789", "x" * 201, "", None, 1234567890, ["a long password"]])
def test_a_password_has_ten_characters_or_more(browser: Callable, link_of: Callable, new: object) -> None:
    alice = browser()
    alice.sign_in(link=link_of("alice"))
    answer = alice.open("PUT", "/session/password", json={"new": new})
    assert (answer.status_code, answer.json["code"]) == (422, "fields-invalid")


def test_any_characters_make_a_password(browser: Callable, link_of: Callable) -> None:
    alice, password = browser(), "😀密码 is длинный"
    alice.sign_in(link=link_of("alice"))
    assert alice.open("PUT", "/session/password", json={"new": password}).status_code == 204
    assert browser().sign_in(login="alice", password=password).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "alice"},
        {"password": "x"},
        {"login": "alice", "password": "x", "link": "y"},
        {"link": ""},
        {"login": "x" * 100_000, "password": "x"},
        {"login": "alice", "password": "x" * 100_000},
        {"link": "x" * 100_000},
        {"login": "a\x00b", "password": "x"},
        {"login": "alice", "password": "x\x00"},
        {"login": {"$ne": None}, "password": "x"},
        {"login": ["alice"], "password": True},
        {"link": 7},
        {"link": None},
        {"surprise": 1},
        [],
        "x",
        7,
        None,
    ],
)
def test_hostile_bodies_are_refused(browser: Callable, body: object) -> None:
    answer = browser().open("POST", "/session", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.content_type == "application/problem+json"


def test_emoji_are_only_wrong(browser: Callable) -> None:
    assert browser().sign_in(login="😀", password="😀").json["code"] == "sign-in-refused"


@pytest.mark.parametrize(
    "raw", [b'{"login":"alice","password":"\\ud800"}', b'{"link":"\\ud800"}', b"\xff\xfe", b"{", b""]
)
def test_broken_json_is_refused(browser: Callable, raw: bytes) -> None:
    answer = browser().open("POST", "/session", data=raw, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_form_on_a_foreign_page_signs_nobody_in(browser: Callable, link_of: Callable, kind: str) -> None:
    """Those are the types that a page may send elsewhere without asking first (CORS-safelisted)."""
    link = link_of("chelsea")
    answer = browser().open("POST", "/session", data=f'{{"link":"{link}"}}', headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "Set-Cookie" not in answer.headers
    assert browser().open("POST", f"/session?link={link}").status_code == 415
    assert browser().sign_in(link=link).status_code == 200


def test_refusals_speak_the_callers_language(app: Flask) -> None:
    client, body = app.test_client(), {"login": "x", "password": "y"}
    chinese = client.post(f"{API}/session", json=body, headers={"Accept-Language": "zh-CN"}).json["detail"]
    english = client.post(f"{API}/session", json=body, headers={"Accept-Language": "en"}).json["detail"]
    assert "登录名" in chinese
    assert "password" in english
