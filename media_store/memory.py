"""The in-memory twin of the other stores, for tests: the same promises, kept until the process ends."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from media_store.keys import validate, validate_prefix, validate_upload_id
from media_store.store import (
    FINISH_PATIENCE_SECONDS,
    Bytes,
    Content,
    Entry,
    Locked,
    Missing,
    OffsetMismatch,
    Stored,
)
from media_store.streams import Measured, check_range, chunks_of, require_content


@dataclass(slots=True)
class _Upload:
    data: bytearray = field(default_factory=bytearray)
    lock: Lock = field(default_factory=Lock)
    is_finished: bool = False


class MemoryStore:
    """Keeps the promises of `MediaStore` and `Staging`, except that nothing outlives the process."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, datetime]] = {}
        self._uploads: dict[str, _Upload] = {}

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: str, media_type: str) -> None:  # noqa: ARG002
        """See `MediaStore`."""
        validate(key)
        measured = Measured(chunks_of(source, size + 1))
        data = b"".join(measured)
        measured.require(Content(size, sha256))
        self._keep(key, data)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `MediaStore`; the answer can seek."""
        check_range(start, end)
        return BytesIO(self._held(key)[0][start:end])

    def stat(self, key: str) -> Stored:
        """See `MediaStore`."""
        data, modified_at = self._held(key)
        return Stored(len(data), modified_at)

    def delete(self, key: str) -> None:
        """See `MediaStore`."""
        self._objects.pop(validate(key), None)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `MediaStore`."""
        validate_prefix(prefix)
        yield from [key for key in self._objects if key.startswith(prefix)]

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """See `MediaStore`."""
        for key in sorted(self.keys(prefix)):
            data, modified_at = self._objects[key]
            yield Entry(key, len(data), modified_at)

    def local_path(self, key: str) -> None:
        """Memory has no files: None, or `Missing`."""
        self._held(key)

    def signed_url(self, key: str, *, seconds: int, media_type: str, filename: str | None = None) -> None:
        """Memory has no addresses: always None."""

    def check(self) -> None:
        """Memory always answers."""

    def sweep(self, *, older_than: timedelta) -> int:  # noqa: ARG002
        """Memory keeps no traces of killed writes: always 0."""
        return 0

    def create(self, upload_id: str) -> None:
        """See `Staging`."""
        self._uploads.setdefault(validate_upload_id(upload_id), _Upload())

    def append(self, upload_id: str, offset: int, source: Iterable[Bytes] | BinaryIO, *, limit: int) -> int:
        """See `Staging`; raises `Locked` while another append or a finish is under way."""
        with self._claimed(upload_id) as upload:
            durable = len(upload.data)
            if offset != durable:
                raise OffsetMismatch(durable=durable, given=offset)
            for piece in chunks_of(source, 0 if upload.is_finished else limit - durable):
                upload.data.extend(piece)
            return len(upload.data)

    def offset(self, upload_id: str) -> int:
        """See `Staging`."""
        return len(self._upload(upload_id).data)

    def open_staged(self, upload_id: str) -> BinaryIO:
        """See `Staging`; the answer can seek."""
        return BytesIO(self._upload(upload_id).data)

    def finish(
        self,
        upload_id: str,
        key: str,
        *,
        size: int,
        sha256: str,
        media_type: str,  # noqa: ARG002
        received: Content | None = None,  # noqa: ARG002
    ) -> None:
        """See `Staging`; reading memory again costs little."""
        validate(key)
        with self._claimed(upload_id, wait_seconds=FINISH_PATIENCE_SECONDS) as upload:
            require_content([bytes(upload.data)], Content(size, sha256))
            self._keep(key, bytes(upload.data))
            upload.is_finished = True

    def discard(self, upload_id: str) -> None:
        """See `Staging`."""
        self._uploads.pop(validate_upload_id(upload_id), None)

    def staged(self) -> Iterator[str]:
        """See `Staging`."""
        yield from list(self._uploads)

    def _keep(self, key: str, data: bytes) -> None:
        self._objects[key] = (data, datetime.now(UTC))

    def _held(self, key: str) -> tuple[bytes, datetime]:
        try:
            return self._objects[validate(key)]
        except KeyError as error:
            raise Missing(key) from error

    def _upload(self, upload_id: str) -> _Upload:
        try:
            return self._uploads[validate_upload_id(upload_id)]
        except KeyError as error:
            raise Missing(upload_id) from error

    @contextmanager
    def _claimed(self, upload_id: str, *, wait_seconds: float = 0) -> Iterator[_Upload]:
        upload = self._upload(upload_id)
        if not upload.lock.acquire(timeout=wait_seconds):
            raise Locked(upload_id)
        try:
            if self._uploads.get(upload_id) is not upload:
                raise Missing(upload_id)
            yield upload
        finally:
            upload.lock.release()
