"""The store on a disk of this machine: an object is a file under the root, an upload is a file under `staging/`.

The recipe for durable files: write beside the target, fsync, rename, fsync the folder. An upload that is finished has
two names for one file, staged and shown, until it is discarded. Needs a local file system, since it trusts rename, flock
and hard links. Cleaning up abandoned uploads is the caller's business.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from media_store.keys import STAGING, is_key, validate, validate_prefix, validate_upload_id
from media_store.store import (
    FINISH_PATIENCE_SECONDS,
    Bytes,
    Content,
    Entry,
    Locked,
    Missing,
    OffsetMismatch,
    Stored,
    StoreError,
    Unreachable,
)
from media_store.streams import (
    Measured,
    as_file,
    check_range,
    chunks_of,
    disk_errors_named,
    require_content,
)

_SCRATCH_ENDING = ".part"
_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_RETRY_SECONDS = 0.005


class FileStore:
    """Keeps the promises of `MediaStore` and `Staging` below one folder, which is made when first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._staging = self._root / STAGING

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: str, media_type: str) -> None:  # noqa: ARG002
        """See `MediaStore`; a disk has no place for the media type."""
        with _shown_at_the_end(self._path(key)) as scratch, _made(scratch) as file:
            measured = Measured(chunks_of(source, size + 1))
            for piece in measured:
                _write_all(file, piece)
            measured.require(Content(size, sha256))
            with disk_errors_named():
                os.fsync(file.fileno())

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `MediaStore`; without a range the answer can seek."""
        check_range(start, end)
        file = _opened(self._path(key), key)
        file.seek(start)
        if end is None:
            return file
        return as_file(chunks_of(file, end - start), file.close)

    def stat(self, key: str) -> Stored:
        """See `MediaStore`."""
        with _missing_named(key):
            seen = self._path(key).stat()
        if not S_ISREG(seen.st_mode):
            raise Missing(key)
        return Stored(seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC))

    def delete(self, key: str) -> None:
        """See `MediaStore`; emptied folders stay, since another process may be about to write into them."""
        path = self._path(key)
        _remove(path)
        with disk_errors_named(), suppress(*_NOT_THERE):
            _sync_folder(path.parent)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `MediaStore`."""
        validate_prefix(prefix)
        folder = self._root / prefix.rpartition("/")[0]
        for path in _files_below(folder, besides=self._staging):
            key = path.relative_to(self._root).as_posix()
            if key.startswith(prefix) and not path.name.startswith("."):
                yield key

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """See `MediaStore`; sorts one folder at a time."""
        validate_prefix(prefix)
        for name, path in _sorted_below(self._root, prefix):
            if is_key(name) and (seen := _seen(path)):
                yield Entry(name, seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC))

    def local_path(self, key: str) -> Path:
        """See `MediaStore`: the stored file itself."""
        self.stat(key)
        return self._path(key)

    def signed_url(self, key: str, *, seconds: int, media_type: str, filename: str | None = None) -> None:
        """A disk has no addresses: always None."""

    def check(self) -> None:
        """See `MediaStore`: makes and removes an empty file."""
        probe = self._root / f".{secrets.token_hex(8)}{_SCRATCH_ENDING}"
        try:
            _make_folders(self._staging)
            probe.touch()
            probe.unlink()
        except (OSError, StoreError) as error:
            raise Unreachable(str(error)) from error

    def sweep(self, *, older_than: timedelta) -> int:
        """See `MediaStore`: removes scratch files that a killed `put` left beside its target."""
        oldest = time.time() - older_than.total_seconds()
        swept = 0
        for path in _files_below(self._root, besides=self._staging):
            if path.name.startswith(".") and path.name.endswith(_SCRATCH_ENDING):
                swept += _remove_if_older(path, oldest)
        return swept

    def create(self, upload_id: str) -> None:
        """See `Staging`."""
        path = self._staged(upload_id)
        with disk_errors_named():
            for folder in _make_folders(self._staging):
                _sync_folder(folder)
            path.touch()

    def append(self, upload_id: str, offset: int, source: Iterable[Bytes] | BinaryIO, *, limit: int) -> int:
        """See `Staging`; raises `Locked` while another append or a finish is under way."""
        with self._claimed(upload_id) as file:
            durable = _size(file)
            if offset != durable:
                raise OffsetMismatch(durable=durable, given=offset)
            file.seek(durable)
            try:
                for piece in chunks_of(source, 0 if _is_finished(file) else limit - durable):
                    _write_all(file, piece)
            finally:
                # Also when the source broke off: what came is kept, so that the phone sends it only once.
                _sync_growth(file, durable)
                self._sync_name(durable)
            return _size(file)

    def offset(self, upload_id: str) -> int:
        """See `Staging`; what a running append has written so far is made durable before it is counted."""
        with _opened(self._staged(upload_id), upload_id) as file, disk_errors_named():
            size = _size(file)
            os.fsync(file.fileno())
            _sync_folder(self._staging)
            return size

    def open_staged(self, upload_id: str) -> BinaryIO:
        """See `Staging`; the answer can seek."""
        return _opened(self._staged(upload_id), upload_id)

    def finish(
        self,
        upload_id: str,
        key: str,
        *,
        size: int,
        sha256: str,
        media_type: str,  # noqa: ARG002
        received: Content | None = None,
    ) -> None:
        """See `Staging`; the staged file itself becomes the object, no byte is copied.

        Its bytes only ever grow, by one append at a time: what an append measured from 0 to the end is what is there.
        An object that others may rely on is not replaced on anybody's word, though: whoever discards an upload and
        begins it anew behind our back could otherwise slip other bytes under a key.
        """
        target, expected = self._path(key), Content(size, sha256)
        with self._claimed(upload_id, wait_seconds=FINISH_PATIENCE_SECONDS) as file:
            with disk_errors_named():
                if received != expected or _size(file) != size or target.exists():
                    require_content(chunks_of(file, size + 1), expected)
                os.fsync(file.fileno())
            with _shown_at_the_end(target) as scratch, _missing_named(upload_id):
                os.link(self._staged(upload_id), scratch)

    def discard(self, upload_id: str) -> None:
        """See `Staging`."""
        _remove(self._staged(upload_id))

    def staged(self) -> Iterator[str]:
        """See `Staging`."""
        for path in _files_below(self._staging):
            yield path.name

    def _sync_name(self, before: int) -> None:
        """Makes the name of a file durable that has got its first bytes."""
        if before == 0:
            with disk_errors_named():
                _sync_folder(self._staging)

    def _path(self, key: str) -> Path:
        return self._root / validate(key)

    def _staged(self, upload_id: str) -> Path:
        return self._staging / validate_upload_id(upload_id)

    @contextmanager
    def _claimed(self, upload_id: str, *, wait_seconds: float = 0) -> Iterator[FileIO]:
        """The staged file, held by nobody else until the block ends; the lock dies with its process."""
        path = self._staged(upload_id)
        with _missing_named(upload_id):
            file = FileIO(path, "r+")
        with file:
            _lock(file, upload_id, wait_seconds)
            _require_still_at(path, file, upload_id)
            yield file


