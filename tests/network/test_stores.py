"""Stores, regions, groups and brands through their routes: who may, dated membership, repeats, hostile bodies."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import event, select

from backend.accounts.models import PersonMembership
from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.core.permissions import Role
from backend.network import queries
from backend.network.models import Brand, Group, Region, Store, StoreMembership
from tests import world

API = "/api/v1"
STORES = f"{API}/stores"
PLACE = {"lat": 31.2, "lon": 121.4, "datum": "GCJ-02"}


def five(**changes) -> dict:
    return {
        "code": "FIVE",
        "name": "五号店",
        "city": "北京",
        **PLACE,
        "region_id": str(world.EAST),
        "group_id": str(world.SUN),
        **changes,
    }


def planner_of(client_of: Callable, kind: ScopeKind, scope_id):
    with transaction(writes=True):
        for row in db.session.query(PersonMembership).filter_by(person_id=world.person_id("gina")):
            db.session.delete(row)
        db.session.add(
            PersonMembership(
                id=new_id(), person_id=world.person_id("gina"), role=Role.PLANNER, scope_kind=kind, scope_id=scope_id
            )
        )
    return client_of("gina")


def history(store_id) -> list[tuple]:
    with transaction(writes=False):
        rows = db.session.scalars(
            select(StoreMembership).where(StoreMembership.store_id == store_id).order_by(StoreMembership.starts_on)
        )
        names = {world.EAST: "EAST", world.WEST: "WEST", world.SUN: "SUN", world.MOON: "MOON", None: None}
        return [
            (
                names[row.region_id],
                names[row.group_id],
                row.starts_on.isoformat(),
                row.ends_on and row.ends_on.isoformat(),
            )
            for row in rows
        ]


def events(name: str) -> list[Event]:
    with transaction(writes=False):
        return list(db.session.scalars(select(Event).where(Event.name == name)))


def test_a_store_is_recorded_and_read_back(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{STORES}/{new_id()}"
    made = alice.put(
        address, json=five(opened_on="2020-02-29", staff_informed_on="2026-01-05", staff_informed_by="李雷")
    )
    assert made.status_code == 201
    assert five().items() <= made.json.items()
    assert (made.json["brand_id"], made.json["opened_on"]) == (str(world.BRAND), "2020-02-29")
    assert made.headers["ETag"] == '"1"'
    assert alice.get(address).json == made.json
    again = alice.put(
        address, json=five(opened_on="2020-02-29", staff_informed_on="2026-01-05", staff_informed_by="李雷")
    )
    assert (again.status_code, again.json) == (200, made.json)
    assert (len(events("store.created")), events("store.changed")) == (1, [])


def test_the_smallest_store_has_a_code_and_a_name(client_of: Callable) -> None:
    made = client_of("alice").put(f"{STORES}/{new_id()}", json={"code": "S", "name": "S"})
    assert made.status_code == 201
    assert (made.json["region_id"], made.json["lat"], made.json["datum"]) == (None, None, None)


def test_a_change_moves_the_revision_and_is_recorded(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{STORES}/{world.ONE}"
    changed = alice.put(address, json={"code": "ONE", "name": "一号店", **PLACE}, headers={"If-Match": '"1"'})
    assert (changed.json["name"], changed.json["revision"], changed.headers["ETag"]) == ("一号店", 2, '"2"')
    assert (changed.json["region_id"], changed.json["group_id"]) == (str(world.EAST), str(world.SUN))
    assert alice.put(address, json=five(), headers={"If-Match": '"1"'}).status_code == 412
    assert [each.data["moved"] for each in events("store.changed")] == [False]


def test_a_new_region_closes_the_old_membership_the_day_before(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{STORES}/{world.ONE}"
    body = {"code": "ONE", "name": "ONE 店", "region_id": str(world.WEST), "member_from": "2026-06-01"}
    moved = alice.put(address, json=body)
    assert moved.status_code == 200
    assert history(world.ONE) == [("EAST", "SUN", "2025-01-01", "2026-06-01"), ("WEST", "SUN", "2026-06-01", None)]
    again = alice.put(address, json=body)
    assert (again.json["revision"], again.json) == (2, moved.json)
    assert len(history(world.ONE)) == 2


def test_a_move_without_a_date_counts_from_today(app: Flask, client_of: Callable) -> None:
    client_of("alice").put(f"{STORES}/{world.ONE}", json={"code": "ONE", "name": "x", "group_id": None})
    today = queries.today()
    assert history(world.ONE)[-1] == ("EAST", None, today.isoformat(), None)
    assert client_of("alice").get(f"{STORES}/{world.ONE}").json["group_id"] is None


def test_a_move_on_the_day_of_the_last_move_corrects_it(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{STORES}/{world.ONE}"
    for region in (world.WEST, world.EAST):
        alice.put(address, json={"code": "ONE", "name": "x", "region_id": str(region), "member_from": "2026-06-01"})
    assert history(world.ONE) == [("EAST", "SUN", "2025-01-01", "2026-06-01"), ("EAST", "SUN", "2026-06-01", None)]


def test_a_move_in_the_past_lasts_until_the_next_recorded_one(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{STORES}/{world.ONE}"
    for region, day in ((world.WEST, "2026-06-01"), (world.WEST, "2026-03-01"), (world.WEST, "2024-01-01")):
        alice.put(address, json={"code": "ONE", "name": "x", "region_id": str(region), "member_from": day})
    assert history(world.ONE) == [
        ("WEST", "SUN", "2024-01-01", "2025-01-01"),
        ("EAST", "SUN", "2025-01-01", "2026-03-01"),
        ("WEST", "SUN", "2026-03-01", "2026-06-01"),
        ("WEST", "SUN", "2026-06-01", None),
    ]


def test_the_same_parents_from_an_earlier_day_lengthen_the_first_membership(client_of: Callable) -> None:
    body = {"code": "ONE", "name": "x", "region_id": str(world.EAST), "member_from": "2020-01-01"}
    for _ in range(2):
        client_of("alice").put(f"{STORES}/{world.ONE}", json=body)
    assert history(world.ONE) == [("EAST", "SUN", "2020-01-01", None)]


def test_every_day_has_one_membership_however_stores_move(client_of: Callable) -> None:
    """Moves in any order never leave two rows for one day, nor a hole after the first."""
    alice, address = client_of("alice"), f"{STORES}/{world.ONE}"
    for number in (7, 2, 9, 2, 4, 7, 1):
        region = (world.EAST, world.WEST)[number % 2]
        alice.put(
            address, json={"code": "ONE", "name": "x", "region_id": str(region), "member_from": f"2026-0{number}-01"}
        )
        rows = history(world.ONE)
        assert all(row[3] == later[2] for row, later in pairwise(rows))
        assert rows[-1][3] is None
        with transaction(writes=False):
            for month in range(1, 13):
                found = db.session.execute(queries.membership_on(date(2026, month, 15)).select()).all()
                assert len([row for row in found if row.store_id == world.ONE]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region_id": str(new_id())}, "region_id"),
        ({"group_id": str(world.EAST)}, "group_id"),
        ({"brand_id": str(new_id())}, "brand_id"),
        ({"code": "  "}, "code"),
        ({"code": "a\nb"}, "code"),
        ({"code": " a"}, "code"),
        ({"lat": None}, "lat"),
        ({"lon": None}, "lon"),
        ({"opened_on": "2026-01-02", "closed_on": "2026-01-01"}, "closed_on"),
        ({"lat": 90.1}, "lat"),
        ({"lat": -91}, "lat"),
        ({"lon": 180.5}, "lon"),
        ({"lon": "x"}, "lon"),
        ({"datum": "ED50"}, "datum"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"code": "x" * 51}, "code"),
        ({"name": "x" * 100_000}, "name"),
        ({"opened_on": "yesterday"}, "opened_on"),
        ({"opened_on": "2026-02-30"}, "opened_on"),
        ({"region_id": "x"}, "region_id"),
        ({"surprise": 1}, "surprise"),
        ({"member_from": 7}, "member_from"),
        ({"lat": True}, "lat"),
    ],
)
def test_what_is_wrong_is_named(client_of: Callable, changes: dict, field: str) -> None:
    address = f"{STORES}/{new_id()}"
    answer = client_of("alice").put(address, json=five(**changes))
    if changes == {"lat": True}:
        assert answer.status_code < 500
        return
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == [field]
    assert client_of("alice").get(address).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b'{"code":"\\u0000","name":"x"}',
        b'{"code":"\\ud800","name":"x"}',
        b'{"code":"a","name":"x","lat":NaN,"lon":1}',
        b'{"code":"a","name":"x","lat":1e999,"lon":1}',
        b'{"code":{"$gt":""},"name":["x"]}',
        b'{"code":"a","code":"b","name":"x"}',
    ],
)
def test_hostile_bodies_are_refused(client_of: Callable, raw: bytes) -> None:
    answer = client_of("alice").put(f"{STORES}/{new_id()}", data=raw, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_emoji_are_a_fine_name(client_of: Callable) -> None:
    assert client_of("alice").put(f"{STORES}/{new_id()}", json=five(name="😀店")).json["name"] == "😀店"


def test_a_code_belongs_to_one_store_of_a_brand(client_of: Callable) -> None:
    answer = client_of("alice").put(f"{STORES}/{new_id()}", json=five(code="ONE"))
    assert (answer.status_code, answer.json["code"]) == (409, "code-taken")
    other = str(new_id())
    assert client_of("alice").put(f"{API}/brands/{other}", json={"code": "B2", "name": "B2"}).status_code == 201
    body = {"code": "ONE", "name": "x", "brand_id": other}
    assert client_of("alice").put(f"{STORES}/{new_id()}", json=body).status_code == 201
    unclear = client_of("alice").put(f"{STORES}/{new_id()}", json={"code": "Q", "name": "x"})
    assert unclear.json["errors"][0]["code"] == "brand-missing"
    moved = client_of("alice").put(f"{STORES}/{world.ONE}", json={"code": "ONE", "name": "x", "brand_id": other})
    assert moved.json["errors"][0]["code"] == "brand-fixed"
    foreign = client_of("alice").put(f"{STORES}/{new_id()}", json=five(brand_id=other))
    assert {each["code"] for each in foreign.json["errors"]} == {"brand-differs"}


def test_six_planners_recording_one_store_at_once(client_of: Callable) -> None:
    address, answers = f"{STORES}/{new_id()}", []

    def put(client) -> None:
        answers.append(client.put(address, json=five()))

    threads = [threading.Thread(target=put, args=(client_of("alice"),)) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.data for answer in answers}) == 1


def test_moves_of_one_store_at_once_leave_no_overlap(client_of: Callable) -> None:
    def put(client, number: int) -> None:
        body = {
            "code": "ONE",
            "name": "x",
            "region_id": str((world.EAST, world.WEST)[number % 2]),
            "member_from": f"2026-01-{number + 1:02}",
        }
        assert client.put(f"{STORES}/{world.ONE}", json=body).status_code == 200

    threads = [threading.Thread(target=put, args=(client_of("alice"), number)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    rows = history(world.ONE)
    assert all(row[3] == later[2] for row, later in pairwise(rows))


@pytest.mark.parametrize("login", ["bob", "chelsea", "dan", "erin", "frank", "gina", None])
def test_only_planners_write(client_of: Callable, login: str | None) -> None:
    client, status = client_of(login), 403 if login else 401
    for path in (f"stores/{world.ONE}", f"regions/{world.EAST}", f"groups/{world.SUN}", f"brands/{world.BRAND}"):
        assert client.put(f"{API}/{path}", json={"code": "x", "name": "x"}).status_code == status
    assert client.post(f"{STORES}/import", data=b"code,name\nX,x\n", content_type="text/csv").status_code == status


@pytest.mark.parametrize(
    ("login", "codes"),
    [
        ("alice", ["FOUR", "ONE", "THREE", "TWO"]),
        ("bob", ["FOUR", "ONE", "THREE", "TWO"]),
        ("erin", ["ONE"]),
        ("steve", ["TWO"]),
        ("frank", ["ONE", "TWO"]),
        ("gina", ["ONE", "THREE"]),
    ],
)
def test_everybody_reads_their_own_stores(client_of: Callable, login: str, codes: list[str]) -> None:
    client = client_of(login)
    assert [each["code"] for each in client.get(STORES).json["items"]] == codes
    for code, store_id in world.STORES.items():
        assert client.get(f"{STORES}/{store_id}").status_code == (200 if code in codes else 404)
    assert client.get(f"{STORES}/{new_id()}").status_code == 404
    assert client.get(f"{STORES}/nonsense").status_code == 404


def test_the_field_reads_no_list_of_stores(client_of: Callable) -> None:
    for login in ("chelsea", "dan"):
        for path in ("stores", f"stores/{world.ONE}", "regions", "groups", "brands"):
            assert client_of(login).get(f"{API}/{path}").status_code == 403


def test_stores_are_found_by_text_region_and_group(client_of: Callable) -> None:
    client_of("alice").put(f"{STORES}/{new_id()}", json=five(code="100%", region_id=None, group_id=None))

    def codes(login: str = "alice", **query) -> list[str]:
        answer = client_of(login).get(STORES, query_string=query)
        return [each["code"] for each in answer.json["items"]]

    assert codes(q="t") == ["THREE", "TWO"]
    assert codes(q="上海") == ["FOUR", "ONE", "THREE", "TWO"]
    assert codes(q="%") == ["100%"]
    assert codes(q="_") == []
    assert codes(region=world.EAST) == ["ONE", "TWO"]
    assert codes(region=world.EAST, group=world.MOON) == ["TWO"]
    assert codes("frank", region=world.WEST) == []
    assert codes(region=new_id()) == []


@pytest.mark.parametrize(
    "query",
    [
        {"region": "x"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"after": "x"},
        {"after": "e30"},
        {"q": "x" * 100_000},
        {"surprise": 1},
        {"after": "W10"},
        {"after": "WyJcdTAwMDAiLCJ4Il0"},
    ],
)
def test_hostile_queries_are_refused(client_of: Callable, query: dict) -> None:
    assert client_of("alice").get(STORES, query_string=query).status_code == 422


def test_nul_in_a_query_is_no_fault_of_ours(client_of: Callable) -> None:
    assert client_of("alice").get(STORES, query_string={"q": "a\x00b"}).status_code < 500


def test_stores_come_in_pages_without_gaps(client_of: Callable) -> None:
    found, after = [], None
    while True:
        answer = client_of("alice").get(STORES, query_string={"limit": 1, **({"after": after} if after else {})}).json
        found += [each["code"] for each in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert found == ["FOUR", "ONE", "THREE", "TWO"]


def test_a_page_of_stores_costs_three_queries_however_long(app: Flask, client_of: Callable) -> None:
    with transaction(writes=True):
        for number in range(100):
            store = Store(id=new_id(), brand_id=world.BRAND, code=f"N{number:03}", name="x", updated_at=world.MADE_AT)
            db.session.add(store)
            db.session.flush()
            db.session.add(
                StoreMembership(
                    id=new_id(), store_id=store.id, region_id=world.EAST, group_id=world.SUN, starts_on=date(2025, 1, 1)
                )
            )
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    answer = client_of("frank").get(STORES, query_string={"limit": 100})
    assert len(answer.json["items"]) == 100
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 3


def test_lists_stay_on_their_indexes(app: Flask, engine: str, client_of: Callable) -> None:
    """SQLite tells its plan plainly: no full scan of memberships for a manager's list."""
    if engine != "sqlite":
        return
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith("SELECT stores."):
            plan = connection.connection.driver_connection.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            plans.extend(row[3] for row in plan)

    event.listen(db.engine, "before_cursor_execute", explain)
    client_of("frank").get(STORES)
    client_of("alice").get(STORES)
    assert plans
    assert not [step for step in plans if step.startswith("SCAN store_memberships")], plans
    assert not [step for step in plans if step == "SCAN stores"], plans


