"""A whole store moves to another kind and back; whatever is killed or spoiled on the way, nothing wrong arrives."""

import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from media_store import Missing, NoSpace, Store, Unreachable, copying, original_key, rendition_key
from media_store.bucket_store import BucketStore
from media_store.copying import Report, copy
from media_store.filesystem import FileStore
from media_store.memory import MemoryStore
from media_store.s3 import Bucket
from tests.servers import S3Server

MIB = 1024 * 1024
RANDOM = random.Random(23)
PHOTOS = [RANDOM.randbytes(size) for size in (0, 1, 1000, 70_000, 3 * MIB)]
FILM = RANDOM.randbytes(12 * MIB + 345)

PROGRAM = """
import sys
from pathlib import Path
from media_store.bucket_store import BucketStore
from media_store.copying import copy
from media_store.filesystem import FileStore
from media_store.s3 import Bucket

source = FileStore(Path(sys.argv[1]))
target = BucketStore(Bucket("evidence"), sys.argv[2], part_size=5 * 1024 * 1024)
copy(source, target, lambda report: print(report.objects, flush=True))
"""


class Cut(io.BytesIO):
    """What a store answers whose connection breaks at the end of these bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            message = "the source went away"
            raise Unreachable(message)
        return data


def silent(_: Report) -> None:
    """Nobody watches."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(store: Store, key: str, data: bytes) -> str:
    store.put(key, io.BytesIO(data), size=len(data), sha256=sha256(data), media_type="image/jpeg")
    return key


def keep(store: Store, data: bytes) -> str:
    return put(store, original_key(sha256(data), "jpg"), data)


def content(store: Store, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def contents(store: Store) -> dict[str, bytes]:
    return {key: content(store, key) for key in store.keys()}  # noqa: SIM118 - a store is no mapping.


@pytest.fixture
def filled(file_store: FileStore) -> FileStore:
    for data in PHOTOS:
        keep(file_store, data)
        put(file_store, rendition_key(sha256(data), "thumb", "jpg"), data[:100])
    put(file_store, "exports/2026.xlsx", b"a table")
    for key in file_store.keys():  # noqa: SIM118 - a store is no mapping.
        # Services tell the second only: what is copied in the second it was made in is copied once more.
        os.utime(file_store.local_path(key), (1_700_000_000, 1_700_000_000))
    return file_store


@pytest.fixture
def films_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "LARGE", 10 * MIB)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAUSES", (0.0, 0.0))


@pytest.mark.usefixtures("films_are_large")
def test_from_files_to_a_bucket_and_back(filled: FileStore, bucket_store: BucketStore, tmp_path: Path) -> None:
    keep(filled, FILM)
    there = copy(filled, bucket_store, silent)
    back = FileStore(tmp_path / "back")
    again = copy(bucket_store, back, silent)
    assert contents(bucket_store) == contents(back) == contents(filled)
    assert len(contents(back)) == 12
    for report in (there, again):
        assert (report.copied, report.in_place, report.gone, report.wrong, report.only_at_target) == (12, 0, 0, 0, 0)
        assert report.objects == report.total_objects == 12
        assert report.size == report.total_size == report.copied_size == sum(map(len, contents(filled).values()))
    assert list(bucket_store.staged()) == list(back.staged()) == []


def test_what_is_there_is_not_copied_again(filled: FileStore, bucket_store: BucketStore) -> None:
    copy(filled, bucket_store, silent)
    new = keep(filled, b"taken meanwhile")
    for thorough in (False, True):
        report = copy(filled, bucket_store, silent, thorough=thorough)
        assert (report.copied, report.in_place) == ((0, 12) if thorough else (1, 11))
    assert content(bucket_store, new) == b"taken meanwhile"


def test_a_rendition_made_anew_is_copied_anew(filled: FileStore, memory_store: MemoryStore) -> None:
    copy(filled, memory_store, silent)
    key = put(filled, rendition_key(sha256(PHOTOS[2]), "thumb", "jpg"), b"?" * 100)
    report = copy(filled, memory_store, silent)
    assert (report.copied, content(memory_store, key)) == (1, b"?" * 100)


