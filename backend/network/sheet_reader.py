"""Reads one Excel or CSV file from standard input and writes its rows as JSON: a process of its own, run by `spreadsheet`.

What a hostile file can make a reader do (two cells that span a billion, a string of a gigabyte) happens in here, under
limits of memory and time, and ends in here. It knows nothing of stores and imports nothing of ours.
"""

import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 512 << 20
CPU_SECONDS = 20
UNPACKED_BYTES = 100 << 20
REPLY_BYTES = 32 << 20
MOST_COLUMNS = 100
MOST_LETTERS = 1000

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t"

Row = tuple[int, list[Any]]


class Inflates(Exception):
    """The file would unpack to more than we read."""


def main() -> None:
    """Takes the most rows to read as its argument; replies {"rows": [[number, cells]]} or {"refused": why}."""
    _confine()
    reply: dict[str, Any]
    try:
        reply = {"rows": _limited(_rows(sys.stdin.buffer.read()), int(sys.argv[1]))}
    except Inflates:
        reply = {"refused": "inflates"}
    except Exception:  # noqa: BLE001 - whatever a library raises over a broken file, the file is at fault.
        reply = {"refused": "unreadable"}
    json.dump(reply, sys.stdout, ensure_ascii=True)


def _confine() -> None:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _limited(rows: Iterable[Row], most: int) -> list[Row]:
    """The rows that hold anything, one more than `most` if there are that many, so that the caller can tell."""
    found: list[Row] = []
    letters = 0
    for number, cells in rows:
        plain = _trimmed([_plain(cell) for cell in cells[:MOST_COLUMNS]])
        if not plain:
            continue
        letters += sum(len(cell) if isinstance(cell, str) else 8 for cell in plain)
        if letters > REPLY_BYTES:
            raise Inflates
        found.append((number, plain))
        if len(found) > most:
            break
    return found


def _rows(content: bytes) -> Iterator[Row]:
    if content.startswith(_ZIP):
        _check_sizes(content)
    if content.startswith((_ZIP, _OLE)):
        return enumerate(_first_sheet(content).iter_rows(), start=1)
    return _csv_rows(_decoded(content))


def _check_sizes(content: bytes) -> None:
    """What the file says of itself; one that lies meets the limit of memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > UNPACKED_BYTES:
            raise Inflates


def _first_sheet(content: bytes) -> CalamineSheet:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for place, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
            return workbook.get_sheet_by_index(place)
    raise ValueError("no visible sheet")


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF16):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _csv_rows(text: str) -> Iterator[Row]:
    heading = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last = 0
    for cells in reader:
        # A cell may span lines: the number of a row is that of the line on which it starts.
        yield last + 1, cells
        last = reader.line_num


def _plain(cell: Any) -> Any:
    """The cell as JSON holds it: text without spaces at its ends, a number, a truth or None; a date as ISO 8601."""
    if isinstance(cell, str):
        return cell.strip()[:MOST_LETTERS] or None
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time_of_day() else cell.isoformat()
    if isinstance(cell, (date, time_of_day)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


if __name__ == "__main__":
    main()
