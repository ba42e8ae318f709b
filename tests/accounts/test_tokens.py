"""Bearer tokens of one's own programs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backend.accounts.models import Token
from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from tests.accounts.conftest import API

TOKENS = f"{API}/tokens"


def test_a_token_is_told_once_and_kept_as_a_hash(app: Flask, client_of: Callable) -> None:
    made = client_of("bob").post(TOKENS, json={"name": "robot"})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    assert app.test_client().get(f"{API}/session", headers=headers).json["person"]["login"] == "bob"
    with transaction(writes=False):
        assert made.json["token"] not in {row.secret_hash for row in db.session.scalars(select(Token))}
    listed = client_of("bob").get(TOKENS).json["items"]
    assert sorted(each["name"] for each in listed) == ["robot", "tests"]
    assert all("token" not in each for each in listed)


def test_a_revoked_token_is_dead_and_gone(app: Flask, client_of: Callable) -> None:
    made = client_of("bob").post(TOKENS, json={"name": "robot"}).json
    for _ in range(2):
        assert client_of("bob").delete(f"{TOKENS}/{made['id']}").status_code == 204
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert app.test_client().get(f"{API}/session", headers=headers).status_code == 401
    assert made["id"] not in [each["id"] for each in client_of("bob").get(TOKENS).json["items"]]


def test_tokens_of_others_are_not_found(client_of: Callable) -> None:
    made = client_of("bob").post(TOKENS, json={"name": "robot"}).json
    for login in ("alice", "chelsea", "erin"):
        assert client_of(login).delete(f"{TOKENS}/{made['id']}").status_code == 404
        assert made["id"] not in [each["id"] for each in client_of(login).get(TOKENS).json["items"]]
    assert client_of("bob").delete(f"{TOKENS}/{new_id()}").status_code == 404
    assert client_of(None).delete(f"{TOKENS}/{made['id']}").status_code == 401


def test_a_token_may_expire_but_not_in_the_past(client_of: Callable) -> None:
    later = (clock.now() + timedelta(days=1)).isoformat()
    made = client_of("bob").post(TOKENS, json={"name": "robot", "expires_at": later})
    assert made.status_code == 201
    assert made.json["expires_at"] is not None
    past = client_of("bob").post(TOKENS, json={"name": "robot", "expires_at": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json["errors"][0]["field"]) == (422, "expires_at")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 100_000},
        {"name": "\x00"},
        {"name": 7},
        {"name": "x", "expires_at": "tomorrow"},
        {"name": "x", "expires_at": "2030-01-01T00:00:00"},
        {"name": "x", "expires_at": "9999-12-31T23:59:59-23:59"},
        {"name": "x", "expires_at": 9e99},
        {"name": "x", "person_id": str(new_id())},
        [],
    ],
)
def test_hostile_tokens_are_refused(client_of: Callable, body: object) -> None:
    assert 400 <= client_of("bob").post(TOKENS, json=body).status_code < 500
