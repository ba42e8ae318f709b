"""Copying a whole store into another: every object, every upload still arriving, every hash verified on the way.

What is there already is not copied again, so that a copy that was killed anywhere is simply started anew. Nothing is
ever deleted from the source, nor at the target what the source does not have.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from mimetypes import guess_type
from tempfile import SpooledTemporaryFile
from threading import Event
from typing import BinaryIO, cast

from media_store.keys import ORIGINALS, sha256_in
from media_store.listing import paired
from media_store.store import Bytes, Content, Entry, Missing, Store, StoreError, Unreachable, WrongBytes
from media_store.streams import CHUNK, Measured, chunks_of, disk_errors_named

# From this size an original goes through the target's staging, where a killed copy is resumed within the file.
LARGE = 64 * CHUNK
THREADS = 8
_BATCH = 8 * THREADS
_PAUSES = (1.0, 5.0)
_MOST_EXAMPLES = 100
_UPLOAD = "copy-"


@dataclass(slots=True)
class Report:
    """How far a copy has come. `objects` and `size` in bytes count what is dealt with, copied or found in place."""

    total_objects: int = 0
    total_size: int = 0
    objects: int = 0
    size: int = 0
    copied: int = 0
    copied_size: int = 0
    gone: int = 0
    uploads: int = 0
    only_at_target: int = 0
    wrong: int = 0
    wrong_keys: list[str] = field(default_factory=list)
    """The first hundred of them."""

    @property
    def in_place(self) -> int:
        return self.objects - self.copied - self.gone - self.wrong

    def add(self, entry: Entry, outcome: str) -> None:
        self.objects += 1
        self.size += entry.size
        if outcome == _COPIED:
            self.copied += 1
            self.copied_size += entry.size
        elif outcome == _GONE:
            self.gone += 1
        elif outcome == _WRONG:
            self.wrong += 1
            self.wrong_keys += [entry.key] if self.wrong <= _MOST_EXAMPLES else []


class Stopped(StoreError):
    """The copy ended before this object was read."""


_COPIED, _IN_PLACE, _GONE, _WRONG = "copied", "in place", "gone", "wrong"
_Pair = tuple[Entry, Entry | None]


def copy(source: Store, target: Store, tell: Callable[[Report], None], *, thorough: bool = False) -> Report:
    """Copies what the target lacks; `tell` hears of the progress after every object, in the calling thread.

    An original whose bytes are not those of its key is counted as wrong and not copied. An object is taken to be in
    place when its size is right and, unless its key tells its content, it is not older than the source's; `thorough`
    reads it instead. Raises `Unreachable` or `NoSpace`; what is copied by then stays.
    """
    report = Report()
    for entry in source.entries():
        report.total_objects += 1
        report.total_size += entry.size
    tell(report)
    copier = _Copier(source, target, thorough=thorough)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="copy")
    try:
        for batch in _batches(_wanted(source, target, report)):
            for (entry, _), outcome in zip(batch, pool.map(copier.copy, batch), strict=True):
                report.add(entry, outcome)
                tell(report)
    finally:
        copier.stop()
        pool.shutdown(cancel_futures=True)
    report.uploads = _copy_uploads(source, target)
    _forget_parts(target)
    return report


def _wanted(source: Store, target: Store, report: Report) -> Iterator[_Pair]:
    for entry, held in paired(source.entries(), target.entries()):
        if entry is None:
            report.only_at_target += 1
        else:
            yield entry, held


def _batches(pairs: Iterable[_Pair]) -> Iterator[list[_Pair]]:
    left = iter(pairs)
    while batch := list(islice(left, _BATCH)):
        yield batch


class _Copier:
    """Copies one object at a time, from any thread."""

    def __init__(self, source: Store, target: Store, *, thorough: bool) -> None:
        self._source = source
        self._target = target
        self._is_thorough = thorough
        self._stopped = Event()

    def stop(self) -> None:
        """Breaks off what other threads are reading: nobody waits for a long film after Ctrl-C."""
        self._stopped.set()

    def copy(self, pair: _Pair) -> str:
        """Tries again when a store is out of reach for a moment; answers what became of the object."""
        for pause in _PAUSES:
            try:
                return self._copied(*pair)
            except Unreachable:
                time.sleep(pause)
        return self._copied(*pair)

    def _copied(self, entry: Entry, held: Entry | None) -> str:
        try:
            if held and self._is_in_place(entry, held):
                return _IN_PLACE
            self._send(entry)
        except Missing:
            return _GONE
        except WrongBytes:
            return _WRONG
        return _COPIED

    def _is_in_place(self, entry: Entry, held: Entry) -> bool:
        if held.size != entry.size:
            return False
        if self._is_thorough:
            sha256 = _named_sha256(entry.key) or self._read(self._source, entry.key).sha256
            return self._read(self._target, entry.key).sha256 == sha256
        return _named_sha256(entry.key) is not None or held.modified_at >= entry.modified_at

    def _send(self, entry: Entry) -> None:
        sha256 = _named_sha256(entry.key)
        if sha256 is None:
            self._send_measured(entry.key)
        elif entry.size < LARGE:
            with self._opened(self._source, entry.key) as file:
                self._put(entry.key, file, Content(entry.size, sha256))
        else:
            self._send_in_parts(entry.key, Content(entry.size, sha256))

    def _send_measured(self, key: str) -> None:
        """What its key does not tell is measured while it is read; what is written must be just that."""
        with SpooledTemporaryFile(max_size=CHUNK) as scratch:
            content = self._read(self._source, key, scratch.write)
            scratch.seek(0)
            self._put(key, cast("BinaryIO", scratch), content)

    def _send_in_parts(self, key: str, content: Content) -> None:
        upload_id = _UPLOAD + content.sha256
        self._target.create(upload_id)
        at = self._target.offset(upload_id)
        try:
            with self._opened(self._source, key, at) as file:
                self._target.append(upload_id, at, file, limit=content.size)
            self._target.finish(upload_id, key, size=content.size, sha256=content.sha256, media_type=_type_of(key))
            self._target.discard(upload_id)
        except (Missing, WrongBytes):
            self._target.discard(upload_id)
            raise

    def _put(self, key: str, file: BinaryIO, content: Content) -> None:
        self._target.put(key, file, size=content.size, sha256=content.sha256, media_type=_type_of(key))

    def _read(self, store: Store, key: str, keep: Callable[[Bytes], object] = len) -> Content:
        """What an object really is; each piece is handed to `keep` on the way."""
        with self._opened(store, key) as file:
            measured = Measured(iter(lambda: file.read(CHUNK), b""))
            for piece in measured:
                with disk_errors_named():
                    keep(piece)
        return measured.content

    @contextmanager
    def _opened(self, store: Store, key: str, start: int = 0) -> Iterator[BinaryIO]:
        with store.open(key, start) as file:
            yield cast("BinaryIO", _Stoppable(file, self._stopped))


class _Stoppable:
    """A file that can be read until somebody has had enough."""

    def __init__(self, file: BinaryIO, stopped: Event) -> None:
        self._file = file
        self._stopped = stopped

    def read(self, size: int) -> bytes:
        if self._stopped.is_set():
            raise Stopped
        return self._file.read(size)


def _copy_uploads(source: Store, target: Store) -> int:
    """Brings every upload still arriving at the target as far as it is at the source; answers how many there were.

    Their bytes are verified when they are complete, as always. One that is finished or given up meanwhile is left out.
    """
    count = 0
    for upload_id in source.staged():
        if not upload_id.startswith(_UPLOAD):
            count += _copy_upload(source, target, upload_id)
    return count


def _copy_upload(source: Store, target: Store, upload_id: str) -> bool:
    try:
        reached = source.offset(upload_id)
        target.create(upload_id)
        at = target.offset(upload_id)
        with source.open_staged(upload_id) as file:
            for _ in chunks_of(file, at):
                pass
            target.append(upload_id, at, file, limit=max(at, reached))
    except Missing:
        return False
    return True


def _forget_parts(target: Store) -> None:
    """What killed copies had staged of originals that have vanished from the source since."""
    for upload_id in target.staged():
        if upload_id.startswith(_UPLOAD):
            target.discard(upload_id)


def _named_sha256(key: str) -> str | None:
    """The SHA-256 that an original's key promises; a rendition's key tells the original's, not its own."""
    return sha256_in(key) if key.startswith(ORIGINALS) else None


def _type_of(key: str) -> str:
    return guess_type(key)[0] or "application/octet-stream"
