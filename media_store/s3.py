"""The store in a bucket of any S3-compatible service; the only place that knows boto3.

An upload is a folder of immutable pieces named by the bytes they hold, so any process can take the next chunk and no
disk is shared; finishing reads them back, and only if they are right joins them, inside the service, under their key.
Endpoint, region and credentials come from the usual AWS_* variables. A life-cycle rule of the bucket is a fine second
broom behind `sweep` and `discard`.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media_store.keys import STAGING, validate, validate_prefix, validate_upload_id
from media_store.pieces import Piece, Slice, covered, parts, room, unbroken
from media_store.store import (
    Content,
    Missing,
    NoSpace,
    OffsetMismatch,
    Stored,
    StoreError,
    Unreachable,
    WrongBytes,
)
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

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# At most 10,000 parts make an object, so this allows 160 GB; a part but the last must have at least 5 MiB everywhere.
PART_SIZE = 16 * CHUNK

_BEGUN = "begun"
_NOT_FOUND = frozenset({"404", "NoSuchKey", "NotFound"})
_BAD_RANGE = frozenset({"416", "InvalidRange"})
_INSUFFICIENT_STORAGE = 507
_PATIENT = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)
_HASTY = _PATIENT.merge(
    Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
)


class S3Store:
    """Keeps the promises of `MediaStore` and `Staging` below a prefix of a bucket, which must exist.

    Appends never exclude each other: of two that send the same bytes, both succeed. Objects that are `put`, not
    finished, may have 5 GB at most.
    """

    def __init__(self, bucket: str, prefix: str = "", *, part_size: int = PART_SIZE) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._part_size = part_size
        self._clients: dict[tuple[int, Config], S3Client] = {}

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: str, media_type: str) -> None:
        """See `MediaStore`: measured on the way to a scratch file, then sent in one request the service checks."""
        path = self._object(key)
        self._send(path, chunks_of(source, size + 1), Content(size, sha256), media_type)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See `MediaStore`; the answer cannot seek."""
        check_range(start, end)
        if start == end:
            self.stat(key)
            return as_file(iter(()))
        body = self._body(self._object(key), key, start, end)
        return as_file(_received(body), body.close) if body else as_file(iter(()))

    def stat(self, key: str) -> Stored:
        """See `MediaStore`."""
        path = self._object(key)
        with _answers_named(key):
            head = self._client().head_object(Bucket=self._bucket, Key=path)
        return Stored(head["ContentLength"], head["LastModified"].astimezone(UTC))

    def delete(self, key: str) -> None:
        """See `MediaStore`."""
        self._delete(self._object(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `MediaStore`."""
        for path in self._paths(self._prefix + validate_prefix(prefix)):
            key = path.removeprefix(self._prefix)
            if not key.startswith(f"{STAGING}/"):
                yield key

    def local_path(self, key: str) -> None:
        """A bucket has no files at hand: None, or `Missing`."""
        self.stat(key)

    def signed_url(self, key: str, *, seconds: int, media_type: str, filename: str | None = None) -> str:
        """See `MediaStore`; asks nobody, so an address for what is missing is given all the same."""
        shown = "inline" if filename is None else _saved_as(filename)
        asked = {
            "Bucket": self._bucket,
            "Key": self._object(key),
            "ResponseContentType": media_type,
            "ResponseContentDisposition": shown,
        }
        return self._client().generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)

    def check(self) -> None:
        """See `MediaStore`: asks for the bucket, once, and waits three seconds."""
        try:
            with _answers_named(self._bucket):
                self._client(_HASTY).head_bucket(Bucket=self._bucket)
        except Missing as error:
            raise Unreachable(str(error)) from error

    def sweep(self, *, older_than: timedelta) -> int:
        """See `MediaStore`: gives up joins that a killed `finish` left open."""
        oldest = datetime.now(UTC) - older_than
        swept = 0
        with _answers_named(self._prefix):
            client = self._client()
            pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for each in (each for page in pages for each in page.get("Uploads", ())):
                if each["Initiated"] < oldest:
                    client.abort_multipart_upload(Bucket=self._bucket, Key=each["Key"], UploadId=each["UploadId"])
                    swept += 1
        return swept

    def create(self, upload_id: str) -> None:
        """See `Staging`."""
        path = self._staged(upload_id) + _BEGUN
        with _answers_named(upload_id):
            self._client().put_object(Bucket=self._bucket, Key=path, Body=b"")

    def append(self, upload_id: str, offset: int, source: Iterable[bytes] | BinaryIO, *, limit: int) -> int:
        """See `Staging`; bytes become durable piece by piece, at every multiple of the part size and at the end."""
        position = self._require_offset(upload_id, offset)
        flow = Flow(chunks_of(source, limit - offset))
        more = True
        while more:
            with SpooledTemporaryFile(max_size=CHUNK) as scratch:
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

    def finish(self, upload_id: str, key: str, *, size: int, sha256: str, media_type: str) -> None:
        """See `Staging`; the bytes are read once, and copied to their key inside the service."""
        path = self._object(key)
        expected = Content(size, sha256)
        try:
            slices = self._slices(upload_id)
        except Missing:
            if not self._holds(key, expected):
                raise
        else:
            require_content(chunks_of(self._read(upload_id, slices), size + 1), expected)
            self._assemble(upload_id, slices, path, expected, media_type)
        self.discard(upload_id)

    def discard(self, upload_id: str) -> None:
        """See `Staging`; the mark of the upload goes first, so that a half-done discard leaves no half upload."""
        folder = self._staged(upload_id)
        self._delete(folder + _BEGUN)
        for path in self._paths(folder):
            self._delete(path)

    def staged(self) -> Iterator[str]:
        """See `Staging`; also names uploads whose `discard` or `finish` was killed before its last step."""
        folder = f"{self._prefix}{STAGING}/"
        with _answers_named(folder):
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=folder, Delimiter="/"):
                for each in page.get("CommonPrefixes", ()):
                    yield each["Prefix"].removeprefix(folder).rstrip("/")

    def _client(self, config: Config = _PATIENT) -> "S3Client":
        """One client per process: its connections must not be carried over a fork."""
        mine = (os.getpid(), config)
        if mine not in self._clients:
            self._clients[mine] = Session().client("s3", config=config)
        return self._clients[mine]

    def _object(self, key: str) -> str:
        return self._prefix + validate(key)

    def _staged(self, upload_id: str) -> str:
        return f"{self._prefix}{STAGING}/{validate_upload_id(upload_id)}/"

    def _paths(self, prefix: str) -> Iterator[str]:
        with _answers_named(prefix):
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (each["Key"] for each in page.get("Contents", ()))

    def _delete(self, path: str) -> None:
        with suppress(Missing), _answers_named(path):
            self._client().delete_object(Bucket=self._bucket, Key=path)

    def _send(self, path: str, source: Iterable[bytes], expected: Content, media_type: str) -> None:
        """One object in one request, once its bytes are seen to be the expected ones; the service hashes them again."""
        measured = Measured(source)
        with SpooledTemporaryFile(max_size=CHUNK) as scratch:
            for piece in measured:
                _write(scratch, piece)
            measured.require(expected)
            scratch.seek(0)
            with _answers_named(path):
                self._client().put_object(
                    Bucket=self._bucket,
                    Key=path,
                    Body=scratch,
                    ContentType=media_type,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(expected.sha256)).decode(),
                )

    def _body(self, path: str, name: str, start: int = 0, end: int | None = None) -> "StreamingBody | None":
        """The answer's bytes still to be received, or None for a range that lies behind the last byte."""
        last = "" if end is None else end - 1
        asked: dict[str, Any] = {} if start == 0 and end is None else {"Range": f"bytes={start}-{last}"}
        try:
            with _answers_named(name):
                return self._client().get_object(Bucket=self._bucket, Key=path, **asked)["Body"]
        except Unreachable as error:
            if _code(error.__cause__) in _BAD_RANGE:
                return None
            raise

    def _require_offset(self, upload_id: str, offset: int) -> int:
        durable = self.offset(upload_id)
        if offset != durable:
            raise OffsetMismatch(durable=durable, given=offset)
        return durable

    def _slices(self, upload_id: str) -> list[Slice]:
        folder = self._staged(upload_id)
        names = {path.removeprefix(folder) for path in self._paths(folder)}
        if _BEGUN not in names:
            raise Missing(upload_id)
        return unbroken(Piece.from_name(name) for name in names - {_BEGUN})

    def _keep(self, upload_id: str, start: int, scratch: IO[bytes]) -> int:
        """Makes what the scratch file holds a piece of the upload; answers where the next one starts."""
        size = scratch.tell()
        if size == 0:
            return start
        piece = Piece.new(start, size)
        scratch.seek(0)
        with _answers_named(upload_id):
            self._client().put_object(Bucket=self._bucket, Key=self._staged(upload_id) + piece.name, Body=scratch)
        return piece.end

    def _read(self, upload_id: str, slices: Iterable[Slice]) -> Iterator[bytes]:
        for each in slices:
            body = self._body(self._staged(upload_id) + each.piece.name, upload_id, each.skipped)
            if body is not None:
                with body:
                    yield from _received(body)

    def _assemble(self, upload_id: str, slices: list[Slice], path: str, expected: Content, media_type: str) -> None:
        if expected.size > self._part_size:
            self._join(upload_id, slices, path, media_type)
        elif len(slices) == 1 and slices[0].is_whole:
            self._copy(upload_id, slices[0], path, media_type)
        else:
            self._send(path, self._read(upload_id, slices), expected, media_type)

    def _copy(self, upload_id: str, whole: Slice, path: str, media_type: str) -> None:
        with _answers_named(upload_id):
            self._client().copy_object(
                Bucket=self._bucket,
                Key=path,
                CopySource={"Bucket": self._bucket, "Key": self._staged(upload_id) + whole.piece.name},
                ContentType=media_type,
                MetadataDirective="REPLACE",
            )

    def _join(self, upload_id: str, slices: list[Slice], path: str, media_type: str) -> None:
        """Nothing is to be seen at the path until the last step, which shows the whole object at once."""
        with _answers_named(path):
            begun = self._client().create_multipart_upload(Bucket=self._bucket, Key=path, ContentType=media_type)
        join = _Join(self._client(), self._bucket, path, begun["UploadId"])
        try:
            for part in parts(slices, self._part_size):
                if len(part) == 1 and part[0].is_whole:
                    join.copy(self._staged(upload_id) + part[0].piece.name)
                else:
                    join.send(self._read(upload_id, part))
            join.complete()
        except BaseException:
            join.give_up()
            raise

    def _holds(self, key: str, expected: Content) -> bool:
        try:
            with self.open(key) as file:
                require_content(chunks_of(file, expected.size + 1), expected)
        except (Missing, WrongBytes):
            return False
        return True


class _Join:
    """One multipart upload inside the service: parts in their order, then all of them become the object, or none."""

    def __init__(self, client: "S3Client", bucket: str, path: str, upload: str) -> None:
        self._client = client
        self._bucket = bucket
        self._path = path
        self._upload = upload
        self._done: list[CompletedPartTypeDef] = []

    def copy(self, source: str) -> None:
        """Adds a whole staged object as the next part; its bytes stay inside the service."""
        with _answers_named(source):
            answer = self._client.upload_part_copy(
                Bucket=self._bucket,
                Key=self._path,
                UploadId=self._upload,
                PartNumber=len(self._done) + 1,
                CopySource={"Bucket": self._bucket, "Key": source},
            )
        self._add(answer["CopyPartResult"])

    def send(self, source: Iterable[bytes]) -> None:
        """Adds what no single staged object holds as the next part."""
        with SpooledTemporaryFile(max_size=CHUNK) as scratch:
            for piece in source:
                _write(scratch, piece)
            scratch.seek(0)
            with _answers_named(self._path):
                answer = self._client.upload_part(
                    Bucket=self._bucket,
                    Key=self._path,
                    UploadId=self._upload,
                    PartNumber=len(self._done) + 1,
                    Body=scratch,
                )
        self._add(answer)

    def complete(self) -> None:
        with _answers_named(self._path):
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._path, UploadId=self._upload, MultipartUpload={"Parts": self._done}
            )

    def give_up(self) -> None:
        """As far as the service answers; `sweep` finds what is left."""
        with suppress(StoreError), _answers_named(self._path):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._path, UploadId=self._upload)

    def _add(self, answer: Any) -> None:
        """A service that answers a part's checksum wants to read it again when the object is completed."""
        checksums = {
            name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"
        }
        self._done.append({"PartNumber": len(self._done) + 1, "ETag": answer["ETag"], **checksums})


