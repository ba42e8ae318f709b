"""A bucket behind a way that fails: what is asked is done in the end, or refused by name; wrong bytes never pass."""

import hashlib
import io
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from media_store import Missing, StoreError, Unreachable, s3
from media_store.bucket_store import BucketStore
from media_store.s3 import Bucket
from tests.media_store.conftest import PART_SIZE
from tests.media_store.faulty import (
    CUT_ANSWER,
    CUT_REQUEST,
    DAWDLE,
    GARBLE_ANSWER,
    GARBLE_REQUEST,
    REFUSE,
    FaultyWay,
    faulty_way,
)
from tests.servers import S3Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIB = 1024 * 1024
KEY = "originals/ab/cd/clip.mp4"
CLIP = random.Random(5).randbytes(11 * MIB + 77)
SHORT = CLIP[:300_000]
HURRIED = s3._PATIENT.merge(Config(read_timeout=1))


@pytest.fixture
def way(s3_server: S3Server, bucket: Bucket) -> Iterator[FaultyWay]:
    with faulty_way(s3_server.endpoint) as made:
        yield made


@pytest.fixture
def prefix() -> str:
    return secrets.token_hex(8)


class Hurried(Bucket):
    """A bucket at the far end of the way, whose client waits for a second at most."""

    def __init__(self, way: FaultyWay) -> None:
        super().__init__("evidence")
        self._way = way

    def _client(self, config: Config = HURRIED, _endpoint: str | None = None) -> "S3Client":
        return super()._client(config, self._way.endpoint)


