"""Assigning visits, one or five hundred, and what their people say to it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from backend.accounts.models import Person, PersonMembership
from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.core.permissions import Role
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world

ID = UUID("00000000-0000-4000-8000-000000000002")
ADDRESS = f"/api/v1/visits/{ID}"
CHELSEA, GRACE = world.VISITS["chelsea-tiny"], world.VISITS["grace-tiny"]


def body(**changes: Any) -> dict[str, Any]:
    return {
        "wave_id": str(world.WAVES["TINY"]),
        "store_id": str(world.TWO),
        "method": "covert",
        "auditor_id": str(world.person_id("chelsea")),
        "due_on": "2026-12-31",
    } | changes


def put_in(state: str, visit: UUID = CHELSEA, **changes: Any) -> None:
    with transaction(writes=True):
        row = db.session.get_one(Visit, visit)
        for name, value in {"state": state, **changes}.items():
            setattr(row, name, value)


def region_planner(login: str = "rita", region: UUID = world.EAST) -> None:
    """Adds a planner of one region, with a token, to the world."""
    with transaction(writes=True):
        world._person(login, ((Role.PLANNER, ScopeKind.REGION, region),))


def names(*events: str) -> list[str]:
    rows = db.session.query(Event).order_by(Event.id)
    return [row.name for row in rows if row.name.startswith("visit.") and (not events or row.name in events)]


def fields(answer: Any) -> set[str]:
    return {error["field"].split(".")[0] for error in answer.json["errors"]}


def test_a_planner_assigns_a_visit(client_of: Callable) -> None:
    full = body(script={"persona": "车主, 35"}, fee=300, window={"from": "2026-06-01", "until": "2026-06-07"})
    first = client_of("alice").put(ADDRESS, json=full)
    again = client_of("alice").put(ADDRESS, json=full)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.headers["ETag"] == f'"{first.json["revision"]}"'
    assert {name: first.json[name] for name in full} == full
    assert (first.json["state"], first.json["auditor"]["name"], first.json["store"]["code"]) == (
        "planned",
        "Chelsea",
        "TWO",
    )
    assert (first.json["checklist"], first.json["version"]) == ("TINY", "1.0.0")
    assert first.json["scorecard"] is None
    assert client_of("chelsea").get(ADDRESS).json == first.json
    assert names() == ["visit.assigned"]


def test_a_visit_may_wait_for_its_person(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(auditor_id=None))
    assert (answer.status_code, answer.json["auditor"]) == (201, None)
    assert client_of("chelsea").get(ADDRESS).status_code == 404


@pytest.mark.parametrize("state", ["planned", "taken", "declined", "expired"])
def test_a_visit_that_nobody_began_goes_to_somebody_else(client_of: Callable, state: str) -> None:
    put_in(state, reason="没空", taken_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = client_of("alice").put(f"/api/v1/visits/{CHELSEA}", json=body(auditor_id=str(world.person_id("grace"))))
    assert (answer.status_code, answer.json["state"], answer.json["auditor"]["name"]) == (200, "planned", "Grace")
    assert (answer.json["reason"], answer.json["taken_at"]) == (None, None)
    assert client_of("chelsea").get(f"/api/v1/visits/{CHELSEA}").status_code == 404
    assert client_of("grace").get(f"/api/v1/visits/{CHELSEA}").status_code == 200


@pytest.mark.parametrize(("state", "after"), [("taken", "taken"), ("declined", "planned"), ("expired", "planned")])
def test_a_changed_due_date_asks_only_those_anew_who_are_out(client_of: Callable, state: str, after: str) -> None:
    put_in(state)
    answer = client_of("alice").put(f"/api/v1/visits/{CHELSEA}", json=body())
    assert (answer.status_code, answer.json["state"]) == (200, after)


@pytest.mark.parametrize(
    "state", ["in_progress", "submitted", "in_review", "approved", "published", "locked", "aborted", "void"]
)
def test_a_visit_that_was_begun_or_is_over_stays_as_it_is(client_of: Callable, state: str) -> None:
    put_in(state)
    answer = client_of("alice").put(f"/api/v1/visits/{CHELSEA}", json=body())
    assert (answer.status_code, answer.json["code"]) == (409, "visit-not-assignable")


def test_the_same_assignment_again_answers_the_same_in_every_state(client_of: Callable) -> None:
    client_of("alice").put(ADDRESS, json=body())
    put_in("approved", ID)
    assert client_of("alice").put(ADDRESS, json=body()).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wave_id": str(ID)}, "wave_id"),
        ({"store_id": str(ID)}, "store_id"),
        ({"auditor_id": str(ID)}, "auditor_id"),
        ({"auditor_id": str(world.person_id("bob"))}, "auditor_id"),
        ({"method": "remote"}, "method"),
        ({"method": "secret"}, "method"),
        ({"due_on": "soon"}, "due_on"),
        ({"fee": 1.5}, "fee"),
        ({"fee": -1}, "fee"),
        ({"fee": True}, "fee"),
        ({"fee": 10**9}, "fee"),
        ({"script": "x"}, "script"),
        ({"window": []}, "window"),
        ({"script": {"x": "长" * 70_000}}, "script"),
        ({"state": "approved"}, "state"),
        ({"wave_id": None}, "wave_id"),
        ({"auditor_id": "me"}, "auditor_id"),
        ({"flags": []}, "flags"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(client_of: Callable, changes: dict[str, Any], field: str) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(**changes))
    assert (answer.status_code, fields(answer)) == (422, {field})
    assert db.session.get(Visit, ID) is None


def test_every_fault_of_an_assignment_is_told_at_once(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS, json=body(store_id=str(ID), auditor_id=str(ID), method="remote"))
    assert fields(answer) == {"store_id", "auditor_id", "method"}


def test_a_person_who_cannot_sign_in_gets_no_visit(client_of: Callable) -> None:
    with transaction(writes=True):
        db.session.get_one(Person, world.person_id("chelsea")).is_active = False
    assert fields(client_of("alice").put(ADDRESS, json=body())) == {"auditor_id"}


def test_a_locked_wave_takes_no_visits(client_of: Callable) -> None:
    with transaction(writes=True):
        db.session.get_one(Wave, world.WAVES["TINY"]).state = "locked"
    assert client_of("alice").put(ADDRESS, json=body()).json["code"] == "wave-takes-no-visits"


def test_a_planner_of_a_region_plans_there_only(client_of: Callable) -> None:
    region_planner()
    assert client_of("rita").put(ADDRESS, json=body()).status_code == 201
    outside = client_of("rita").put(f"/api/v1/visits/{new_id()}", json=body(store_id=str(world.THREE)))
    assert fields(outside) == {"store_id"}
    elsewhere = world.VISITS["grace-rf"]
    for answer in (
        client_of("rita").put(f"/api/v1/visits/{elsewhere}", json=body()),
        client_of("rita").get(f"/api/v1/visits/{elsewhere}"),
        client_of("rita").put(f"/api/v1/visits/{elsewhere}/cancellation", json={"reason": "x"}),
    ):
        assert answer.status_code == 404


def own(**changes: Any) -> dict[str, Any]:
    return body(method="announced", auditor_id=str(world.person_id("dan")), **changes)


def test_a_field_auditor_makes_his_own_visit_on_the_spot(client_of: Callable) -> None:
    first, again = client_of("dan").put(ADDRESS, json=own()), client_of("dan").put(ADDRESS, json=own())
    assert (first.status_code, again.status_code, first.json["state"]) == (201, 200, "taken")
    assert (
        client_of("dan")
        .put(f"{ADDRESS}/submission", json=world.submission_for(world.COMPILED["TINY"], method="announced"))
        .status_code
        == 201
    )


@pytest.mark.parametrize(
    ("login", "changes", "status"),
    [
        ("dan", {"method": "covert"}, 403),
        ("dan", {"auditor_id": str(world.person_id("chelsea"))}, 403),
        ("dan", {"auditor_id": None}, 403),
        ("chelsea", {"auditor_id": str(world.person_id("chelsea"))}, 403),
        ("bob", {}, 403),
        ("erin", {}, 403),
        (None, {}, 401),
    ],
)
def test_nobody_else_makes_visits(client_of: Callable, login: str | None, changes: dict[str, Any], status: int) -> None:
    assert client_of(login).put(ADDRESS, json=own() | changes).status_code == status


def test_a_field_auditor_changes_nothing_and_takes_nothing_of_others(client_of: Callable) -> None:
    assert client_of("dan").put(f"/api/v1/visits/{CHELSEA}", json=own()).status_code == 404
    client_of("dan").put(ADDRESS, json=own())
    assert client_of("dan").put(ADDRESS, json=own(due_on=None)).status_code == 403


def test_a_field_auditor_stays_in_his_part_of_the_network(client_of: Callable) -> None:
    with transaction(writes=True):
        held = db.session.query(PersonMembership).filter_by(person_id=world.person_id("dan")).one()
        held.scope_kind, held.scope_id = ScopeKind.REGION, world.WEST
    assert fields(client_of("dan").put(ADDRESS, json=own())) == {"store_id"}
    assert client_of("dan").put(ADDRESS, json=own(store_id=str(world.FOUR))).status_code == 201


def test_many_visits_are_assigned_at_once_each_by_itself(client_of: Callable, count_queries: Callable) -> None:
    good = [body(id=str(new_id())) for _ in range(200)]
    rest = [
        body(id=str(CHELSEA), auditor_id=str(world.person_id("grace"))),
        body(id=str(new_id()), method="remote"),
        good[0],
    ]
    with count_queries() as counted:
        answer = client_of("alice").post("/api/v1/visits/bulk", json={"visits": good + rest})
    assert answer.status_code == 200
    assert answer.json["counts"] == {"created": 200, "changed": 1, "unchanged": 1, "refused": 1}
    refused = answer.json["items"][201]
    assert (refused["outcome"], refused["problem"]["code"]) == ("refused", "assignment-invalid")
    assert refused["problem"]["errors"][0]["field"] == "method"
    assert [each["outcome"] for each in answer.json["items"][200:]] == ["changed", "refused", "unchanged"]
    again = client_of("alice").post("/api/v1/visits/bulk", json={"visits": good})
    assert again.json["counts"] == {"created": 0, "changed": 0, "unchanged": 200, "refused": 0}
    assert counted.number < 20


@pytest.mark.parametrize("visits", [[], [{}], "x", None, [body()], [body(id="x")], [body(id=str(ID))] * 501])
def test_a_bulk_that_cannot_be_read_is_refused_whole(client_of: Callable, visits: Any) -> None:
    assert client_of("alice").post("/api/v1/visits/bulk", json={"visits": visits}).status_code == 422


def test_eight_threads_assigning_one_visit_make_one(client_of: Callable) -> None:
    def put(_number: int) -> int:
        return client_of("alice").put(ADDRESS, json=body()).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [200] * 15 + [201]
    assert names() == ["visit.assigned"]


def accept(client: Any, visit: UUID = CHELSEA) -> Any:
    return client.put(f"/api/v1/visits/{visit}/acceptance", json={"accepted": True})


def decline(client: Any, reason: Any = "没空") -> Any:
    return client.put(f"/api/v1/visits/{CHELSEA}/acceptance", json={"accepted": False, "reason": reason})


def abort(client: Any, reason: Any = "被认出") -> Any:
    return client.put(f"/api/v1/visits/{CHELSEA}/abort", json={"reason": reason})


def cancel(client: Any, reason: Any = "门店停业") -> Any:
    return client.put(f"/api/v1/visits/{CHELSEA}/cancellation", json={"reason": reason})


def test_a_shopper_takes_a_visit_once(client_of: Callable) -> None:
    first, again = accept(client_of("chelsea")), accept(client_of("chelsea"))
    assert (first.status_code, first.json["state"]) == (200, "taken")
    assert first.json == again.json
    assert names() == ["visit.taken"]


@pytest.mark.parametrize("state", ["in_progress", "submitted", "approved", "locked"])
def test_a_late_repeat_of_taking_changes_nothing(client_of: Callable, state: str) -> None:
    put_in(state)
    answer = accept(client_of("chelsea"))
    assert (answer.status_code, answer.json["state"]) == (200, state)


def test_a_shopper_declines_with_a_reason(client_of: Callable) -> None:
    first, again = decline(client_of("chelsea")), decline(client_of("chelsea"))
    assert (first.status_code, first.json["state"], first.json["reason"]) == (200, "declined", "没空")
    assert first.json == again.json
    assert decline(client_of("chelsea"), "病了").status_code == 409
    assert accept(client_of("chelsea")).status_code == 409


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"accepted": False},
        {"accepted": False, "reason": " "},
        {"accepted": "yes"},
        {"accepted": None},
        [],
        7,
        {"accepted": False, "reason": "x" * 2001},
    ],
)
def test_an_acceptance_that_makes_no_sense_is_refused(client_of: Callable, json: Any) -> None:
    assert client_of("chelsea").put(f"/api/v1/visits/{CHELSEA}/acceptance", json=json).status_code == 422


@pytest.mark.parametrize("state", ["taken", "in_progress"])
def test_a_visit_once_taken_can_be_aborted(client_of: Callable, state: str) -> None:
    put_in(state)
    first, again = abort(client_of("chelsea")), abort(client_of("chelsea"))
    assert (first.status_code, first.json["state"], first.json["reason"]) == (200, "aborted", "被认出")
    assert first.json == again.json
    assert abort(client_of("chelsea"), "其他").status_code == 409


@pytest.mark.parametrize(
    ("state", "round_", "code"),
    [
        ("planned", 0, "visit-not-begun"),
        ("submitted", 1, "visit-closed"),
        ("in_progress", 1, "visit-submitted"),
        ("declined", 0, "visit-closed"),
        ("void", 0, "visit-closed"),
    ],
)
def test_what_cannot_be_aborted(client_of: Callable, state: str, round_: int, code: str) -> None:
    put_in(state, round=round_)
    answer = abort(client_of("chelsea"))
    assert (answer.status_code, answer.json["code"]) == (409, code)


@pytest.mark.parametrize("state", ["planned", "taken", "in_progress", "declined", "expired", "aborted"])
def test_a_planner_strikes_out_what_was_never_submitted(client_of: Callable, state: str) -> None:
    put_in(state)
    first, again = cancel(client_of("alice")), cancel(client_of("alice"))
    assert (first.status_code, first.json["state"], first.json["reason"]) == (200, "void", "门店停业")
    assert first.json == again.json
    assert cancel(client_of("alice"), "其他").status_code == 409


@pytest.mark.parametrize("state", ["submitted", "in_review", "approved", "locked", "in_progress"])
def test_a_submitted_visit_is_not_the_planners_to_strike_out(client_of: Callable, state: str) -> None:
    put_in(state, round=1)
    assert cancel(client_of("alice")).json["code"] == "visit-submitted"


@pytest.mark.parametrize("reason", [None, "", "  ", 7, [], "x" * 2001])
def test_a_reason_must_be_said(client_of: Callable, reason: Any) -> None:
    put_in("taken")
    assert abort(client_of("chelsea"), reason).status_code == 422
    assert cancel(client_of("alice"), reason).status_code == 422


def wave_body(version: str) -> dict[str, Any]:
    return {
        "programme": "TEST",
        "number": 1,
        "name": "第 1 期",
        "checklist": "TINY",
        "version": version,
        "opens_on": "2025-01-01",
        "closes_on": "2099-12-31",
    }


def publish_second(client: Any, **changes: Any) -> None:
    document = world.DEFINITIONS["TINY"].document | {"version": "2.0.0"} | changes
    assert client.put("/api/v1/checklists/TINY/versions/2.0.0", json=document).status_code == 201


def test_a_wave_takes_another_version_with_its_visits_while_nobody_has_begun(client_of: Callable) -> None:
    publish_second(client_of("alice"))
    address = f"/api/v1/waves/{world.WAVES['TINY']}"
    assert client_of("alice").put(address, json=wave_body("2.0.0")).json["version"] == "2.0.0"
    assert client_of("chelsea").get(f"/api/v1/visits/{CHELSEA}").json["version"] == "2.0.0"


@pytest.mark.parametrize(("state", "round_"), [("taken", 0), ("in_progress", 0), ("submitted", 1), ("void", 1)])
def test_a_wave_keeps_its_version_once_somebody_has_begun(client_of: Callable, state: str, round_: int) -> None:
    publish_second(client_of("alice"))
    put_in(state, round=round_)
    answer = client_of("alice").put(f"/api/v1/waves/{world.WAVES['TINY']}", json=wave_body("2.0.0"))
    assert (answer.status_code, answer.json["code"]) == (409, "wave-in-use")


def test_a_wave_keeps_a_version_that_covers_its_visits(client_of: Callable) -> None:
    stages = [stage | {"methods": ["covert"]} for stage in world.DEFINITIONS["TINY"].document["stages"]]
    publish_second(client_of("alice"), stages=stages)
    answer = client_of("alice").put(f"/api/v1/waves/{world.WAVES['TINY']}", json=wave_body("2.0.0"))
    assert answer.json["code"] == "wave-in-use"