def _filled(scratch: IO[bytes], flow: Flow, most: int) -> bool:
    """Moves up to so many bytes into the scratch file; answers whether they all came, so that more may follow."""
    while most > 0 and (piece := flow.read_some(min(most, CHUNK))):
        _write(scratch, piece)
        most -= len(piece)
    return most == 0


def _write(scratch: IO[bytes], piece: bytes) -> None:
    with disk_errors_named():
        scratch.write(piece)


def _received(body: "StreamingBody") -> Iterator[bytes]:
    with _answers_named(""):
        yield from body.iter_chunks(CHUNK)


@contextmanager
def _answers_named(name: str) -> Iterator[None]:
    """Turns what the service or the way to it answers into the errors of this library."""
    try:
        yield
    except ClientError as error:
        raise _named(error, name) from error
    except BotoCoreError as error:
        raise Unreachable(str(error)) from error


def _named(error: ClientError, name: str) -> StoreError:
    if _code(error) in _NOT_FOUND:
        return Missing(name)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return NoSpace(str(error)) if status == _INSUFFICIENT_STORAGE else Unreachable(str(error))


def _code(error: BaseException | None) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def _saved_as(filename: str) -> str:
    """A Content-Disposition after RFC 6266: a plain name for old clients, the real one percent-encoded."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
