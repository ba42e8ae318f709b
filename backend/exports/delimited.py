"""CSV: UTF-8 with a mark that spreadsheet programs need, one line a row, quoted as RFC 4180 says.

A field that a spreadsheet program might calculate is written with an apostrophe before it.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from backend.exports.rules import as_text

# As many as there are stores and different figures in a large wave, with room.
_PARTS_KEPT: Final = 8192
_MARK: Final = "\ufeff"


class Beside(NamedTuple):
    """A row in parts: values, an id, further values, and the end of the line with its commas.

    The id and the end are words of our own: they are no formulas and need no quotes.
    """

    before: tuple[Any, ...]
    id: str | None
    after: Sequence[tuple[Any, ...]]
    end: str


class Writer(Protocol):
    """Takes rows of plain values."""

    def write(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def write_beside(self, rows: Iterable[Beside]) -> None:
        """Rows of values in parts that come again and again, and are then not written anew."""


class _Lines:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._writer = csv.writer(file)
        self._made: list[str] = []
        self._maker = csv.writer(_Kept(self._made.append))
        self._part = lru_cache(maxsize=_PARTS_KEPT)(self._made_of)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        self._writer.writerows([_field(value) for value in row] for row in rows)

    def write_beside(self, rows: Iterable[Beside]) -> None:
        part = self._part
        self._file.writelines(
            f"{part(before)},{id_ or ''},{','.join(map(part, after))}{end}\r\n" for before, id_, after, end in rows
        )

    def _made_of(self, part: tuple[Any, ...]) -> str:
        self._maker.writerow(map(_field, part))
        return self._made.pop()[:-2]


class _Kept(NamedTuple):
    """What takes the place of a file where a line is wanted as text."""

    write: Callable[[str], None]


@contextmanager
def lines(path: Path) -> Iterator[Writer]:
    """A CSV file to be written from its first row on."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_MARK)
        yield _Lines(file)


def _field(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
