"""What the tests of accounts share: browsers that signed in, and people with passwords."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.accounts import passwords, service
from backend.accounts.models import Person
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from tests import world

API = "/api/v1"
PASSWORD = "a long password"


@dataclass
class Browser:
    """A client with a cookie jar that sends its CSRF token."""

    client: FlaskClient
    csrf: str | None = None

    def open(self, method: str, path: str, **options):
        headers = {
            "Accept-Language": "en",
            **({"X-CSRF-Token": self.csrf} if self.csrf else {}),
            **options.pop("headers", {}),
        }
        return self.client.open(API + path, method=method, headers=headers, **options)

    def sign_in(self, **body):
        answer = self.open("POST", "/session", json=body)
        if answer.status_code == 200:
            self.csrf = answer.json["csrf_token"]
        return answer


@pytest.fixture
def browser(app: Flask) -> Callable[[], Browser]:
    return lambda: Browser(app.test_client())


@pytest.fixture
def link_of(app: Flask) -> Callable[[str], str]:
    """The secret of a fresh sign-in link for one of the people."""

    def make(login: str) -> str:
        with transaction(writes=True):
            return service.invite(SYSTEM, db.session.get_one(Person, world.person_id(login)))

    return make


@pytest.fixture
def with_password(app: Flask) -> Callable[[str], str]:
    """Gives one of the people the password PASSWORD."""

    def give(login: str) -> str:
        kept = passwords.hashed(PASSWORD)
        with transaction(writes=True):
            db.session.get_one(Person, world.person_id(login)).password_hash = kept
        return PASSWORD

    return give
