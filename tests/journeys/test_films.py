"""A film of two gigabytes through real gunicorn: no process may grow by what passes through it."""

import base64
import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from backend.core.ids import new_id
from tests import world
from tests.bench.machine import MIB, children, memory_of, reset_peaks
from tests.journeys import work
from tests.journeys.phone import TUS, Desk
from tests.live import Deployment, deployment

HEAD = b"\x00\x00\x00\x18ftypmp42"
PAGE = bytes(4 * MIB)
SIZE = 2048 * MIB
CHUNK = 256 * MIB
MOST_GROWTH = 64
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the film is kept: in memory where there is room, since disks differ and their speed is not asked here."""
    with TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else tmp_path) as name:
        monkeypatch.setenv("TMPDIR", name)
        yield Path(name)


@pytest.mark.timeout(180)
def test_a_film_of_two_gigabytes_leaves_memory_flat(folder: Path) -> None:
    with deployment(folder / "var") as place:
        chelsea = work.phone(place, "chelsea")
        first = _declared(chelsea, 8 * MIB, 1)
        _send(place, first, 8 * MIB, mark=1, chunk=8 * MIB, checksum=True)
        # Who has loaded nothing yet grows by that alone.
        assert work.comes(lambda: chelsea.get(f"evidence/{first}")["state"] == "unreadable", seconds=60)
        with _flat(place):
            whole = _declared(chelsea, SIZE, 2)
            _send(place, whole, SIZE, mark=2, chunk=SIZE, checksum=False)
            assert chelsea.stands_at(whole) == SIZE
            chelsea.ask("DELETE", f"uploads/{whole}", headers=TUS)
        with _flat(place):
            in_chunks = _declared(chelsea, 2 * CHUNK, 3)
            _send(place, in_chunks, 2 * CHUNK, mark=3, chunk=CHUNK, checksum=True)
            assert chelsea.stands_at(in_chunks) == 2 * CHUNK


@contextmanager
def _flat(place: Deployment) -> Iterator[None]:
    """Holds every process of web and worker to its memory before the block, at the peak."""
    pids = [pid for process in place.processes.values() for pid in (process.pid, *children(process.pid))]
    reset_peaks(pids)
    before = {pid: memory_of([pid]).now for pid in pids}
    yield
    grown = {pid: memory_of([pid]).peak - before[pid] for pid in pids if Path(f"/proc/{pid}").exists()}
    assert len(grown) >= len(place.processes)
    assert max(grown.values()) < MOST_GROWTH, grown


def _declared(sender: Desk, size: int, mark: int) -> str:
    """A film that is silent and black, each mark its own."""
    id_, digest = str(new_id()), hashlib.sha256()
    for piece in _film(0, size, mark):
        digest.update(piece)
    body = {"visit_id": str(world.VISITS["chelsea-eo"]), "kind": "video", "media_type": "video/mp4", "size": size,
            "sha256": digest.hexdigest(), "captured_at": "2026-05-01T09:30:00+08:00", "source": "camera"}  # fmt: skip
    assert sender.put(f"evidence/{id_}", body).status_code == 201
    return id_


def _film(start: int, end: int, mark: int) -> Iterator[bytes | memoryview]:
    first = HEAD + bytes([mark])
    if start == 0:
        yield first
        start = len(first)
    for at in range(start, end, len(PAGE)):
        yield memoryview(PAGE)[: end - at]


def _send(place: Deployment, evidence_id: str, size: int, *, mark: int, chunk: int, checksum: bool) -> None:
    for start in range(0, size, chunk):
        headers = {
            **TUS,
            "Host": "127.0.0.1",
            "Authorization": f"Bearer {world.token_of('chelsea')}",
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(chunk),
            "Upload-Offset": str(start),
        }
        if checksum:
            headers["Upload-Checksum"] = _checksum(start, start + chunk, mark)
        lines = [
            f"PATCH /api/v1/uploads/{evidence_id} HTTP/1.1",
            *(f"{name}: {each}" for name, each in headers.items()),
        ]
        with socket.create_connection(("127.0.0.1", place.port), timeout=120) as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode())
            for piece in _film(start, start + chunk, mark):
                line.sendall(piece)
            answer = line.recv(65536)
        assert b" 204 " in answer.split(b"\r\n")[0], answer


def _checksum(start: int, end: int, mark: int) -> str:
    digest = hashlib.sha256()
    for piece in _film(start, end, mark):
        digest.update(piece)
    return "sha256 " + base64.b64encode(digest.digest()).decode()
