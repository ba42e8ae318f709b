"""People: recording, finding, inviting, switching off, lost devices; and who may not."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, select

from backend.accounts import queries, service
from backend.accounts.models import Person, PersonMembership
from backend.core.actor import SYSTEM, Membership, ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.core.permissions import Role
from tests import world
from tests.accounts.conftest import API

PEOPLE = f"{API}/people"


def at(login: str, rest: str = "") -> str:
    return f"{PEOPLE}/{world.person_id(login)}{rest}"


def role(name: str, kind: str = "all", scope_id=None) -> dict:
    return {"role": name, "scope_kind": kind, "scope_id": str(scope_id) if scope_id else None}


def henry(**changes) -> dict:
    return {
        "login": "henry",
        "name": "Henry",
        "locale": "en",
        "phone": "13800000000",
        "email": "h@x.cn",
        "roles": [role("shopper")],
        "active": True,
        **changes,
    }


def planner_of(client_of: Callable, login: str, kind: ScopeKind, scope_id):
    """Makes one of the people a planner of a part of the network, and nothing else."""
    with transaction(writes=True):
        for row in db.session.query(PersonMembership).filter_by(person_id=world.person_id(login)):
            db.session.delete(row)
        db.session.add(
            PersonMembership(
                id=new_id(), person_id=world.person_id(login), role=Role.PLANNER, scope_kind=kind, scope_id=scope_id
            )
        )
    return client_of(login)


def events(name: str) -> list[Event]:
    with transaction(writes=False):
        return list(db.session.scalars(select(Event).where(Event.name == name)))


def test_a_person_is_recorded_and_read_back(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{PEOPLE}/{new_id()}"
    made = alice.put(address, json=henry())
    assert made.status_code == 201
    assert {**henry(), "has_password": False, "revision": 1}.items() <= made.json.items()
    assert alice.get(address).json == made.json
    assert made.headers["ETag"] == '"1"'
    assert len(events("person.created")) == 1


def test_the_same_content_again_changes_nothing(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{PEOPLE}/{new_id()}"
    made = alice.put(address, json=henry())
    again = alice.put(address, json=henry())
    assert (again.status_code, again.json) == (200, made.json)
    assert events("person.changed") == []


def test_a_change_is_kept_and_recorded(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{PEOPLE}/{new_id()}"
    alice.put(address, json=henry())
    roles = [role("auditor"), role("store_manager", "store", world.ONE)]
    changed = alice.put(address, json=henry(name="Harry", roles=roles))
    assert (changed.json["name"], changed.json["roles"], changed.json["revision"]) == ("Harry", roles, 2)
    assert [each.data["changed"] for each in events("person.changed")] == [["name"]]


def test_roles_and_active_left_out_stay(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{PEOPLE}/{new_id()}"
    alice.put(address, json=henry(active=False))
    answer = alice.put(address, json={"login": "henry", "name": "Henry"})
    assert (answer.json["roles"], answer.json["active"], answer.json["phone"]) == ([role("shopper")], False, None)


def test_a_stale_revision_is_refused(client_of: Callable) -> None:
    alice, address = client_of("alice"), f"{PEOPLE}/{new_id()}"
    alice.put(address, json=henry())
    assert alice.put(address, json=henry(name="H"), headers={"If-Match": '"7"'}).status_code == 412
    assert alice.put(address, json=henry(name="H"), headers={"If-Match": '"1"'}).status_code == 200


def test_a_login_belongs_to_one_person(client_of: Callable) -> None:
    answer = client_of("alice").put(f"{PEOPLE}/{new_id()}", json=henry(login="BOB"))
    assert (answer.status_code, answer.json["code"]) == (409, "login-taken")
    assert client_of("alice").put(at("bob"), json=henry(login="Bob", name="Bob")).json["login"] == "bob"


def test_two_planners_giving_one_login_at_once(app: Flask, client_of: Callable) -> None:
    statuses: list[int] = []
    clients = [client_of("alice") for _ in range(6)]

    def put(client) -> None:
        statuses.append(client.put(f"{PEOPLE}/{new_id()}", json=henry()).status_code)

    threads = [threading.Thread(target=put, args=(client,)) for client in clients]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(statuses) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        ([role("planner", "region", new_id())], "roles.0.scope_id"),
        ([role("shopper"), role("planner", "store", new_id())], "roles.1.scope_id"),
        ([role("planner", "all", world.EAST)], "roles.0.scope_id"),
        ([role("planner", "region")], "roles.0.scope_id"),
        ([role("regional_manager", "group", world.EAST)], "roles.0.scope_id"),
    ],
)
def test_roles_must_name_parts_that_exist(client_of: Callable, roles: list, place: str) -> None:
    answer = client_of("alice").put(f"{PEOPLE}/{new_id()}", json=henry(roles=roles))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == [place]


@pytest.mark.parametrize(
    "changes",
    [
        {"login": ""},
        {"login": "a b"},
        {"login": "   "},
        {"login": "x" * 100_000},
        {"login": "a\x00"},
        {"login": 7},
        {"login": None},
        {"name": ""},
        {"name": "x" * 100_000},
        {"name": "\x00"},
        {"name": {}},
        {"locale": "fr"},
        {"phone": "9" * 1000},
        {"roles": "shopper"},
        {"roles": [{}]},
        {"roles": [None]},
        {"roles": [{"role": "king", "scope_kind": "all"}]},
        {"roles": [{"role": "shopper", "scope_kind": "moon"}]},
        {"roles": [role("shopper", "store", "x")]},
        {"roles": [role("shopper")] * 201},
        {"roles": None},
        {"active": "perhaps"},
        {"active": None},
        {"surprise": 1},
        {"password_hash": "x"},
        {"id": "x"},
    ],
)
def test_hostile_people_are_refused(client_of: Callable, changes: dict) -> None:
    answer = client_of("alice").put(f"{PEOPLE}/{new_id()}", json=henry(**changes))
    assert 400 <= answer.status_code < 500


def test_emoji_are_a_fine_name(client_of: Callable) -> None:
    assert client_of("alice").put(f"{PEOPLE}/{new_id()}", json=henry(name="😀王芳")).json["name"] == "😀王芳"


@pytest.mark.parametrize("login", ["bob", "chelsea", "dan", "erin", "frank", "gina", None])
def test_only_planners_may_touch_people(client_of: Callable, login: str | None) -> None:
    client, status = client_of(login), 403 if login else 401
    assert client.put(at("erin"), json=henry()).status_code == status
    assert client.post(at("alice", "/invitation")).status_code == status
    assert client.get(at("alice", "/sessions")).status_code == status
    assert client.delete(at("alice", f"/sessions/{new_id()}")).status_code == status
    assert client.delete(at("alice", "/password")).status_code == status
    if login != "bob":
        assert client.get(PEOPLE).status_code == status
        assert client.get(at("bob")).status_code == status


def test_reviewers_read_names_without_phone_numbers(client_of: Callable) -> None:
    address = f"{PEOPLE}/{new_id()}"
    client_of("alice").put(address, json=henry())
    answer = client_of("bob").get(address).json
    assert (answer["name"], answer["phone"], answer["email"]) == ("Henry", None, None)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("POST", "/invitation"),
        ("GET", "/sessions"),
        ("DELETE", f"/sessions/{world.ONE}"),
        ("DELETE", "/password"),
    ],
)
def test_nobody_has_this_id(client_of: Callable, method: str, rest: str) -> None:
    assert client_of("alice").open(f"{PEOPLE}/{new_id()}{rest}", method=method).status_code == 404
    assert client_of("alice").open(f"{PEOPLE}/nonsense{rest}", method=method).status_code == 404


def test_people_are_found_by_role_and_by_part_of_a_name(client_of: Callable) -> None:
    alice = client_of("alice")

    def logins(**query) -> list[str]:
        return [each["login"] for each in alice.get(PEOPLE, query_string=query).json["items"]]

    assert logins() == sorted(world.PEOPLE)
    assert logins(role="shopper") == ["chelsea", "grace"]
    assert logins(q="RA") == ["frank", "grace"]
    assert logins(q="%") == logins(q="_") == logins(q="\\") == []
    assert alice.get(PEOPLE, query_string={"role": "king"}).status_code == 422
    assert alice.get(PEOPLE, query_string={"q": "x" * 100_000}).status_code == 422
    assert alice.get(PEOPLE, query_string={"q": "a\x00"}).status_code < 500


def test_people_come_in_pages(client_of: Callable) -> None:
    alice, found, after = client_of("alice"), [], None
    while True:
        answer = alice.get(PEOPLE, query_string={"limit": 2, **({"after": after} if after else {})}).json
        found += [each["login"] for each in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert found == sorted(world.PEOPLE)
    assert alice.get(PEOPLE, query_string={"after": "nonsense"}).status_code == 422


def test_a_page_of_people_costs_three_queries(app: Flask, client_of: Callable) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client_of("alice").get(PEOPLE)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 3


def test_an_invitation_is_a_link_to_the_right_page(client_of: Callable, browser: Callable) -> None:
    for login, page in (("bob", "/?link="), ("chelsea", "/m/?link="), ("dan", "/m/?link="), ("erin", "/?link=")):
        answer = client_of("alice").post(at(login, "/invitation"))
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        start, secret = answer.json["link"].split("link=")
        assert start + "link=" == f"http://127.0.0.1:8000{page}"
        assert browser().sign_in(link=secret).json["person"]["login"] == login
    assert len(events("person.invited")) == 4


def test_switching_a_person_off_ends_everything_for_good(
    client_of: Callable, browser: Callable, link_of: Callable, with_password: Callable
) -> None:
    password = with_password("bob")
    open_link, bob = link_of("bob"), browser()
    bob.sign_in(link=link_of("bob"))
    body = {"login": "bob", "name": "Bob", "active": False}
    assert client_of("alice").put(at("bob"), json=body).json["active"] is False
    assert bob.open("GET", "/session").status_code == 401
    assert client_of("bob").get(f"{API}/session").status_code == 401
    assert browser().sign_in(link=open_link).status_code == 401
    assert browser().sign_in(login="bob", password=password).status_code == 401
    assert client_of("alice").post(at("bob", "/invitation")).json["code"] == "person-inactive"
    client_of("alice").put(at("bob"), json={**body, "active": True})
    assert bob.open("GET", "/session").status_code == 401
    assert client_of("bob").get(f"{API}/session").status_code == 401
    assert browser().sign_in(link=open_link).json["code"] == "link-expired"
    assert browser().sign_in(login="bob", password=password).status_code == 200


def test_the_last_planner_stays(client_of: Callable) -> None:
    alice = client_of("alice")
    off = alice.put(at("alice"), json={"login": "alice", "name": "Alice", "active": False})
    demoted = alice.put(at("alice"), json={"login": "alice", "name": "Alice", "roles": [role("analyst")]})
    narrowed = alice.put(
        at("alice"), json={"login": "alice", "name": "Alice", "roles": [role("planner", "region", world.EAST)]}
    )
    for answer in (off, demoted, narrowed):
        assert (answer.status_code, answer.json["code"]) == (409, "last-planner")
    assert alice.put(at("alice"), json={"login": "alice", "name": "Alice B."}).status_code == 200
    alice.put(at("bob"), json={"login": "bob", "name": "Bob", "roles": [role("planner")]})
    assert alice.put(at("alice"), json={"login": "alice", "name": "Alice", "active": False}).status_code == 200


def test_two_planners_cannot_both_go(client_of: Callable) -> None:
    for _ in range(3):
        client_of("alice").put(at("bob"), json={"login": "bob", "name": "Bob", "roles": [role("planner")]})
        answers = {}

        def leave(login: str, client, answers=answers) -> None:
            answers[login] = client.put(at(login), json={"login": login, "name": login, "roles": [role("analyst")]})

        threads = [threading.Thread(target=leave, args=(login, client_of(login))) for login in ("alice", "bob")]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
        stayed = next(login for login, answer in answers.items() if answer.status_code == 409)
        again = client_of(stayed).put(at("alice"), json={"login": "alice", "name": "Alice", "roles": [role("planner")]})
        assert again.status_code == 200


def test_a_planner_of_a_part_makes_nobody_mightier(client_of: Callable) -> None:
    gina = planner_of(client_of, "gina", ScopeKind.REGION, world.EAST)
    for roles in (
        [role("planner")],
        [role("shopper")],
        [role("planner", "region", world.WEST)],
        [role("store_manager", "store", world.THREE)],
        [role("analyst", "brand", world.BRAND)],
    ):
        assert gina.put(f"{PEOPLE}/{new_id()}", json=henry(roles=roles)).status_code == 422, roles
        assert gina.put(at("gina"), json={"login": "gina", "name": "G", "roles": roles}).status_code == 422, roles
    fine = [role("planner", "region", world.EAST), role("store_manager", "store", world.ONE)]
    assert gina.put(f"{PEOPLE}/{new_id()}", json=henry(roles=fine)).status_code == 201


def test_a_planner_of_a_part_does_not_enter_as_somebody_mightier(client_of: Callable) -> None:
    gina = planner_of(client_of, "gina", ScopeKind.REGION, world.EAST)
    for login, status in (("alice", 404), ("bob", 404), ("chelsea", 403), ("steve", 201), ("frank", 201)):
        assert gina.post(at(login, "/invitation")).status_code == status, login
    for login, status in (("alice", 404), ("chelsea", 403), ("steve", 200)):
        assert gina.put(at(login), json={"login": login, "name": "X"}).status_code == status, login
        assert gina.delete(at(login, "/password")).status_code == (204 if status == 200 else status), login
        assert gina.get(at(login, "/sessions")).status_code == status, login


def test_a_planner_of_a_part_sees_the_people_of_that_part(client_of: Callable) -> None:
    gina = planner_of(client_of, "gina", ScopeKind.REGION, world.EAST)
    found = [each["login"] for each in gina.get(PEOPLE).json["items"]]
    assert found == ["chelsea", "dan", "erin", "frank", "gina", "grace", "steve"]
    brand = planner_of(client_of, "bob", ScopeKind.BRAND, world.BRAND)
    assert "alice" not in [each["login"] for each in brand.get(PEOPLE).json["items"]]


def test_a_lost_device_is_signed_out_by_a_planner(client_of: Callable, browser: Callable, link_of: Callable) -> None:
    phone, desk = browser(), browser()
    phone.client.environ_base["HTTP_USER_AGENT"] = "Phone \x01" + "x" * 500
    phone.sign_in(link=link_of("chelsea"))
    desk.sign_in(link=link_of("chelsea"))
    items = client_of("alice").get(at("chelsea", "/sessions")).json["items"]
    assert len(items) == 2
    lost = next(each for each in items if each["device"].startswith("Phone "))
    assert len(lost["device"]) == 200
    assert lost["current"] is False
    for _ in range(2):
        assert client_of("alice").delete(at("chelsea", f"/sessions/{lost['id']}")).status_code == 204
    assert [phone.open("GET", "/session").status_code, desk.open("GET", "/session").status_code] == [401, 200]
    assert len(client_of("alice").get(at("chelsea", "/sessions")).json["items"]) == 1
    assert len(events("session.ended")) == 1


def test_a_session_of_somebody_else_is_not_found(client_of: Callable, browser: Callable, link_of: Callable) -> None:
    chelsea, grace = browser(), browser()
    chelsea.sign_in(link=link_of("chelsea"))
    grace.sign_in(link=link_of("grace"))
    [own] = chelsea.open("GET", "/session/devices").json["items"]
    assert own["current"] is True
    assert grace.open("DELETE", f"/session/devices/{own['id']}").status_code == 404
    assert client_of("alice").delete(at("grace", f"/sessions/{own['id']}")).status_code == 404
    assert chelsea.open("DELETE", f"/session/devices/{own['id']}").status_code == 204
    assert chelsea.open("GET", "/session").status_code == 401


def test_a_forgotten_password_is_cleared(
    client_of: Callable, browser: Callable, link_of: Callable, with_password
) -> None:
    password, bob = with_password("bob"), browser()
    bob.sign_in(login="bob", password=password)
    for _ in range(2):
        assert client_of("alice").delete(at("bob", "/password")).status_code == 204
    assert bob.open("GET", "/session").status_code == 401
    assert browser().sign_in(login="bob", password=password).status_code == 401
    bob.sign_in(link=link_of("bob"))
    assert bob.open("PUT", "/session/password", json={"new": "a fresh password"}).status_code == 204


def test_names_and_logins_are_looked_up(writing: None) -> None:
    chelsea = world.person_id("chelsea")
    assert queries.names([chelsea, chelsea, None, new_id()]) == {chelsea: "Chelsea"}
    assert queries.names([]) == {}
    assert queries.person_by_login(" CHELSEA ").id == chelsea
    assert queries.person_by_login("nobody") is None


def test_the_system_may_record_anybody(writing: None) -> None:
    body: service.PersonBody = {"login": "ivy", "name": "Ivy", "roles": [Membership(Role.PLANNER, ScopeKind.ALL, None)]}
    person, created = service.put_person(SYSTEM, new_id(), body)
    assert created
    assert service.actor_of(person).roles == {Role.PLANNER}
    assert service.link_for(person, service.invite(SYSTEM, person)).startswith("http://127.0.0.1:8000/?link=")
    assert isinstance(db.session.get(Person, person.id), Person)