def _lock(file: FileIO, upload_id: str, wait_seconds: float) -> None:
    """Takes the lock, asking again until it is free or the time is over: flock itself either waits for ever or not."""
    deadline = time.monotonic() + wait_seconds
    with disk_errors_named():
        while True:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise Locked(upload_id) from error
                time.sleep(_RETRY_SECONDS)
            else:
                return


def _require_still_at(path: Path, file: FileIO, upload_id: str) -> None:
    """Raises `Missing` if the upload was finished or discarded between our opening the file and locking it.

    Without this look, an append could write into an object that is already published.
    """
    with _missing_named(upload_id):
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise Missing(upload_id)


def _size(file: FileIO | BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _is_finished(file: FileIO) -> bool:
    """Whether a staged file is an object as well, under its second name, and must not change any more."""
    return os.fstat(file.fileno()).st_nlink > 1


def _write_all(file: FileIO, piece: Bytes) -> None:
    """Unbuffered files may write less than they were given; this one does not stop before the end."""
    view = memoryview(piece)
    with disk_errors_named():
        while view:
            view = view[file.write(view) :]


def _sync_growth(file: FileIO, before: int) -> None:
    """Makes what was appended durable, or cuts it off again.

    After a failed fsync the kernel may drop the pages and report success the next time, so the growth must not be
    counted as held.
    """
    with disk_errors_named():
        try:
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


@contextmanager
def _shown_at_the_end(target: Path) -> Iterator[Path]:
    """The name of a scratch file in the target's folder, for the block to make, whole and durable.

    It becomes the target, durably named, if the block ends well, and vanishes if not.
    """
    scratch = target.with_name(f".{secrets.token_hex(8)}{_SCRATCH_ENDING}")
    with disk_errors_named():
        unsynced = _make_folders(target.parent)
    try:
        yield scratch
        with disk_errors_named():
            scratch.replace(target)
            for folder in (target.parent, *unsynced):
                _sync_folder(folder)
    finally:
        # Also after it ended well: where both are names of one file, replacing leaves both.
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


@contextmanager
def _made(path: Path) -> Iterator[FileIO]:
    with disk_errors_named():
        file = FileIO(path, "x")
    with file:
        yield file


def _make_folders(folder: Path) -> list[Path]:
    """Makes a folder and those above it; answers the folders in which something was made, to be synced by the caller."""
    if folder.is_dir():
        return []
    unsynced = _make_folders(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    return [folder.parent, *unsynced]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    with disk_errors_named(), suppress(*_NOT_THERE):
        path.unlink()


def _remove_if_older(path: Path, oldest: float) -> bool:
    with disk_errors_named(), suppress(FileNotFoundError):
        if path.stat().st_mtime < oldest:
            path.unlink()
            return True
    return False


def _opened(path: Path, name: str) -> BinaryIO:
    with _missing_named(name):
        return path.open("rb")


@contextmanager
def _missing_named(name: str) -> Iterator[None]:
    """Turns "no such file" into `Missing`, which a folder in the key's place is too, and names other disk errors."""
    with disk_errors_named():
        try:
            yield
        except _NOT_THERE as error:
            raise Missing(name) from error


def _files_below(folder: Path, besides: Path | None = None) -> Iterator[Path]:
    """Every file in the folder and below, one at a time; folders that vanish meanwhile are passed over."""
    with disk_errors_named(), suppress(*_NOT_THERE), os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif path != besides:
                yield from _files_below(path, besides)


def _sorted_below(root: Path, prefix: str, folder: str = "") -> Iterator[tuple[str, Path]]:
    """Names and paths of the files whose names begin so, in the order of their names; `folder` ends in a slash.

    A folder is sorted by its name with a slash, as the names of all files below it have: `a-b` comes before `a/b`.
    """
    for name in _names_in(root / folder):
        full = folder + name
        if not full.startswith(prefix[: len(full)]):
            continue
        if name.endswith("/"):
            yield from _sorted_below(root, prefix, full)
        elif full.startswith(prefix):
            yield full, root / full


def _names_in(folder: Path) -> list[str]:
    with disk_errors_named(), suppress(*_NOT_THERE), os.scandir(folder) as entries:
        return sorted(f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name for one in entries)
    return []


def _seen(path: Path) -> os.stat_result | None:
    with disk_errors_named(), suppress(*_NOT_THERE):
        return path.stat()
    return None
