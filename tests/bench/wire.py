"""Clients that cost the machine little: kept connections, requests prepared as bytes, a process for each client.

The clients share the cores with the server, in the baseline as in what is held against it.
"""

import itertools
import multiprocessing
import socket
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

_Share = TypeVar("_Share")
_Found = TypeVar("_Found")
_FORK = multiprocessing.get_context("fork")
_END_OF_HEAD = b"\r\n\r\n"
_PATIENCE_SECONDS = 60


class Refused(Exception):
    """A server answered otherwise than a measurement needs; nothing measured so would mean anything."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw: the seconds of every answer, and how many there were per second."""

    latencies: list[float]
    rate: float


class Wire:
    """One kept connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, *parts: bytes | memoryview, expected: int) -> bytes:
        """Sends a request, whole or in parts, and answers the body; Refused for another status than expected."""
        for part in parts:
            self._socket.sendall(part)
        status, body = self._answer()
        if status != expected:
            raise Refused(f"{status} instead of {expected}: {body[:500].decode(errors='replace')}")
        return body

    def _answer(self) -> tuple[int, bytes]:
        received = b""
        while _END_OF_HEAD not in received:
            received += self._more()
        head, _, body = received.partition(_END_OF_HEAD)
        length = _length(head)
        pieces, missing = [body], length - len(body)
        while missing > 0:
            pieces.append(self._more())
            missing -= len(pieces[-1])
        return int(head.split(b" ", 2)[1]), b"".join(pieces)

    def _more(self) -> bytes:
        piece = self._socket.recv(256 * 1024)
        if not piece:
            raise Refused("the server closed the connection")
        return piece


def request(method: str, path: str, *, length: int = 0, **headers: str) -> bytes:
    """The head of a request, underscores in header names meaning hyphens; the body follows it on the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END_OF_HEAD


def at_once(task: Callable[[_Share], _Found], shares: Sequence[_Share]) -> list[_Found]:
    """Runs the task in a process for each share, all beginning together; what each of them found, in no order."""
    start, found = _FORK.Barrier(len(shares)), _FORK.SimpleQueue()
    processes = [_FORK.Process(target=_work, args=(task, share, start, found), daemon=True) for share in shares]
    for process in processes:
        process.start()
    told = [found.get() for _ in processes]
    for process in processes:
        process.join()
    faults = [fault for fault, _ in told if fault]
    if faults:
        raise Refused(faults[0])
    return [result for _, result in told]


@contextmanager
def meanwhile(task: Callable[[Any], None], clients: int) -> Iterator[None]:
    """Repeats the task in processes of their own while the block runs; it is given each one's number."""
    processes = [_FORK.Process(target=_repeat, args=(task, number), daemon=True) for number in range(clients)]
    for process in processes:
        process.start()
    try:
        yield
        if not all(process.is_alive() for process in processes):
            raise Refused("a client in the background gave up, see above")
    finally:
        for process in processes:
            process.kill()
            process.join()


def drive(port: int, shares: Sequence[Iterable[bytes]], seconds: float, expected: int = 200) -> Load:
    """Sends each share over a connection of its own, one request after the other, until the time is over."""

    def client(share: Iterable[bytes]) -> tuple[float, float, list[float]]:
        wire, latencies = Wire(port), []
        began = before = time.perf_counter()
        for each in share:
            wire.ask(each, expected=expected)
            now = time.perf_counter()
            latencies.append(now - before)
            before = now
            if now - began > seconds:
                break
        return began, before, latencies

    told = at_once(client, shares)
    elapsed = max(end for _, end, _ in told) - min(began for began, _, _ in told)
    latencies = list(itertools.chain.from_iterable(each for _, _, each in told))
    return Load(latencies, len(latencies) / elapsed)


def _work(task: Callable[[Any], Any], share: Any, start: Any, found: Any) -> None:
    try:
        start.wait(_PATIENCE_SECONDS)
        found.put((None, task(share)))
    except BaseException:  # noqa: BLE001 - the parent raises it.
        found.put((traceback.format_exc(), None))


def _repeat(task: Callable[[int], None], number: int) -> None:
    while True:
        task(number)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
