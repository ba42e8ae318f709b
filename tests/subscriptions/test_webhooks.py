"""Webhooks before a real receiver: what arrives, who can check it, what is tried again, and where nothing goes."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from flask import Flask
from sqlalchemy import update

from backend import certificates
from backend.accounts.models import PersonMembership
from backend.core import clock, outbox
from backend.core.db import transaction
from backend.subscriptions import rules, webhooks
from tests import world
from tests.subscriptions.conftest import (
    API,
    CHELSEA,
    GRACE,
    LOOPBACK,
    Receiver,
    deliver,
    deliveries,
    set_up,
    subscription,
)

pytestmark = pytest.mark.usefixtures("only_own_jobs")


@pytest.fixture
def hooked(subscribe, receiver: Receiver, client_of: Callable) -> tuple[str, str]:
    """alice's red-line subscription with a webhook, and its secret."""
    id_ = subscribe("alice", webhook=receiver.url)
    return id_, client_of("alice").post(f"{API}/{id_}/secret").json["secret"]


def later() -> Any:
    """Long enough for whatever is to be tried again."""
    return clock.set_to(datetime.now(UTC) + timedelta(days=1))


def log_of(client_of: Callable, id_: str) -> list[dict[str, Any]]:
    return client_of("alice").get(f"{API}/{id_}/deliveries").json["items"]


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """The example of docs/subscriptions.md."""
    given = dict(part.split("=", 1) for part in headers["Mingcha-Signature"].split(","))
    made = hmac.new(secret.encode(), given["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, given["v1"]) and abs(time.time() - int(given["t"])) < 300


def test_a_red_line_arrives_signed(hooked, red, receiver: Receiver, client_of: Callable) -> None:
    id_, secret = hooked
    red(CHELSEA)
    (got,) = receiver.got
    (delivery,) = deliveries()
    assert (got.path, got.headers["Mingcha-Kind"]) == ("/hook?x=1", "red_line")
    assert got.headers["Mingcha-Delivery"] == str(delivery.id)
    assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert is_genuine(secret, got.headers, got.body)
    assert not is_genuine(secret, got.headers, got.body + b" ")
    assert not is_genuine("whsec_other", got.headers, got.body)
    told = json.loads(got.body)
    assert (told["id"], told["kind"], told["subscription_id"]) == (str(delivery.id), "red_line", id_)
    assert told["url"] == f"http://127.0.0.1:8000/visits/{world.VISITS[CHELSEA]}"
    assert told["facts"]["visits"][0]["store"]["code"] == "ONE"
    assert b"helsea" not in got.body
    (line,) = log_of(client_of, id_)
    assert (line["state"], line["channel"], len(line["tries"])) == ("sent", "webhook", 1)
    assert line["tries"][0]["status"] == 204
    assert line["tries"][0]["fault"] is None
    assert 0 <= line["tries"][0]["duration_ms"] < 5000


def test_a_new_secret_signs_from_then_on(hooked, red, receiver: Receiver, client_of: Callable) -> None:
    id_, old = hooked
    new = client_of("alice").post(f"{API}/{id_}/secret").json["secret"]
    red(CHELSEA)
    (got,) = receiver.got
    assert is_genuine(new, got.headers, got.body)
    assert not is_genuine(old, got.headers, got.body)


def test_what_fails_is_tried_again_under_the_same_id(hooked, red, receiver: Receiver, client_of: Callable) -> None:
    id_, _secret = hooked
    receiver.status, receiver.body = 503, b"<h1>down\x00</h1>" + b"x" * 5000
    red(CHELSEA)
    (line,) = log_of(client_of, id_)
    assert (line["state"], line["tries"][0]["status"], line["tries"][0]["fault"]["code"]) == ("waiting", 503, "refused")
    assert line["tries"][0]["fault"]["message"] == "The receiver did not take it."
    assert line["tries"][0]["excerpt"].startswith("<h1>down </h1>xx")
    assert len(line["tries"][0]["excerpt"]) == 200
    outbox.drain()
    assert len(receiver.got) == 1
    receiver.status = 200
    with later():
        outbox.drain()
        assert len(receiver.got) == 2
    first, second = receiver.got
    assert first.headers["Mingcha-Delivery"] == second.headers["Mingcha-Delivery"]
    assert first.body == second.body
    assert log_of(client_of, id_)[0]["state"] == "sent"


def test_after_the_last_try_the_webhook_is_off_and_its_owner_told(hooked, red, receiver, client_of, inbox) -> None:
    id_, _secret = hooked
    receiver.status = 500
    red(CHELSEA)
    for day in range(1, 9):
        with clock.set_to(datetime.now(UTC) + timedelta(days=day)):
            outbox.drain()
    assert len(receiver.got) == rules.MOST_TRIES
    assert log_of(client_of, id_)[0]["state"] == "failed"
    with clock.set_to(datetime.now(UTC) + timedelta(days=9)):
        newest, _red_line = inbox("alice")
        assert (newest["kind"], newest["page"]) == ("channel_off", "/subscriptions")
        assert "The receiver did not take it." in newest["lines"][0]["words"]
    told = client_of("alice").get(f"{API}/{id_}").json
    assert (told["active"], told["webhook_fault"]["code"]) == (True, "refused")
    red(GRACE)
    assert len(receiver.got) == rules.MOST_TRIES
    assert len(inbox("alice")) == 3
    assert client_of("alice").put(f"{API}/{id_}/resumption").json["webhook_fault"] is None
    receiver.status = 200
    again = client_of("alice").post(f"{API}/{id_}/deliveries/{deliveries()[0].id}/again")
    assert (again.status_code, again.json["state"]) == (202, "waiting")
    assert client_of("alice").post(f"{API}/{id_}/deliveries/{deliveries()[0].id}/again").status_code == 409
    outbox.drain()
    assert (len(receiver.got), log_of(client_of, id_)[0]["state"]) == (rules.MOST_TRIES + 1, "sent")


def test_gone_means_gone(hooked, red, receiver, client_of) -> None:
    receiver.status = 410
    red(CHELSEA)
    assert client_of("alice").get(f"{API}/{hooked[0]}").json["webhook_fault"]["code"] == "refused"


def test_killed_between_sending_and_writing_down_it_is_sent_twice_and_never_lost(hooked, red, receiver, app) -> None:
    """The worker dies after the request: the row's lease runs out, and another one runs it."""
    real, app.extensions["mingcha.jobs"] = app.extensions["mingcha.jobs"], {}
    jobs = real | {"subscriptions.deliver": lambda _: lambda: None}
    app.extensions["mingcha.jobs"] = jobs
    red(CHELSEA)
    (delivery,) = deliveries()
    from backend.subscriptions.jobs import deliver as job

    job(delivery.id)  # Its conclusion never runs.
    assert len(receiver.got) == 1
    deliver(delivery)
    deliver(delivery)
    assert len({got.headers["Mingcha-Delivery"] for got in receiver.got}) == 1
    assert (len(receiver.got), deliveries()[0].state) == (2, "sent")


def test_a_trial_is_sent_and_told(hooked, receiver: Receiver, client_of: Callable) -> None:
    id_, secret = hooked
    answer = client_of("alice").post(f"{API}/{id_}/test")
    assert (answer.status_code, [each["kind"] for each in answer.json["items"]]) == (202, ["test"])
    outbox.drain()
    (got,) = receiver.got
    assert json.loads(got.body)["kind"] == "test"
    assert is_genuine(secret, got.headers, got.body)
    receiver.status = 404
    client_of("alice").post(f"{API}/{id_}/test")
    outbox.drain()
    assert [line["state"] for line in log_of(client_of, id_)] == ["failed", "sent"]
    assert client_of("alice").get(f"{API}/{id_}").json["webhook_fault"] is None
    page = client_of("alice").get(f"{API}/{id_}/deliveries?limit=1").json
    rest = client_of("alice").get(f"{API}/{id_}/deliveries", query_string={"after": page["next"]}).json
    assert [line["state"] for line in page["items"] + rest["items"]] == ["failed", "sent"]


def test_how_long_it_took_is_told(hooked, receiver: Receiver, client_of: Callable) -> None:
    receiver.wait = 0.3
    client_of("alice").post(f"{API}/{hooked[0]}/test")
    outbox.drain()
    assert log_of(client_of, hooked[0])[0]["tries"][0]["duration_ms"] >= 300


def test_redirects_are_not_followed(hooked, receiver: Receiver, client_of: Callable) -> None:
    receiver.status, receiver.headers = 302, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    client_of("alice").post(f"{API}/{hooked[0]}/test")
    outbox.drain()
    assert [got.path for got in receiver.got] == ["/hook?x=1"]
    tried = log_of(client_of, hooked[0])[0]["tries"][0]
    assert (tried["status"], tried["fault"]["code"]) == (302, "redirected")


def test_a_network_that_is_not_allowed_any_more_gets_nothing(hooked, red, receiver, app, client_of) -> None:
    set_up(app, webhook_private=())
    red(CHELSEA)
    assert receiver.got == []
    assert client_of("alice").get(f"{API}/{hooked[0]}").json["webhook_fault"]["code"] == "address-private"


def test_a_name_that_turns_private_after_it_was_saved_gets_nothing(
    subscribe, red, receiver: Receiver, app: Flask, monkeypatch: pytest.MonkeyPatch, client_of
) -> None:
    set_up(app, webhook_private=())
    id_ = subscribe("alice", webhook=f"https://rebind.example.com:{receiver.port}/hook")

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    red(CHELSEA)
    assert receiver.got == []
    assert client_of("alice").get(f"{API}/{id_}").json["webhook_fault"]["code"] == "address-private"


def test_the_connection_goes_to_the_address_that_was_checked(
    hooked, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, client_of, subscribe
) -> None:
    """A name server that gives another answer at the second question is not asked a second time."""
    answers = iter(["127.0.0.1"])
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host == "twice.example.com":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
        return real(host, port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    told = webhooks.post(f"http://twice.example.com:{receiver.port}/x", "whsec_x", "id", "test", b"{}", LOOPBACK)
    assert told.status == 204
    assert receiver.got[0].headers["Host"] == f"twice.example.com:{receiver.port}"


def test_a_planner_no_more_sends_nothing_more(hooked, red, receiver: Receiver) -> None:
    with transaction(writes=True) as session:
        mine = PersonMembership.person_id == world.person_id("alice")
        session.execute(update(PersonMembership).where(mine).values(role="analyst"))
    red(CHELSEA)
    assert receiver.got == []
    (delivery,) = deliveries()
    assert (delivery.state, delivery.tries[0]["fault"]) == ("dropped", "not-permitted")
    assert subscription(hooked[0]).webhook_fault is None


def test_rights_lost_before_a_retry_end_it(hooked, red, receiver: Receiver) -> None:
    receiver.status = 500
    red(CHELSEA)
    with transaction(writes=True) as session:
        mine = PersonMembership.person_id == world.person_id("alice")
        session.execute(
            update(PersonMembership).where(mine, PersonMembership.role == "analyst").values(role="reviewer")
        )
    with later():
        outbox.drain()
    assert (len(receiver.got), deliveries()[0].state) == (1, "dropped")


def test_nobody_listens(subscribe, red, app: Flask, client_of) -> None:
    set_up(app, webhook_private=LOOPBACK)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    id_ = subscribe("alice", webhook=f"http://127.0.0.1:{port}/")
    red(CHELSEA)
    assert log_of(client_of, id_)[0]["tries"][0]["fault"]["code"] == "no-answer"


def speaker(say: Callable[[socket.socket], None]) -> int:
    """A server that reads a request's beginning and says something of its own; its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as caller:
            caller.recv(65536)
            try:
                say(caller)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1]


def drip(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        caller.sendall(b"X: y\r\n")
        time.sleep(0.05)


def endless(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        caller.sendall(b"x" * 65536)


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (lambda caller: caller.sendall(b"220 mail.example.com ESMTP\r\n"), "no-answer"),
        (lambda caller: None, "no-answer"),
        (lambda caller: caller.sendall(b"HTTP/1.1 999999 X\r\n\r\n"), "no-answer"),
        (lambda caller: caller.sendall(b"HTTP/1.1 200 OK\r\n" + b"X" * 70000), "no-answer"),
        (drip, "timed-out"),
    ],
)
def test_whatever_a_receiver_says_it_ends(monkeypatch: pytest.MonkeyPatch, say: Any, code: str) -> None:
    monkeypatch.setattr(webhooks, "MOST_SECONDS", 1)
    begun = time.monotonic()
    with pytest.raises(webhooks.NotSent, match=code):
        webhooks.post(f"http://127.0.0.1:{speaker(say)}/", "s", "id", "test", b"{}", LOOPBACK)
    assert time.monotonic() - begun < 4


def test_of_an_endless_answer_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    told = webhooks.post(f"http://127.0.0.1:{speaker(endless)}/", "s", "id", "test", b"{}", LOOPBACK)
    assert told.excerpt == "x" * 200


def test_a_silent_receiver_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "CONNECT_SECONDS", 0.5)
    with pytest.raises(webhooks.NotSent, match="timed-out"):
        webhooks.post(f"http://127.0.0.1:{speaker(lambda _: time.sleep(3))}/", "s", "id", "test", b"{}", LOOPBACK)


def test_the_certificate_must_be_good(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = certificates.make(tmp_path, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    def serve(listening: socket.socket) -> None:
        for _ in range(2):
            caller = listening.accept()[0]
            try:
                with context.wrap_socket(caller, server_side=True) as secured:
                    # All of it: closing on unread bytes would cut the answer off.
                    while not secured.recv(65536).endswith(b"{}"):
                        pass
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(webhooks.NotSent, match="tls-failed"):
            webhooks.post(url, "s", "id", "test", b"{}", LOOPBACK)
        monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
        assert webhooks.post(url, "s", "id", "test", b"{}", LOOPBACK).status == 200


def test_no_secret_and_no_address_in_logs(hooked, red, receiver: Receiver) -> None:
    with structlog.testing.capture_logs() as logs:
        red(CHELSEA)
    told = json.dumps(logs, default=str)
    assert "delivery tried" in told
    assert hooked[1] not in told
    assert receiver.url not in told


def test_a_delivery_of_nothing_is_nothing(app: Flask) -> None:
    deliver(UUID(int=1))
