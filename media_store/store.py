"""What a media store promises: the verbs for finished objects, the verbs for bytes still arriving, and the errors.

Knows nothing of where the bytes live; `filesystem`, `bucket_store` and `memory` keep these promises.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

# An append that is about to be refused holds an upload for a moment only; a finish outlasts it.
FINISH_PATIENCE_SECONDS = 2.0


Bytes = bytes | memoryview


class Content(NamedTuple):
    """What bytes are: how many, and their SHA-256 as 64 lower-case hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store knows of an object without reading it; `modified_at` is aware and in UTC."""

    size: int
    modified_at: datetime


class Entry(NamedTuple):
    """One line of a store's listing; `modified_at` is aware and in UTC."""

    key: str
    size: int
    modified_at: datetime


class StoreError(Exception):
    """Anything a store may answer instead of doing what it was asked."""


class Missing(StoreError):
    """No object is held under this key, or no upload is staged under this id."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing is held under {name!r}")
        self.name = name


class OffsetMismatch(StoreError):
    """An append began somewhere else than at the upload's durable end; nothing was read from its source."""

    def __init__(self, *, durable: int, given: int) -> None:
        super().__init__(f"the upload is durable up to byte {durable}, the append began at byte {given}")
        self.durable = durable
        self.given = given


class WrongBytes(StoreError):
    """The bytes are not the ones that were announced. Measuring stops one byte past the announced size."""

    def __init__(self, *, expected: Content, actual: Content) -> None:
        super().__init__(f"expected {expected.size} bytes {expected.sha256}, got {actual.size} bytes {actual.sha256}")
        self.expected = expected
        self.actual = actual


class Locked(StoreError):
    """Another append to the same upload, or its finish, is under way."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"upload {upload_id!r} is being written by someone else")
        self.upload_id = upload_id


class Unreachable(StoreError):
    """The place where the bytes live does not answer, or refuses; trying again later may help."""


class NoSpace(StoreError):
    """The place where the bytes live is full."""


@runtime_checkable
class MediaStore(Protocol):
    """Finished objects. Every verb may raise `Unreachable`, writing ones also `NoSpace`, a bad key `BadKey`."""

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: str, media_type: str) -> None:
        """Keeps the whole of `source` under `key`, durably, or changes nothing.

        An object already there is replaced in one step, so the same content again is fine. Raises `WrongBytes` unless
        the bytes written have this size and SHA-256. What the source raises passes through.
        """

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Streams the bytes from `start` up to, not including, `end`; a range past the last byte is cut.

        The answer is a context manager and must be closed; it need not be seekable. Raises `Missing`.
        """

    def stat(self, key: str) -> Stored:
        """Raises `Missing`."""

    def delete(self, key: str) -> None:
        """Forgets the object; deleting what is not there is fine."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins with `prefix`, in no promised order and in constant memory."""

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """As `keys`, with what the listing tells beside the name; sorted by key, so that two listings can be compared.

        Names that are no keys, which others may have put there, are passed over.
        """

    def local_path(self, key: str) -> Path | None:
        """The object as a file to be read only, or None where that would cost a copy. Raises `Missing`."""

    def signed_url(self, key: str, *, seconds: int, media_type: str, filename: str | None = None) -> str | None:
        """An address from which anyone may read the object for so many seconds, or None if the store has none.

        With a `filename` the browser saves the answer under that name instead of showing it.
        """

    def check(self) -> None:
        """Raises `Unreachable` unless the store answers; takes a few seconds at most."""

    def sweep(self, *, older_than: timedelta) -> int:
        """Removes the traces of writes that were killed half-way and are older than this; answers how many."""


@runtime_checkable
class Staging(Protocol):
    """Bytes of uploads that are still arriving, append by append, through whichever process takes the next one.

    An upload id is one word of `a-z`, `0-9`, `_` and `-`, chosen by the caller and never used twice.
    """

    def create(self, upload_id: str) -> None:
        """Begins an empty upload; beginning one that exists changes nothing."""

    def append(self, upload_id: str, offset: int, source: Iterable[Bytes] | BinaryIO, *, limit: int) -> int:
        """Adds the source's bytes at `offset` and answers the new durable offset.

        `limit` is the size the whole upload may reach: bytes past it are left unread in the source. A piece is used up
        before the next one is asked for, so that a source may fill one buffer again and again. When the source
        raises, the bytes received until then are made durable and the error passes through. Raises `Missing`,
        `OffsetMismatch`, `NoSpace`, and `Locked` while another append is under way where appends exclude each other.
        """

    def offset(self, upload_id: str) -> int:
        """How many bytes from the beginning are durable. Never waits for an append. Raises `Missing`."""

    def open_staged(self, upload_id: str) -> BinaryIO:
        """Streams the durable bytes of an upload; must be closed. Raises `Missing`."""

    def finish(
        self, upload_id: str, key: str, *, size: int, sha256: str, media_type: str, received: Content | None = None
    ) -> None:
        """Shows the staged bytes as the object at `key` in one step, once they are seen to be the right ones.

        They stay staged, and take no more bytes, until the caller has written down where they are and discards them:
        whatever is killed before that can be repeated. Raises `Missing`, and `WrongBytes` when size or SHA-256 differ,
        which leaves the key as it was. An append that only looks in is waited for; `Locked` means that somebody held
        the upload longer than that.

        `received` is what the caller measured while one append took all of the bytes, from 0 to the end. A store whose
        appends exclude each other need not read them again; without it, the bytes are always read.
        """

    def discard(self, upload_id: str) -> None:
        """Forgets the staged bytes; discarding what is not there is fine."""

    def staged(self) -> Iterator[str]:
        """The ids of all uploads begun and neither finished nor discarded, in no promised order."""


class Store(MediaStore, Staging, Protocol):
    """What every backend is: both."""
