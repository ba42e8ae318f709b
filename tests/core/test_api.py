"""The endpoint layer: one transaction, problems everywhere, permission before anything else."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.app import create_app
from backend.core.api import Blueprint, check_revision
from backend.core.db import ReadOnly, db, transaction
from backend.core.ids import new_id
from backend.core.permissions import Open, Permission
from backend.core.problems import NotFound
from backend.core.schemas import Schema, text
from backend.network.models import Brand

PROBLEM = "application/problem+json"


class BrandBody(Schema):
    name = text(20)
    count = fields.Integer(load_default=0)


class BrandAnswer(Schema):
    id = fields.UUID()
    name = fields.String()


@pytest.fixture
def make_app() -> Callable:
    """New ones: tests here add routes."""
    return create_app


@pytest.fixture
def probe(app: Flask) -> Flask:
    blp = Blueprint("probe", __name__)

    @blp.endpoint(
        "PUT", "/probe/<uuid:brand_id>", permission=Permission.NETWORK_MANAGE, body=BrandBody, answer=BrandAnswer
    )
    def put(_actor, body, brand_id):
        brand = db.session.get(Brand, brand_id)
        if brand is None:
            brand = Brand(id=brand_id, code=str(brand_id), name=body["name"])
            db.session.add(brand)
            return brand, 201
        brand.name = body["name"]
        return brand

    @blp.endpoint("POST", "/probe/refused", permission=Open.SIGNED_IN)
    def refused(_actor):
        db.session.add(Brand(id=new_id(), code="refused", name="x"))
        db.session.flush()
        raise NotFound

    @blp.endpoint("GET", "/probe/writes", permission=Open.PUBLIC)
    def writes(_actor):
        db.session.add(Brand(id=new_id(), code="w", name="x"))
        db.session.flush()

    @blp.endpoint("GET", "/probe/broken", permission=Open.PUBLIC)
    def broken(_actor):
        raise ZeroDivisionError

    @blp.endpoint("PUT", "/probe/revision", permission=Open.PUBLIC)
    def revised(_actor):
        check_revision(7)
        return {}

    app.register_blueprint(blp)
    return app


def names(code: str) -> list[str]:
    with transaction(writes=False):
        return list(db.session.scalars(select(Brand.name).where(Brand.code == code)))


def test_a_route_without_a_permission_does_not_start() -> None:
    with pytest.raises(TypeError, match="permission"):
        Blueprint("x", __name__).endpoint("GET", "/x")  # type: ignore[call-arg]


def test_put_creates_then_replaces(probe: Flask, client_of: Callable[[str], FlaskClient]) -> None:
    alice, address = client_of("alice"), f"/probe/{new_id()}"
    assert alice.put(address, json={"name": "one"}).status_code == 201
    again = alice.put(address, json={"name": "two"})
    assert (again.status_code, again.json["name"]) == (200, "two")


def test_raising_a_problem_rolls_back(probe: Flask, client_of: Callable) -> None:
    assert client_of("alice").post("/probe/refused").status_code == 404
    assert names("refused") == []


def test_eight_threads_creating_one_row_never_conflict(probe: Flask, client_of: Callable) -> None:
    """The second try of the loser finds the winner's row."""
    for _ in range(5):
        address, statuses = f"/probe/{new_id()}", []
        clients = [client_of("alice") for _ in range(8)]

        def put(client, address=address, statuses=statuses):
            statuses.append(client.put(address, json={"name": "same"}).status_code)

        threads = [threading.Thread(target=put, args=(client,)) for client in clients]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert sorted(statuses) == [200] * 7 + [201]


def test_a_reading_route_cannot_write(probe: Flask) -> None:
    with pytest.raises(ReadOnly):
        probe.test_client().get("/probe/writes")


def test_our_own_fault_is_told_without_its_trace(probe: Flask) -> None:
    probe.testing = False
    answer = probe.test_client().get("/probe/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "broken")
    assert "ZeroDivision" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "body-unreadable"),
        (b'{"name": "a", "name": "b"}', "application/json", 400, "body-unreadable"),
        (b'{"name": NaN}', "application/json", 400, "body-unreadable"),
        (b"[" * 200_000, "application/json", 400, "body-unreadable"),
        (b'{"name": "\xff"}', "application/json", 400, "body-unreadable"),
        (b'"text"', "application/json", 422, "fields-invalid"),
        (b"null", "application/json", 422, "fields-invalid"),
        (b"{}", "application/json", 422, "fields-invalid"),
        (b'{"name": "x", "odd": 1}', "application/json", 422, "fields-invalid"),
        (b'{"name": "x"}', "text/plain", 415, "http-415"),
    ],
)
def test_bad_bodies_are_problems(
    probe: Flask, client_of: Callable, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = client_of("alice").put(f"/probe/{new_id()}", data=body, content_type=kind)
    assert (answer.status_code, answer.json["code"], answer.mimetype) == (status, code, PROBLEM)


def test_a_problem_names_the_place_in_the_callers_language(probe: Flask, client_of: Callable) -> None:
    address, body = f"/probe/{new_id()}", {"name": 3, "count": "x"}
    chinese = client_of("alice").put(address, json=body, headers={"Accept-Language": "zh-CN"}).json
    english = client_of("alice").put(address, json=body, headers={"Accept-Language": "en-GB"}).json
    assert {error["field"]: error["message"] for error in chinese["errors"]} == {
        "name": "应为文本。",
        "count": "应为整数。",
    }
    assert {error["field"] for error in english["errors"]} == {"name", "count"}
    assert english["errors"][0]["message"].isascii()


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/healthz", 405),
        ("PUT", "/api/v1/visits/not-a-uuid", 404),
        ("DELETE", "/api/v1/session/x", 404),
        ("PATCH", "/api/v1/waves", 405),
    ],
)
def test_the_frameworks_refusals_are_problems_too(app: Flask, method: str, address: str, status: int) -> None:
    answer = app.test_client().open(address, method=method)
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)


def test_nobody_gets_401_and_the_wrong_role_403(probe: Flask, client_of: Callable) -> None:
    address = f"/probe/{new_id()}"
    assert client_of(None).put(address, json={"name": "x"}).status_code == 401
    assert client_of("bob").put(address, json={"name": "x"}).status_code == 403


def test_a_revision_is_demanded_and_compared(probe: Flask) -> None:
    client = probe.test_client()
    assert client.put("/probe/revision").status_code == 428
    assert client.put("/probe/revision", headers={"If-Match": '"6"'}).status_code == 412
    assert client.put("/probe/revision", headers={"If-Match": '"6", "7"'}).status_code == 200


def test_a_lost_race_that_is_lost_again_is_a_conflict(app: Flask, client_of: Callable) -> None:
    blp = Blueprint("loser", __name__)

    @blp.endpoint("PUT", "/loser", permission=Open.PUBLIC)
    def lose(_actor):
        raise IntegrityError("x", {}, Exception("x"))

    app.register_blueprint(blp)
    assert client_of(None).put("/loser").status_code == 409