def test_a_planner_of_a_region_writes_inside_it_only(client_of: Callable) -> None:
    gina = planner_of(client_of, ScopeKind.REGION, world.EAST)
    fresh = f"{STORES}/{new_id()}"
    assert gina.put(fresh, json=five()).status_code == 201
    assert gina.put(fresh, json=five(name="x")).status_code == 200
    assert (
        gina.put(f"{STORES}/{new_id()}", json=five(code="S6", region_id=None, group_id=None)).json["code"]
        == "outside-scope"
    )
    assert gina.put(f"{STORES}/{world.THREE}", json={"code": "THREE", "name": "x"}).status_code == 404
    away = {"code": "ONE", "name": "x", "region_id": str(world.WEST)}
    assert gina.put(f"{STORES}/{world.ONE}", json=away).status_code == 422
    orphan = {"code": "ONE", "name": "x", "region_id": None}
    assert gina.put(f"{STORES}/{world.ONE}", json=orphan).json["code"] == "outside-scope"
    for path in (f"regions/{world.EAST}", f"regions/{new_id()}", f"groups/{new_id()}", f"brands/{world.BRAND}"):
        assert gina.put(f"{API}/{path}", json={"code": "x", "name": "x"}).status_code == 403
    assert gina.put(f"{API}/regions/{world.WEST}", json={"code": "x", "name": "x"}).status_code == 404


