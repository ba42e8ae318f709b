"""Programmes and waves over HTTP: plans, states, refusals."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.waves.models import Wave
from tests import world

ID = UUID("00000000-0000-4000-8000-000000000001")
ADDRESS = f"/api/v1/waves/{ID}"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "programme": "TEST",
        "number": 9,
        "name": "第九期",
        "checklist": "TINY",
        "version": "1.0.0",
        "opens_on": "2026-01-01",
        "closes_on": "2026-06-30",
    } | changes


def fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer.json["errors"]}


def test_a_programme_is_made_and_changed(client_of: Callable) -> None:
    client = client_of("alice")
    made = client.put("/api/v1/programmes/NEV", json={"name": "新能源"})
    again = client.put("/api/v1/programmes/NEV", json={"name": "新能源"})
    changed = client.put(
        "/api/v1/programmes/NEV", json={"name": "新能源二", "purpose": "改进", "brand_id": str(world.BRAND)}
    )
    assert [each.status_code for each in (made, again, changed)] == [201, 200, 200]
    assert [each.json["revision"] for each in (made, again, changed)] == [1, 1, 2]
    assert client.get("/api/v1/programmes/NEV").json == changed.json
    assert [row["code"] for row in client.get("/api/v1/programmes").json["items"]] == ["NEV", "TEST"]


@pytest.mark.parametrize(
    ("code", "json", "field"),
    [
        ("NEV", {}, "name"),
        ("NEV", {"name": ""}, "name"),
        ("NEV", {"name": "x", "brand_id": str(ID)}, "brand_id"),
        ("a b", {"name": "x"}, "code"),
        ("%00", {"name": "x"}, "code"),
        ("NEV", {"name": "x", "colour": 1}, "colour"),
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(client_of: Callable, code: str, json: Any, field: str) -> None:
    answer = client_of("alice").put(f"/api/v1/programmes/{code}", json=json)
    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_a_wave_is_open_unless_it_says_draft(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS, json=body())
    assert answer.status_code == 201
    wanted = body() | {
        "id": str(ID),
        "state": "open",
        "headline_method": "covert",
        "quota": None,
        "target_rate": None,
        "gallery_allowed": False,
        "originals_days": None,
        "renditions_days": None,
        "published_at": None,
        "locked_at": None,
        "revision": 1,
    }
    assert answer.json == wanted
    assert client_of("bob").get(ADDRESS).json == wanted
    draft = client_of("alice").put(f"/api/v1/waves/{new_id()}", json=body(number=10, state="draft"))
    assert draft.json["state"] == "draft"


def test_the_same_wave_again_changes_nothing(client_of: Callable) -> None:
    full = body(quota={"covert": 2}, target_rate=83.5, gallery_allowed=True, headline_method="announced")
    full |= {"originals_days": 90, "renditions_days": 730}
    first = client_of("alice").put(ADDRESS, json=full)
    again = client_of("alice").put(ADDRESS, json=full)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["target_rate"] == 83.5
    assert db.session.query(Event).filter_by(subject_id=ID).count() == 1


def test_a_wave_goes_through_its_states(client_of: Callable) -> None:
    client = client_of("alice")
    states = [
        client.put(ADDRESS, json=body(**({"state": state} if state else {}))).json.get("state")
        for state in ("draft", "open", None, "closed", "open")
    ]
    assert states == ["draft", "open", "open", "closed", "open"]
    for wrong in ("draft", "locked"):
        answer = client.put(ADDRESS, json=body(state=wrong))
        assert (answer.status_code, answer.json["code"]) == (409, "state-not-next")


def test_a_wave_is_never_made_locked(client_of: Callable) -> None:
    assert client_of("alice").put(ADDRESS, json=body(state="locked")).status_code == 409


def test_a_locked_wave_refuses_changes_but_not_the_same_again(client_of: Callable) -> None:
    client = client_of("alice")
    client.put(ADDRESS, json=body())
    with transaction(writes=True):
        db.session.get_one(Wave, ID).state = "locked"
    assert client.put(ADDRESS, json=body()).status_code == 200
    answer = client.put(ADDRESS, json=body(name="其他"))
    assert (answer.status_code, answer.json["code"]) == (409, "wave-locked")


def test_how_long_media_are_kept_may_be_settled_after_the_lock(client_of: Callable) -> None:
    client = client_of("alice")
    client.put(ADDRESS, json=body())
    with transaction(writes=True):
        db.session.get_one(Wave, ID).state = "locked"
    answer = client.put(ADDRESS, json=body(originals_days=90, state="locked"))
    assert (answer.status_code, answer.json["originals_days"], answer.json["renditions_days"]) == (200, 90, None)
    both = client.put(ADDRESS, json=body(originals_days=30, name="其他"))
    assert (both.status_code, both.json["code"]) == (409, "wave-locked")


def test_a_number_is_used_once_in_a_programme(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(number=1))
    assert (answer.status_code, answer.json["code"]) == (409, "number-taken")
    client_of("alice").put("/api/v1/programmes/NEV", json={"name": "x"})
    assert client_of("alice").put(ADDRESS, json=body(number=1, programme="NEV")).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closes_on": "2025-12-31"}, "closes_on"),
        ({"programme": "NONE"}, "programme"),
        ({"version": "9"}, "version"),
        ({"checklist": "NONE"}, "version"),
        ({"headline_method": "remote"}, "headline_method"),
        ({"headline_method": "secret"}, "headline_method"),
        ({"quota": {"remote": 1}}, "quota"),
        ({"number": 0}, "number"),
        ({"number": True}, "number"),
        ({"number": "9"}, "number"),
        ({"number": 10**30}, "number"),
        ({"opens_on": "yesterday"}, "opens_on"),
        ({"target_rate": 100.5}, "target_rate"),
        ({"target_rate": "NaN"}, "target_rate"),
        ({"state": "published"}, "state"),
        ({"name": None}, "name"),
        ({"originals_days": 0}, "originals_days"),
        ({"originals_days": "90"}, "originals_days"),
        ({"renditions_days": 3661}, "renditions_days"),
        ({"renditions_days": True}, "renditions_days"),
        ({"colour": "red"}, "colour"),
        ({"quota": []}, "quota"),
        ({"published_at": "2026-01-01T00:00:00Z"}, "published_at"),
    ],
)
def test_a_wave_that_makes_no_sense_is_refused(client_of: Callable, changes: dict[str, Any], field: str) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(**changes))
    assert answer.status_code == 422
    assert {name.split(".")[0] for name in fields(answer)} == {field}


def test_every_fault_of_a_wave_is_told_at_once(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(closes_on="2020-01-01", headline_method="remote"))
    assert fields(answer) == {"closes_on", "headline_method"}


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b"null", b'{"name":"\\ud800"}', b'{"name":"\\u0000"}', b"\xff", b"[" * 9999]
)
def test_hostile_bodies_are_refused(client_of: Callable, data: bytes) -> None:
    assert 400 <= client_of("alice").put(ADDRESS, data=data, content_type="application/json").status_code < 500


def test_an_old_revision_is_refused_when_one_is_given(client_of: Callable) -> None:
    client = client_of("alice")
    tag = client.put(ADDRESS, json=body()).headers["ETag"]
    assert client.put(ADDRESS, json=body(name="b"), headers={"If-Match": tag}).status_code == 200
    assert client.put(ADDRESS, json=body(name="c"), headers={"If-Match": tag}).status_code == 412


def test_the_list_is_filtered_and_paged(client_of: Callable) -> None:
    client = client_of("alice")
    client.put(ADDRESS, json=body())
    numbers = [row["number"] for row in client.get("/api/v1/waves").json["items"]]
    assert numbers[0] == 9
    assert sorted(numbers) == [1, 2, 3, 9]
    first = client.get("/api/v1/waves?limit=3").json
    rest = client.get("/api/v1/waves", query_string={"limit": 3, "after": first["next"]}).json
    assert [row["number"] for row in first["items"] + rest["items"]] == numbers
    assert client.get("/api/v1/waves?programme=NONE").json == {"items": [], "next": None}
    assert len(client.get("/api/v1/waves?programme=TEST&state=open").json["items"]) == 4
    assert client.get("/api/v1/waves?state=odd").status_code == 422
    assert client.get("/api/v1/waves?after=odd").status_code == 422


@pytest.mark.parametrize(
    ("login", "reads", "plans"),
    [(None, 401, 401), ("chelsea", 403, 403), ("dan", 403, 403), ("erin", 404, 403), ("bob", 200, 403)],
)
def test_who_reads_and_who_plans(client_of: Callable, login: str | None, reads: int, plans: int) -> None:
    client = client_of(login)
    assert client.get(f"/api/v1/waves/{world.WAVES['EO']}").status_code == reads
    assert client.put(ADDRESS, json=body()).status_code == plans
    assert client.put("/api/v1/programmes/NEV", json={"name": "x"}).status_code == plans


def test_a_wave_that_is_not_there_is_not_found(client_of: Callable) -> None:
    assert client_of("alice").get(ADDRESS).status_code == 404
    assert client_of("alice").get("/api/v1/waves/not-a-uuid").status_code == 404
    assert client_of("alice").get("/api/v1/programmes/NONE").status_code == 404


def test_eight_threads_making_one_wave_make_one(client_of: Callable) -> None:
    def put(_number: int) -> int:
        return client_of("alice").put(ADDRESS, json=body()).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [200] * 15 + [201]


def test_two_waves_racing_for_a_number_leave_one(client_of: Callable) -> None:
    def put(_number: int) -> int:
        return client_of("alice").put(f"/api/v1/waves/{new_id()}", json=body()).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(8))) == [201] + [409] * 7
