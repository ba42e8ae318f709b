"""Check-in and sign-off: told for what they are, flagged where they do not fit, never a reason to refuse a visit."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.network import store_codes
from backend.network.models import Store
from backend.visits.models import Visit
from tests import world

TINY = world.COMPILED["TINY"]
VISIT = world.VISITS["dan-tiny"]
ADDRESS = f"/api/v1/visits/{VISIT}"
STORE = {"lat": 31.2304, "lon": 121.4737, "datum": "WGS-84"}


@pytest.fixture
def dan(client_of: Callable[..., FlaskClient]) -> Iterator[FlaskClient]:
    with transaction(writes=True):
        store = db.session.get_one(Store, world.ONE)
        store.lat, store.lon, store.datum = STORE["lat"], STORE["lon"], STORE["datum"]
    yield client_of("dan")


def at(north: float, accuracy: float | None = 40) -> dict[str, Any]:
    """A check-in by position, so many metres north of the store."""
    place = {"lat": STORE["lat"] + north / 111_195, "lon": STORE["lon"], "accuracy": accuracy, "datum": "WGS-84"}
    return {"at": clock.now().isoformat(), "how": "position", "position": place}


def by_code(token: str | None) -> dict[str, Any]:
    return {"at": clock.now().isoformat(), "how": "qr", "store_token": token, "position": None}


def submitted(client: FlaskClient, **extra: Any) -> Any:
    body = world.submission_for(TINY, method="announced", after_visit=True) | extra
    return client.put(f"{ADDRESS}/submission", json=body)


def test_a_check_in_tells_distance_and_accuracy(dan: FlaskClient) -> None:
    answer = submitted(dan, check_in=at(120))
    assert answer.status_code == 201
    kept = answer.json["check_in"]
    assert (kept["how"], kept["distance"], kept["accuracy"], kept["is_here"]) == ("position", 120, 40, True)
    assert "elsewhere" not in answer.json["flags"]
    assert "position" not in kept


def test_a_position_far_away_is_flagged_and_taken(dan: FlaskClient) -> None:
    answer = submitted(dan, check_in=at(5000))
    assert (answer.status_code, answer.json["check_in"]["is_here"]) == (201, False)
    assert "elsewhere" in answer.json["flags"]


def test_a_vague_position_far_away_proves_nothing_against_anybody(dan: FlaskClient) -> None:
    answer = submitted(dan, check_in=at(5000, accuracy=4500))
    assert answer.json["check_in"]["is_here"] is True


def test_without_the_stores_position_nothing_is_said(dan: FlaskClient) -> None:
    with transaction(writes=True):
        db.session.get_one(Store, world.ONE).lat = None
    kept = submitted(dan, check_in=at(120)).json["check_in"]
    assert (kept["distance"], kept["is_here"]) == (None, None)


def test_the_stores_own_code_speaks_for_it(dan: FlaskClient) -> None:
    kept = submitted(dan, check_in=by_code(store_codes.token_of(world.ONE))).json["check_in"]
    assert (kept["how"], kept["is_here"]) == ("qr", True)


def test_its_letters_typed_do_too(dan: FlaskClient) -> None:
    kept = submitted(dan, check_in=by_code(store_codes.short_of(world.ONE).lower())).json["check_in"]
    assert (kept["how"], kept["is_here"]) == ("qr", True)


@pytest.mark.parametrize("token", [None, "", "no code", f"{world.ONE.hex}.AAAA"])
def test_a_code_that_was_not_made_here_is_flagged(dan: FlaskClient, token: str | None) -> None:
    answer = submitted(dan, check_in=by_code(token))
    assert (answer.status_code, answer.json["check_in"]["is_here"]) == (201, False)
    assert "elsewhere" in answer.json["flags"]


def test_the_code_of_another_store_is_flagged(dan: FlaskClient) -> None:
    assert "elsewhere" in submitted(dan, check_in=by_code(store_codes.token_of(world.TWO))).json["flags"]


def test_the_draft_is_answered_with_what_its_check_in_proves(dan: FlaskClient) -> None:
    draft = {"device_id": "d", "revision": 1, "document": {"check_in": at(120)}}
    saved = dan.put(f"{ADDRESS}/draft", json=draft)
    assert saved.json["check_in"]["distance"] == 120
    assert dan.get(f"{ADDRESS}/draft").json["check_in"] == saved.json["check_in"]


@pytest.mark.parametrize("check_in", [None, 7, "here", [], {"how": "magic"}, {"how": "qr"}])
def test_a_draft_may_hold_anything_in_its_place(dan: FlaskClient, check_in: Any) -> None:
    draft = {"device_id": "d", "revision": 1, "document": {"check_in": check_in}}
    saved = dan.put(f"{ADDRESS}/draft", json=draft)
    assert (saved.status_code, saved.json["check_in"]) == (200, None)


def _signed(evidence: UUID | str | None) -> dict[str, Any]:
    return {"name": "王经理", "role": "店长", "at": clock.now().isoformat(), "evidence": evidence and str(evidence)}


def test_the_store_signs_with_a_picture_of_this_visit(dan: FlaskClient) -> None:
    signature = world.entry_for(new_id(), source="file", position=None)
    body = world.submission_for(TINY, method="announced", after_visit=True)
    body |= {"evidence": [*body["evidence"], signature], "sign_off": _signed(signature["id"])}
    answer = dan.put(f"{ADDRESS}/submission", json=body)
    assert answer.status_code == 201
    kept = answer.json["sign_off"]
    assert (kept["name"], kept["role"], kept["evidence"], kept["refused"]) == ("王经理", "店长", signature["id"], False)
    assert dan.put(f"{ADDRESS}/submission", json=body).status_code == 200


def test_a_signature_that_is_nowhere_is_left_out(dan: FlaskClient) -> None:
    answer = submitted(dan, sign_off=_signed(new_id()))
    assert (answer.status_code, answer.json["sign_off"]["evidence"]) == (201, None)


def test_that_nobody_would_sign_can_be_noted(dan: FlaskClient) -> None:
    refusal = {"at": clock.now().isoformat(), "refused": True, "note": "店长不在"}
    kept = submitted(dan, sign_off=refusal).json["sign_off"]
    assert (kept["refused"], kept["note"], kept["name"]) == (True, "店长不在", None)


def test_dealers_read_neither(dan: FlaskClient, client_of: Callable[..., FlaskClient]) -> None:
    submitted(dan, check_in=at(120), sign_off=_signed(None))
    with transaction(writes=True):
        db.session.get_one(Visit, VISIT).state = "published"
    seen = client_of("erin").get(ADDRESS)
    assert (seen.status_code, seen.json["check_in"], seen.json["sign_off"]) == (200, None, None)
    assert client_of("bob").get(ADDRESS).json["check_in"]["distance"] == 120


@pytest.mark.parametrize("field", ["check_in", "sign_off"])
def test_one_that_cannot_be_read_is_refused_by_its_field(dan: FlaskClient, field: str) -> None:
    answer = submitted(dan, **{field: {"at": "noon"}})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith(field)
