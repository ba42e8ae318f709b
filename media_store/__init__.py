"""A library that keeps bytes by key, on a disk, in a bucket or in memory; knows nothing of audits, Flask or SQL."""

from pathlib import Path

from media_store.filesystem import FileStore
from media_store.keys import ORIGINALS, RENDITIONS, BadKey, original_key, rendition_key, sha256_in, validate
from media_store.memory import MemoryStore
from media_store.store import (
    Bytes,
    Content,
    Entry,
    Locked,
    MediaStore,
    Missing,
    NoSpace,
    OffsetMismatch,
    Staging,
    Store,
    Stored,
    StoreError,
    Unreachable,
    WrongBytes,
)
from media_store.streams import Measured

__all__ = [
    "ORIGINALS",
    "RENDITIONS",
    "BadKey",
    "Bytes",
    "Content",
    "Entry",
    "Locked",
    "Measured",
    "MediaStore",
    "Missing",
    "NoSpace",
    "OffsetMismatch",
    "Staging",
    "Store",
    "StoreError",
    "Stored",
    "Unreachable",
    "WrongBytes",
    "open_store",
    "original_key",
    "rendition_key",
    "sha256_in",
    "validate",
]


def open_store(url: str, public_endpoint: str | None = None) -> Store:
    """The store at `file:var/media`, `file:///srv/media`, `s3://bucket/prefix` or `memory:`; ValueError for any other.

    Touches neither disk nor network. Endpoint and credentials of S3 come from the usual AWS_* variables; signed
    addresses lead to the public endpoint where it is given, for readers who cannot reach the other one.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "file" and rest:
        return FileStore(Path(rest.removeprefix("//")))
    if scheme == "s3" and rest.strip("/"):
        return _bucket_store(rest, public_endpoint)
    if url == "memory:":
        return MemoryStore()
    message = f"no media store at {url!r}"
    raise ValueError(message)


def _bucket_store(rest: str, public_endpoint: str | None) -> Store:
    # boto3 costs memory and start-up time that a store on a disk need not pay.
    from media_store.bucket_store import BucketStore  # noqa: PLC0415
    from media_store.s3 import Bucket  # noqa: PLC0415

    name, _, prefix = rest.strip("/").partition("/")
    return BucketStore(Bucket(name, public_endpoint), prefix)
