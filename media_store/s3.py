"""One bucket of an S3-compatible service, with its answers turned into this library's errors. Only here is boto3 known.

Endpoint, region and credentials come from the usual AWS_* variables. What the paths mean is `bucket_store`'s business.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media_store.store import Missing, NoSpace, Stored, StoreError, Unreachable
from media_store.streams import CHUNK, as_file

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

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
    tcp_keepalive=True,
)
_HASTY = _PATIENT.merge(
    Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
)


class Bucket:
    """The few verbs the store needs, by full path; each may raise `Unreachable`, writing ones also `NoSpace`."""

    def __init__(self, name: str, public_endpoint: str | None = None) -> None:
        self._name = name
        self._public_endpoint = public_endpoint
        self._clients: dict[tuple[int, Config, str | None], S3Client] = {}

    def put(
        self, path: str, body: IO[bytes], *, media_type: str = "application/octet-stream", sha256: str = ""
    ) -> None:
        """Keeps the rest of a seekable file, 5 GB at most, or nothing: the service compares the SHA-256 too."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode() if sha256 else _checksum(body)
        with _answers_named(path):
            self._client().put_object(
                Bucket=self._name,
                Key=path,
                Body=cast("BinaryIO", body),
                ContentType=media_type,
                ChecksumSHA256=checksum,
            )

    def get(self, path: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Streams the bytes of a range, which is empty behind the last byte; raises `Missing`."""
        if start == end:
            self.head(path)
            return as_file(iter(()))
        last = "" if end is None else end - 1
        asked: dict[str, Any] = {} if start == 0 and end is None else {"Range": f"bytes={start}-{last}"}
        try:
            with _answers_named(path):
                body = self._client().get_object(Bucket=self._name, Key=path, **asked)["Body"]
        except Unreachable as error:
            if _code(error.__cause__) in _BAD_RANGE:
                return as_file(iter(()))
            raise
        return as_file(_received(body, path), body.close)

    def head(self, path: str) -> Stored:
        """Raises `Missing`."""
        with _answers_named(path):
            head = self._client().head_object(Bucket=self._name, Key=path)
        return Stored(head["ContentLength"], head["LastModified"].astimezone(UTC))

    def delete(self, path: str) -> None:
        """Deleting what is not there is fine."""
        with suppress(Missing), _answers_named(path):
            self._client().delete_object(Bucket=self._name, Key=path)

    def paths(self, prefix: str) -> Iterator[str]:
        """Every path that begins so, sorted, page by page."""
        yield from (path for path, _ in self.listing(prefix))

    def listing(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        """As `paths`, with what the service tells of each without being asked for it."""
        for page in self._pages("list_objects_v2", Prefix=prefix):
            for each in page.get("Contents", ()):
                yield each["Key"], Stored(each["Size"], each["LastModified"].astimezone(UTC))

    def copy(self, source: str, path: str, *, media_type: str) -> None:
        """Copies inside the service, 5 GB at most."""
        with _answers_named(source):
            self._client().copy_object(
                Bucket=self._name,
                Key=path,
                CopySource={"Bucket": self._name, "Key": source},
                ContentType=media_type,
                MetadataDirective="REPLACE",
                ChecksumAlgorithm="SHA256",
            )

    @contextmanager
    def join(self, path: str, *, media_type: str) -> Iterator["Join"]:
        """Parts added in the block become one object at its end, in one step; none of them if it raises."""
        with _answers_named(path):
            begun = self._client().create_multipart_upload(
                Bucket=self._name, Key=path, ContentType=media_type, ChecksumAlgorithm="SHA256"
            )
        join = Join(self._client(), {"Bucket": self._name, "Key": path, "UploadId": begun["UploadId"]})
        try:
            yield join
            join.complete()
        except BaseException:
            join.give_up()
            raise

    def sweep_joins(self, prefix: str, *, older_than: timedelta) -> int:
        """Gives up the joins below a prefix that were left open longer than this; answers how many."""
        oldest = datetime.now(UTC) - older_than
        swept = 0
        for page in self._pages("list_multipart_uploads", Prefix=prefix):
            for each in page.get("Uploads", ()):
                if each["Initiated"] < oldest:
                    Join(self._client(), {"Bucket": self._name, **_only(each, "Key", "UploadId")}).give_up()
                    swept += 1
        return swept

    def signed_url(self, path: str, *, seconds: int, media_type: str, filename: str | None) -> str:
        """An address for reading, made without asking the service."""
        asked = {
            "Bucket": self._name,
            "Key": path,
            "ResponseContentType": media_type,
            "ResponseCacheControl": "private, no-store",
            "ResponseContentDisposition": "inline" if filename is None else _saved_as(filename),
        }
        client = self._client(endpoint=self._public_endpoint)
        return client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)

    def check(self) -> None:
        """Asks for the bucket once and waits three seconds; raises `Unreachable`."""
        try:
            with _answers_named(self._name):
                self._client(_HASTY).head_bucket(Bucket=self._name)
        except Missing as error:
            raise Unreachable(str(error)) from error

    def _client(self, config: Config = _PATIENT, endpoint: str | None = None) -> "S3Client":
        """One client per process: its connections must not be carried over a fork."""
        mine = (os.getpid(), config, endpoint)
        if mine not in self._clients:
            self._clients[mine] = Session().client("s3", config=config, endpoint_url=endpoint)
        return self._clients[mine]

    def _pages(self, verb: Any, **asked: str) -> Iterator[Any]:
        with _answers_named(asked["Prefix"]):
            yield from self._client().get_paginator(verb).paginate(Bucket=self._name, **asked)


class Join:
    """One multipart upload inside the service: parts in their order, then all of them become the object, or none."""

    def __init__(self, client: "S3Client", target: dict[str, Any]) -> None:
        self._client = client
        self._target = target
        self._done: list[CompletedPartTypeDef] = []

    def copy(self, source: str) -> None:
        """Adds a whole object of the same bucket; its bytes stay inside the service."""
        origin: CopySourceTypeDef = {"Bucket": self._target["Bucket"], "Key": source}
        with _answers_named(source):
            answer = self._client.upload_part_copy(**self._target, PartNumber=self._next, CopySource=origin)
        self._add(answer["CopyPartResult"])

    def send(self, body: IO[bytes]) -> None:
        """Adds the rest of a seekable file; all but the last part must have at least 5 MiB."""
        checksum = _checksum(body)
        with _answers_named(self._target["Key"]):
            answer = self._client.upload_part(**self._target, PartNumber=self._next, Body=body, ChecksumSHA256=checksum)
        self._add(answer)

    def complete(self) -> None:
        """Shows the whole object at once."""
        with _answers_named(self._target["Key"]):
            self._client.complete_multipart_upload(**self._target, MultipartUpload={"Parts": self._done})

    def give_up(self) -> None:
        """Forgets the parts, as far as the service answers."""
        with suppress(StoreError), _answers_named(self._target["Key"]):
            self._client.abort_multipart_upload(**self._target)

    @property
    def _next(self) -> int:
        return len(self._done) + 1

    def _add(self, answer: Any) -> None:
        """A service that answers a part's checksum wants to read it again when the object is completed."""
        told = [name for name in answer if name == "ETag" or (name.startswith("Checksum") and name != "ChecksumType")]
        self._done.append(cast("CompletedPartTypeDef", {"PartNumber": self._next, **_only(answer, *told)}))


def _checksum(body: IO[bytes]) -> str:
    """The SHA-256 of the rest of a seekable file, which is put back where it was.

    Told in a header: a checksum that follows the body is not understood by every service.
    """
    start = body.tell()
    digest = hashlib.sha256()
    while piece := body.read(CHUNK):
        digest.update(piece)
    body.seek(start)
    return base64.b64encode(digest.digest()).decode()


def _only(answer: Any, *names: str) -> dict[str, Any]:
    return {name: answer[name] for name in names}


def _received(body: "StreamingBody", path: str) -> Iterator[bytes]:
    with _answers_named(path):
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
