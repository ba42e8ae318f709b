"""Every route of visits with the wrong person, and with bodies that mean harm."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.db import db
from backend.core.ids import new_id
from backend.visits.models import Visit
from tests import world

VISIT = world.VISITS["chelsea-tiny"]
OWN = ["acceptance", "abort", "draft", "submission", "follow-up"]
BODIES: dict[str, Any] = {
    "acceptance": {"accepted": True},
    "abort": {"reason": "x"},
    "cancellation": {"reason": "x"},
    "draft": {"device_id": "a", "revision": 0, "document": {}},
    "submission": world.submission_for(world.COMPILED["TINY"]),
    "follow-up": world.follow_up_for(world.COMPILED["TINY"]),
}


@pytest.mark.parametrize("step", OWN)
@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("grace", 404),
        ("dan", 404),
        ("alice", 403),
        ("bob", 403),
        ("erin", 403),
        ("frank", 403),
        ("gina", 403),
        (None, 401),
    ],
)
def test_nobody_does_anothers_visit(client_of: Callable, login: str | None, status: int, step: str) -> None:
    answer = client_of(login).put(f"/api/v1/visits/{VISIT}/{step}", json=BODIES[step])
    assert answer.status_code == status
    assert db.session.get_one(Visit, VISIT).state == "planned"


@pytest.mark.parametrize("step", [*OWN, "cancellation"])
def test_a_visit_that_is_not_there_is_not_found(client_of: Callable, step: str) -> None:
    login = "alice" if step == "cancellation" else "chelsea"
    assert client_of(login).put(f"/api/v1/visits/{new_id()}/{step}", json=BODIES[step]).status_code == 404
    assert client_of(login).put(f"/api/v1/visits/not-a-uuid/{step}", json=BODIES[step]).status_code == 404


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("chelsea", 200),
        ("alice", 200),
        ("grace", 404),
        ("dan", 404),
        ("bob", 404),
        ("erin", 404),
        ("frank", 404),
        (None, 401),
    ],
)
def test_who_reads_a_planned_visit(client_of: Callable, login: str | None, status: int) -> None:
    assert client_of(login).get(f"/api/v1/visits/{VISIT}").status_code == status


@pytest.mark.parametrize(
    ("login", "status"), [("chelsea", 403), ("dan", 403), ("bob", 403), ("erin", 403), (None, 401)]
)
def test_only_planners_cancel_and_assign_in_bulk(client_of: Callable, login: str | None, status: int) -> None:
    client = client_of(login)
    assert client.put(f"/api/v1/visits/{VISIT}/cancellation", json={"reason": "x"}).status_code == status
    assert client.post("/api/v1/visits/bulk", json={"visits": []}).status_code == status


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"\xff",
    b"{}",
    b"[" * 9999,
    b'{"a":1,"a":2}',
    b'{"reason":"\\ud800"}',
    b'{"reason":"\\u0000"}',
    b'{"reason":NaN}',
    b'{"accepted":false,"reason":{"a":[]}}',
    b'{"visits":{"a":1}}',
    b'{"device_id":"\\udfff","document":{}}',
    b'{"wave_id":"' + b"0" * 4000 + b'"}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_everywhere(client_of: Callable, body: bytes) -> None:
    for login, method, address in (
        ("chelsea", "PUT", f"/api/v1/visits/{VISIT}/acceptance"),
        ("chelsea", "PUT", f"/api/v1/visits/{VISIT}/abort"),
        ("chelsea", "PUT", f"/api/v1/visits/{VISIT}/draft"),
        ("chelsea", "PUT", f"/api/v1/evidence/{new_id()}"),
        ("chelsea", "PUT", f"/api/v1/evidence/{new_id()}/loss"),
        ("alice", "PUT", f"/api/v1/visits/{VISIT}"),
        ("alice", "PUT", f"/api/v1/visits/{VISIT}/cancellation"),
        ("alice", "POST", "/api/v1/visits/bulk"),
    ):
        answer = client_of(login).open(address, method=method, data=body, content_type="application/json")
        assert 400 <= answer.status_code < 500, (address, answer.json)
        assert answer.json["code"]


def test_other_content_types_are_refused(client_of: Callable) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client_of("chelsea").put(f"/api/v1/visits/{VISIT}/submission", data=b"{}", content_type=kind)
        assert 400 <= answer.status_code < 500


def test_refusals_speak_both_languages(client_of: Callable) -> None:
    said = {
        language: client_of("chelsea")
        .put(f"/api/v1/visits/{VISIT}/submission", json={"answers": []}, headers={"Accept-Language": language})
        .json
        for language in ("zh-CN", "en")
    }
    assert said["zh-CN"]["detail"].startswith("有 6 处")
    assert said["en"]["detail"].startswith("6 places")
    assert said["zh-CN"]["errors"][0]["message"] != said["en"]["errors"][0]["message"]


def test_the_answer_fits_its_description(client_of: Callable, app: Any) -> None:
    described = client_of("alice").get("/api/v1/openapi.json").json["components"]["schemas"]
    client = client_of("chelsea")
    answer = client.put(f"/api/v1/visits/{VISIT}/submission", json=BODIES["submission"]).json
    assert set(answer) == set(described["VisitAnswer"]["properties"])
    assert set(client.get("/api/v1/visits").json["items"][0]) == set(described["VisitLine"]["properties"])
    assert set(described["SubmissionBody"]["properties"]) >= {"answers", "marks", "evidence"}
