"""A way to an S3 service that fails as told: refuses, cuts bodies, dawdles, garbles. What is not told to fail passes."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REFUSE, CUT_ANSWER, CUT_REQUEST, DAWDLE, GARBLE_ANSWER, GARBLE_REQUEST = [
    "503",
    "cut-a",
    "cut-r",
    "slow",
    "garble-a",
    "garble-r",
]
Plan = Callable[[str, str], str | None]
"""Method and path of a request -> the fault that befalls it, or None."""


class FaultyWay:
    """Where the client is sent, what shall fail, and how often each method was asked for."""

    def __init__(self, service: str) -> None:
        self.service = urlsplit(service).netloc
        self.plan: Plan = lambda _method, _path: None
        self.asked: Counter[str] = Counter()
        self.dawdle_seconds = 3.0
        self.endpoint = ""
        self._lock = threading.Lock()

    def fail(self, method: str, fault: str, *, times: int = 10**6) -> None:
        """The next so many requests of this method fail."""
        left = [times]

        def plan(asked: str, _path: str) -> str | None:
            left[0] -= asked == method
            return fault if asked == method and left[0] >= 0 else None

        self.plan = plan

    def fault_for(self, method: str, path: str) -> str | None:
        with self._lock:
            self.asked[method] += 1
            return self.plan(method, path)


@contextmanager
def faulty_way(service: str) -> Iterator[FaultyWay]:
    way = FaultyWay(service)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(way))
    way.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(way: FaultyWay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            fault = way.fault_for(self.command, self.path)
            with suppress(ConnectionError):
                self._serve(fault)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - the library's names.

        def _serve(self, fault: str | None) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if fault == CUT_REQUEST:
                self.rfile.read(length // 2)
                self.close_connection = True
                return
            body = self.rfile.read(length)
            if fault == DAWDLE:
                time.sleep(way.dawdle_seconds)
            if fault == REFUSE:
                self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
                return
            status, headers, data = self._ask(_garbled(body) if fault == GARBLE_REQUEST else body)
            if fault == CUT_ANSWER:
                self._answer(status, headers, data, sent=len(data) // 2)
                self.close_connection = True
            else:
                self._answer(status, headers, _garbled(data) if fault == GARBLE_ANSWER else data)

        def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            """The Host header stays as it came, since it is signed."""
            connection = http.client.HTTPConnection(way.service, timeout=30)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            data = answer.read()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            if self.command == "HEAD":
                kept["Content-Length"] = answer.getheader("Content-Length", "0")
            connection.close()
            return answer.status, kept, data

        def _answer(self, status: int, headers: dict[str, str], data: bytes, sent: int | None = None) -> None:
            self.send_response_only(status)
            for name, value in ({"Content-Length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            # An answer to HEAD has no body: its bytes would be taken for the next answer.
            if self.command != "HEAD":
                self.wfile.write(data[:sent])

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


def _garbled(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :] if data else data
