"""A body read straight from gunicorn's socket has the same bytes as one read in the plain way, however it comes in."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from flask import Request
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from backend.evidence import bodies

PAYLOAD = random.Random(5).randbytes(900_000)
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def arriving(*sent: bytes, ends: bool = False) -> Iterator[tuple[Request, RequestParser]]:
    """A request as gunicorn hands it on, its bytes coming in one send after the other."""
    near, far = socket.socketpair()
    near.settimeout(10)
    parser = RequestParser(Config(), near, ("127.0.0.1", 1))

    def send() -> None:
        for piece in sent:
            far.sendall(piece)
        if ends:
            far.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    with near, far:
        message = next(parser)
        told = {name.replace("-", "_"): value for name, value in message.headers}
        environ = EnvironBuilder(method="PATCH").get_environ()
        environ |= {
            "wsgi.input": message.body,
            "wsgi.input_terminated": True,
            "gunicorn.socket": near,
            "CONTENT_LENGTH": told.get("CONTENT_LENGTH", ""),
        }
        yield Request(environ), parser
        sender.join()


def request_of(body: bytes, length: int | None = None) -> bytes:
    return b"PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body) if length is None else length,
        body,
    )


def read_all(request: Request) -> bytes:
    read = bodies.reader(request)
    return b"".join(bytes(piece) for piece in iter(read, b""))


def plainly(request: Request) -> bytes:
    request.environ["gunicorn.socket"] = None
    return read_all(request)


@settings(max_examples=40, deadline=None)
@given(size=st.integers(0, len(PAYLOAD)), cuts=st.lists(st.integers(0, len(PAYLOAD)), max_size=6))
def test_both_ways_give_the_same_bytes(size: int, cuts: list[int]) -> None:
    whole = request_of(PAYLOAD[:size])
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    sent = [whole[start:end] for start, end in pairwise(edges)]
    for way in (read_all, plainly):
        with arriving(*sent) as (request, _):
            assert way(request) == PAYLOAD[:size]


@pytest.mark.parametrize("size", [0, 10, 5_000, 700_000])
@pytest.mark.parametrize("way", [read_all, plainly])
def test_what_follows_on_the_line_is_left_for_the_next_request(size: int, way) -> None:
    with arriving(request_of(PAYLOAD[:size]) + NEXT) as (request, parser):
        assert way(request) == PAYLOAD[:size]
        assert next(parser).path == "/next"


def test_a_body_that_is_left_half_read_is_drained_by_the_server() -> None:
    with arriving(request_of(PAYLOAD) + NEXT) as (request, parser):
        assert len(bodies.reader(request)()) > 0
        assert next(parser).path == "/next"


def test_a_line_that_ends_early_is_told_and_not_used_again() -> None:
    with arriving(request_of(PAYLOAD[:400_000], len(PAYLOAD)), ends=True) as (request, parser):
        read, received = bodies.reader(request), b""
        with pytest.raises(ConnectionError):
            while piece := read():
                received += piece
        assert received == PAYLOAD[:400_000]
        assert not parser.finish_body()


def test_a_line_that_falls_silent_is_told() -> None:
    with arriving(request_of(PAYLOAD[:1000], 2000)) as (request, _):
        request.environ["gunicorn.socket"].settimeout(0.1)
        read = bodies.reader(request)
        with pytest.raises(TimeoutError):
            while read():
                pass


def test_a_body_without_a_length_is_read_in_the_plain_way() -> None:
    head = b"PATCH / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with arriving(head + b"5\r\nfirst\r\n4\r\nlast\r\n0\r\n\r\n" + NEXT) as (request, parser):
        assert read_all(request) == b"firstlast"
        assert next(parser).path == "/next"


def test_another_server_is_read_in_the_plain_way() -> None:
    builder = EnvironBuilder(method="PATCH", data=PAYLOAD)
    assert read_all(builder.get_request(Request)) == PAYLOAD
