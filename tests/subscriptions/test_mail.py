"""Mail before a real SMTP server: what is written, what is refused, what is tried again, and the links it carries."""

import email
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from flask import Flask
from sqlalchemy import update

from backend import certificates
from backend.accounts.models import Person
from backend.core import clock, outbox
from backend.core.db import transaction
from backend.network.models import Store
from backend.settings import STARTTLS, TLS, SettingsFault, read
from backend.subscriptions import mail, rules
from backend.subscriptions.problems import NotSent
from tests import world
from tests.live import free_port
from tests.subscriptions.conftest import (
    API,
    CHELSEA,
    GRACE,
    RED_LINE,
    WEEKLY,
    deliveries,
    mail_at,
    set_up,
    subscription,
)
from tests.subscriptions.test_telling import scheduled, week_later

pytestmark = pytest.mark.usefixtures("only_own_jobs")


class Mailbox:
    """What the server took; `refusing` is what it answers to a recipient instead."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        self.refusing: str | None = None
        self.port = 0
        self.raw: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so.
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refusing:
            return self.refusing
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so.
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.raw.append(envelope.content)
        message = email.message_from_bytes(envelope.content, policy=default)
        self.got.append((envelope.rcpt_tos[0], message))
        return "250 taken"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """A server without encryption, which the application is set to use."""
    box = Mailbox()
    box.port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    set_up(app, mail=mail_at(box.port, host="127.0.0.1"))
    yield box
    server.stop()


@pytest.fixture
def mailed(mailbox: Mailbox, subscribe) -> Callable[..., str]:
    """Subscribes somebody with the address that headquarters keeps of them."""

    def make(login: str, body: Any = RED_LINE, locale: str = "zh-CN") -> str:
        with transaction(writes=True) as session:
            session.execute(
                update(Person).where(Person.login == login).values(email=f"{login}@example.com", locale=locale)
            )
        return subscribe(login, body, email=True)

    return make


def parts(message: EmailMessage) -> tuple[str, str]:
    plain, marked = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert marked is not None
    return plain.get_content(), marked.get_content()


def link_in(text: str, page: str) -> str:
    return next(word for word in text.split() if f"{page}?token=" in word)


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def test_a_red_line_is_written_in_the_persons_language(mailed, red, mailbox: Mailbox) -> None:
    mailed("alice")
    mailed("bob", locale="en")
    red(CHELSEA)
    letters = dict(mailbox.got)
    chinese, english = letters["alice@example.com"], letters["bob@example.com"]
    assert chinese["Subject"] == "红线：ONE 店，第 1 期（测试项目）"
    assert english["Subject"] == "Red line: ONE 店, 第 1 期 (测试项目)"
    assert (english["From"], english["To"]) == ("mingcha@example.com", "bob@example.com")
    assert english["Auto-Submitted"] == "auto-generated"
    plain, marked = parts(english)
    address = f"http://127.0.0.1:8000/visits/{world.VISITS[CHELSEA]}"
    assert address in plain
    assert f'<a href="{address}">Open this visit</a>' in marked
    assert "T-1-04 A written quotation failed" in plain
    assert "您在明察里订阅了红线提醒" in parts(chinese)[0]
    for message in letters.values():
        assert "<img" not in parts(message)[1]
        assert "helsea" not in message.as_string()


def test_the_summary_is_written_too(mailed, red, mailbox: Mailbox) -> None:
    mailed("alice", WEEKLY, locale="en")
    red(CHELSEA)
    with week_later():
        scheduled()
    ((_, message),) = mailbox.got
    plain, _marked = parts(message)
    assert message["Subject"] == "Weekly summary: 3 waves are running"
    assert "Pass rate " in plain
    assert "New red lines since " in plain


def test_one_click_ends_the_mail_and_nothing_else(mailed, red, mailbox: Mailbox, client_of, inbox) -> None:
    id_ = mailed("alice")
    red(CHELSEA)
    ((_, message),) = mailbox.got
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in mailbox.raw[0]
    path = link.removeprefix("http://127.0.0.1:8000")
    nobody = client_of(None)
    looked = nobody.get(path)
    assert looked.status_code == 303
    assert looked.headers["Location"] == f"/unsubscribe?token={token_in(link)}"
    assert subscription(id_).wants_email
    for _ in range(2):
        answer = nobody.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 204, answer.json
    assert not subscription(id_).wants_email
    red(GRACE)
    assert (len(mailbox.got), len(inbox("alice"))) == (1, 2)


def test_an_own_address_is_written_to_once_it_is_confirmed(subscribe, red, mailbox: Mailbox, client_of) -> None:
    id_ = subscribe("bob", email=True, address="own@example.com")
    outbox.drain()
    red(CHELSEA)
    ((to, question),) = mailbox.got
    assert (to, question["List-Unsubscribe"]) == ("own@example.com", None)
    assert "Bob" in parts(question)[0]
    token = token_in(link_in(parts(question)[0], "/confirm-address"))
    assert client_of(None).post("/api/v1/confirmations", json={"token": token[:-2] + "AA"}).status_code == 410
    for _ in range(2):
        assert client_of(None).post("/api/v1/confirmations", json={"token": token}).status_code == 204
    assert client_of("bob").get(f"{API}/{id_}").json["writes_to"] == "own@example.com"
    red(GRACE)
    assert [to for to, _ in mailbox.got] == ["own@example.com"] * 2
    changed = client_of("bob").put(f"{API}/{id_}", json=RED_LINE | {"email": True, "address": "new@example.com"})
    assert (changed.json["confirmed"], changed.json["writes_to"]) == (False, None)
    assert client_of(None).post("/api/v1/confirmations", json={"token": token}).status_code == 410


def test_a_link_to_confirm_grows_old(subscribe, mailbox: Mailbox, client_of) -> None:
    subscribe("bob", email=True, address="own@example.com")
    outbox.drain()
    token = token_in(link_in(parts(mailbox.got[0][1])[0], "/confirm-address"))
    with clock.set_to(datetime.now(UTC) + timedelta(days=8)):
        assert client_of(None).post("/api/v1/confirmations", json={"token": token}).status_code == 410
    assert client_of(None).post("/api/v1/unsubscribe", query_string={"token": token}).status_code == 410


def test_a_refused_recipient_ends_the_mail_and_says_so(mailed, red, mailbox: Mailbox, client_of, inbox) -> None:
    id_ = mailed("alice")
    mailbox.refusing = "550 5.1.1 no such user"
    red(CHELSEA)
    (delivery,) = deliveries()
    assert (delivery.state, len(delivery.tries), delivery.tries[0]["status"]) == ("failed", 1, 550)
    assert delivery.tries[0]["excerpt"] == "5.1.1 no such user"
    assert client_of("alice").get(f"{API}/{id_}").json["email_fault"]["code"] == "recipient-refused"
    off = inbox("alice")[0]
    assert off["title"] == "The e-mail of a subscription is switched off"
    assert "does not take mail for this address" in off["lines"][0]["words"]


def test_a_recipient_refused_for_now_is_tried_again(mailed, red, mailbox: Mailbox) -> None:
    mailed("alice")
    mailbox.refusing = "451 4.7.1 greylisted"
    red(CHELSEA)
    assert deliveries()[0].state == "waiting"
    mailbox.refusing = None
    with clock.set_to(datetime.now(UTC) + timedelta(minutes=2)):
        outbox.drain()
    assert (deliveries()[0].state, len(mailbox.got)) == ("sent", 1)


def test_a_server_that_is_down_is_waited_for(mailed, red, mailbox: Mailbox, app: Flask) -> None:
    mailed("alice")
    set_up(app, mail=mail_at(free_port(), host="127.0.0.1"))
    red(CHELSEA)
    (delivery,) = deliveries()
    assert (delivery.state, delivery.tries[0]["fault"]) == ("waiting", "no-answer")
    set_up(app, mail=mail_at(mailbox.port, host="127.0.0.1"))
    with clock.set_to(datetime.now(UTC) + timedelta(minutes=2)):
        outbox.drain()
    assert deliveries()[0].state == "sent"
    ((_, message),) = mailbox.got
    assert message["Message-ID"] == f"<{delivery.id}@127.0.0.1>"


def test_names_cannot_write_headers_or_marks(mailed, red, mailbox: Mailbox) -> None:
    mailed("alice")
    with transaction(writes=True) as session:
        name = "<b>店</b>\r\nBcc: evil@example.com\r\n\r\n<script>x</script>\u2028\x00"
        session.execute(update(Store).where(Store.id == world.ONE).values(name=name.replace("\x00", "")))
    red(CHELSEA)
    ((_, message),) = mailbox.got
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert "Bcc: evil@example.com" in message["Subject"]
    _plain, marked = parts(message)
    assert "<script>" not in marked
    assert "<b>" not in marked


def test_a_trial_goes_by_mail(mailed, mailbox: Mailbox, client_of) -> None:
    id_ = mailed("alice", locale="en")
    assert client_of("alice").post(f"{API}/{id_}/test").status_code == 202
    outbox.drain()
    assert mailbox.got[0][1]["Subject"] == "Trial: your subscription arrives"


def letter(**changes: Any) -> mail.Letter:
    given: dict[str, Any] = {
        "delivery_id": world.PROGRAMME, "locale": "en", "to": "a@example.com", "subject": "s",
        "lines": [mail.Line("words", 'http://x.example.com/?a=1&b="2"')], "footer": [], "unsubscribe": None,
    }  # fmt: skip
    return mail.Letter(**(given | changes))


def test_an_address_that_is_more_than_one_is_not_written_to() -> None:
    for to in ("a@b.cn, c@d.cn", "a@b.cn\r\nRCPT TO:<x@y.cn>", ""):
        with pytest.raises(NotSent, match="address-malformed"):
            mail.send(mail_at(1), letter(to=to), "http://x")


def test_links_are_escaped() -> None:
    message = mail.compose("m@example.com", letter(subject="a\u2028b\x85c\r\nX: y"), "http://x.example.com")
    assert message["Subject"] == "a b c X: y"
    assert 'href="http://x.example.com/?a=1&amp;b=&quot;2&quot;"' in parts(message)[1]


@pytest.fixture
def secured(tmp_path) -> Any:
    """Servers with encryption, by a certificate for localhost; and whose authority made it."""
    files = certificates.make(tmp_path, ["localhost", "127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    servers: list[Controller] = []

    def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"user", b"right"), handled=False)

    def start(security: str) -> tuple[Mailbox, int]:
        box = Mailbox()

        class Own(Controller):
            def factory(self) -> SMTP:
                return SMTP(
                    self.handler,
                    tls_context=context if security == STARTTLS else None,
                    require_starttls=security == STARTTLS,
                    authenticator=sign_in,
                    auth_required=True,
                    auth_require_tls=security == STARTTLS,
                )

            def _trigger_server(self) -> None:
                socket.create_connection((self.hostname, self.port)).close()

        extra = {"ssl_context": context} if security == TLS else {}
        server = Own(box, hostname="127.0.0.1", port=free_port(), **extra)
        server.start()
        servers.append(server)
        return box, server.port

    yield files.authority, start
    for server in servers:
        server.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", [STARTTLS, TLS])
def test_mail_is_encrypted_and_signed_in_to(secured: Any, security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, start = secured
    box, port = start(security)
    given = {"security": security, "user": "user"}
    with pytest.raises(NotSent, match="tls-failed"):
        mail.send(mail_at(port, password="right", **given), letter(), "http://x.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert mail.send(mail_at(port, password="right", **given), letter(), "http://x.example.com") == 250
    assert len(box.got) == 1
    with pytest.raises(NotSent, match="mail-sign-in"):
        mail.send(mail_at(port, password="wrong", **given), letter(), "http://x.example.com")


def test_a_server_without_encryption_gets_no_password(mailbox: Mailbox) -> None:
    with pytest.raises(NotSent, match="mail-no-tls"):
        mail.send(
            mail_at(mailbox.port, host="127.0.0.1", security=STARTTLS, user="u", password="p"), letter(), "http://x"
        )
    assert mailbox.got == []


def test_settings_are_checked() -> None:
    good = {"MINGCHA_SMTP_HOST": "mail.example.com", "MINGCHA_SMTP_FROM": "m@example.com"}
    found = read(good | {"MINGCHA_SMTP_USER": "u", "MINGCHA_SMTP_PASSWORD": "secret-word"}).mail
    assert found is not None
    assert (found.port, found.security) == (587, STARTTLS)
    assert "secret-word" not in repr(found)
    assert read({}).mail is None
    bad = (
        {"MINGCHA_SMTP_SECURITY": "ssl3"}, {"MINGCHA_SMTP_FROM": "x"}, {"MINGCHA_SMTP_PORT": "x"},
        {"MINGCHA_SMTP_PORT": "70000"}, {"MINGCHA_SMTP_SECURITY": "none", "MINGCHA_SMTP_USER": "u"},
        {"MINGCHA_WEBHOOK_PRIVATE": "10.0.0.1/8"}, {"MINGCHA_WEBHOOK_PRIVATE": "yes"},
    )  # fmt: skip
    for each in bad:
        with pytest.raises(SettingsFault):
            read(good | each)
    assert [str(each) for each in read({"MINGCHA_WEBHOOK_PRIVATE": "10.1.0.0/16, fd00::/8"}).webhook_private] == [
        "10.1.0.0/16",
        "fd00::/8",
    ]


def test_no_address_and_no_token_in_logs(mailed, red, mailbox: Mailbox) -> None:
    with structlog.testing.capture_logs() as logs:
        mailed("alice")
        red(CHELSEA)
    told = json.dumps(logs, default=str)
    assert "delivery tried" in told
    assert "alice@example.com" not in told
    assert "token" not in told
    assert rules.EMAIL in told
