"""A phone's files on the wire: declared, then sent by tus in one piece, as fast as it goes or as a mobile network does."""

import hashlib
import json
import time
from dataclasses import dataclass
from uuid import UUID

from backend.core.ids import new_id
from tests import world
from tests.bench.wire import Wire, request

# What a file is, is told by its first bytes.
_HEADS = {"photo": b"\xff\xd8\xff\xe0", "video": b"\x00\x00\x00\x18ftypmp42"}
_MEDIA_TYPES = {"photo": "image/jpeg", "video": "video/mp4"}
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that no other file has, and what is declared of them."""

    id: UUID
    kind: str
    data: bytes
    sha256: str


def new_file(size: int, kind: str = "photo") -> File:
    id_ = new_id()
    head = _HEADS[kind] + id_.bytes
    data = head + bytes(size - len(head))
    return File(id_, kind, data, hashlib.sha256(data).hexdigest())


def declare(wire: Wire, file: File, visit_id: UUID) -> None:
    """Announces the file; the server makes its upload resource."""
    said = {"visit_id": str(visit_id), "kind": file.kind, "media_type": _MEDIA_TYPES[file.kind], "size": len(file.data),
            "sha256": file.sha256, "captured_at": "2026-05-01T09:30:00+08:00", "source": "camera"}  # fmt: skip
    body = json.dumps(said).encode()
    wire.ask(
        request(
            "PUT", f"/api/v1/evidence/{file.id}", length=len(body), Content_Type="application/json", **authorized()
        ),
        body,
        expected=201,
    )


def send(wire: Wire, file: File, bytes_per_second: float | None = None) -> None:
    """The whole file in one PATCH; answered when it is durable and its hash is confirmed."""
    head = request(
        "PATCH", f"/api/v1/uploads/{file.id}", length=len(file.data), Tus_Resumable="1.0.0", Upload_Offset="0",
        Content_Type="application/offset+octet-stream", **authorized(),
    )  # fmt: skip
    body = memoryview(file.data)
    parts = [body] if bytes_per_second is None else _paced(body, bytes_per_second)
    wire.ask(head, *parts, expected=204)


def authorized(login: str = "chelsea") -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token_of(login)}"}


def _paced(body: memoryview, bytes_per_second: float):
    began = time.perf_counter()
    for start in range(0, len(body), _PIECE):
        ahead = start / bytes_per_second - (time.perf_counter() - began)
        if ahead > 0:
            time.sleep(ahead)
        yield body[start : start + _PIECE]