def test_a_thorough_copy_mends_what_rotted_at_the_target(filled: FileStore, tmp_path: Path) -> None:
    target = FileStore(tmp_path / "target")
    copy(filled, target, silent)
    rotten = [original_key(sha256(PHOTOS[3]), "jpg"), rendition_key(sha256(PHOTOS[3]), "thumb", "jpg")]
    for key in rotten:
        path = target.local_path(key)
        path.write_bytes(b"?" + path.read_bytes()[1:])
    assert copy(filled, target, silent).copied == 0
    assert copy(filled, target, silent, thorough=True).copied == 2
    assert contents(target) == contents(filled)


def test_an_original_that_rotted_at_the_source_is_named_and_not_copied(
    filled: FileStore, bucket_store: BucketStore, films_are_large: None
) -> None:
    rotten = sorted([original_key(sha256(PHOTOS[3]), "jpg"), keep(filled, FILM)])
    for key, change in zip(rotten, (lambda data: data[:-1], lambda data: b"?" + data[1:]), strict=True):
        path = filled.local_path(key)
        path.write_bytes(change(path.read_bytes()))
    report = copy(filled, bucket_store, silent)
    assert (report.wrong, report.wrong_keys, report.copied) == (2, rotten, 10)
    for key in rotten:
        with pytest.raises(Missing):
            bucket_store.stat(key)
    assert list(bucket_store.staged()) == []


def test_wrong_keys_are_counted_all_but_not_all_kept(file_store: FileStore, memory_store: MemoryStore) -> None:
    for n in range(130):
        put(file_store, original_key(sha256(bytes([n])), "jpg"), b"something else")
    report = copy(file_store, memory_store, silent)
    assert (report.wrong, len(report.wrong_keys), list(memory_store.keys())) == (130, 100, [])


def test_progress_is_told_from_nothing_to_everything(file_store: FileStore, memory_store: MemoryStore) -> None:
    for n in range(200):
        keep(file_store, bytes([n]) * 10)
    told: list[tuple[int, int, int, int]] = []
    copy(file_store, memory_store, lambda now: told.append((now.objects, now.total_objects, now.size, now.total_size)))
    assert told == [(n, 200, 10 * n, 2000) for n in range(201)]


def test_what_only_the_target_has_is_counted_and_left(filled: FileStore, memory_store: MemoryStore) -> None:
    key = keep(memory_store, b"deleted at the source since")
    assert copy(filled, memory_store, silent).only_at_target == 1
    assert content(memory_store, key) == b"deleted at the source since"


