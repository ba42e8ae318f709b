"""The file that a phone saves of everything on it, read as carefully as any stranger's: a zip with `mingcha.json`, which
holds the phone's tables, and `files/<evidence id>.<ending>`, which holds the bytes.

What is not exactly that is refused before anything of it is used. A phone stores its entries as they are, so nothing
can be inflated here: an entry is as large as it takes room, and all together are no larger than the zip.
"""

import hashlib
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, BinaryIO, Final
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from backend.core import jsons
from backend.core.problems import Problem
from backend.core.schemas import PhoneSchema, length, text
from backend.visits.problems import BackupEntryStrange, BackupUnreadable

TABLES: Final = "mingcha.json"
FORMAT: Final = 1
MOST_TABLES: Final = 32 * 1024 * 1024
MOST_DIRECTORY: Final = 8 * 1024 * 1024
MOST_RECORDS: Final = 100_000
PIECE: Final = 256 * 1024
_FILE: Final = re.compile(r"files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z0-9]{1,12}")
_IS_ENCRYPTED: Final = 0x1
_END: Final = struct.Struct("<4s4H2IH")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_BYTES: Final = 20
_IN_END64: Final = 0xFFFFFFFF
_BROKEN: Final = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, struct.error, ValueError)


class _PersonBody(PhoneSchema):
    id = fields.UUID(required=True)
    name = fields.String(load_default=None, allow_none=True)


class _DraftBody(PhoneSchema):
    id = text()
    visit_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    revision = fields.Integer(strict=True, load_default=0)
    marks = fields.List(fields.Dict(), load_default=list)


class _AnswerBody(PhoneSchema):
    draft_id = text()
    checkpoint = text()
    result = fields.Raw(load_default=None)
    value = fields.Raw(load_default=None)
    comment = fields.Raw(load_default=None)
    evidence = fields.Raw(load_default=list)


class _ItemBody(PhoneSchema):
    kind = fields.String(required=True)
    visit_id = fields.UUID(required=True)
    draft_id = text()
    document = fields.Dict(load_default=None, allow_none=True)


class _FileBody(PhoneSchema):
    """What must be known of a file to find its place; the declaration in it is read where it is used."""

    id = fields.UUID(required=True)
    visit_id = fields.UUID(required=True)


def _records(of: type[PhoneSchema]) -> fields.List[Any]:
    return fields.List(fields.Nested(of), required=True, validate=length(0, MOST_RECORDS))


class _TablesBody(PhoneSchema):
    format = fields.Integer(strict=True, required=True, validate=validate.Equal(FORMAT))
    saved_at = fields.AwareDateTime(required=True)
    device_id = text(100)
    person = fields.Nested(_PersonBody, required=True)
    drafts = _records(_DraftBody)
    answers = _records(_AnswerBody)
    outbox = _records(_ItemBody)
    evidence = _records(_FileBody)


@dataclass(frozen=True, slots=True)
class Backup:
    """An open backup: the tables as they were read, each file's record as it was sent, and the bytes by evidence id."""

    tables: Mapping[str, Any]
    records: Mapping[UUID, Mapping[str, Any]]
    _archive: zipfile.ZipFile
    _entries: Mapping[UUID, zipfile.ZipInfo]

    @property
    def held(self) -> frozenset[UUID]:
        """The evidence whose bytes are in the file."""
        return frozenset(self._entries)

    def size(self, evidence_id: UUID) -> int:
        return self._entries[evidence_id].file_size

    def open(self, evidence_id: UUID) -> IO[bytes]:
        return self._archive.open(self._entries[evidence_id])

    def holds(self, evidence_id: UUID, *, size: int, sha256: str) -> bool:
        """Whether the bytes are whole and those that were captured."""
        if self.size(evidence_id) != size:
            return False
        digest = hashlib.sha256()
        try:
            with self.open(evidence_id) as file:
                for piece in iter(partial(file.read, PIECE), b""):
                    digest.update(piece)
        except _BROKEN:
            return False
        return digest.hexdigest() == sha256


@contextmanager
def opened(file: BinaryIO) -> Iterator[Backup]:
    """The backup in the file, checked. Raises BackupUnreadable, BackupEntryStrange."""
    size = file.seek(0, 2)
    try:
        _require_short_directory(file, size)
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise BackupUnreadable from None
    with archive:
        yield _read(archive, size)


def _require_short_directory(file: BinaryIO, size: int) -> None:
    """The library reads the whole directory into memory, so its length is looked at before."""
    longest = _END64.size + _LOCATOR_BYTES + _END.size
    file.seek(max(0, size - longest))
    tail = file.read(longest)
    signature, *_, directory, _offset, _comment = _END.unpack(tail[-_END.size :])
    if directory == _IN_END64 and len(tail) == longest:
        *_, directory, _offset = _END64.unpack(tail[: _END64.size])
    if signature != b"PK\x05\x06" or directory > min(size, MOST_DIRECTORY):
        raise BackupUnreadable


def _read(archive: zipfile.ZipFile, size: int) -> Backup:
    entries = _entries_of(archive, size)
    sent = _sent(archive, entries)
    try:
        tables = _TablesBody().load(sent)
    except (ValidationError, TypeError):
        raise BackupUnreadable from None
    records = {UUID(record["id"]): record for record in sent["evidence"]}
    files = {UUID(found[1]): info for name, info in entries.items() if (found := _FILE.fullmatch(name))}
    return Backup(tables, records, archive, files)


def _entries_of(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The entries by name; all of them are looked at before the first is opened."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.orig_filename
        if name in entries or not (name == TABLES or _FILE.fullmatch(name)) or not _is_plain(info):
            raise BackupEntryStrange(name=ascii(name[:80]))
        entries[name] = info
    if TABLES not in entries or sum(info.file_size for info in entries.values()) > size:
        raise BackupUnreadable
    return entries


def _is_plain(info: zipfile.ZipInfo) -> bool:
    is_as_it_is = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
    return is_as_it_is and not info.flag_bits & _IS_ENCRYPTED


def _sent(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> Any:
    if entries[TABLES].file_size > MOST_TABLES:
        raise BackupUnreadable
    try:
        return jsons.loads(archive.read(entries[TABLES]))
    except (*_BROKEN, Problem):
        raise BackupUnreadable from None
