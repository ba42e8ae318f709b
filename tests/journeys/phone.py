"""People at a running deployment, by HTTP alone: somebody at a desk, and a phone on a bad network.

The phone says everything twice, throws some answers away before it has read them, and breaks uploads off in the
middle; whatever the network does, it goes on until the server holds the file.
"""

import contextlib
import random
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

TUS = {"Tus-Resumable": "1.0.0"}
PATIENCE_SECONDS = 90.0
# What a resumable upload answers while something is in the way: wait a little, ask where it stands, go on.
PASSING = {408, 409, 423, 425, 429, 500, 502, 503, 504}


class Desk:
    """One person's connection: by a bearer token, or by a sign-in link with its cookie and CSRF header."""

    def __init__(self, address: str, *, token: str | None = None, link: str | None = None) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        if link:
            secret = link.rpartition("link=")[2].strip()
            answer = self.session.post(f"{address}/api/v1/session", json={"link": secret}, timeout=30)
            assert answer.status_code in {200, 201}, answer.text
            self.session.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = (
            path if path.startswith("http") else f"{self.address}{path if path.startswith('/') else f'/api/v1/{path}'}"
        )
        return self.session.request(method, url, timeout=60, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that must be there."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def put(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        return self.ask("PUT", path, json=body)

    def put_twice(self, path: str, body: Mapping[str, Any]) -> Any:
        """Says it, says it again, and has both answered: news the first time, the same the second."""
        first, second = self.put(path, body), self.put(path, body)
        assert first.status_code in {200, 201}, (path, first.status_code, first.text)
        assert second.status_code == 200, (path, second.status_code, second.text)
        assert second.json().get("id") == first.json().get("id")
        assert second.json().get("state") == first.json().get("state")
        return second.json()


class Phone(Desk):
    """A desk that is carried about. The same `seed` loses the same answers."""

    def __init__(self, address: str, *, seed: int = 1, token: str | None = None, link: str | None = None) -> None:
        super().__init__(address, token=token, link=link)
        self.luck = random.Random(seed)
        self.lost = 0

    def tell(self, path: str, body: Mapping[str, Any]) -> Any:
        """A PUT whose answer may be lost; in any case it is sent twice, and the last answer is the truth."""
        if self.luck.random() < 0.5:
            self._put_and_leave(path, body)
        return self.put_twice(path, body) if self.luck.random() < 0.5 else self._put_unread(path, body)

    def deliver(
        self,
        evidence_id: str,
        content: bytes,
        *,
        piece: int | None = None,
        pause: float = 0.0,
        seconds: float = PATIENCE_SECONDS,
    ) -> int:
        """Uploads until the server holds all bytes, whatever breaks meanwhile; answers how often it had to begin again."""
        broken, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if self._go_on(evidence_id, content, piece, pause):
                    return broken
            broken += 1
            time.sleep(0.1)
        raise AssertionError(f"{evidence_id} was not taken within {seconds} s")

    def stands_at(self, evidence_id: str) -> int | None:
        """How many bytes the server holds; None while it cannot say."""
        answer = self.ask("HEAD", f"uploads/{evidence_id}", headers=TUS)
        if answer.status_code in PASSING:
            return None
        assert answer.status_code == 200, (answer.status_code, answer.headers)
        return int(answer.headers["Upload-Offset"])

    def break_off(self, evidence_id: str, content: bytes) -> int:
        """Promises the whole file, sends half of it and closes the socket; answers where the server then stands."""
        half = len(content) // 2
        headers = {
            "Content-Length": str(len(content)),
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
            **TUS,
        }
        self._send_raw("PATCH", f"/api/v1/uploads/{evidence_id}", headers, content[:half])
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if (offset := self.stands_at(evidence_id)) is not None and offset > 0:
                assert offset <= half
                return offset
            time.sleep(0.05)
        raise AssertionError("nothing of the broken upload was kept")

    def _go_on(self, evidence_id: str, content: bytes, piece: int | None, pause: float) -> bool:
        offset = self.stands_at(evidence_id)
        while offset is not None and offset < len(content):
            part = content[offset : offset + (piece or len(content))]
            headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = self.ask("PATCH", f"uploads/{evidence_id}", data=part, headers=headers)
            if answer.status_code in PASSING:
                return False
            assert answer.status_code == 204, (answer.status_code, answer.text)
            offset = int(answer.headers["Upload-Offset"])
            time.sleep(pause)
        return offset == len(content)

    def _put_unread(self, path: str, body: Mapping[str, Any]) -> Any:
        self.put(path, body)
        self.lost += 1
        answer = self.put(path, body)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def _put_and_leave(self, path: str, body: Mapping[str, Any]) -> None:
        """Sends the whole request and hangs up before the answer: the server may have obeyed, or still be at it."""
        prepared = self.session.prepare_request(requests.Request("PUT", f"{self.address}/api/v1/{path}", json=body))
        content = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body).encode()
        self._send_raw(
            "PUT", f"/api/v1/{path}", {"Content-Type": "application/json", "Content-Length": str(len(content))}, content
        )
        self.lost += 1

    def _send_raw(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> None:
        where = urlsplit(self.address)
        prepared = self.session.prepare_request(requests.Request(method, self.address, headers=dict(headers)))
        lines = {**prepared.headers, **headers, "Host": where.netloc, "Connection": "close"}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection((where.hostname or "", where.port or 80), timeout=20) as line:
            line.sendall(head.encode() + b"\r\n" + content)
