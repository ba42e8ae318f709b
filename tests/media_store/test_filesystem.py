"""What only a disk can do wrong: full, failing, or its process killed half-way."""

import errno
import fcntl
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from media_store import Locked, Missing, NoSpace, StoreError, Unreachable
from media_store.filesystem import FileStore

MIB = 1024 * 1024
KEY = "originals/ab/cd/clip.mp4"
CLIP = bytes(range(256)) * (3 * MIB // 256)
SHA256 = hashlib.sha256(CLIP).hexdigest()

# Appends what it is told to and then waits for more, as a web worker does for a phone in a tunnel.
APPENDING = """
import sys, time
from pathlib import Path
from media_store.filesystem import FileStore

def slow():
    for chunk in ({data!r} * 4096, {data!r} * 100):
        yield chunk
    print("written", flush=True)
    time.sleep(60)

FileStore(Path(sys.argv[1])).append("upload", {offset}, slow(), limit=10**9)
"""

# Writes half of what was announced beside its key and then waits.
PUTTING = """
import sys, time
from pathlib import Path
from media_store.filesystem import FileStore

class Slow:
    def __init__(self):
        self.left = 3
    def read(self, size):
        self.left -= 1
        if self.left:
            return b"x" * 1000
        print("written", flush=True)
        time.sleep(60)

FileStore(Path(sys.argv[1])).put("originals/new.jpg", Slow(), size=9999, sha256="", media_type="image/jpeg")
"""


def run_and_kill(program: str, root: Path) -> None:
    """Runs the program until it says that its bytes are written, then kills it without a chance to tidy up."""
    with subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def files_below(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def finish(store: FileStore, upload_id: str, data: bytes) -> None:
    store.finish(upload_id, KEY, size=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type="video/mp4")


def test_an_append_killed_half_way_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.create("upload")
    expected = b""
    for data in (b"first", b"again"):
        run_and_kill(APPENDING.format(data=data, offset=len(expected)), tmp_path)
        expected += data * 4196
        assert store.offset("upload") == len(expected)
    assert store.append("upload", len(expected), [b"the end"], limit=10**9) == len(expected) + 7
    finish(store, "upload", expected + b"the end")
    with store.open(KEY) as file:
        assert file.read() == expected + b"the end"


def test_a_put_killed_half_way_leaves_no_object_and_is_swept_up(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    run_and_kill(PUTTING, tmp_path)
    assert list(store.keys()) == []
    assert len(files_below(tmp_path)) == 1
    store.create("upload")
    assert store.sweep(older_than=timedelta(hours=1)) == 0
    assert store.sweep(older_than=timedelta(seconds=-1)) == 1
    assert files_below(tmp_path) == [tmp_path / "staging" / "upload"]


def fail(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def failing(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(f"media_store.filesystem.{name}", failing)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, NoSpace), (errno.EDQUOT, NoSpace), (errno.EIO, Unreachable), (errno.EROFS, Unreachable)],
)
@pytest.mark.parametrize("name", ["os.fsync", "FileIO.write"])
def test_a_put_onto_a_failing_disk_leaves_nothing(
    file_store: FileStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    number: int,
    kind: type[StoreError],
) -> None:
    file_store.create("upload")
    if name == "os.fsync":
        fail(monkeypatch, name, number)
    else:
        monkeypatch.setattr("media_store.filesystem.FileIO", failing_file(number, after=MIB))
    with pytest.raises(kind):
        file_store.put(KEY, io.BytesIO(CLIP), size=len(CLIP), sha256=SHA256, media_type="video/mp4")
    monkeypatch.undo()
    assert files_below(tmp_path) == [tmp_path / "media" / "staging" / "upload"]


def failing_file(number: int, after: int) -> type[io.FileIO]:
    """A disk that takes so many bytes, the last write only in part, and then answers with this error."""

    class Failing(io.FileIO):
        def write(self, data: Any, /) -> int:
            room = after - self.tell()
            if room <= 0:
                raise OSError(number, os.strerror(number))
            return super().write(data[:room])

    return Failing


def test_a_disk_that_fills_up_keeps_what_came_before(file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    file_store.create("upload")
    with monkeypatch.context() as patch:
        patch.setattr("media_store.filesystem.FileIO", failing_file(errno.ENOSPC, after=MIB + 17))
        with pytest.raises(NoSpace):
            file_store.append("upload", 0, io.BytesIO(CLIP), limit=len(CLIP))
    assert file_store.offset("upload") == MIB + 17
    file_store.append("upload", MIB + 17, io.BytesIO(CLIP[MIB + 17 :]), limit=len(CLIP))
    finish(file_store, "upload", CLIP)


def test_what_could_not_be_synced_is_not_counted(file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    file_store.create("upload")
    file_store.append("upload", 0, [b"durable"], limit=100)
    with monkeypatch.context() as patch:
        fail(patch, "os.fsync", errno.EIO)
        with pytest.raises(Unreachable):
            file_store.append("upload", 7, [b"doubtful"], limit=100)
    assert file_store.offset("upload") == 7


def test_bytes_are_synced_before_they_are_counted(file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def recording(descriptor: int) -> None:
        fsync(descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(os.fstat(descriptor).st_size)

    def chunks() -> Iterator[bytes]:
        yield b"x" * 1000
        # Another process asks while the append is under way.
        assert file_store.offset("upload") == 1000
        assert synced[-1] == 1000
        yield b"y" * 500

    file_store.create("upload")
    monkeypatch.setattr("media_store.filesystem.os.fsync", recording)
    assert file_store.append("upload", 0, chunks(), limit=2000) == 1500
    assert synced[-1] == 1500


def test_a_finish_is_synced_file_first_then_folder(file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def recording_fsync(descriptor: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def recording_replace(source: Path, target: Path) -> Path:
        steps.append(f"rename {source.name} {target.name}")
        return replace(source, target)

    file_store.create("upload")
    file_store.append("upload", 0, [CLIP], limit=len(CLIP))
    monkeypatch.setattr("media_store.filesystem.os.fsync", recording_fsync)
    monkeypatch.setattr(Path, "replace", recording_replace)
    finish(file_store, "upload", CLIP)
    assert steps[0] == "fsync upload"
    assert steps[1].startswith("rename .")
    assert steps[1].endswith(".part clip.mp4")
    assert steps[2:] == ["fsync cd", "fsync ab", "fsync originals", "fsync media"]
    assert [path.name for path in files_below(file_store.local_path(KEY).parent)] == ["clip.mp4"]


def test_a_finish_killed_before_its_last_step_leaves_a_trace_to_be_swept_up(
    file_store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_store.create("upload")
    file_store.append("upload", 0, [CLIP], limit=len(CLIP))
    with monkeypatch.context() as killing:
        killing.setattr(Path, "replace", _killed)
        killing.setattr(Path, "unlink", _killed)
        with pytest.raises(KeyboardInterrupt):
            finish(file_store, "upload", CLIP)
    assert list(file_store.keys()) == []
    assert file_store.sweep(older_than=timedelta(seconds=-1)) == 1
    finish(file_store, "upload", CLIP)
    file_store.discard("upload")
    assert files_below(tmp_path) == [file_store.local_path(KEY)]


def test_only_one_may_write_to_an_upload(file_store: FileStore, tmp_path: Path) -> None:
    other = FileStore(tmp_path / "media")

    def chunks() -> Iterator[bytes]:
        yield b"one"
        for verb in (lambda: other.append("upload", 3, [b"two"], limit=9), lambda: finish(other, "upload", b"one")):
            with pytest.raises(Locked):
                verb()
        yield b"end"

    file_store.create("upload")
    assert file_store.append("upload", 0, chunks(), limit=9) == 6
    assert other.append("upload", 6, [b"two"], limit=9) == 9


def test_an_append_that_waited_while_the_upload_was_finished_cannot_touch_the_object(
    file_store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_store.create("upload")
    file_store.append("upload", 0, [CLIP], limit=len(CLIP))
    flock = fcntl.flock

    def finishing_first(descriptor: int, how: int) -> None:
        monkeypatch.setattr("media_store.filesystem.fcntl.flock", flock)
        finish(file_store, "upload", CLIP)
        file_store.discard("upload")
        flock(descriptor, how)

    monkeypatch.setattr("media_store.filesystem.fcntl.flock", finishing_first)
    with pytest.raises(Missing):
        file_store.append("upload", len(CLIP), [b"more"], limit=10**9)
    assert file_store.stat(KEY).size == len(CLIP)


def test_an_object_is_a_file_of_its_own_name(file_store: FileStore, tmp_path: Path) -> None:
    file_store.put(KEY, io.BytesIO(CLIP), size=len(CLIP), sha256=SHA256, media_type="video/mp4")
    assert file_store.local_path(KEY) == tmp_path / "media" / KEY
    assert file_store.local_path(KEY).read_bytes() == CLIP


def test_a_store_that_cannot_write_is_not_well(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unreachable):
        FileStore(tmp_path / "file").check()


def test_memory_stays_flat(file_store: FileStore) -> None:
    """24 MiB go in and out while Python holds less than four at any time."""
    chunk, times = CLIP[:MIB], 24
    sha256 = hashlib.sha256(chunk * times).hexdigest()
    file_store.create("upload")
    tracemalloc.start()
    file_store.append("upload", 0, (chunk for _ in range(times)), limit=times * MIB)
    file_store.finish("upload", KEY, size=times * MIB, sha256=sha256, media_type="video/mp4")
    with file_store.open(KEY) as file:
        file_store.put("exports/copy", file, size=times * MIB, sha256=sha256, media_type="video/mp4")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MIB


def test_a_listing_is_sorted_by_whole_keys_and_passes_over_what_is_no_key(
    file_store: FileStore, tmp_path: Path
) -> None:
    names = ["a-b/x", "a/x", "a.b", "a/x-y/z", "a/x.y", "a0"]
    for name in names:
        file_store.put(name, io.BytesIO(b"x"), size=1, sha256=hashlib.sha256(b"x").hexdigest(), media_type="image/jpeg")
    for foreign in ("Thumbs.db", "a/.nfs0001", "lost+found"):
        (tmp_path / "media" / foreign).write_bytes(b"x")
    assert [each.key for each in file_store.entries()] == sorted(names)
    assert [each.key for each in file_store.entries("a/x")] == ["a/x", "a/x-y/z", "a/x.y"]


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
