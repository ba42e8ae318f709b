"""Verifying an archive: a genuine one passes; a changed, cut, stuffed or hostile one is refused in a sentence."""

import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import verifying
from backend.core.signing import ALGORITHM, SigningKey
from backend.reviews.zipping import Entry, zipped

ROOT = Path(__file__).resolve().parents[1]
KEY, OTHER = SigningKey("ab" * 32), SigningKey("cd" * 32)
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
FILES = {"README.txt": b"read me", "visit.json": b"{}", "originals/a.jpg": bytes(range(256)) * 4}


def manifest(contents: dict[str, bytes] = FILES, **changes: Any) -> dict[str, Any]:
    return {
        "format": "mingcha-visit-archive",
        "format_version": 1,
        "made_at": "2026-05-01T00:00:00+00:00",
        "made_by": {"id": "b", "name": "Bob"},
        "server": "https://mingcha.example",
        "key": {"algorithm": ALGORITHM, "id": KEY.public.id, "public_key": KEY.public.base64},
        "visit": {"id": "v", "store": {"code": "ONE", "name": "一店"}, "wave": {"number": 3, "name": "第三期"}},
        "scorecard": {"passed": 9, "applicable": 10, "rate": 90.0, "official_score": 88.5, "rule_version": "1"},
        "files": [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in contents.items()
        ],
        "evidence": [{"id": "a", "absent": None}, {"id": "b", "absent": "deleted"}],
    } | changes


def packed(files: dict[str, bytes] = FILES, document: Any = None, *, key: SigningKey = KEY) -> bytes:
    """An archive as the product makes it, of these files and this manifest (bytes are taken as they are)."""
    raw = document if isinstance(document, bytes) else json.dumps(document or manifest(files)).encode()
    contents = {**files, "manifest.json": raw, "manifest.sig": key.sign(raw)}
    return b"".join(zipped([Entry(name, len(data), [data]) for name, data in contents.items()], MOMENT))


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    return lambda data, key=None: judged(tmp_path, data, key)


def judged(folder: Path, data: bytes, key: str | None = None) -> tuple[int, str]:
    file = folder / "visit.zip"
    file.write_bytes(data)
    code, lines = verifying.run(file, key)
    return code, "\n".join(lines)


def refused(answer: tuple[int, str]) -> str:
    code, told = answer
    assert code == 1, told
    assert told.startswith("REFUSED: ")
    assert told.count("\n") == 0
    return told


def test_a_genuine_archive_tells_what_it_proves(judge) -> None:
    code, told = judge(packed(), KEY.public.hex)
    assert code == 0
    for word in ("GENUINE", "ONE 一店", "3 第三期", "9 of 10 passed", "88.5", "Bob", KEY.public.id, "1 deleted"):
        assert word in told
    assert "WARNING" not in told


def test_the_key_may_be_a_file(judge, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(KEY.public.pem)
    assert judge(packed(), str(file))[0] == 0
    file.write_text(OTHER.public.pem)
    assert KEY.public.id not in refused(judge(packed(), str(file)))
    for wrong in (tmp_path / "none", tmp_path, "\x00", "x" * 5000):
        assert "neither a public key nor a file" in refused(judge(packed(), str(wrong)))


def test_a_manifest_signed_anew_by_another_key_passes_only_without_the_key(judge) -> None:
    forged = manifest(key={"public_key": OTHER.public.base64})
    data = packed(document=forged, key=OTHER)
    assert "WARNING" in judge(data)[1]
    refused(judge(data, KEY.public.hex))


@given(st.data())
def test_any_changed_byte_of_a_file_or_of_the_proof_is_refused(tmp_path_factory, data) -> None:
    whole = packed()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        places = [place for info in archive.infolist() for place in _bytes_of(whole, info)]
    place, change = data.draw(st.sampled_from(places)), data.draw(st.integers(1, 255))
    changed = bytearray(whole)
    changed[place] ^= change
    refused(judged(tmp_path_factory.getbasetemp(), bytes(changed), KEY.public.hex))
    refused(judged(tmp_path_factory.getbasetemp(), bytes(changed)))


def test_a_changed_byte_anywhere_never_changes_what_is_told(tmp_path: Path) -> None:
    """Headers hold dates that prove nothing; whatever is still called genuine tells the same."""
    whole = packed()
    honest = judged(tmp_path, whole, KEY.public.hex)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x40
        answer = judged(tmp_path, bytes(changed), KEY.public.hex)
        assert answer == honest or refused(answer)


def test_an_archive_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = packed()
    for length in range(len(whole)):
        refused(judged(tmp_path, whole[:length], KEY.public.hex))


def test_an_archive_with_something_added_is_refused(judge) -> None:
    whole = packed()
    for data in (b"x" + whole, whole + b"x", whole + whole):
        refused(judge(data, KEY.public.hex))


def test_a_gap_between_the_files_is_refused(judge) -> None:
    """The directory is moved behind hidden bytes, and the end of the file says so: still a zip to everybody else."""
    whole = packed()
    entries, size, offset = struct.unpack("<2xH2L2x", b"\0\0" + whole[-12:-2] + b"\0\0")
    moved = whole[:offset] + b"hidden" + whole[offset:-22] + whole[-22:-12]
    moved += struct.pack("<HLLH", entries, size, offset + 6, 0)
    assert zipfile.is_zipfile(io.BytesIO(moved))
    assert "belong to none" in refused(judge(moved, KEY.public.hex))


def test_a_file_that_is_missing_or_extra_is_named(judge) -> None:
    fewer = {name: data for name, data in FILES.items() if name != "visit.json"}
    assert "visit.json is listed" in refused(judge(packed(fewer, manifest(FILES)), KEY.public.hex))
    assert "visit.json is in the archive" in refused(judge(packed(FILES, manifest(fewer)), KEY.public.hex))


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "/etc/passwd",
        "a/../b",
        "C:\\x",
        "a\\b",
        ".hidden",
        "a//b",
        "a/",
        "x" * 201,
        "a\x1b[2J",
        "名.jpg",
        "a b",
    ],
)
def test_unsafe_names_are_refused(judge, name: str) -> None:
    files = {**FILES, name: b"x"}
    told = refused(judge(packed(files), KEY.public.hex))
    assert "unsafe name" in told
    assert "\x1b" not in told