def test_a_planner_of_a_brand_makes_its_regions_but_no_brand(client_of: Callable) -> None:
    gina = planner_of(client_of, ScopeKind.BRAND, world.BRAND)
    assert gina.put(f"{API}/regions/{new_id()}", json={"code": "NORTH", "name": "华北"}).status_code == 201
    assert gina.put(f"{API}/brands/{world.BRAND}", json={"code": "TB", "name": "新名"}).json["name"] == "新名"
    assert gina.put(f"{API}/brands/{new_id()}", json={"code": "B2", "name": "B2"}).status_code == 403


@pytest.mark.parametrize(("kind", "table"), [("regions", Region), ("groups", Group)])
def test_regions_and_groups_are_recorded_once(client_of: Callable, kind: str, table) -> None:
    alice, address = client_of("alice"), f"{API}/{kind}/{new_id()}"
    made = alice.put(address, json={"code": "NORTH", "name": "北"})
    assert (made.status_code, made.json["brand_id"]) == (201, str(world.BRAND))
    assert alice.put(address, json={"code": "NORTH", "name": "北"}).status_code == 200
    assert alice.put(address, json={"code": "NORTH", "name": "华北"}).json["name"] == "华北"
    taken = alice.put(f"{API}/{kind}/{new_id()}", json={"code": "NORTH", "name": "x"})
    assert (taken.status_code, taken.json["code"]) == (409, "code-taken")
    assert "NORTH" in [each["code"] for each in alice.get(f"{API}/{kind}").json["items"]]
    assert alice.put(f"{API}/{kind}/{new_id()}", json={"code": "\x00", "name": "x"}).status_code in {400, 422}
    with transaction(writes=False):
        assert db.session.query(table).filter_by(code="NORTH").count() == 1


