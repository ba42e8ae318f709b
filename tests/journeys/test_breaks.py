"""Power cuts and impatience: processes die while bytes come in and while pictures are made, and many say the same at once.

Nothing may be lost and nothing may be there twice.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests import world
from tests.journeys import books, camera, work
from tests.journeys.phone import Phone
from tests.journeys.work import Paper, desk, paper, phone
from tests.live import Deployment, deployment

VISIT = str(world.VISITS["chelsea-eo"])
PHOTOS, PHOTO_SIZE = 14, (2600, 1900)
BREAKING_SECONDS, MOST_PATIENCE = 12, 30
# When a process is in the middle of something, as its database tells.
BUSY = {"web": "evidence WHERE state = 'uploading'", "worker": books.LEASED}
THREADS = 8


@pytest.mark.timeout(200)
def test_killed_again_and_again_everything_arrives_once(tmp_path: Path) -> None:
    with deployment(tmp_path / "var") as place:
        sent = _submitted(place)
        uploads = threading.Thread(target=_upload_all, args=(phone(place, "chelsea"), sent))
        uploads.start()
        caught = _break(place)
        uploads.join(120)
        assert not uploads.is_alive()
        assert set(caught) == set(BUSY), caught
        books.end_leases(place)
        visit = work.until_ready(desk(place, "bob"), VISIT)
        assert {file["state"] for file in visit["evidence"]} == {"ready"}
        assert (visit["files"]["expected"], visit["files"]["stored"]) == (len(sent.shots), len(sent.shots))
        _nothing_lost(place, sent)
        _nothing_twice(place, len(sent.shots))
        assert place.run("doctor").strip() == "all well"


@pytest.mark.timeout(200)
def test_eight_threads_say_the_same(place: Deployment) -> None:
    """One submission, one decision: one is news, seven are repeats."""
    visit = str(world.VISITS["chelsea-tiny"])
    shots = {"photo": [camera.photo(1), camera.photo(2)], "video": [camera.clip(1)]}
    sent = paper(shots, work.TINY, after_visit=True)
    answers = _at_once(lambda: phone(place, "chelsea").put(f"visits/{visit}/submission", sent.body))
    assert sorted(answer.status_code for answer in answers) == [200] * (THREADS - 1) + [201]
    assert len({_told(answer.json()) for answer in answers}) == 1
    assert books.count(place, "submissions") == 1
    assert books.count(place, "answers") == len(work.TINY.checkpoints)
    assert books.count(place, "evidence") == len(sent.shots)
    for evidence_id, shot in sent.shots.items():
        phone(place, "chelsea").deliver(evidence_id, shot.content)
    approved = _at_once(lambda: desk(place, "bob").put(f"visits/{visit}/review", {"verdict": "approved"}))
    assert [answer.status_code for answer in approved] == [200] * THREADS
    assert [books.count(place, table) for table in ("reviews", "scorecards", "tallies")] == [1, 1, 1]
    assert place.run("doctor").strip() == "all well"


def _submitted(place: Deployment) -> Paper:
    """The visit is submitted by words; all of its bytes are still on the phone."""
    shots = {
        "photo": [camera.photo(number, PHOTO_SIZE) for number in range(PHOTOS)],
        "video": [camera.clip(number) for number in range(2)],
    }
    sent = paper(shots, after_visit=True)
    assert phone(place, "chelsea").put(f"visits/{VISIT}/submission", sent.body).status_code == 201
    return sent


def _upload_all(sender: Phone, sent: Paper) -> None:
    """Small pieces with pauses, so that every kill finds an upload in its middle."""
    for evidence_id, shot in sent.shots.items():
        sender.deliver(evidence_id, shot.content, piece=max(len(shot.content) // 8, 4096), pause=0.08)


def _break(place: Deployment) -> list[str]:
    """Kills web and worker in turn, each in the middle of something; answers whom it caught so, both at least once."""
    caught: list[str] = []
    until = time.monotonic() + BREAKING_SECONDS
    for victim, busy in cycle(BUSY.items()):
        late = time.monotonic() - until
        if late > (0 if set(caught) == set(BUSY) else MOST_PATIENCE):
            return caught
        if work.comes(lambda rows=busy: books.count(place, rows) > 0):
            caught.append(victim)
            _kill(place, victim)
    return caught


def _kill(place: Deployment, victim: str) -> None:
    if victim == "web":
        place.kill_web()
        place.start_web()
    else:
        place.kill_worker()
        books.end_leases(place)
        place.start_worker()


def _nothing_lost(place: Deployment, sent: Paper) -> None:
    bob = desk(place, "bob")
    for evidence_id, shot in sent.shots.items():
        content = bob.ask("GET", f"evidence/{evidence_id}/original").content
        assert hashlib.sha256(content).hexdigest() == shot.sha256
        assert bob.ask("GET", f"evidence/{evidence_id}/renditions/thumb").status_code == 200


def _nothing_twice(place: Deployment, files: int) -> None:
    """One row, one arrival and one development for each file, and in the store only what the rows name."""
    assert books.count(place, "evidence") == files
    assert books.count(place, "events WHERE name = 'evidence.stored'") == files
    assert books.count(place, "events WHERE name = 'evidence.ready'") == files
    assert books.waiting(place) == 0
    originals = Path(place.environment["MINGCHA_DATA_DIR"]) / "media" / "originals"
    assert len([path for path in originals.rglob("*") if path.is_file()]) == files


def _at_once(ask: Callable[[], Any]) -> list[Any]:
    """Eight answers to a question that eight threads ask in the same moment."""
    gate = threading.Barrier(THREADS)

    def wait_and_ask(_number: int) -> Any:
        gate.wait()
        return ask()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(wait_and_ask, range(THREADS)))


def _told(visit: dict[str, Any]) -> str:
    return str([visit["id"], visit["state"], visit["round"], visit["revision"], visit["answers"]])
