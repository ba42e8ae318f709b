"""What every store promises, tried on the one in memory, on a disk and in the bucket of a real S3 server."""

import hashlib
import io
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_store import (
    BadKey,
    Content,
    Locked,
    Measured,
    MediaStore,
    Missing,
    OffsetMismatch,
    Staging,
    Store,
    WrongBytes,
    original_key,
)

KEY = "originals/ab/cd/photo.jpg"
PHOTO = random.Random(7).randbytes(300_000)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(store: Store, key: str, data: bytes) -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=sha256(data), media_type="image/jpeg")


def finish(store: Store, upload_id: str, key: str, data: bytes) -> None:
    store.finish(upload_id, key, size=len(data), sha256=sha256(data), media_type="image/jpeg")


def content(store: Store, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def staged_content(store: Store, upload_id: str) -> bytes:
    with store.open_staged(upload_id) as file:
        return file.read()


def breaking_off(data: bytes) -> Iterator[bytes]:
    yield data
    raise ConnectionResetError


def test_a_store_keeps_both_protocols(store: Store) -> None:
    assert isinstance(store, MediaStore)
    assert isinstance(store, Staging)


def test_what_is_put_can_be_read(store: Store) -> None:
    put(store, KEY, PHOTO)
    assert content(store, KEY) == PHOTO
    assert store.stat(KEY).size == len(PHOTO)
    assert abs(store.stat(KEY).modified_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_nothing_at_all_can_be_put(store: Store) -> None:
    put(store, KEY, b"")
    assert content(store, KEY) == b""
    with store.open(KEY, 0, 5) as file:
        assert file.read() == b""


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (0, 10), (5, 5), (7, None), (100, 299_999), (299_999, 400_000), (300_000, None), (9**9, 9**9 + 1)],
)
def test_a_range_is_cut_out(store: Store, start: int, end: int | None) -> None:
    put(store, KEY, PHOTO)
    with store.open(KEY, start, end) as file:
        assert file.read() == PHOTO[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, 4)])
def test_a_range_cannot_run_backwards(store: Store, start: int, end: int | None) -> None:
    put(store, KEY, PHOTO)
    with pytest.raises(ValueError, match="no such range"):
        store.open(KEY, start, end)


def test_an_object_can_be_read_in_pieces(store: Store) -> None:
    put(store, KEY, PHOTO)
    with store.open(KEY, 1) as file:
        pieces = list(iter(lambda: file.read(70_000), b""))
    assert [len(piece) for piece in pieces] == [70_000] * 4 + [19_999]
    assert b"".join(pieces) == PHOTO[1:]


def test_a_reader_may_stop_early(store: Store) -> None:
    put(store, KEY, PHOTO)
    with store.open(KEY, 0, 200_000) as file:
        assert file.read(10) == PHOTO[:10]
    assert file.closed
    assert content(store, KEY) == PHOTO


def test_what_is_not_there_is_missing(store: Store) -> None:
    put(store, KEY, PHOTO)
    for key in ("originals/ab/cd/other.jpg", "originals/ab/cd", "originals/ab/cd/photo.jpg/below", "nothing"):
        for verb in (store.open, store.stat, store.local_path):
            with pytest.raises(Missing):
                verb(key)
        with pytest.raises(Missing):
            store.open(key, 3, 3)
        store.delete(key)
    assert content(store, KEY) == PHOTO


@pytest.mark.parametrize(
    "data", [PHOTO[:-1], PHOTO + b"!", b"?" + PHOTO[1:], b""], ids=["short", "long", "altered", "empty"]
)
def test_other_bytes_than_announced_are_refused(store: Store, data: bytes) -> None:
    for already in (False, True):
        with pytest.raises(WrongBytes) as caught:
            store.put(KEY, io.BytesIO(data), size=len(PHOTO), sha256=sha256(PHOTO), media_type="image/jpeg")
        assert caught.value.expected == Content(len(PHOTO), sha256(PHOTO))
        assert caught.value.actual == Content(len(data), sha256(data))
        assert list(store.keys()) == ([KEY] if already else [])
        put(store, KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_a_source_that_breaks_off_leaves_the_old_object(store: Store) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1000) if self.tell() < 5000 else self.broken()

        def broken(self) -> bytes:
            raise ConnectionResetError

    put(store, KEY, b"old")
    for key in (KEY, "originals/new"):
        with pytest.raises(ConnectionResetError):
            store.put(key, Broken(PHOTO), size=len(PHOTO), sha256=sha256(PHOTO), media_type="image/jpeg")
    assert list(store.keys()) == [KEY]
    assert content(store, KEY) == b"old"


def test_putting_again_is_fine_and_putting_anew_replaces(store: Store) -> None:
    for data in (PHOTO, PHOTO, b"another rendition"):
        put(store, KEY, data)
        assert content(store, KEY) == data


