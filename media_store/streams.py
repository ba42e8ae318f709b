"""Bytes in motion: reading any source in pieces of one mebibyte, measuring what passes, and serving pieces as a file.

Knows neither keys nor backends.
"""

import errno
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from media_store.store import Bytes, Content, NoSpace, Unreachable, WrongBytes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def chunks_of(source: Iterable[Bytes] | BinaryIO, limit: int) -> Iterator[Bytes]:
    """The first `limit` bytes of a file or of an iterable of bytes, in pieces of at most `CHUNK`; none is empty.

    Nothing is read beyond the limit, except that the last piece of an iterable may be longer than what is used of it.
    """
    left = limit
    pieces = _as_pieces(source)
    while left > 0 and (piece := pieces(min(CHUNK, left))):
        left -= len(piece)
        yield piece


def _as_pieces(source: Iterable[Bytes] | BinaryIO) -> Callable[[int], Bytes]:
    """A function that answers at most so many bytes of the source, and none only at its end."""
    read: Callable[[int], Bytes] | None = getattr(source, "read", None)
    return read if read is not None else Flow(iter(source)).read_some


class Flow(io.RawIOBase):
    """A readable file over an iterator of bytes; closing it calls `on_close` once.

    A read answers what one piece has left, so that nothing already received is lost when the iterator raises.
    """

    def __init__(self, pieces: Iterator[Bytes], on_close: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._pieces = pieces
        self._on_close = on_close
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read_some(self, most: int) -> Bytes:
        """At most so many bytes, not copied, so good until the next call; none only at the end."""
        while not self._left:
            try:
                self._left = memoryview(next(self._pieces))
            except StopIteration:
                return b""
        taken, self._left = self._left[:most], self._left[most:]
        return taken

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        taken = self.read_some(len(view))
        view[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed and self._on_close is not None:
            self._on_close()
        super().close()


def as_file(pieces: Iterator[Bytes], on_close: Callable[[], None] | None = None) -> BinaryIO:
    """The pieces one after the other as a buffered file, which must be closed and cannot seek."""
    return io.BufferedReader(Flow(pieces, on_close), CHUNK // 16)


class Measured:
    """Passes pieces on while it counts and hashes them; `content` is what has passed so far."""

    def __init__(self, pieces: Iterable[Bytes] = ()) -> None:
        self._pieces = pieces
        self._size = 0
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[Bytes]:
        return self.passing(self._pieces)

    def passing(self, pieces: Iterable[Bytes]) -> Iterator[Bytes]:
        """These pieces as well, after what has passed before."""
        for piece in pieces:
            self._size += len(piece)
            self._hash.update(piece)
            yield piece

    @property
    def content(self) -> Content:
        return Content(self._size, self._hash.hexdigest())

    def require(self, expected: Content) -> None:
        """Raises `WrongBytes` unless exactly the expected bytes have passed."""
        if self.content != expected:
            raise WrongBytes(expected=expected, actual=self.content)


def require_content(pieces: Iterable[Bytes], expected: Content) -> None:
    """Reads the pieces to their end; raises `WrongBytes` unless they are the expected bytes."""
    measured = Measured(pieces)
    for _ in measured:
        pass
    measured.require(expected)


def check_range(start: int, end: int | None) -> None:
    """Raises ValueError for a range that counts from the end or runs backwards."""
    if start < 0 or (end is not None and end < start):
        message = f"no such range: {start} to {end}"
        raise ValueError(message)


@contextmanager
def disk_errors_named() -> Iterator[None]:
    """Turns what the local disk answers into `NoSpace` or `Unreachable`. Never to be put around a caller's source."""
    try:
        yield
    except OSError as error:
        kind = NoSpace if error.errno in _FULL else Unreachable
        raise kind(str(error)) from error
