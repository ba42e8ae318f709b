"""Subscribing as one of the world's people, visits that cross a red line, and receivers of mail and of webhooks."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from backend.core import outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.settings import PLAIN, Mail
from backend.subscriptions import jobs
from backend.subscriptions.models import Delivery, Message, Subscription
from tests import world
from tests.kept import keep_files
from tests.reviews.conftest import desk

__all__ = ["desk"]

DAN, CHELSEA, GRACE = "dan-tiny", "chelsea-tiny", "grace-tiny"
TINY = world.WAVES["TINY"]
CRITICAL = "T-1-04"
RED = {CRITICAL: "fail"}
API = "/api/v1/subscriptions"
RED_LINE = {"kind": "red_line"}
WEEKLY = {"kind": "weekly_summary", "weekday": 1, "hour": 9}
LOOPBACK = (ip_network("127.0.0.0/8"),)
OWN_JOBS = ("subscriptions.deliver", "subscriptions.red-line", "subscriptions.red-lines", "subscriptions.summarise")


@pytest.fixture
def only_own_jobs(app: Flask) -> None:
    """Jobs of other parts have nothing to do with what is told here."""
    own = app.extensions["mingcha.jobs"]
    app.extensions["mingcha.jobs"] = {name: own[name] if name in OWN_JOBS else lambda _: lambda: None for name in own}


def set_up(app: Flask, **changes: Any) -> None:
    """Changes settings of the running application."""
    app.extensions["mingcha.settings"] = replace(app.extensions["mingcha.settings"], **changes)


@pytest.fixture
def subscribe(client_of: Callable[[str], Any]) -> Callable[..., str]:
    """Subscribes somebody, and answers the subscription's id."""

    def make(login: str, body: dict[str, Any] = RED_LINE, *, id_: UUID | None = None, **more: Any) -> str:
        one = str(id_ or new_id())
        answer = client_of(login).put(f"{API}/{one}", json=body | more)
        assert answer.status_code == 201, answer.json
        return one

    return make


@pytest.fixture
def red(app: Flask, desk: Any) -> Callable[..., None]:
    """Visits of the tiny wave, submitted with a red line (or without) and approved."""

    def make(*names: str, crossed: bool = True) -> None:
        for name in names:
            desk.submit(name, RED if crossed else None, after_visit=True)
            keep_files(world.VISITS[name])
            status, told = desk.review(name)
            assert status == 200, told
        outbox.drain()

    return make


@pytest.fixture
def inbox(client_of: Callable[[str], Any]) -> Callable[..., list[dict[str, Any]]]:
    """Somebody's messages, newest first."""

    def read(login: str, language: str = "en", **query: Any) -> list[dict[str, Any]]:
        answer = client_of(login).get("/api/v1/messages", query_string=query, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.json
        return answer.json["items"]

    return read


def kept(kind: type[Any], **wanted: Any) -> list[Any]:
    with transaction(writes=False):
        return list(db.session.scalars(select(kind).filter_by(**wanted).order_by(kind.id)))


def deliveries(**wanted: Any) -> list[Delivery]:
    return kept(Delivery, **wanted)


def messages(**wanted: Any) -> list[Message]:
    return kept(Message, **wanted)


def subscription(id_: str) -> Subscription:
    return kept(Subscription, id=UUID(id_))[0]


def run(job: Callable[[UUID], Any], subject: UUID) -> None:
    """Runs one job as the worker would, without its row."""
    conclude = job(subject)
    with transaction(writes=True):
        conclude()


def deliver(delivery: Delivery | UUID) -> None:
    run(jobs.deliver, delivery if isinstance(delivery, UUID) else delivery.id)


@dataclass
class Receiver:
    """A web server that keeps what it is sent, and answers what it is told to."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    got: list[SimpleNamespace] = field(default_factory=list)
    wait: float = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    """A receiver on this machine, which the deployment allows."""
    set_up(app, webhook_private=LOOPBACK)
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
            threading.Event().wait(told.wait)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def mail_at(port: int, **changes: Any) -> Mail:
    given = {"host": "localhost", "port": port, "security": PLAIN, "user": None, "password": None}
    return Mail(**(given | {"sender": "mingcha@example.com"} | changes))
