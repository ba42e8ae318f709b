"""The worst day that evidence must survive: sixty files over a line cut 200 times, to servers killed 20 times each.

What is asserted at every kill: whatever offset a phone was told is on the disk, the disk holds nothing but a beginning
of the file, and HEAD then answers no more than that. At the end: every file is here with its sha256, `ready` or
`unreadable` as it should be, and of all bytes at most one chunk for each break had to be sent a second time.
"""

import hashlib
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.core.ids import new_id
from tests import world
from tests.journeys import books
from tests.journeys.album import album
from tests.journeys.camera import Shot
from tests.journeys.line import Line, bad_line
from tests.journeys.phone import TUS, Desk, Phone
from tests.journeys.work import phone
from tests.live import Deployment, deployment

VISIT = str(world.VISITS["chelsea-eo"])
FILES, CUTS, KILLS = 60, 200, 20
CHUNK = 32 * 1024
# What a request has besides its body.
MOST_HEAD = 1024
# A whole day of kills, for the file that begins first; and what the worker has left to do after the last of them.
PATIENCE_SECONDS, WORK_SECONDS = 300, 100


class Sender(Phone):
    """A phone that remembers the furthest offset it was told of each file, and how many requests it made."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.told: dict[str, int] = {}
        self.requests = 0

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        self.requests += 1
        answer = super().ask(method, path, **options)
        if answer.status_code in {200, 204} and "Upload-Offset" in answer.headers:
            evidence_id, offset = path.rpartition("/")[2], int(answer.headers["Upload-Offset"])
            assert offset >= self.told.get(evidence_id, 0), "an offset was taken back"
            self.told[evidence_id] = offset
        return answer


@dataclass
class Day:
    """Where it happens, what is sent, and by whom."""

    place: Deployment
    line: Line
    luck: random.Random
    shots: dict[str, Shot] = field(default_factory=dict)
    senders: dict[str, Sender] = field(default_factory=dict)

    def send(self, evidence_id: str) -> int:
        """One file through the bad line, until the server holds it."""
        content = self.shots[evidence_id].content
        return self.senders[evidence_id].deliver(evidence_id, content, piece=CHUNK, seconds=PATIENCE_SECONDS)

    def told(self) -> dict[str, int]:
        return {id_: offset for sender in self.senders.values() for id_, offset in sender.told.items()}

    def on_disk(self, staged_as: dict[str, str]) -> dict[str, bytes]:
        """What there is of every file of which somebody was told, staged or at its key."""
        media = Path(self.place.environment["MINGCHA_DATA_DIR"]) / "media"
        held = {}
        for id_ in self.told():
            digest = self.shots[id_].sha256
            whole = list((media / "originals" / digest[:2] / digest[2:4]).glob(f"{digest}.*"))
            staged = media / "staging" / staged_as[id_]
            held[id_] = (whole or [staged])[0].read_bytes() if whole or staged.exists() else b""
        return held


@pytest.mark.timeout(600)
def test_sixty_files_survive_two_hundred_cuts_and_forty_kills(tmp_path: Path) -> None:
    files = album(FILES)
    size = sum(len(shot.content) for shot in files)
    with (
        deployment(tmp_path / "var") as place,
        bad_line(place.port, cuts=CUTS, every=size * 3 // 4 // CUTS) as line,
        ThreadPoolExecutor(FILES) as pool,
    ):
        day = Day(place, line, random.Random(3))
        _declare(day, list(files))
        sent = _sent_through_it_all(day, pool)
        for each in sent:
            each.result(timeout=PATIENCE_SECONDS)
        _ends_well(day, files)
        assert line.cuts == CUTS
        asked = sum(sender.requests for sender in day.senders.values())
        assert line.delivered <= size + (CUTS + KILLS) * CHUNK + asked * MOST_HEAD


def _declare(day: Day, shots: list[Shot]) -> None:
    """Words come first, over a good line; each file has a phone's connection of its own."""
    chelsea = phone(day.place, "chelsea")
    for shot in shots:
        id_ = str(new_id())
        body = {name: value for name, value in shot.entry(id_).items() if name != "id"}
        answer = chelsea.put(f"evidence/{id_}", body | {"visit_id": VISIT})
        assert answer.status_code == 201, answer.text
        day.shots[id_] = shot
        day.senders[id_] = Sender(day.line.address, token=world.token_of("chelsea"))


def _sent_through_it_all(day: Day, pool: ThreadPoolExecutor) -> list[Future[int]]:
    """A few more files begin before every kill, so that each finds some in their middle."""
    sent, waiting = [], list(day.shots)
    for _ in range(KILLS):
        sent += [pool.submit(day.send, waiting.pop()) for _ in range(FILES // KILLS)]
        time.sleep(day.luck.uniform(0.05, 0.5))
        _kill_web(day)
        day.place.kill_worker()
        books.end_leases(day.place)
        day.place.start_worker()
    return sent


def _kill_web(day: Day) -> None:
    """Kills it, and looks at what it left while nobody can reach the next one."""
    staged_as = books.staged_as(day.place)
    told = day.told()
    day.place.kill_web()
    day.line.shut.set()
    held = day.on_disk(staged_as)
    for id_, content in held.items():
        assert day.shots[id_].content.startswith(content)
        assert told.get(id_, 0) <= len(content)
    day.place.start_web(workers=1)
    for id_, content in held.items():
        assert _offset(phone(day.place, "chelsea"), id_) <= len(content)
    day.line.shut.clear()


def _offset(reader: Desk, evidence_id: str) -> int:
    answer = reader.ask("HEAD", f"uploads/{evidence_id}", headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def _ends_well(day: Day, files: dict[Shot, str]) -> None:
    books.end_leases(day.place)
    chelsea, until = phone(day.place, "chelsea"), time.monotonic() + WORK_SECONDS
    for id_, shot in day.shots.items():
        while (state := chelsea.get(f"evidence/{id_}")["state"]) == "stored" and time.monotonic() < until:
            time.sleep(0.2)
        content = chelsea.ask("GET", f"evidence/{id_}/original").content
        assert hashlib.sha256(content).hexdigest() == shot.sha256
        assert state == files[shot], shot.name
    assert books.count(day.place, "events WHERE name = 'evidence.stored'") == FILES
    assert books.waiting(day.place) == 0
    assert day.place.run("doctor").strip() == "all well"
