"""A line between a phone and a deployment that drops requests, loses answers, delays, and delivers twice; or one that is slow."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

HOPS = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"}
# Bodies are handed on unpacked, so none is asked for in a packing that the client here does not know.
NOT_ASKED = HOPS | {"accept-encoding"}
MISCHIEF = ("drop", "lose the answer", "delay", "twice")
# Each loss costs the phone two seconds of waiting.
EVERY = 8


class Unkind:
    """Passes requests on; to every eighth write of the API it does the next of `MISCHIEF`. `done` counts what it did."""

    def __init__(self, target: str) -> None:
        self.target, self.done = target, Counter()
        self._writes, self._turn = 0, threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def mischief(self, method: str, path: str) -> str | None:
        if method in {"GET", "HEAD"} or not path.startswith("/api/") or path.endswith("/session"):
            return None
        with self._turn:
            self._writes += 1
            if self._writes % EVERY:
                return None
            chosen = MISCHIEF[self._writes // EVERY % len(MISCHIEF)]
            self.done[chosen] += 1
            return chosen

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        return requests.request(
            method, self.target + path, headers=headers, data=body, timeout=30, allow_redirects=False
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_ASKED}
                what = line.mischief(self.command, self.path)
                if what == "drop":
                    return self.hang_up()
                if what == "delay":
                    time.sleep(0.4)
                answer = line.pass_on(self.command, self.path, headers, body)
                if what == "twice":
                    answer = line.pass_on(self.command, self.path, headers, body)
                if what == "lose the answer":
                    return self.hang_up()
                return self.give(answer)

            def hang_up(self) -> None:
                self.close_connection = True
                self.connection.close()

            def give(self, answer: requests.Response) -> None:
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in HOPS:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.content)

            def log_message(self, *_args: object) -> None:
                """Says nothing."""

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815 - the server's own names.

        return Handler


class Slow(Unkind):
    """Takes its time over what is written, as a weak mobile network does, and does nothing else to it."""

    def __init__(self, target: str, bytes_per_second: int) -> None:
        super().__init__(target)
        self.bytes_per_second = bytes_per_second

    def mischief(self, method: str, path: str) -> None:
        """None at all."""

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        time.sleep(len(body) / self.bytes_per_second)
        return super().pass_on(method, path, headers, body)


@contextmanager
def unkind_line(target: str) -> Iterator[Unkind]:
    line = Unkind(target)
    try:
        yield line
    finally:
        line.server.shutdown()


@contextmanager
def slow_line(target: str, bytes_per_second: int) -> Iterator[Slow]:
    line = Slow(target, bytes_per_second)
    try:
        yield line
    finally:
        line.server.shutdown()