def test_two_regions_of_one_code_at_once(client_of: Callable) -> None:
    statuses: list[int] = []

    def put(client) -> None:
        statuses.append(client.put(f"{API}/regions/{new_id()}", json={"code": "N", "name": "N"}).status_code)

    threads = [threading.Thread(target=put, args=(client_of("alice"),)) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(statuses) == [201] + [409] * 5


def test_managers_read_the_names_of_their_own_parts(client_of: Callable) -> None:
    assert [each["code"] for each in client_of("erin").get(f"{API}/regions").json["items"]] == ["EAST"]
    assert [each["code"] for each in client_of("erin").get(f"{API}/groups").json["items"]] == ["SUN"]
    assert [each["code"] for each in client_of("erin").get(f"{API}/brands").json["items"]] == ["TB"]


def test_a_store_that_moves_away_leaves_the_managers_list(client_of: Callable) -> None:
    tomorrow = queries.today() + timedelta(days=1)
    body = {"code": "TWO", "name": "x", "region_id": str(world.WEST)}
    client_of("alice").put(f"{STORES}/{world.TWO}", json={**body, "member_from": tomorrow.isoformat()})
    assert client_of("frank").get(f"{STORES}/{world.TWO}").status_code == 200
    client_of("alice").put(f"{STORES}/{world.TWO}", json=body)
    assert client_of("frank").get(f"{STORES}/{world.TWO}").status_code == 404


def test_without_any_brand_a_store_cannot_be_placed(writing: None) -> None:
    from backend.core.actor import SYSTEM
    from backend.core.problems import FieldsInvalid
    from backend.network import service

    db.session.add(Brand(id=new_id(), code="B2", name="B2"))
    db.session.flush()
    with pytest.raises(FieldsInvalid):
        service.put_store(SYSTEM, new_id(), {"code": "x", "name": "x"})
