"""Checks an archive of a visit offline: no database, no settings, no network; `python -m backend.verifying FILE`.

Besides the standard library it needs `backend.core.signing` alone, so that whoever is handed an archive can run it
without the product. An archive may come from anybody: nothing is unpacked, nothing is believed before it is checked,
and what is held in memory has a limit. Whatever is wrong is one sentence.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from backend.core.signing import SIGNATURE_BYTES, KeyUnreadable, PublicKey, read_public

FORMAT: Final = "mingcha-visit-archive"
FORMAT_VERSION: Final = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"

MOST_ENTRIES: Final = 10_000
MOST_DIRECTORY: Final = 2 * 1024 * 1024
MOST_MANIFEST: Final = 16 * 1024 * 1024
MOST_SHOWN: Final = 200
CHUNK: Final = 1024 * 1024
GENUINE, REFUSED = 0, 1

# The end of a zip file (APPNOTE 4.3.14 to 4.3.16): the record, and before it, where numbers are large, two more.
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR, _DESCRIPTOR64 = 16, 24
_HAS_DESCRIPTOR, _IS_ENCRYPTED = 0x08, 0x01
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST_NAME = 200


class Refused(Exception):
    """Why the file is not a whole and genuine archive, as a sentence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a genuine archive says; `is_key_given` is False when it was checked against the key that it carries."""

    manifest: Mapping[str, Any]
    key: PublicKey
    is_key_given: bool
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the list of entries stands and how many it names, as the end of the file has it."""

    entries: int
    size: int
    offset: int


def verify(path: Path, key: PublicKey | None = None) -> Verdict:
    """Checks everything; without a key the signature is held against the one inside. Raises Refused."""
    with _faults_as_sentences(), path.open("rb") as file:
        size = file.seek(0, 2)
        directory = _directory_of(file, size)
        with zipfile.ZipFile(file) as archive:
            entries = _entries_of(archive, size)
            _require_seamless(file, entries, directory)
            return _judged(archive, entries, key)


def _judged(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], key: PublicKey | None) -> Verdict:
    document = _small(archive, entries, MANIFEST, MOST_MANIFEST)
    signature = _small(archive, entries, SIGNATURE, SIGNATURE_BYTES)
    used = key or _key_in(document)
    if not used.verifies(signature, document):
        raise Refused(f"the manifest was not signed with the key {used.id}, or it was changed since")
    manifest = _read_manifest(document)
    listed = _listed(manifest)
    _require_same_names(listed, set(entries) - {MANIFEST, SIGNATURE})
    for name, (size, sha256) in listed.items():
        _require_bytes(archive, entries[name], size, sha256)
    return Verdict(manifest, used, key is not None, len(listed), sum(size for size, _ in listed.values()))


def _directory_of(file: BinaryIO, size: int) -> _Directory:
    """Read before the library reads it, which would take any number of entries into memory."""
    longest = _END64.size + _LOCATOR.size + _END.size
    file.seek(max(0, size - longest))
    tail = file.read(longest)
    if len(tail) < _END.size or not tail[-_END.size :].startswith(b"PK\x05\x06"):
        raise Refused("this is no whole zip file: it was cut off, or something was added to its end")
    *_, entries, length, offset, _comment = _END.unpack(tail[-_END.size :])
    end_at = size - _END.size
    if tail[-_END.size - _LOCATOR.size :].startswith(b"PK\x06\x07") and len(tail) == longest:
        signature, *_, entries, length, offset = _END64.unpack(tail[: _END64.size])
        end_at = size - longest
        if signature != b"PK\x06\x06":
            raise Refused("the end of the zip file contradicts itself")
    if entries > MOST_ENTRIES or length > MOST_DIRECTORY:
        raise Refused(f"it names more files than the {MOST_ENTRIES} that an archive of ours may hold")
    if offset + length != end_at:
        raise Refused("the zip file holds bytes that belong to none of its files")
    return _Directory(entries, length, offset)


