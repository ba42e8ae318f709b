"""The body of a request as it comes in: in WSGI's plain way, or straight from the socket where gunicorn lets us.

gunicorn hands a body on through four buffers. For a long film that was most of the processor time of an upload, more
than hashing and writing it. What is used of gunicorn here is not promised by it, so whatever looks different from what
is known is read in the plain way; a test holds both to the same bytes.
"""

import socket
from collections.abc import Callable
from typing import Any

from flask import Request
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

# Small enough to stay in a processor's cache between receiving, hashing and writing.
PIECE = 256 * 1024
Read = Callable[[], bytes | memoryview]
"""The next bytes of a body, none at its end. They are good until the next ones are asked for."""


def reader(request: Request) -> Read:
    """How to read this request's body, of which nothing has been read yet."""
    body = request.environ["wsgi.input"]
    if _is_known(body, request.environ.get("gunicorn.socket")):
        return _straight(body)
    return lambda: request.stream.read(PIECE)


def _is_known(body: Any, line: object) -> bool:
    """Whether it is a body of announced length that comes over an open line of no other layers, TLS for one."""
    return (
        type(body) is Body
        and type(body.reader) is LengthReader
        and type(body.reader.unreader) is SocketUnreader
        and type(line) is socket.socket
        and body.reader.unreader.sock is line
        and body.buf.tell() == 0
    )


def _straight(body: Body) -> Read:
    """Reads what gunicorn has received already, then from its socket; keeps its count of what is still to come right."""
    reader, line = body.reader, body.reader.unreader.sock
    buffer = memoryview(bytearray(PIECE))

    def read() -> bytes | memoryview:
        if waiting := min(len(reader.unreader.buf.getbuffer()), reader.length):
            return bytes(reader.read(waiting))
        room = buffer[: reader.length]
        if not room:
            return b""
        # Until it has gone well, nobody knows where the next request on this line begins.
        body.failed = True
        received = line.recv_into(room)
        if received == 0:
            raise ConnectionAbortedError("the line ended before the body")
        body.failed = False
        reader.length -= received
        return room[:received]

    return read