def test_what_is_deleted_during_the_copy_is_no_fault(
    filled: FileStore, memory_store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = original_key(sha256(PHOTOS[1]), "jpg")
    opened = filled.open
    monkeypatch.setattr(filled, "open", lambda key, *at: opened("gone" if key == lost else key, *at))
    report = copy(filled, memory_store, silent)
    assert (report.gone, report.wrong, report.copied) == (1, 0, 10)


def test_uploads_still_arriving_go_on_at_the_target(
    file_store: FileStore, bucket_store: BucketStore, tmp_path: Path
) -> None:
    for upload_id, data in (("begun", b""), ("half", FILM[: 7 * MIB])):
        file_store.create(upload_id)
        file_store.append(upload_id, 0, [data], limit=len(FILM))
    assert copy(file_store, bucket_store, silent).uploads == 2
    file_store.append("half", 7 * MIB, [FILM[7 * MIB : 8 * MIB]], limit=len(FILM))
    copy(file_store, bucket_store, silent)
    assert bucket_store.offset("half") == 8 * MIB
    bucket_store.append("half", 8 * MIB, [FILM[8 * MIB :]], limit=len(FILM))
    copy(file_store, bucket_store, silent)
    back = FileStore(tmp_path / "back")
    assert copy(bucket_store, back, silent).uploads == 2
    key = original_key(sha256(FILM), "mp4")
    back.finish("half", key, size=len(FILM), sha256=sha256(FILM), media_type="video/mp4")
    assert content(back, key) == FILM
    assert back.offset("begun") == 0


def test_a_film_is_resumed_in_its_middle(
    file_store: FileStore, bucket_store: BucketStore, monkeypatch: pytest.MonkeyPatch, films_are_large: None
) -> None:
    key = keep(file_store, FILM)
    asked: list[int] = []
    opened = file_store.open

    def breaking(name: str, start: int = 0) -> io.BufferedIOBase:
        asked.append(start)
        return Cut(FILM[: 6 * MIB]) if len(asked) == 1 else opened(name, start)

    monkeypatch.setattr(file_store, "open", breaking)
    monkeypatch.setattr(copying, "_PAUSES", (0.0,))
    assert copy(file_store, bucket_store, silent).copied == 1
    assert asked == [0, 6 * MIB]
    assert content(bucket_store, key) == FILM


def test_parts_of_what_has_vanished_since_are_forgotten(filled: FileStore, memory_store: MemoryStore) -> None:
    memory_store.create(f"copy-{sha256(FILM)}")
    copy(filled, memory_store, silent)
    assert list(memory_store.staged()) == []


@pytest.mark.parametrize("fault", [Unreachable, NoSpace])
@pytest.mark.usefixtures("impatient")
def test_a_target_that_fails_ends_the_copy_and_keeps_what_came(
    filled: FileStore, memory_store: MemoryStore, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    begun: list[str] = []
    kept: list[str] = []
    put_one = memory_store.put

    def failing(key: str, *given: object, **named: object) -> None:
        begun.append(key)
        if len(begun) > 5:
            raise fault("no more")
        put_one(key, *given, **named)
        kept.append(key)

    monkeypatch.setattr(memory_store, "put", failing)
    with pytest.raises(fault, match="no more"):
        copy(filled, memory_store, silent)
    monkeypatch.undo()
    assert set(kept) <= set(memory_store.keys())
    assert copy(filled, memory_store, silent).in_place >= len(kept)
    assert contents(memory_store) == contents(filled)


def test_a_store_that_is_away_for_a_moment_is_asked_again(
    filled: FileStore, memory_store: MemoryStore, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    failed: set[str] = set()
    put_one = memory_store.put

    def shaky(key: str, *given: object, **named: object) -> None:
        if key not in failed:
            failed.add(key)
            message = "just now"
            raise Unreachable(message)
        put_one(key, *given, **named)

    monkeypatch.setattr(memory_store, "put", shaky)
    assert copy(filled, memory_store, silent).copied == 11


def test_whoever_interrupts_waits_for_no_film(file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher that raises stands for Ctrl-C; the film that another thread reads is endless."""
    reading = threading.Event()

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reading.set()
            return b"x" * 1000

    class Sink(MemoryStore):
        def put(self, key: str, source: io.BufferedIOBase, **_: object) -> None:  # type: ignore[override]
            if key.endswith("film"):
                while source.read(1000):
                    pass
            assert reading.wait(10)
            raise KeyboardInterrupt

    put(file_store, "exports/1.jpg", b"x")
    key = original_key(sha256(FILM), "film")
    put(file_store, key, b"x")
    opened = file_store.open
    monkeypatch.setattr(file_store, "open", lambda name, *at: Endless() if name == key else opened(name, *at))
    with pytest.raises(KeyboardInterrupt):
        copy(file_store, Sink(), silent)


def test_a_copy_killed_anywhere_is_started_again(
    file_store: FileStore, bucket: Bucket, bucket_store: BucketStore, s3_server: S3Server
) -> None:
    for n in range(300):
        keep(file_store, RANDOM.randbytes(20_000 + n))
    root, prefix = str(file_store._root), bucket_store._prefix
    seen = 0
    for enough in (64, 128, 192):
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, root, prefix],
            stdout=subprocess.PIPE,
            env={**os.environ, **s3_server.environment},
        )
        assert program.stdout is not None
        for line in program.stdout:
            if int(line) >= enough:
                break
        program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdout.close()
        held = contents(bucket_store)
        assert len(held) >= max(seen, enough)
        assert all(key == original_key(sha256(data), "jpg") for key, data in held.items())
        seen = len(held)
    report = copy(file_store, bucket_store, silent)
    assert report.in_place == seen
    assert report.copied == 300 - seen
    assert contents(bucket_store) == contents(file_store)


def test_memory_stays_flat(file_store: FileStore, tmp_path: Path) -> None:
    """60 MiB in eight threads at once, and 30 MiB whose hash nobody knows before it is read."""
    for n in range(20):
        keep(file_store, bytes([n]) * (3 * MIB))
    put(file_store, "exports/large", FILM * 2)
    tracemalloc.start()
    assert copy(file_store, FileStore(tmp_path / "target"), silent).copied == 21
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MIB
