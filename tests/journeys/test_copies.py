"""Two web copies that share nothing but the database and the media store: each takes the chunks the other did not."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core.ids import new_id
from tests import world
from tests.journeys import camera
from tests.journeys.phone import TUS, Phone
from tests.live import Deployment, free_port

VISIT = str(world.VISITS["chelsea-eo"])
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 12_000
CHUNK = 400_000
OFFSET_STREAM = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def copies(place: Deployment, tmp_path: Path) -> Iterator[tuple[Phone, Phone]]:
    """The same person's phone at both; the second copy has a data folder of its own."""
    own = Path(place.environment["MINGCHA_DATA_DIR"])
    shared = {"MINGCHA_DATABASE_URL": f"sqlite:///{own / 'mingcha.db'}", "MINGCHA_MEDIA_URL": f"file:{own / 'media'}"}
    port = free_port()
    environment = {**shared, **place.environment, "MINGCHA_DATA_DIR": str(tmp_path / "other")}
    other = Deployment(f"http://127.0.0.1:{port}", port, environment)
    try:
        other.start_web()
        first, second = (Phone(each.address, token=world.token_of("chelsea")) for each in (place, other))
        yield first, second
    finally:
        other.end()


@pytest.mark.timeout(200)
def test_the_chunks_of_one_upload_alternate_between_two_copies(copies: tuple[Phone, Phone]) -> None:
    id_ = _declared(copies[0], FILM)
    for number, start in enumerate(range(0, len(FILM), CHUNK)):
        taking, asked = copies[number % 2], copies[1 - number % 2]
        assert taking.stands_at(id_) == asked.stands_at(id_) == start
        end = min(start + CHUNK, len(FILM))
        answer = taking.ask(
            "PATCH", f"uploads/{id_}", data=FILM[start:end], headers={**OFFSET_STREAM, "Upload-Offset": str(start)}
        )
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
        assert asked.stands_at(id_) == end
    for each in copies:
        assert hashlib.sha256(each.ask("GET", f"evidence/{id_}/original").content).digest() == _sha256(FILM).digest()


@pytest.mark.timeout(200)
def test_a_file_sent_to_both_copies_at_once_is_stored_once(copies: tuple[Phone, Phone]) -> None:
    shot = camera.photo(7, (1600, 1200))
    id_ = _declared(copies[0], shot.content, shot.kind, shot.media_type)
    threads = [
        threading.Thread(target=each.deliver, args=(id_, shot.content), kwargs={"piece": 9_000}) for each in copies
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [each.stands_at(id_) for each in copies] == [len(shot.content)] * 2
    assert copies[1].ask("GET", f"evidence/{id_}/original").content == shot.content


def _declared(sender: Phone, content: bytes, kind: str = "video", media_type: str = "video/mp4") -> str:
    id_ = str(new_id())
    body = {"visit_id": VISIT, "kind": kind, "media_type": media_type, "size": len(content),
            "sha256": _sha256(content).hexdigest(), "captured_at": "2026-05-01T09:30:00+08:00", "source": "camera"}  # fmt: skip
    assert sender.put(f"evidence/{id_}", body).status_code == 201
    return id_


def _sha256(content: bytes) -> "hashlib._Hash":
    return hashlib.sha256(content)
