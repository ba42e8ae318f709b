"""Drafts: whole, guarded by a revision, owned by one device, safe to repeat."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.core.db import db, transaction
from backend.core.outbox import Event
from backend.visits.models import Draft, Visit
from tests import world

CHELSEA = world.VISITS["chelsea-tiny"]
ADDRESS = f"/api/v1/visits/{CHELSEA}/draft"


def put(client: Any, revision: Any, text: str = "", device: str = "a", headers: Any = None, **more: Any) -> Any:
    body = {"device_id": device, "revision": revision, "document": {"answers": [], "text": text}} | more
    return client.put(ADDRESS, json=body, headers=headers)


def state() -> str:
    return db.session.get_one(Visit, CHELSEA, populate_existing=True).state


def test_the_first_draft_begins_the_visit(client_of: Callable) -> None:
    answer = put(client_of("chelsea"), 0, "a")
    assert (answer.status_code, answer.json["revision"], answer.json["device_id"]) == (200, 1, "a")
    assert answer.headers["ETag"] == '"1"'
    assert state() == "in_progress"
    assert client_of("chelsea").get(ADDRESS).json == answer.json
    assert answer.json["document"]["text"] == "a"


def test_a_draft_goes_on_from_the_revision_last_seen(client_of: Callable) -> None:
    client = client_of("chelsea")
    assert [put(client, revision, str(revision)).json["revision"] for revision in range(4)] == [1, 2, 3, 4]


def test_a_phone_may_count_by_itself(client_of: Callable) -> None:
    client = client_of("chelsea")
    assert [put(client, revision, str(revision)).status_code for revision in (1, 2, 5, 9)] == [200] * 4
    assert client.get(ADDRESS).json["document"]["text"] == "9"


def test_a_repeat_after_a_lost_answer_changes_nothing(client_of: Callable) -> None:
    client = client_of("chelsea")
    first, again = put(client, 0, "a"), put(client, 0, "a")
    assert first.json == again.json


def test_an_older_draft_that_comes_late_is_refused_with_the_present_revision(client_of: Callable) -> None:
    client = client_of("chelsea")
    put(client, 0, "a")
    put(client, 1, "b")
    answer = put(client, 1, "late")
    assert (answer.status_code, answer.json["code"]) == (412, "draft-stale")
    assert (answer.json["revision"], answer.headers["ETag"]) == (2, '"2"')
    assert client.get(ADDRESS).json["document"]["text"] == "b"


def test_an_if_match_header_guards_too(client_of: Callable) -> None:
    client = client_of("chelsea")
    put(client, 0, "a")
    assert put(client, 9, "b", headers={"If-Match": '"7"'}).status_code == 412
    assert put(client, 9, "b", headers={"If-Match": '"1"'}).status_code == 200


def test_another_device_takes_over_by_saying_so(client_of: Callable) -> None:
    client = client_of("chelsea")
    put(client, 0, "a")
    refused = put(client, 1, "b", "b")
    assert (refused.status_code, refused.json["code"]) == (409, "draft-elsewhere")
    assert (refused.json["device_id"], refused.json["revision"]) == ("a", 1)
    taken = put(client, 1, "b", "b", take_over=True)
    assert (taken.status_code, taken.json["device_id"]) == (200, "b")
    assert put(client, 1, "b", "b", take_over=True).json == taken.json
    assert put(client, 5, "c", "a").status_code == 409
    (event,) = db.session.query(Event).filter_by(name="visit.draft_taken_over").all()
    assert event.data == {"before": "a", "now": "b"}


def test_taking_over_needs_the_latest_draft(client_of: Callable) -> None:
    client = client_of("chelsea")
    put(client, 4, "a")
    assert put(client, 1, "b", "b", take_over=True).status_code == 412


@pytest.mark.parametrize("wrong", ["declined", "aborted", "void", "submitted", "in_review", "approved", "locked"])
def test_a_visit_that_is_not_open_takes_no_draft(client_of: Callable, wrong: str) -> None:
    with transaction(writes=True):
        db.session.get_one(Visit, CHELSEA).state = wrong
    assert put(client_of("chelsea"), 0).json["code"] == "visit-closed"


@pytest.mark.parametrize(("login", "status"), [("grace", 404), ("dan", 404), ("alice", 403), ("bob", 403), (None, 401)])
def test_a_draft_is_its_persons_alone(client_of: Callable, login: str | None, status: int) -> None:
    put(client_of("chelsea"), 0)
    client = client_of(login)
    assert (put(client, 1).status_code, client.get(ADDRESS).status_code) == (status, status)


def test_without_a_draft_there_is_none(client_of: Callable) -> None:
    assert client_of("chelsea").get(ADDRESS).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"device_id": ""},
        {"device_id": None},
        {"device_id": "x" * 101},
        {"revision": -1},
        {"revision": "1"},
        {"revision": 2**31},
        {"revision": True},
        {"document": []},
        {"document": None},
        {"take_over": "maybe"},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(client_of: Callable, change: Any) -> None:
    body = {"device_id": "a", "revision": 0, "document": {}} | change
    assert client_of("chelsea").put(ADDRESS, json=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"document":{"a":"\\ud800"}}',
        b'{"document":{"a":"\\u0000"}}',
        b'{"device_id":"a","document":{"x":' + b"[" * 5000 + b"]" * 5000 + b"}}",
    ],
)
def test_hostile_drafts_are_refused(client_of: Callable, body: bytes) -> None:
    assert 400 <= client_of("chelsea").put(ADDRESS, data=body, content_type="application/json").status_code < 500


@pytest.mark.parametrize("depth", range(700, 1000, 12))
def test_no_depth_of_nesting_breaks_it(client_of: Callable, depth: int) -> None:
    body = b'{"device_id":"a","document":{"x":' + b"[" * depth + b"]" * depth + b"}}"
    assert client_of("chelsea").put(ADDRESS, data=body, content_type="application/json").status_code in {200, 400}


def test_a_draft_over_a_mebibyte_is_refused(client_of: Callable) -> None:
    answer = put(client_of("chelsea"), 0, "x" * (1024 * 1024))
    assert (answer.status_code, answer.json["code"]) == (413, "body-too-large")


def test_eight_threads_saving_one_draft_leave_it_once(client_of: Callable) -> None:
    def once(_number: int) -> tuple[int, int]:
        answer = put(client_of("chelsea"), 0, "same")
        return answer.status_code, answer.json["revision"]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(once, range(16))) == {(200, 1)}
    assert db.session.query(Draft).one().revision == 1


def test_two_devices_racing_leave_one_owner(client_of: Callable) -> None:
    def once(number: int) -> int:
        return put(client_of("chelsea"), 0, str(number), f"device {number}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(once, range(8))) == [200] + [409] * 7
