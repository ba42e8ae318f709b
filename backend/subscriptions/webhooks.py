"""Posting one signed document to a webhook: one connection, one request, no redirects, no more than ten seconds.

The receiver's answer counts by its status alone; of its body the beginning is kept, for people to read.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from backend.core import clock
from backend.settings import Network
from backend.subscriptions import rules, targets
from backend.subscriptions.problems import NotSent
from backend.subscriptions.targets import Address, Target

CONNECT_SECONDS: Final = 5
MOST_SECONDS: Final = 10
MOST_EXCERPT: Final = 200
_MOST_READ: Final = 2048
_OK: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back from a receiver that took it."""

    status: int
    excerpt: str


def post(url: str, secret: str, delivery_id: str, kind: str, body: bytes, allowed: Sequence[Network]) -> Answered:
    """Sends the document once. Raises NotSent."""
    target = targets.parse(url)
    addresses = targets.addresses_of(target, allowed)
    moment = int(clock.now().timestamp())
    headers = {
        "Host": target.authority,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Mingcha-Webhook/1",
        "Mingcha-Delivery": delivery_id,
        "Mingcha-Kind": kind,
        "Mingcha-Signature": f"t={moment},v1={rules.signature(secret, moment, body)}",
        "Connection": "close",
    }
    try:
        return _exchange(target, addresses, headers, body)
    except ssl.SSLError as fault:
        raise NotSent("tls-failed") from fault
    except TimeoutError as fault:
        raise NotSent("timed-out") from fault
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise NotSent("no-answer") from fault


def _exchange(target: Target, addresses: Sequence[Address], headers: dict[str, str], body: bytes) -> Answered:
    connected = _connect(addresses, target.port)
    with _brake(connected) as is_late:
        try:
            status, excerpt = _ask(target, connected, headers, body)
        except (OSError, http.client.HTTPException) as fault:
            if is_late.is_set():
                raise TimeoutError from fault
            raise
        finally:
            connected.close()
    if is_late.is_set():
        # Cut within its head, an answer looks like a short one.
        raise TimeoutError
    if status in _OK:
        return Answered(status, excerpt)
    code = "redirected" if status in _REDIRECT else "refused"
    raise NotSent(code, status=status, excerpt=excerpt, for_good=status == _GONE)


def _ask(target: Target, connected: socket.socket, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _secured(connected, target) if target.is_tls else connected
    try:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        return answer.status, _excerpt(answer.read(_MOST_READ))
    finally:
        connection.close()


def _connect(addresses: Sequence[Address], port: int) -> socket.socket:
    """A connection to the first of the checked addresses that takes one."""
    missed: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=CONNECT_SECONDS)
        except OSError as fault:
            missed = fault
    raise missed


def _secured(connected: socket.socket, target: Target) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(connected, server_hostname=target.host)


@contextmanager
def _brake(connected: socket.socket) -> Iterator[threading.Event]:
    """Cuts the connection when the time is over: a receiver that drips bytes would outlast any time limit a read has."""
    handle, is_late = connected.dup(), threading.Event()

    def cut() -> None:
        is_late.set()
        try:
            handle.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    timer = threading.Timer(MOST_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
        handle.close()


def _excerpt(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:MOST_EXCERPT]