def test_two_files_of_one_name_are_refused(judge) -> None:
    raw = json.dumps(manifest()).encode()
    contents = [*FILES.items(), ("visit.json", b"{}"), ("manifest.json", raw), ("manifest.sig", KEY.sign(raw))]
    with pytest.warns(UserWarning, match="Duplicate"):
        data = b"".join(zipped([Entry(name, len(each), [each]) for name, each in contents], MOMENT))
    assert "same name" in refused(judge(data, KEY.public.hex))


def test_a_compressed_bomb_is_refused_before_it_opens(judge) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(50 * 1024 * 1024))
    assert "compressed" in refused(judge(made.getvalue(), KEY.public.hex))


def test_files_that_claim_the_same_bytes_are_refused(judge) -> None:
    """Overlapping entries: a small file whose directory names its one entry a thousand times."""
    one = b"".join(zipped([Entry("a000", 1000, [bytes(1000)])], MOMENT))
    offset = struct.unpack("<L", one[-6:-2])[0]
    line = one[offset:-22]
    lines = b"".join(line[:46] + f"a{number:03}".encode() + line[50:] for number in range(1000))
    end = one[-22:-14] + struct.pack("<HHLLH", 1000, 1000, len(lines), offset, 0)
    assert "claim to be larger" in refused(judge(one[:offset] + lines + end))


def test_a_directory_of_a_million_files_is_refused_unread(judge) -> None:
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 65535, 65535, 2**31, 0, 0)
    assert "more files" in refused(judge(b"\0" * 100 + end))
    large = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 2**40, 2**40, 2**60, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
    assert "more files" in refused(judge(large + locator + end))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a":1,"a":2}',
        b'{"a":' + b"9" * 10_000 + b"}",
        json.dumps(manifest(files=None)).encode(),
        json.dumps(manifest(files=[1])).encode(),
        json.dumps(manifest(files=[{"path": 1, "size": "x", "sha256": None}])).encode(),
        json.dumps(manifest(files=[{"path": "visit.json", "size": 2, "sha256": "x"}] * 2)).encode(),
        json.dumps(manifest(format="other")).encode(),
        json.dumps(manifest(format_version=2)).encode(),
        json.dumps(manifest(key=None)).encode(),
        json.dumps(manifest(key={"public_key": "no"})).encode(),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(judge, document: bytes) -> None:
    refused(judge(packed(document=document or b" ")))


def test_strange_things_in_a_signed_manifest_are_told_without_a_trace(judge) -> None:
    odd = manifest(visit=["x"], scorecard="\x1b[31m", evidence={"a": 1}, made_by=None, server=5)
    code, told = judge(packed(document=odd), KEY.public.hex)
    assert code == 0
    assert "\x1b" not in told


def test_what_is_no_archive_is_refused(judge, tmp_path: Path) -> None:
    for data in (b"", b"PK", b"hello" * 1000, packed()[:-22] + bytes(22), b"PK\x05\x06" + bytes(18)):
        refused(judge(data))
    for path in (tmp_path, tmp_path / "nothing"):
        code, lines = verifying.run(path, None)
        assert (code, len(lines)) == (1, 1)


def test_a_thousand_random_files_and_damages_give_a_sentence_each(tmp_path: Path) -> None:
    chance, whole = random.Random(7), packed()
    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        code, _ = judged(tmp_path, bytes(damaged))
        assert code in {0, 1}
        refused(judged(tmp_path, chance.randbytes(chance.randrange(300)) + whole[-22:]))


def test_it_runs_with_the_signing_module_alone(tmp_path: Path) -> None:
    """As a third party would: two files of ours, no settings, no database, no other dependency imported."""
    for name in ("verifying.py", "core/signing.py", "__init__.py", "core/__init__.py"):
        copy = tmp_path / "backend" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / "backend" / name).read_bytes())
    (tmp_path / "visit.zip").write_bytes(packed())
    line = [sys.executable, "-m", "backend.verifying", "visit.zip", "--key", KEY.public.hex]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("GENUINE")


def _bytes_of(whole: bytes, info: zipfile.ZipInfo) -> range:
    """Where the entry's own bytes stand, without its header."""
    name, extra = struct.unpack("<2H", whole[info.header_offset + 26 : info.header_offset + 30])
    start = info.header_offset + 30 + name + extra
    return range(start, start + info.file_size)