def test_deleting_forgets_and_can_be_repeated(store: Store) -> None:
    put(store, KEY, PHOTO)
    for _ in range(2):
        store.delete(KEY)
        with pytest.raises(Missing):
            store.stat(KEY)


def test_keys_are_found_by_their_beginning(store: Store) -> None:
    kept = {"originals/ab/cd/1.jpg", "originals/ab/ce/2.jpg", "originals/ac/00/3.jpg", "renditions/ab/cd/1-thumb.jpg"}
    for key in kept:
        put(store, key, b"x")
    store.create("upload")
    store.append("upload", 0, [b"x"], limit=1)
    for prefix in (
        "",
        "o",
        "originals/",
        "originals/a",
        "originals/ab/c",
        "originals/ab/cd",
        "originals/zz",
        "renditions/ab/cd/1",
    ):
        found = list(store.keys(prefix))
        assert sorted(found) == sorted(key for key in kept if key.startswith(prefix))


def test_the_listing_tells_size_and_age_in_the_order_of_the_keys(store: Store) -> None:
    sizes = {f"originals/{shard}/0{n}/{n}.jpg": n for shard in ("ab", "0c", "f0") for n in range(5)}
    sizes |= {"renditions/ab/cd/1-thumb.jpg": 7, "renditions/ab/cd/1-screen.jpg": 0, "exports/a.zip": 3}
    for key, size in reversed(sizes.items()):
        put(store, key, b"x" * size)
    store.create("upload")
    store.append("upload", 0, [b"x"], limit=1)
    for prefix in ("", "originals/", "originals/ab/0", "renditions/", "none/"):
        entries = list(store.entries(prefix))
        assert [(each.key, each.size) for each in entries] == sorted(
            (key, size) for key, size in sizes.items() if key.startswith(prefix)
        )
    assert all(abs(each.modified_at - datetime.now(UTC)) < timedelta(minutes=1) for each in store.entries())


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".a", "a/.b", "A", "a b", "a\n", "é", "staging/x", "a" * 301],
)
def test_a_bad_key_is_refused_by_every_verb(store: Store, key: str) -> None:
    store.create("upload")
    for verb in (
        lambda: put(store, key, b""),
        lambda: store.open(key),
        lambda: store.stat(key),
        lambda: store.delete(key),
        lambda: store.local_path(key),
        lambda: finish(store, "upload", key, b""),
    ):
        with pytest.raises(BadKey):
            verb()


@pytest.mark.parametrize("upload_id", ["", ".", "..", "a/b", "../a", "a.b", "A", "a" * 101])
def test_a_bad_upload_id_is_refused_by_every_verb(store: Store, upload_id: str) -> None:
    for verb in (
        lambda: store.create(upload_id),
        lambda: store.append(upload_id, 0, [b"x"], limit=1),
        lambda: store.offset(upload_id),
        lambda: store.open_staged(upload_id),
        lambda: finish(store, upload_id, KEY, b""),
        lambda: store.discard(upload_id),
    ):
        with pytest.raises(BadKey):
            verb()


def test_bad_prefixes_are_refused(store: Store) -> None:
    for prefix in ("../", "/", "staging/", "A"):
        for verb in (store.keys, store.entries):
            with pytest.raises(BadKey):
                list(verb(prefix))


def test_a_store_that_answers_is_well(store: Store) -> None:
    store.check()
    assert list(store.keys()) == []
    assert store.sweep(older_than=timedelta(0)) == 0


def test_an_upload_grows_append_by_append(store: Store) -> None:
    store.create("upload")
    assert store.offset("upload") == 0
    assert store.append("upload", 0, io.BytesIO(PHOTO[:1000]), limit=len(PHOTO)) == 1000
    assert store.append("upload", 1000, [PHOTO[1000:1001], b"", PHOTO[1001:5000]], limit=len(PHOTO)) == 5000
    assert store.append("upload", 5000, iter([PHOTO[5000:]]), limit=len(PHOTO)) == len(PHOTO)
    assert store.offset("upload") == len(PHOTO)
    assert staged_content(store, "upload") == PHOTO


def test_an_append_at_another_offset_reads_nothing(store: Store) -> None:
    store.create("upload")
    store.append("upload", 0, [b"12345"], limit=100)
    for offset in (0, 4, 6):
        source = io.BytesIO(b"abc")
        with pytest.raises(OffsetMismatch) as caught:
            store.append("upload", offset, source, limit=100)
        assert (caught.value.durable, caught.value.given, source.tell()) == (5, offset, 0)
    assert staged_content(store, "upload") == b"12345"


