"""From the address in the settings to a store."""

import subprocess
import sys
from pathlib import Path

import pytest

from media_store import open_store
from media_store.bucket_store import BucketStore
from media_store.filesystem import FileStore
from media_store.memory import MemoryStore


@pytest.mark.parametrize("address", ["file:{}", "file://{}"])
def test_a_folder_is_opened_and_made_only_when_written_to(tmp_path: Path, address: str) -> None:
    store = open_store(address.format(tmp_path / "media 100%#?"))
    assert isinstance(store, FileStore)
    assert list(store.keys()) == []
    assert list(tmp_path.iterdir()) == []
    store.create("upload")
    assert (tmp_path / "media 100%#?" / "staging" / "upload").exists()


def test_a_relative_folder_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("file:var/media")
    monkeypatch.chdir("/")
    store.create("upload")
    assert (tmp_path / "var" / "media" / "staging" / "upload").exists()


@pytest.mark.parametrize(("url", "path"), [("s3://bucket", "k"), ("s3://bucket/", "k"), ("s3://bucket/a/b/", "a/b/k")])
def test_a_bucket_is_opened_without_asking_anyone(monkeypatch: pytest.MonkeyPatch, url: str, path: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://storage.invalid:9000")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = open_store(url)
    assert isinstance(store, BucketStore)
    signed = store.signed_url("k", seconds=5, media_type="image/jpeg")
    assert signed.startswith(f"http://storage.invalid:9000/bucket/{path}?")


def test_memory_is_opened_empty_every_time() -> None:
    first = open_store("memory:")
    assert isinstance(first, MemoryStore)
    first.create("upload")
    assert list(open_store("memory:").staged()) == []


@pytest.mark.parametrize("url", ["", "file:", "s3:", "s3://", "memory", "memory:x", "/var/media", "http://x/y"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no media store at"):
        open_store(url)


def test_boto3_is_loaded_only_for_a_bucket() -> None:
    program = (
        "import sys, media_store; media_store.open_store('file:x'); assert not {'boto3', 'botocore'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
