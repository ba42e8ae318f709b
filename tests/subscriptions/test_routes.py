"""Subscriptions and messages over HTTP: made, changed, refused, and for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from backend.accounts.models import Person
from backend.core.db import transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from tests import world
from tests.subscriptions.conftest import (
    API,
    CHELSEA,
    GRACE,
    LOOPBACK,
    RED_LINE,
    WEEKLY,
    deliveries,
    kept,
    mail_at,
    set_up,
    subscription,
)

pytestmark = pytest.mark.usefixtures("only_own_jobs")
HOOK = "https://hooks.example.com/mingcha"


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.json
    return {fault["field"]: fault["code"] for fault in answer.json["errors"]}


def give_address(login: str, address: str) -> None:
    with transaction(writes=True) as session:
        session.execute(update(Person).where(Person.login == login).values(email=address))


def test_a_subscription_is_made_changed_and_dropped(client_of: Callable) -> None:
    alice, id_ = client_of("alice"), new_id()
    made = alice.put(f"{API}/{id_}", json=WEEKLY | {"programme": world.PROGRAMME_CODE})
    assert made.status_code == 201
    assert {name: made.json[name] for name in ("kind", "programme", "weekday", "hour", "active", "email", "webhook")} == {
        "kind": "weekly_summary", "programme": world.PROGRAMME_CODE, "weekday": 1, "hour": 9, "active": True,
        "email": False, "webhook": None,
    }  # fmt: skip
    again = alice.put(f"{API}/{id_}", json=WEEKLY | {"programme": world.PROGRAMME_CODE})
    assert (again.status_code, again.json) == (200, made.json)
    off = alice.put(f"{API}/{id_}", json=WEEKLY | {"active": False})
    assert (off.json["active"], off.json["due_at"], off.json["programme"]) == (False, None, None)
    assert alice.get(f"{API}/{id_}").json == off.json
    names = [event.name for event in kept(Event) if event.name.startswith("subscription.")]
    assert names == ["subscription.created", "subscription.changed"]
    assert alice.delete(f"{API}/{id_}").status_code == 204
    assert alice.get(f"{API}/{id_}").status_code == 404
    assert alice.delete(f"{API}/{id_}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "gossip"}, "kind"),
        ({}, "kind"),
        (WEEKLY | {"weekday": 8}, "weekday"),
        (WEEKLY | {"hour": 24}, "hour"),
        (WEEKLY | {"hour": "x"}, "hour"),
        ({"kind": "weekly_summary"}, "weekday"),
        ({"kind": "weekly_summary", "weekday": 1}, "weekday"),
        (RED_LINE | {"hour": 3}, "weekday"),
        (RED_LINE | {"programme": "NONE"}, "programme"),
        (RED_LINE | {"colour": 1}, "colour"),
        (RED_LINE | {"email": True}, "email"),
        (RED_LINE | {"address": "x@y.cn\r\nBcc: z@y.cn"}, "address"),
        (RED_LINE | {"webhook": "http://example.com"}, "webhook"),
        (RED_LINE | {"webhook": "https://127.0.0.1/"}, "webhook"),
        (RED_LINE | {"webhook": "x" * 501}, "webhook"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(client_of: Callable, body: dict[str, Any], field: str) -> None:
    answer = client_of("alice").put(f"{API}/{new_id()}", json=body)
    assert field in faults(answer)


def test_mail_needs_a_server_and_an_address(app: Flask, client_of: Callable) -> None:
    bob, wanted = client_of("bob"), RED_LINE | {"email": True}
    assert faults(bob.put(f"{API}/{new_id()}", json=wanted)) == {"email": "mail-not-set-up"}
    set_up(app, mail=mail_at(1))
    assert faults(bob.put(f"{API}/{new_id()}", json=wanted)) == {"address": "address-missing"}
    give_address("bob", "not an address")
    assert faults(bob.put(f"{API}/{new_id()}", json=wanted)) == {"address": "address-missing"}
    give_address("bob", "bob@example.com")
    answer = bob.put(f"{API}/{new_id()}", json=wanted)
    assert (answer.status_code, answer.json["writes_to"], answer.json["confirmed"]) == (201, "bob@example.com", True)
    assert bob.get(API).json["choices"] == {
        "email": True, "address": "bob@example.com", "webhook": False, "time_zone": "Asia/Shanghai",
    }  # fmt: skip


def test_an_own_address_is_asked_before_anything_else_is_sent(app: Flask, client_of: Callable, subscribe) -> None:
    set_up(app, mail=mail_at(1))
    id_ = subscribe("bob", email=True, address="other@example.com")
    assert [each.kind for each in deliveries()] == ["confirm"]
    told = client_of("bob").get(f"{API}/{id_}").json
    assert (told["confirmed"], told["writes_to"]) == (False, None)
    assert client_of("bob").post(f"{API}/{id_}/test").json["code"] == "no-channel"
    assert client_of("bob").post(f"{API}/{id_}/confirmation").status_code == 202
    assert (
        client_of("bob").put(f"{API}/{id_}", json=RED_LINE | {"email": True, "address": "other@example.com"}).json
        == told
    )
    assert len(deliveries()) == 2


def test_nobody_is_pestered_through_us(app: Flask, client_of: Callable, subscribe) -> None:
    set_up(app, mail=mail_at(1))
    id_, bob = subscribe("bob", email=True, address="a0@example.com"), client_of("bob")
    answers = [
        bob.put(f"{API}/{id_}", json=RED_LINE | {"email": True, "address": f"a{n}@example.com"}).status_code
        for n in range(1, 11)
    ]
    assert answers == [200] * 9 + [429]
    assert bob.post(f"{API}/{id_}/confirmation").json["code"] == "too-many-confirmations"


def test_the_bound_on_confirmations_outlives_the_subscription(app: Flask, client_of: Callable, subscribe) -> None:
    set_up(app, mail=mail_at(1))
    bob = client_of("bob")
    for n in range(10):
        id_ = subscribe("bob", email=True, address=f"a{n}@example.com")
        assert bob.delete(f"{API}/{id_}").status_code == 204
    answer = bob.put(f"{API}/{new_id()}", json=RED_LINE | {"email": True, "address": "a11@example.com"})
    assert answer.status_code == 429


def test_webhooks_are_for_planners(client_of: Callable, subscribe) -> None:
    answer = client_of("bob").put(f"{API}/{new_id()}", json=RED_LINE | {"webhook": HOOK})
    assert faults(answer) == {"webhook": "webhook-not-permitted"}
    id_ = subscribe("alice", webhook=HOOK)
    first, second = (client_of("alice").post(f"{API}/{id_}/secret") for _ in range(2))
    assert (first.status_code, first.headers["Cache-Control"]) == (201, "no-store")
    assert first.json["secret"] != second.json["secret"]
    assert "whsec_" not in client_of("alice").get(f"{API}/{id_}").get_data(as_text=True)
    assert client_of("alice").get(f"{API}/{id_}").json["has_secret"]
    assert "whsec_" not in str([event.data for event in kept(Event)])
    assert client_of("bob").post(f"{API}/{id_}/secret").status_code == 403


def test_twenty_subscriptions_are_enough(client_of: Callable, subscribe) -> None:
    for _ in range(20):
        subscribe("bob")
    answer = client_of("bob").put(f"{API}/{new_id()}", json=RED_LINE)
    assert (answer.status_code, answer.json["code"]) == (409, "too-many-subscriptions")
    page = client_of("bob").get(f"{API}?limit=15").json
    rest = client_of("bob").get(API, query_string={"after": page["next"]}).json
    assert (len(page["items"]), len(rest["items"])) == (15, 5)


def test_what_is_anothers_is_not_there(client_of: Callable, subscribe, red, inbox, app: Flask) -> None:
    set_up(app, webhook_private=LOOPBACK)
    id_ = subscribe("alice", webhook="http://127.0.0.1:9999/")
    client_of("alice").post(f"{API}/{id_}/test")
    (delivery,) = deliveries()
    red(CHELSEA)
    message = inbox("alice")[0]["id"]
    bob = client_of("bob")
    asked = [
        bob.get(f"{API}/{id_}"), bob.put(f"{API}/{id_}", json=RED_LINE), bob.delete(f"{API}/{id_}"),
        bob.post(f"{API}/{id_}/test"), bob.post(f"{API}/{id_}/confirmation"), bob.put(f"{API}/{id_}/resumption"),
        bob.get(f"{API}/{id_}/deliveries"), bob.post(f"{API}/{id_}/deliveries/{delivery.id}/again"),
        bob.put(f"/api/v1/messages/{message}/read"),
    ]  # fmt: skip
    assert [answer.status_code for answer in asked] == [404] * len(asked)
    own = subscribe("bob")
    assert bob.post(f"{API}/{own}/deliveries/{delivery.id}/again").status_code == 404
    assert bob.get("/api/v1/messages").json["items"] == []
    assert client_of("alice").get(f"{API}/{id_}").json["active"]


@pytest.mark.parametrize(
    ("login", "status"), [(None, 401), ("chelsea", 403), ("dan", 403), ("erin", 200), ("frank", 200)]
)
def test_who_reads_reports_subscribes(client_of: Callable, login: str | None, status: int) -> None:
    assert client_of(login).get(API).status_code == status
    put = client_of(login).put(f"{API}/{new_id()}", json=RED_LINE).status_code
    assert put == {200: 201}.get(status, status)


def test_messages_are_counted_read_and_paged(client_of: Callable, subscribe, red, inbox) -> None:
    subscribe("alice")
    red(CHELSEA, GRACE)
    alice = client_of("alice")

    def unread() -> int:
        return alice.get("/api/v1/messages/unread").json["unread"]

    assert unread() == 2
    newest, oldest = inbox("alice")
    page = alice.get("/api/v1/messages?limit=1").json
    rest = alice.get("/api/v1/messages", query_string={"limit": 1, "after": page["next"]}).json
    assert ([each["id"] for each in page["items"] + rest["items"]], rest["next"]) == (
        [newest["id"], oldest["id"]],
        None,
    )
    first, again = (alice.put(f"/api/v1/messages/{oldest['id']}/read") for _ in range(2))
    assert first.json == again.json
    assert first.json["read_at"] is not None
    assert (unread(), [each["id"] for each in inbox("alice", unread=True)]) == (1, [newest["id"]])
    assert alice.put("/api/v1/messages/read", json={"until": oldest["at"]}).json == {"unread": 1}
    assert alice.put("/api/v1/messages/read", json={"until": newest["at"]}).json == {"unread": 0}
    assert alice.put("/api/v1/messages/read", json={"until": "soon"}).status_code == 422
    assert alice.put("/api/v1/messages/read", json={"until": "9999-12-31T23:59:59-23:00"}).status_code < 500


@pytest.mark.parametrize("token", ["", "x", "A" * 75, "é" * 20, "x" * 300, None])
def test_made_up_links_open_nothing(client_of: Callable, token: str | None) -> None:
    nobody = client_of(None)
    assert nobody.post("/api/v1/confirmations", json={"token": token}).status_code in {410, 422}
    given = {} if token is None else {"token": token}
    assert nobody.post("/api/v1/unsubscribe", query_string=given).status_code in {410, 422}


def test_a_webhook_of_before_is_kept_by_one_who_lost_the_role(client_of: Callable, subscribe) -> None:
    id_ = subscribe("alice", webhook=HOOK)
    with transaction(writes=True) as session:
        from backend.accounts.models import PersonMembership

        mine = PersonMembership.person_id == world.person_id("alice")
        session.execute(update(PersonMembership).where(mine).values(role="analyst"))
    assert client_of("alice").put(f"{API}/{id_}", json=RED_LINE | {"webhook": HOOK}).status_code == 200
    other = client_of("alice").put(f"{API}/{id_}", json=RED_LINE | {"webhook": f"{HOOK}2"})
    assert faults(other) == {"webhook": "webhook-not-permitted"}
    assert subscription(id_).webhook_url == HOOK
