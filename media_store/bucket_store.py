"""The store in a bucket: an object is an object, an upload is a folder of immutable pieces named by their byte range.

Any process can take the next chunk, since nothing is kept on a disk or in memory between two appends. Finishing reads
the pieces back, and only if they are right joins them, inside the service, under their key.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

from media_store.keys import STAGING, is_key, validate, validate_prefix, validate_upload_id
from media_store.pieces import Piece, Slice, covered, parts, room, unbroken
from media_store.s3 import Bucket
from media_store.store import Bytes, Content, Entry, Missing, OffsetMismatch, Stored
from media_store.streams import (
    CHUNK,
    Flow,
    Measured,
    as_file,
    check_range,
    chunks_of,
    disk_errors_named,
    require_content,
)

# At most 10,000 parts make an object, so this allows 160 GB; all parts but the last are equally long, as some services
# demand.
PART_SIZE = 16 * CHUNK

_BEGUN = "begun"


class BucketStore:
    """Keeps the promises of `MediaStore` and `Staging` below a prefix of a bucket, which must exist.

    Appends never exclude each other: of two that send the same bytes, both succeed. Objects that are `put`, not
    finished, may have 5 GB at most. A life-cycle rule for `staging/` is a fine second broom behind `discard`.
    """

    def __init__(self, bucket: Bucket, prefix: str = "", *, part_size: int = PART_SIZE) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._part_size = part_size

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: str, media_type: str) -> None:
        """See `MediaStore`: measured on the way to a scratch file, then sent in one request the service checks."""
        path = self._object(key)
        self._send(path, chunks_of(source, size + 1), Content(size, sha256), media_type)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `MediaStore`; the answer cannot seek."""
        check_range(start, end)
        return self._bucket.get(self._object(key), start, end)

    def stat(self, key: str) -> Stored:
        """See `MediaStore`."""
        return self._bucket.head(self._object(key))

    def delete(self, key: str) -> None:
        """See `MediaStore`."""
        self._bucket.delete(self._object(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `MediaStore`."""
        for path in self._bucket.paths(self._prefix + validate_prefix(prefix)):
            key = path.removeprefix(self._prefix)
            if not key.startswith(f"{STAGING}/"):
                yield key

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """See `MediaStore`; as sorted as the service's listing, whose order S3 promises."""
        for path, kept in self._bucket.listing(self._prefix + validate_prefix(prefix)):
            key = path.removeprefix(self._prefix)
            if is_key(key):
                yield Entry(key, kept.size, kept.modified_at)

    def local_path(self, key: str) -> None:
        """A bucket has no files at hand: None, or `Missing`."""
        self.stat(key)

    def signed_url(self, key: str, *, seconds: int, media_type: str, filename: str | None = None) -> str:
        """See `MediaStore`; asks nobody, so an address for what is missing is given all the same."""
        path = self._object(key)
        return self._bucket.signed_url(path, seconds=seconds, media_type=media_type, filename=filename)

    def check(self) -> None:
        """See `MediaStore`."""
        self._bucket.check()

    def sweep(self, *, older_than: timedelta) -> int:
        """See `MediaStore`: gives up joins that a killed `finish` left open."""
        return self._bucket.sweep_joins(self._prefix, older_than=older_than)

    def create(self, upload_id: str) -> None:
        """See `Staging`."""
        with _scratch() as empty:
            self._bucket.put(self._folder(upload_id) + _BEGUN, empty)

    def append(self, upload_id: str, offset: int, source: Iterable[Bytes] | BinaryIO, *, limit: int) -> int:
        """See `Staging`; bytes become durable piece by piece, at every multiple of the part size and at the end."""
        position = self._require_offset(upload_id, offset)
        flow = Flow(chunks_of(source, limit - offset))
        more = True
        while more:
            with _scratch() as scratch:
                try:
                    more = _filled(scratch, flow, room(position, self._part_size))
                finally:
                    # Also when the source broke off: what came is kept, so that the phone sends it only once.
                    position = self._keep(upload_id, position, scratch)
        return position

    def offset(self, upload_id: str) -> int:
        """See `Staging`."""
        return covered(self._slices(upload_id))

    def open_staged(self, upload_id: str) -> BinaryIO:
        """See `Staging`; the answer cannot seek."""
        return as_file(self._read(upload_id, self._slices(upload_id)))

    def finish(
        self,
        upload_id: str,
        key: str,
        *,
        size: int,
        sha256: str,
        media_type: str,
        received: Content | None = None,  # noqa: ARG002
    ) -> None:
        """See `Staging`; the bytes are always read once, and wherever possible copied to their key inside the service.

        Of two appends that let each other in, one may have measured bytes which are not those that are held. What is
        read to be measured is what is sent, so that nothing can be spoiled between the two.
        """
        self._assemble(upload_id, self._slices(upload_id), self._object(key), Content(size, sha256), media_type)

    def discard(self, upload_id: str) -> None:
        """See `Staging`; the mark of the upload goes first, so that a half-done discard leaves no half upload."""
        folder = self._folder(upload_id)
        self._bucket.delete(folder + _BEGUN)
        for path in self._bucket.paths(folder):
            self._bucket.delete(path)

    def staged(self) -> Iterator[str]:
        """See `Staging`; also names uploads whose `discard` was killed before its last step."""
        folder = f"{self._prefix}{STAGING}/"
        for upload_id, _ in groupby(path.removeprefix(folder).partition("/")[0] for path in self._bucket.paths(folder)):
            yield upload_id

    def _object(self, key: str) -> str:
        return self._prefix + validate(key)

    def _folder(self, upload_id: str) -> str:
        return f"{self._prefix}{STAGING}/{validate_upload_id(upload_id)}/"

    def _slices(self, upload_id: str) -> list[Slice]:
        folder = self._folder(upload_id)
        names = {path.removeprefix(folder) for path in self._bucket.paths(folder)}
        if _BEGUN not in names:
            raise Missing(upload_id)
        return unbroken(Piece.from_name(name) for name in names - {_BEGUN})

    def _require_offset(self, upload_id: str, offset: int) -> int:
        durable = self.offset(upload_id)
        if offset != durable:
            raise OffsetMismatch(durable=durable, given=offset)
        return durable

    def _keep(self, upload_id: str, start: int, scratch: IO[bytes]) -> int:
        """Makes what the scratch file holds a piece of the upload; answers where the next one starts."""
        size = scratch.tell()
        if size == 0:
            return start
        piece = Piece.new(start, size)
        scratch.seek(0)
        self._bucket.put(self._folder(upload_id) + piece.name, scratch)
        return piece.end

    def _read(self, upload_id: str, slices: Iterable[Slice]) -> Iterator[Bytes]:
        folder = self._folder(upload_id)
        for each in slices:
            with self._bucket.get(folder + each.piece.name, each.skipped) as file:
                yield from chunks_of(file, each.size)

    def _assemble(self, upload_id: str, slices: list[Slice], path: str, expected: Content, media_type: str) -> None:
        source = chunks_of(self._read(upload_id, slices), expected.size + 1)
        whole = _only_piece(slices)
        if whole or covered(slices) != expected.size:
            require_content(source, expected)
        if whole:
            self._bucket.copy(self._folder(upload_id) + whole.name, path, media_type=media_type)
        elif expected.size > self._part_size:
            self._join(upload_id, slices, path, expected, media_type)
        else:
            self._send(path, source, expected, media_type)

    def _join(self, upload_id: str, slices: list[Slice], path: str, expected: Content, media_type: str) -> None:
        measured = Measured()
        with self._bucket.join(path, media_type=media_type) as join:
            for part in parts(slices, self._part_size):
                with _scratch(measured.passing(self._read(upload_id, part))) as scratch:
                    if whole := _only_piece(part):
                        join.copy(self._folder(upload_id) + whole.name)
                    else:
                        join.send(scratch)
            measured.require(expected)

    def _send(self, path: str, source: Iterable[Bytes], expected: Content, media_type: str) -> None:
        measured = Measured(source)
        with _scratch(measured) as scratch:
            measured.require(expected)
            self._bucket.put(path, scratch, media_type=media_type, sha256=expected.sha256)


def _only_piece(slices: list[Slice]) -> Piece | None:
    """The piece that holds exactly these bytes, so that the service itself can copy it, if there is one."""
    return slices[0].piece if len(slices) == 1 and slices[0].is_whole else None


@contextmanager
def _scratch(source: Iterable[Bytes] = ()) -> Iterator[IO[bytes]]:
    """A nameless file that holds the source, rewound; on disk as soon as it is longer than one chunk."""
    with SpooledTemporaryFile(max_size=CHUNK) as scratch:
        for piece in source:
            _write(scratch, piece)
        scratch.seek(0)
        yield scratch


def _filled(scratch: IO[bytes], flow: Flow, most: int) -> bool:
    """Moves up to so many bytes into the scratch file; answers whether they all came, so that more may follow."""
    while most > 0 and (piece := flow.read_some(min(most, CHUNK))):
        _write(scratch, piece)
        most -= len(piece)
    return most == 0


def _write(scratch: IO[bytes], piece: Bytes) -> None:
    with disk_errors_named():
        scratch.write(piece)
