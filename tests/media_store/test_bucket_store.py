"""What only a bucket has: parts, copies of the web process that share nothing, signed addresses, a network."""

import hashlib
import io
import os
import random
import time
import tracemalloc
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from media_store import Missing, StoreError, Unreachable, WrongBytes
from media_store.bucket_store import BucketStore
from media_store.s3 import Bucket, Join

MIB = 1024 * 1024
PART_SIZE = 5 * MIB
KEY = "originals/ab/cd/clip.mp4"
CLIP = random.Random(11).randbytes(12 * MIB + 345)
SHA256 = hashlib.sha256(CLIP).hexdigest()


def finish(store: BucketStore, data: bytes = CLIP) -> None:
    store.finish("upload", KEY, size=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type="video/mp4")


def content(store: BucketStore) -> bytes:
    with store.open(KEY) as file:
        return file.read()


def put(store: BucketStore, data: bytes = CLIP, key: str = KEY) -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type="video/mp4")


def fetched(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read(), dict(answer.headers)


def pieces_of(bucket: Bucket, store: BucketStore) -> list[str]:
    return sorted(path.rpartition("/")[2][:25] for path in bucket.paths(store._folder("upload")))


def test_one_long_append_becomes_pieces_of_one_part_each(bucket: Bucket, bucket_store: BucketStore) -> None:
    bucket_store.create("upload")
    bucket_store.append("upload", 0, io.BytesIO(CLIP), limit=len(CLIP))
    ends = [0, PART_SIZE, 2 * PART_SIZE, len(CLIP)]
    names = [f"{start:012d}-{end:012d}" for start, end in pairwise(ends)]
    assert pieces_of(bucket, bucket_store) == [*names, "begun"]
    finish(bucket_store)
    bucket_store.discard("upload")
    assert content(bucket_store) == CLIP
    assert pieces_of(bucket, bucket_store) == []


@pytest.mark.parametrize(
    "cuts", [(1,), (PART_SIZE,), (PART_SIZE - 1, PART_SIZE + 1), (7, 8, 3 * MIB, 9 * MIB, 12 * MIB)]
)
def test_pieces_cut_anywhere_are_joined(bucket: Bucket, bucket_store: BucketStore, cuts: tuple[int, ...]) -> None:
    """Every chunk arrives at a process that knows nothing of the others."""
    prefix = bucket_store._prefix
    bucket_store.create("upload")
    edges = (0, *cuts, len(CLIP))
    for start, end in pairwise(edges):
        another = BucketStore(Bucket("evidence"), prefix, part_size=PART_SIZE)
        assert another.offset("upload") == start
        assert another.append("upload", start, [CLIP[start:end]], limit=len(CLIP)) == end
    with bucket_store.open_staged("upload") as file:
        assert file.read() == CLIP
    finish(bucket_store)
    assert content(bucket_store) == CLIP


def test_a_late_and_shorter_append_takes_nothing_back(bucket_store: BucketStore) -> None:
    """The phone gave up on a connection and sent anew while the old one was still being read."""

    def hanging() -> Iterator[bytes]:
        yield CLIP[:1000]
        assert bucket_store.append("upload", 0, [CLIP[:50_000]], limit=len(CLIP)) == 50_000
        raise ConnectionResetError

    bucket_store.create("upload")
    with pytest.raises(ConnectionResetError):
        bucket_store.append("upload", 0, hanging(), limit=len(CLIP))
    assert bucket_store.offset("upload") == 50_000
    bucket_store.append("upload", 50_000, [CLIP[50_000:]], limit=len(CLIP))
    finish(bucket_store)
    assert content(bucket_store) == CLIP


def test_of_two_appends_with_different_bytes_only_the_one_that_is_read_can_finish(bucket_store: BucketStore) -> None:
    def lying() -> Iterator[bytes]:
        bucket_store.append("upload", 0, [b"right"], limit=5)
        yield b"wrong"

    bucket_store.create("upload")
    bucket_store.append("upload", 0, lying(), limit=5)
    with bucket_store.open_staged("upload") as file:
        held = file.read()
    with pytest.raises(WrongBytes):
        finish(bucket_store, b"right" if held == b"wrong" else b"wrong")
    finish(bucket_store, held)
    assert content(bucket_store) == held


def test_a_finish_that_fails_shows_nothing_and_can_be_repeated(
    bucket: Bucket, bucket_store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Join) -> None:
        message = "the network went away"
        raise Unreachable(message)

    bucket_store.create("upload")
    bucket_store.append("upload", 0, io.BytesIO(CLIP), limit=len(CLIP))
    for verb, left in (("complete", 0), ("give_up", 1)):
        # First the join fails and is given up, then it is killed before it could be.
        monkeypatch.setattr(Join, "complete", failing)
        monkeypatch.setattr(Join, verb, failing)
        with pytest.raises(Unreachable):
            finish(bucket_store)
        monkeypatch.undo()
        with pytest.raises(Missing):
            bucket_store.stat(KEY)
        assert bucket_store.sweep(older_than=timedelta(hours=1)) == 0
        assert bucket_store.sweep(older_than=timedelta(seconds=-5)) == left
    finish(bucket_store)
    assert content(bucket_store) == CLIP


def test_a_discard_that_is_killed_leaves_no_half_upload(
    bucket: Bucket, bucket_store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket_store.create("upload")
    bucket_store.append("upload", 0, [CLIP], limit=len(CLIP))
    deleted: list[str] = []
    delete = bucket.delete

    def delete_one(path: str) -> None:
        if deleted:
            raise KeyboardInterrupt
        deleted.append(path)
        delete(path)

    finish(bucket_store)
    monkeypatch.setattr(bucket, "delete", delete_one)
    with pytest.raises(KeyboardInterrupt):
        bucket_store.discard("upload")
    monkeypatch.undo()
    assert list(bucket_store.staged()) == ["upload"]
    with pytest.raises(Missing):
        bucket_store.offset("upload")
    bucket_store.discard("upload")
    assert list(bucket_store.staged()) == []
    assert content(bucket_store) == CLIP


@pytest.mark.parametrize("size", [1000, PART_SIZE, 11 * MIB])
def test_an_object_is_served_as_what_it_was_announced(bucket_store: BucketStore, size: int) -> None:
    bucket_store.create("upload")
    bucket_store.append("upload", 0, [CLIP[:size]], limit=size)
    finish(bucket_store, CLIP[:size])
    path = bucket_store._object(KEY)
    assert bucket_store._bucket._client().head_object(Bucket="evidence", Key=path)["ContentType"] == "video/mp4"


def test_a_signed_address_shows_the_object(bucket_store: BucketStore) -> None:
    put(bucket_store, b"film")
    data, headers = fetched(bucket_store.signed_url(KEY, seconds=60, media_type="video/mp4"))
    assert (data, headers["Content-Type"], headers["Content-Disposition"]) == (b"film", "video/mp4", "inline")


def test_a_signed_address_saves_under_any_name(bucket_store: BucketStore) -> None:
    put(bucket_store, b"film")
    url = bucket_store.signed_url(KEY, seconds=60, media_type="video/mp4", filename='交车 "1"\r\n.mp4')
    disposition = fetched(url)[1]["Content-Disposition"]
    assert disposition == (
        "attachment; filename=\"____1___.mp4\"; filename*=UTF-8''%E4%BA%A4%E8%BD%A6%20%221%22%0D%0A.mp4"
    )


def test_a_signed_address_opens_nothing_else_and_not_for_long(bucket_store: BucketStore) -> None:
    put(bucket_store, b"film")
    put(bucket_store, b"secret", key="originals/ab/cd/clip2.mp4")
    url = bucket_store.signed_url(KEY, seconds=1, media_type="video/mp4")
    longer = url.replace("X-Amz-Expires=1", "X-Amz-Expires=1000")
    assert fetched(url)[0] == b"film"
    time.sleep(2.1)
    for refused in (url, longer, url.replace("clip.mp4", "clip2.mp4"), url.split("?")[0]):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetched(refused)
        caught.value.close()
        assert caught.value.code == 403


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_SECRET_ACCESS_KEY", "a wrong one")]
)
def test_a_service_that_does_not_let_us_in_is_unreachable(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        BucketStore(Bucket("evidence")).check()
    assert time.monotonic() - started < 5


def test_a_bucket_that_does_not_exist_is_unreachable_not_missing(bucket: Bucket) -> None:
    with pytest.raises(Unreachable):
        BucketStore(Bucket("nowhere")).check()


def test_a_forked_process_makes_its_own_connections(bucket_store: BucketStore) -> None:
    put(bucket_store, b"film")
    mine = bucket_store._bucket._client()
    child = os.fork()
    if child == 0:
        other = bucket_store._bucket._client()
        os._exit(0 if other is not mine and content(bucket_store) == b"film" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert bucket_store._bucket._client() is mine


def test_a_broken_connection_while_reading_is_named(bucket_store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ResponseStreamingError
    from botocore.response import StreamingBody

    def breaking(*_: object) -> Iterator[bytes]:
        yield b"12345"
        raise ResponseStreamingError(error="cut")

    put(bucket_store, b"film")
    monkeypatch.setattr(StreamingBody, "iter_chunks", breaking)
    with pytest.raises(StoreError, match="cut"), bucket_store.open(KEY) as file:
        file.read()


def test_memory_stays_flat(bucket_store: BucketStore) -> None:
    """22 MiB go in and out while Python holds only a few at any time."""
    chunk, times = CLIP[:MIB], 22
    sha256 = hashlib.sha256(chunk * times).hexdigest()
    put(bucket_store, b"warm")
    bucket_store.create("upload")
    tracemalloc.start()
    bucket_store.append("upload", 0, (chunk for _ in range(times)), limit=times * MIB)
    bucket_store.finish("upload", KEY, size=times * MIB, sha256=sha256, media_type="video/mp4")
    with bucket_store.open(KEY) as file:
        bucket_store.put("exports/copy", file, size=times * MIB, sha256=sha256, media_type="video/mp4")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB
