"""The three stores, each empty, under one fixture; the bucket is a real one."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_store import Store
from media_store.bucket_store import BucketStore
from media_store.filesystem import FileStore
from media_store.memory import MemoryStore
from media_store.s3 import Bucket
from tests.servers import S3Server, run_folder, start_seaweedfs

MIB = 1024 * 1024
# The least that services accept, so that small uploads have several parts.
PART_SIZE = 5 * MIB


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with start_seaweedfs(run_folder(tmp_path_factory.getbasetemp())) as server:
        yield server


@pytest.fixture(scope="session")
def bucket(s3_server: S3Server) -> Iterator[Bucket]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server.environment.items():
            patch.setenv(name, value)
        yield Bucket(s3_server.bucket)


@pytest.fixture
def bucket_store(bucket: Bucket) -> BucketStore:
    return BucketStore(bucket, secrets.token_hex(8), part_size=PART_SIZE)


@pytest.fixture
def file_store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "media")


@pytest.fixture
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=["memory_store", "file_store", "bucket_store"])
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made