@pytest.fixture
def store(way: FaultyWay, prefix: str, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    return BucketStore(Hurried(way), prefix, part_size=PART_SIZE)


@pytest.fixture
def direct(bucket: Bucket, prefix: str) -> BucketStore:
    """The same store, reached without trouble."""
    return BucketStore(bucket, prefix, part_size=PART_SIZE)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(store: BucketStore, data: bytes = SHORT) -> None:
    store.put(KEY, io.BytesIO(data), size=len(data), sha256=sha256(data), media_type="video/mp4")


def content(store: BucketStore) -> bytes:
    with store.open(KEY) as file:
        return file.read()


def finish(store: BucketStore, data: bytes = CLIP) -> None:
    store.finish("upload", KEY, size=len(data), sha256=sha256(data), media_type="video/mp4")


VERBS: dict[str, tuple[str, Callable[[BucketStore], object]]] = {
    "put": ("PUT", put),
    "open": ("GET", content),
    "stat": ("HEAD", lambda store: store.stat(KEY)),
    "delete": ("DELETE", lambda store: store.delete(KEY)),
    "keys": ("GET", lambda store: list(store.keys())),
    "create": ("PUT", lambda store: store.create("upload")),
    "offset": ("GET", lambda store: store.offset("upload")),
    "append": ("PUT", lambda store: store.append("upload", 0, [SHORT], limit=len(SHORT))),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_service_that_is_busy_for_a_moment_is_asked_again(
    store: BucketStore, direct: BucketStore, way: FaultyWay, verb: str
) -> None:
    put(direct)
    direct.create("upload")
    method, call = VERBS[verb]
    way.fail(method, REFUSE, times=3)
    call(store)
    assert way.asked[method] >= 4


@pytest.mark.parametrize("verb", VERBS)
def test_a_service_that_stays_busy_is_unreachable(
    store: BucketStore, direct: BucketStore, way: FaultyWay, verb: str
) -> None:
    put(direct)
    direct.create("upload")
    method, call = VERBS[verb]
    way.fail(method, REFUSE)
    with pytest.raises(Unreachable):
        call(store)
    assert way.asked[method] == 4
    assert content(direct) == SHORT


def test_half_an_answer_is_never_taken_for_the_whole(store: BucketStore, direct: BucketStore, way: FaultyWay) -> None:
    put(direct)
    way.fail("GET", CUT_ANSWER)
    with pytest.raises(Unreachable):
        content(store)
    with pytest.raises(Unreachable), store.open(KEY, 10, 200_000) as file:
        file.read()


def test_half_a_request_leaves_nothing_and_is_sent_again(
    store: BucketStore, direct: BucketStore, way: FaultyWay
) -> None:
    way.fail("PUT", CUT_REQUEST)
    with pytest.raises(Unreachable):
        put(store)
    with pytest.raises(Missing):
        direct.stat(KEY)
    way.fail("PUT", CUT_REQUEST, times=2)
    put(store)
    assert content(direct) == SHORT


def test_an_answer_that_is_too_slow_is_not_waited_for(store: BucketStore, direct: BucketStore, way: FaultyWay) -> None:
    put(direct)
    way.fail("GET", DAWDLE, times=1)
    assert content(store) == SHORT
    way.dawdle_seconds = 1.2
    way.fail("PUT", DAWDLE)
    with pytest.raises(Unreachable):
        put(store)


def test_bytes_garbled_on_their_way_are_refused_by_the_service(
    store: BucketStore, direct: BucketStore, way: FaultyWay
) -> None:
    way.fail("PUT", GARBLE_REQUEST)
    with pytest.raises(StoreError):
        put(store)
    with pytest.raises(Missing):
        direct.stat(KEY)
    direct.create("upload")
    with pytest.raises(StoreError):
        store.append("upload", 0, [SHORT], limit=len(SHORT))
    assert direct.offset("upload") == 0


def test_a_piece_garbled_on_its_way_back_finishes_nothing(
    store: BucketStore, direct: BucketStore, way: FaultyWay
) -> None:
    direct.create("upload")
    direct.append("upload", 0, [CLIP], limit=len(CLIP))
    way.plan = lambda method, path: GARBLE_ANSWER if method == "GET" and "-" in path.rpartition("/")[2][:40] else None
    with pytest.raises(StoreError):
        finish(store)
    with pytest.raises(Missing):
        direct.stat(KEY)
    assert direct.offset("upload") == len(CLIP)
    way.plan = lambda _method, _path: None
    finish(store)
    assert content(direct) == CLIP


@pytest.mark.parametrize("fault", [REFUSE, CUT_ANSWER, CUT_REQUEST])
def test_a_join_that_breaks_off_leaves_no_parts_behind(
    store: BucketStore, direct: BucketStore, way: FaultyWay, fault: str
) -> None:
    direct.create("upload")
    direct.append("upload", 0, [CLIP], limit=len(CLIP))
    # The second part cannot be copied, however often it is tried.
    way.plan = lambda _method, path: fault if "partNumber=2" in path else None
    with pytest.raises(Unreachable):
        finish(store)
    with pytest.raises(Missing):
        direct.stat(KEY)
    assert direct.sweep(older_than=timedelta(days=-1)) == 0
    way.plan = lambda _method, _path: None
    finish(store)
    assert content(direct) == CLIP


@pytest.mark.parametrize("seed", range(4))
def test_an_upload_over_a_wretched_way_arrives_byte_for_byte(
    store: BucketStore, direct: BucketStore, way: FaultyWay, seed: int
) -> None:
    """A third of all requests fail in some way; the phone asks where it stands and goes on."""
    luck = random.Random(seed)
    faults = (REFUSE, CUT_ANSWER, CUT_REQUEST, GARBLE_REQUEST, GARBLE_ANSWER)

    def plan(_method: str, path: str) -> str | None:
        fault = luck.choice(faults) if luck.random() < 0.33 else None
        # A listing carries no checksum: only the way itself (TCP, TLS) can keep it whole.
        return None if fault == GARBLE_ANSWER and "list-type" in path else fault

    way.plan = plan
    done = False
    for _ in range(200):
        with suppress(StoreError):
            store.create("upload")
            at = store.offset("upload")
            store.append("upload", at, [CLIP[at : at + 3 * MIB]], limit=len(CLIP))
        with suppress(StoreError):
            finish(store)
            done = True
            break
    assert done
    assert content(direct) == CLIP
    assert direct.sweep(older_than=timedelta(days=-1)) in {0, 1, 2}
