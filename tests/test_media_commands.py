"""`mingcha media` and what the doctor says of bytes, as the owner of a deployment types it."""

import os
import secrets
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

import media_store
from backend import doctor
from media_store import Store, original_key
from media_store.filesystem import FileStore
from tests.servers import run_folder, start_seaweedfs
from tests.test_cli import runner

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, database_url: str, tmp_path: Path) -> Run:
    return runner(tmp_path / "var", database_url)


@pytest.fixture
def here(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "var" / "media")


@pytest.fixture
def bucket(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with start_seaweedfs(run_folder(tmp_path_factory.getbasetemp())) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield f"s3://{server.bucket}/{secrets.token_hex(8)}"


def keep(store: Store, data: bytes) -> str:
    digest = sha256(data).hexdigest()
    key = original_key(digest, "jpg")
    store.put(key, BytesIO(data), size=len(data), sha256=digest, media_type="image/jpeg")
    return key


def spoil(store: FileStore, key: str) -> None:
    store.local_path(key).write_bytes(b"spoiled")


def test_a_deployment_moves_to_a_bucket_and_back(run: Run, here: FileStore, bucket: str, tmp_path: Path) -> None:
    kept = {keep(here, bytes([n]) * 2000): bytes([n]) * 2000 for n in range(5)}
    here.create("upload")
    first, again = run("media", "copy", bucket), run("media", "copy", bucket)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.splitlines() == [
        "0 of 5 objects, 0 bytes of 9.8 KiB",
        "5 of 5 objects, 9.8 KiB of 9.8 KiB",
        "copied: 5 objects, 9.8 KiB",
        "in place already: 0",
        "uploads still arriving: 1",
    ]
    assert "copied: 0 objects, 0 bytes\nin place already: 5\n" in again.output
    back = f"file:{tmp_path / 'back'}"
    assert run("media", "copy", bucket, back).exit_code == 0
    assert run("media", "copy", bucket, back, "--thorough").exit_code == 0
    store = media_store.open_store(back)
    for key, data in kept.items():
        with store.open(key) as file:
            assert file.read() == data


def test_what_could_not_be_copied_is_named_and_ends_with_1(run: Run, here: FileStore, tmp_path: Path) -> None:
    keep(here, b"right")
    key = keep(here, b"wrong soon")
    spoil(here, key)
    result = run("media", "copy", f"file:{tmp_path / 'there'}")
    assert result.exit_code == 1
    assert f"NOT COPIED, its bytes are not those that its name promises: {key}\nnot copied: 1\n" in result.output


def test_a_target_out_of_reach_is_told_in_a_sentence(
    run: Run, here: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(here, b"a picture")
    for name, value in {"ENDPOINT_URL": "http://127.0.0.1:9", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    result = run("media", "copy", "s3://nowhere")
    assert result.exit_code == 1
    assert "Run the command again" in result.output


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ((), "Missing argument"),
        (("file:a", "file:b", "file:c"), "at most two"),
        (("file:a", "file:a"), "same store"),
        (("ftp:x",), "no media store at"),
    ],
)
def test_addresses_that_make_no_sense_are_told(run: Run, addresses: tuple[str, ...], said: str) -> None:
    result = run("media", "copy", *addresses)
    assert result.exit_code == 2
    assert said in result.output


def test_tidy_lists_what_nothing_mentions_and_deletes_it_only_when_told(run: Run, here: FileStore) -> None:
    keys = [keep(here, bytes([n])) for n in range(30)]
    for key in keys[:25]:
        os.utime(here.local_path(key), (1_700_000_000,) * 2)
    listed = run("media", "tidy")
    assert listed.output.splitlines()[-1] == "25 objects, 25 bytes: to be deleted with --yes"
    assert len(listed.output.splitlines()) == 21
    assert len(list(here.keys())) == 30
    assert run("media", "tidy", "--older-than", "5000", "--yes").output == "0 objects, 0 bytes: deleted\n"
    assert "25 objects, 25 bytes: deleted" in run("media", "tidy", "--yes").output
    assert sorted(here.keys()) == sorted(keys[25:])


def test_doctor_tells_twenty_of_a_kind_and_counts_the_rest(run: Run, here: FileStore) -> None:
    for n in range(30):
        os.utime(here.local_path(keep(here, bytes([n]))), (1_700_000_000,) * 2)
    result = run("doctor")
    assert result.exit_code == 1
    assert result.output.count("Nothing mentions originals/") == doctor.MOST_EXAMPLES
    assert "... and 10 more of the kind 'orphan', 30 in all\n" in result.output


def test_doctor_reads_bytes_when_asked(run: Run, here: FileStore) -> None:
    spoil(here, keep(here, b"right"))
    assert run("doctor").output == "all well\n"
    result = run("doctor", "--bytes")
    assert result.exit_code == 1
    assert "holds other bytes than its name promises" in result.output


def test_doctor_says_when_the_store_is_away(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    monkeypatch.setenv("MINGCHA_MEDIA_URL", f"file:{tmp_path / 'blocked'}")
    result = run("doctor")
    assert result.exit_code == 1
    assert result.output.startswith("The media store is out of reach: ")