def _entries_of(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, each of a safe name, uncompressed, and all together no larger than the file itself."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.orig_filename
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or name != info.filename:
            raise Refused(f"a file in it has an unsafe name: {shown(name)}")
        if name in entries:
            raise Refused(f"two files in it have the same name: {name}")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise Refused(f"{name} is compressed, which no archive of ours is")
        if info.flag_bits & _IS_ENCRYPTED or not info.flag_bits & _HAS_DESCRIPTOR:
            raise Refused(f"{name} was not put there by us")
        entries[name] = info
    if sum(info.file_size for info in entries.values()) > size:
        raise Refused("its files claim to be larger than the archive is")
    return entries


def _require_seamless(file: BinaryIO, entries: Mapping[str, zipfile.ZipInfo], directory: _Directory) -> None:
    """Every byte belongs to exactly one entry: nothing is hidden between them, and none lies over another."""
    if len(entries) != directory.entries:
        raise Refused("its list of files contradicts itself")
    reached = 0
    for info in sorted(entries.values(), key=lambda each: each.header_offset):
        if info.header_offset != reached:
            raise Refused("the zip file holds bytes that belong to none of its files")
        file.seek(reached)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise Refused("this is no whole zip file: it was cut off")
        *_, name, extra = _LOCAL.unpack(header)
        descriptor = _DESCRIPTOR64 if extra else _DESCRIPTOR
        reached += _LOCAL.size + name + extra + info.file_size + descriptor
    if reached != directory.offset:
        raise Refused("the zip file holds bytes that belong to none of its files")


def _small(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    info = entries.get(name)
    if info is None:
        raise Refused(f"{name} is missing, so that nothing in it can be proved")
    if info.file_size > most:
        raise Refused(f"{name} is larger than ours ever are")
    return archive.read(info)


def _key_in(document: bytes) -> PublicKey:
    key = _read_manifest(document).get("key")
    text = key.get("public_key") if isinstance(key, dict) else None
    if not isinstance(text, str):
        raise Refused("the manifest names no key")
    return read_public(text)


def _read_manifest(document: bytes) -> dict[str, Any]:
    manifest = json.loads(document, object_pairs_hook=_without_duplicates)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Refused("the manifest is not that of a visit's archive")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise Refused("the archive was made by a newer version; take the newer program to verify it")
    return manifest


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("the manifest says one thing twice")
    return found


def _listed(manifest: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Path -> size and SHA-256 of every file that the manifest lists."""
    listed: dict[str, tuple[int, str]] = {}
    files = manifest.get("files")
    for each in files if isinstance(files, list) else _unreadable_list():
        path, size, sha256 = (each.get(name) if isinstance(each, dict) else None for name in ("path", "size", "sha256"))
        if not (isinstance(path, str) and isinstance(size, int) and isinstance(sha256, str)) or path in listed:
            _unreadable_list()
        listed[path] = (size, sha256)
    return listed


def _unreadable_list() -> NoReturn:
    raise Refused("the manifest's list of files cannot be read")


def _require_same_names(listed: Mapping[str, Any], present: set[str]) -> None:
    if missing := sorted(set(listed) - present):
        raise Refused(f"{shown(missing[0])} is listed in the manifest and missing from the archive")
    if extra := sorted(present - set(listed)):
        raise Refused(f"{shown(extra[0])} is in the archive and not listed in the manifest")


def _require_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int, sha256: str) -> None:
    digest = hashlib.sha256()
    if info.file_size == size:
        with archive.open(info) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    if info.file_size != size or digest.hexdigest() != sha256:
        raise Refused(f"{info.filename} is not the file that was signed")


@contextmanager
def _faults_as_sentences() -> Iterator[None]:
    """What the library and the system say of a file that is not what it claims."""
    try:
        yield
    except Refused:
        raise
    except KeyUnreadable as fault:
        raise Refused(f"the manifest's key cannot be read: {fault}") from fault
    except (ValueError, RecursionError) as fault:
        raise Refused(f"the manifest cannot be read: {shown(fault)}") from fault
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error, EOFError, OverflowError) as fault:
        raise Refused(f"the zip file is damaged: {shown(fault)}") from fault
    except OSError as fault:
        raise Refused(f"the file cannot be read: {fault.strerror or shown(fault)}") from fault


def shown(value: object) -> str:
    """Text out of an archive, fit to be printed: short, and without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:MOST_SHOWN])


def told(verdict: Verdict) -> list[str]:
    """The verdict in lines for people."""
    say = _reader(verdict.manifest)
    lines = [
        "GENUINE: the archive is whole and its signature is right.",
        f"  visit      {say('visit', 'id')}, {say('visit', 'method')}, on {say('visit', 'visited_on')}",
        f"  store      {say('visit', 'store', 'code')} {say('visit', 'store', 'name')}",
        f"  wave       {say('visit', 'programme')} {say('visit', 'wave', 'number')} {say('visit', 'wave', 'name')}",
        f"  scorecard  {_score(verdict.manifest, say)}",
        f"  files      {verdict.files}, {verdict.size} bytes{_absent(verdict.manifest)}",
        f"  made       {say('made_at')} by {say('made_by', 'name')} on {say('server')}",
        f"  key        {verdict.key.id} ({verdict.key.hex})",
    ]
    if not verdict.is_key_given:
        lines += [
            "WARNING: the key above came with the archive itself, and anybody can make a key.",
            f"Compare it with the one that is published at {say('server')}/api/v1/signing-key, or say --key.",
        ]
    return lines


def _reader(manifest: Mapping[str, Any]) -> Callable[..., str]:
    def say(*names: str) -> str:
        value: Any = manifest
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return "-" if value is None else shown(value)

    return say


def _score(manifest: Mapping[str, Any], say: Callable[..., str]) -> str:
    if not manifest.get("scorecard"):
        return "none yet"
    passed, applicable = say("scorecard", "passed"), say("scorecard", "applicable")
    return (
        f"{passed} of {applicable} passed, rate {say('scorecard', 'rate')}, "
        f"official score {say('scorecard', 'official_score')} (rules {say('scorecard', 'rule_version')})"
    )


def _absent(manifest: Mapping[str, Any]) -> str:
    evidence = manifest.get("evidence")
    rows = [each for each in evidence if isinstance(each, dict)] if isinstance(evidence, list) else []
    reasons = [shown(each["absent"]) for each in rows if each.get("absent")]
    counted = ", ".join(f"{reasons.count(reason)} {reason}" for reason in sorted(set(reasons)))
    return f"; originals not in it: {counted}" if counted else ""


def run(path: Path, key: str | None) -> tuple[int, list[str]]:
    """The exit code and what to print. `key` is a public key, or the name of a file that holds one."""
    try:
        return GENUINE, told(verify(path, None if key is None else _key_named(key)))
    except Refused as fault:
        return REFUSED, [f"REFUSED: {fault}."]


def _key_named(key: str) -> PublicKey:
    try:
        return read_public(key)
    except KeyUnreadable:
        pass
    try:
        with Path(key).open(encoding="utf-8") as file:
            return read_public(file.read(4096))
    except (OSError, ValueError) as fault:
        raise Refused(f"the key {shown(key)} is neither a public key nor a file that holds one") from fault


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m backend.verifying", description="Checks an archive of a visit.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="the published key, or a file that holds it")
    asked = parser.parse_args()
    code, lines = run(asked.file, asked.key)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