def test_an_upload_never_exceeds_its_limit(store: Store) -> None:
    store.create("upload")
    source = io.BytesIO(PHOTO)
    assert store.append("upload", 0, source, limit=1000) == 1000
    assert source.tell() == 1000
    assert store.append("upload", 1000, [b"more"], limit=1000) == 1000
    assert store.append("upload", 1000, [b"more"], limit=1002) == 1002
    assert staged_content(store, "upload") == PHOTO[:1000] + b"mo"


def test_what_came_before_the_source_broke_off_is_kept(store: Store) -> None:
    store.create("upload")
    with pytest.raises(ConnectionResetError):
        store.append("upload", 0, breaking_off(PHOTO[:1234]), limit=len(PHOTO))
    assert store.offset("upload") == 1234
    store.append("upload", 1234, [PHOTO[1234:]], limit=len(PHOTO))
    finish(store, "upload", KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_beginning_an_upload_again_changes_nothing(store: Store) -> None:
    store.create("upload")
    store.append("upload", 0, [b"12345"], limit=5)
    store.create("upload")
    assert store.offset("upload") == 5


def test_a_finished_upload_is_an_object_and_nothing_else(store: Store) -> None:
    key = original_key(sha256(PHOTO), "jpg")
    store.create("upload")
    store.append("upload", 0, [PHOTO], limit=len(PHOTO))
    finish(store, "upload", key, PHOTO)
    store.discard("upload")
    assert content(store, key) == PHOTO
    assert list(store.staged()) == []
    for verb in (store.offset, store.open_staged):
        with pytest.raises(Missing):
            verb("upload")
    with pytest.raises(Missing):
        store.append("upload", 0, [b"x"], limit=1)


def test_finishing_can_be_repeated_until_the_upload_is_discarded(store: Store) -> None:
    store.create("upload")
    store.append("upload", 0, [PHOTO], limit=len(PHOTO))
    for _ in range(2):
        finish(store, "upload", KEY, PHOTO)
        assert (content(store, KEY), staged_content(store, "upload")) == (PHOTO, PHOTO)
        store.delete(KEY)
    finish(store, "upload", KEY, PHOTO)
    store.discard("upload")
    # Whoever only knows the SHA-256 of what is there gets nothing for it.
    with pytest.raises(Missing):
        finish(store, "upload", KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_a_finished_upload_takes_no_more_bytes(store: Store) -> None:
    store.create("upload")
    store.append("upload", 0, [PHOTO], limit=len(PHOTO))
    finish(store, "upload", KEY, PHOTO)
    assert store.append("upload", len(PHOTO), [b""], limit=len(PHOTO)) == len(PHOTO)
    store.append("upload", len(PHOTO), [b"more"], limit=len(PHOTO) + 4)
    assert content(store, KEY) == PHOTO


def test_what_was_measured_while_it_came_in_may_be_believed(store: Store) -> None:
    store.create("upload")
    measured = Measured(iter([PHOTO[:7], PHOTO[7:]]))
    store.append("upload", 0, measured, limit=len(PHOTO))
    size, digest = measured.content
    store.finish("upload", KEY, size=size, sha256=digest, media_type="image/jpeg", received=measured.content)
    assert content(store, KEY) == PHOTO


@pytest.mark.parametrize("received", [Content(len(PHOTO), "0" * 64), Content(len(PHOTO) - 1, sha256(PHOTO))])
def test_what_was_measured_otherwise_is_read_again(store: Store, received: Content) -> None:
    right = {"size": len(PHOTO), "sha256": sha256(PHOTO), "media_type": "image/jpeg"}
    store.create("upload")
    store.append("upload", 0, [PHOTO[:-1]], limit=len(PHOTO))
    for claimed in (received, Content(len(PHOTO), sha256(PHOTO))):
        with pytest.raises(WrongBytes):
            store.finish("upload", KEY, **right, received=claimed)
    store.append("upload", len(PHOTO) - 1, [PHOTO[-1:]], limit=len(PHOTO))
    store.finish("upload", KEY, **right, received=received)
    assert content(store, KEY) == PHOTO


def test_nothing_that_is_there_is_replaced_on_a_callers_word(store: Store) -> None:
    """The upload was discarded and begun anew with other bytes between the measuring and the finish."""
    put(store, KEY, PHOTO)
    store.create("upload")
    store.append("upload", 0, [PHOTO[::-1]], limit=len(PHOTO))
    right = Content(len(PHOTO), sha256(PHOTO))
    with pytest.raises(WrongBytes):
        store.finish("upload", KEY, size=right.size, sha256=right.sha256, media_type="image/jpeg", received=right)
    assert content(store, KEY) == PHOTO


def test_a_source_may_fill_one_buffer_again_and_again(store: Store) -> None:
    buffer = bytearray(1000)

    def refilling() -> Iterator[memoryview]:
        for start in range(0, len(PHOTO), len(buffer)):
            buffer[:] = PHOTO[start : start + len(buffer)]
            yield memoryview(buffer)

    store.create("upload")
    assert store.append("upload", 0, refilling(), limit=len(PHOTO)) == len(PHOTO)
    finish(store, "upload", KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_two_uploads_of_the_same_bytes_share_one_object(store: Store) -> None:
    for upload_id in ("one", "two"):
        store.create(upload_id)
        store.append(upload_id, 0, [PHOTO], limit=len(PHOTO))
        finish(store, upload_id, KEY, PHOTO)
        store.discard(upload_id)
    assert list(store.keys()) == [KEY]
    assert content(store, KEY) == PHOTO


@pytest.mark.parametrize(
    "data", [PHOTO[:-1], PHOTO + b"!", b"?" + PHOTO[1:], b""], ids=["short", "long", "altered", "empty"]
)
def test_an_upload_of_other_bytes_does_not_finish(store: Store, data: bytes) -> None:
    store.create("upload")
    store.append("upload", 0, [data], limit=len(data))
    for already in (False, True):
        with pytest.raises(WrongBytes) as caught:
            finish(store, "upload", KEY, PHOTO)
        assert caught.value.expected == Content(len(PHOTO), sha256(PHOTO))
        assert caught.value.actual == Content(len(data), sha256(data))
        assert list(store.keys()) == ([KEY] if already else [])
        assert staged_content(store, "upload") == data
        # Whoever only knows the SHA-256 of what somebody else has uploaded gets nothing for it.
        put(store, KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_an_empty_upload_finishes(store: Store) -> None:
    store.create("upload")
    finish(store, "upload", KEY, b"")
    assert content(store, KEY) == b""


def test_a_discarded_upload_is_gone_and_discarding_can_be_repeated(store: Store) -> None:
    store.create("upload")
    store.append("upload", 0, [b"x"], limit=1)
    for _ in range(2):
        store.discard("upload")
        with pytest.raises(Missing):
            store.offset("upload")
    assert list(store.staged()) == []


def test_staged_uploads_are_listed(store: Store) -> None:
    put(store, KEY, PHOTO)
    for upload_id in ("one", "two-2", "three_3"):
        store.create(upload_id)
    store.append("one", 0, [b"x"], limit=1)
    store.discard("two-2")
    assert sorted(store.staged()) == ["one", "three_3"]


def test_appends_to_one_upload_never_mix(store: Store) -> None:
    """Either the second is turned away, or both are let in with the same bytes: the store's choice."""

    def slow() -> Iterator[bytes]:
        yield PHOTO[:1000]
        try:
            assert store.append("upload", 0, [PHOTO[:10]], limit=len(PHOTO)) == 10
        except Locked as locked:
            assert locked.upload_id == "upload"
        yield PHOTO[1000:]

    store.create("upload")
    assert store.append("upload", 0, slow(), limit=len(PHOTO)) == len(PHOTO)
    assert store.offset("upload") == len(PHOTO)
    finish(store, "upload", KEY, PHOTO)
    assert content(store, KEY) == PHOTO


def test_a_finish_outlasts_an_append_that_only_looks_in(store: Store) -> None:
    """Another copy of the phone's request, held up where it has the upload for itself, must not spoil the last byte."""
    looked_in, go_on = threading.Event(), threading.Event()

    def nothing() -> Iterator[bytes]:
        looked_in.set()
        go_on.wait(10)
        yield from ()

    store.create("upload")
    store.append("upload", 0, [PHOTO], limit=len(PHOTO))
    other = threading.Thread(target=lambda: store.append("upload", len(PHOTO), nothing(), limit=len(PHOTO) + 1))
    other.start()
    looked_in.wait(10)
    threading.Timer(0.2, go_on.set).start()
    finish(store, "upload", KEY, PHOTO)
    other.join()
    assert content(store, KEY) == PHOTO


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=8))
def test_any_chunks_give_the_same_bytes(store: Store, chunks: list[tuple[bytes, bool]]) -> None:
    whole = b"".join(chunk for chunk, _ in chunks)
    store.discard("upload")
    store.create("upload")
    at = 0
    for chunk, breaks in chunks:
        if breaks:
            with pytest.raises(ConnectionResetError):
                store.append("upload", at, breaking_off(chunk), limit=len(whole) + 1)
        else:
            assert store.append("upload", at, io.BytesIO(chunk), limit=len(whole)) == at + len(chunk)
        at += len(chunk)
        assert store.offset("upload") == at
    finish(store, "upload", KEY, whole)
    assert content(store, KEY) == whole


def test_only_a_bucket_has_addresses_of_its_own(memory_store: Store, file_store: Store, bucket_store: Store) -> None:
    for store, has_any in ((memory_store, False), (file_store, False), (bucket_store, True)):
        put(store, KEY, PHOTO)
        url = store.signed_url(KEY, seconds=60, media_type="image/jpeg")
        assert (url is not None) == has_any
