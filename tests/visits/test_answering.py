"""The shape of a visit in answers: for whom what is shown, and at what cost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backend.core.actor import SYSTEM
from backend.core.clock import now
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.visits import answering
from backend.visits.models import Visit
from tests import world

CHELSEA = world.VISITS["chelsea-tiny"]
ADDRESS = f"/api/v1/visits/{CHELSEA}"
ROW = {
    "id",
    "state",
    "method",
    "wave_id",
    "store_id",
    "auditor_id",
    "due_on",
    "fee",
    "window",
    "script",
    "checklist",
    "version",
    "wave",
    "store",
    "auditor",
    "follow_up_due_at",
    "return",
    "flags",
    "files",
    "submitted_at",
    "open_items",
    "round",
    "revision",
    "visited_on",
    "taken_at",
    "decided_at",
    "band",
}
WHOLE = ROW | {
    "answers",
    "check_in",
    "sign_off",
    "evidence",
    "holes",
    "marks",
    "reason",
    "programme",
    "scorecard",
    "ledger",
    "waivers",
    "reviews",
}


def publish(visit: Any = CHELSEA) -> None:
    with transaction(writes=True):
        db.session.get_one(Visit, visit).state = "published"


@pytest.fixture
def submitted(client_of: Callable) -> dict[str, Any]:
    with transaction(writes=True):
        visit = db.session.get_one(Visit, CHELSEA)
        visit.script, visit.window = {"persona": "车主"}, {"from": "2026-01-01"}
    return client_of("chelsea").put(f"{ADDRESS}/submission", json=world.submission_for(world.COMPILED["TINY"])).json


@pytest.fixture
def reviewed() -> Iterator[None]:
    """A higher domain that adds a scorecard, a ledger with names, waivers and reviews."""

    def add(_actor: Any, visit: Visit) -> dict[str, Any]:
        line = {
            "checkpoint": "T-1-01",
            "old_result": "pass",
            "new_result": "fail",
            "reason": "看不清",
            "at": now(),
            "person": {"id": new_id(), "name": "Bob"},
        }
        return {"scorecard": {"passed": 5}, "ledger": [line], "waivers": [line], "reviews": [{"round": visit.round}]}

    answering.EXTRA.append(add)
    yield
    answering.EXTRA.remove(add)


def test_a_visit_has_every_field_of_the_contract(client_of: Callable, submitted: dict[str, Any]) -> None:
    assert set(submitted) == WHOLE
    (row, *_) = client_of("chelsea").get("/api/v1/visits?auditor=me&state=submitted").json["items"]
    assert set(row) == ROW
    assert row == {name: submitted[name] for name in ROW}
    assert submitted["wave"] == {
        "id": str(world.WAVES["TINY"]),
        "number": 1,
        "name": "第 1 期",
        "opens_on": "2025-01-01",
        "closes_on": "2099-12-31",
        "state": "open",
        "gallery_allowed": False,
    }
    assert submitted["store"] == {
        "id": str(world.ONE),
        "code": "ONE",
        "name": "ONE 店",
        "city": "上海",
        "address": "测试路 1 号",
        "lat": 31.2,
        "lon": 121.4,
        "datum": "WGS-84",
    }
    assert submitted["auditor"] == {"id": str(world.person_id("chelsea")), "name": "Chelsea"}
    assert submitted["programme"] == {"code": "TEST", "name": "测试项目", "purpose": "改进服务"}
    assert (submitted["scorecard"], submitted["ledger"], submitted["waivers"], submitted["reviews"]) == (
        None,
        [],
        [],
        [],
    )


def test_a_file_is_described_whole(submitted: dict[str, Any]) -> None:
    file = submitted["evidence"][0]
    assert set(file) == {
        "original_deleted_at",
        "renditions_deleted_at",
        "id",
        "kind",
        "media_type",
        "detected_type",
        "size",
        "sha256",
        "state",
        "is_provisional",
        "problem",
        "problem_code",
        "captured_at",
        "source",
        "position",
        "renditions",
        "duration_ms",
        "width",
        "height",
    }
    assert (file["state"], file["renditions"], file["position"]["datum"]) == ("expected", [], "WGS-84")


def test_what_higher_domains_know_is_added(client_of: Callable, submitted: dict[str, Any], reviewed: None) -> None:
    visit = client_of("bob").get(ADDRESS).json
    assert visit["scorecard"] == {"passed": 5}
    assert visit["ledger"][0]["person"]["name"] == "Bob"
    assert visit["reviews"] == [{"round": 1}]


@pytest.mark.parametrize("login", ["erin", "frank", "gina"])
def test_dealers_learn_nothing_of_who_came(
    client_of: Callable, submitted: dict[str, Any], reviewed: None, login: str
) -> None:
    with transaction(writes=True):
        db.session.get_one(Visit, CHELSEA).flags = ["late"]
    publish()
    whole = client_of(login).get(ADDRESS)
    (row,) = client_of(login).get("/api/v1/visits").json["items"]
    for shown in (whole.json, row):
        hidden = (
            "auditor",
            "auditor_id",
            "fee",
            "script",
            "window",
            "due_on",
            "visited_on",
            "submitted_at",
            "taken_at",
            "decided_at",
            "follow_up_due_at",
            "return",
        )
        assert {shown[name] for name in hidden} == {None}
        assert shown["flags"] == []
    visit = whole.json
    assert (visit["check_in"], visit["sign_off"]) == (None, None)
    assert [visit[name] for name in ("evidence", "marks", "waivers", "reviews", "holes", "reason")] == [
        [],
        [],
        [],
        [],
        [],
        None,
    ]
    assert {len(answer["evidence"]) for answer in visit["answers"]} == {0}
    assert [answer["result"] for answer in visit["answers"]] == [answer["result"] for answer in submitted["answers"]]
    assert visit["ledger"] == [{"checkpoint": "T-1-01", "old_result": "pass", "new_result": "fail", "reason": "看不清"}]
    assert visit["scorecard"] == {"passed": 5}
    assert set(visit["files"].values()) == {0, None}
    for secret in (
        "Chelsea",
        str(world.person_id("chelsea")),
        "Bob",
        "camera",
        submitted["evidence"][0]["id"],
        "persona",
    ):
        assert secret not in whole.text
        assert secret not in str(row)


def test_an_analyst_sees_no_position_and_a_reviewer_does(client_of: Callable, submitted: dict[str, Any]) -> None:
    publish()
    assert client_of("bob").get(ADDRESS).json["evidence"][0]["position"] is not None
    assert client_of("alice").get(ADDRESS).json["evidence"][0]["position"] is None


def test_headquarters_sees_no_file_before_the_submission(client_of: Callable) -> None:
    entry = world.entry_for(new_id())
    declared = {name: value for name, value in entry.items() if name != "id"} | {"visit_id": str(CHELSEA)}
    client_of("chelsea").put(f"/api/v1/evidence/{entry['id']}", json=declared)
    assert len(client_of("chelsea").get(ADDRESS).json["evidence"]) == 1
    assert client_of("alice").get(ADDRESS).json["evidence"] == []


def many(number: int) -> None:
    with transaction(writes=True):
        for position in range(number):
            _, code, store, method = list(world.ASSIGNED.values())[position % 6]
            db.session.add(
                Visit(
                    id=new_id(),
                    wave_id=world.WAVES[code],
                    store_id=world.STORES[store],
                    method=method,
                    state="published",
                    checklist_version_id=world.VERSIONS[code],
                    auditor_id=world.person_id(("chelsea", "dan")[position % 2]),
                    created_at=now(),
                    round=1,
                )
            )


@pytest.mark.parametrize(("login", "most"), [("alice", 9), ("frank", 9)])
def test_a_page_costs_the_same_queries_however_many_rows_it_has(
    client_of: Callable, count_queries: Callable, login: str, most: int
) -> None:
    counted = []
    for _ in range(2):
        many(24)
        client_of(login).get("/api/v1/visits")
        with count_queries() as counting:
            answer = client_of(login).get("/api/v1/visits?limit=50")
        assert len(answer.json["items"]) > 14
        counted.append(counting.number)
    assert counted[0] == counted[1] <= most, counting.statements


def test_a_whole_visit_costs_few_queries(
    client_of: Callable, count_queries: Callable, submitted: dict[str, Any]
) -> None:
    client_of("chelsea").get(ADDRESS)
    with count_queries() as counting:
        client_of("chelsea").get(ADDRESS)
    assert counting.number <= 16, chr(10).join(s.replace(chr(10), " ")[:230] for s in counting.statements)


def test_a_submission_costs_few_statements(client_of: Callable, count_queries: Callable) -> None:
    client, visit = client_of("chelsea"), world.VISITS["chelsea-eo"]
    body = world.submission_for(world.COMPILED["EO"])
    client.get(f"/api/v1/visits/{visit}")
    with count_queries() as counting:
        assert client.put(f"/api/v1/visits/{visit}/submission", json=body).status_code == 201
    assert counting.number <= 30, chr(10).join(s.replace(chr(10), " ")[:230] for s in counting.statements)


def test_the_list_is_filtered(client_of: Callable, submitted: dict[str, Any]) -> None:
    def found(query: str, login: str = "alice") -> set[str]:
        ids = {row["id"] for row in client_of(login).get(f"/api/v1/visits?{query}").json["items"]}
        return {name for name, id_ in world.VISITS.items() if str(id_) in ids}

    tiny, chelsea = world.WAVES["TINY"], world.person_id("chelsea")
    assert found(f"wave={tiny}") == {"chelsea-tiny", "grace-tiny", "dan-tiny"}
    assert found(f"store={world.ONE}&method=covert") == {"chelsea-tiny", "chelsea-eo"}
    assert found("state=submitted") == {"chelsea-tiny"}
    assert found(f"auditor={chelsea}") == {"chelsea-tiny", "chelsea-eo"}
    assert found("auditor=me", "grace") == {"grace-tiny", "grace-rf"}
    assert found("auditor=me") == set()
    assert found("failed=T-1-01") == set()


def test_the_list_finds_the_visits_that_failed_a_checkpoint(client_of: Callable) -> None:
    for login, wanted in (("chelsea", "fail"), ("grace", "pass")):
        body = world.submission_for(world.COMPILED["TINY"], {"T-1-02": wanted})
        client_of(login).put(f"/api/v1/visits/{world.VISITS[f'{login}-tiny']}/submission", json=body)
    rows = client_of("bob").get(f"/api/v1/visits?wave={world.WAVES['TINY']}&failed=T-1-02").json["items"]
    assert [row["id"] for row in rows] == [str(CHELSEA)]


def test_the_list_is_paged_whole(client_of: Callable) -> None:
    many(7)
    client, seen, cursor = client_of("alice"), [], None
    for _ in range(10):
        answer = client.get("/api/v1/visits", query_string={"limit": 4} | ({"after": cursor} if cursor else {})).json
        seen += [row["id"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 13


@pytest.mark.parametrize(
    "query", ["state=odd", "wave=x", "auditor=x", "method=odd", "limit=0", "limit=201", "after=x", "odd=1", "failed="]
)
def test_a_list_asked_for_nonsense_is_refused(client_of: Callable, query: str) -> None:
    assert client_of("alice").get(f"/api/v1/visits?{query}").status_code == 422


def test_plain_values_are_json() -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal
    from uuid import UUID

    value = {"a": [datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)], "b": (UUID(int=1), Decimal("1.50")), 3: None}
    assert answering.plain(value) == {
        "a": ["2026-01-01T00:00:00+00:00", "2026-01-01"],
        "b": ["00000000-0000-0000-0000-000000000001", 1.5],
        "3": None,
    }


def test_the_system_reads_all(writing: None) -> None:
    visits = db.session.query(Visit).all()
    assert len(answering.describe_rows(SYSTEM, visits)) == 6
    assert answering.describe_rows(SYSTEM, []) == []
