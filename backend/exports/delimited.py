"""CSV: UTF-8 with a mark that spreadsheet programs need, one line a row, quoted as RFC 4180 says.

A field that a spreadsheet program might calculate is written with an apostrophe before it.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from backend.exports.rules import as_text

# As many as there are stores and different figures in a large wave, with room.
_PARTS_KEPT: Final = 8192


Beside = tuple[tuple[Any, ...], str | None, Sequence[tuple[Any, ...]], bytes]
"""A row in parts: values, an id, further values, and the end of the line with its commas, in UTF-8.

The id and the end are words of our own: they are no formulas and need no quotes.
"""


class Writer(Protocol):
    """Takes rows of plain values."""

    def write(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def write_beside(self, rows: Iterable[Beside]) -> None:
        """Rows of values in parts that come again and again, and are then not written anew."""


class _Lines:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._made: list[bytes] = []
        self._maker = csv.writer(_Encoded(self._made.append))
        self._part = lru_cache(maxsize=_PARTS_KEPT)(self._made_of)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        csv.writer(_Encoded(self._file.write)).writerows([_field(value) for value in row] for row in rows)

    def write_beside(self, rows: Iterable[Beside]) -> None:
        part = self._part
        self._file.writelines(
            b"%b,%b,%b%b\r\n" % (part(before), (id_ or "").encode(), b",".join(map(part, after)), end)
            for before, id_, after, end in rows
        )

    def _made_of(self, part: tuple[Any, ...]) -> bytes:
        self._maker.writerow(map(_field, part))
        return self._made.pop().removesuffix(b"\r\n")


class _Encoded:
    """What takes the place of a text file, and hands on UTF-8."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take

    def write(self, line: str) -> None:
        self._take(line.encode())


@contextmanager
def lines(path: Path) -> Iterator[Writer]:
    """A CSV file to be written from its first row on."""
    with path.open("wb") as file:
        file.write(BOM_UTF8)
        yield _Lines(file)


def _field(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
