"""CSV: UTF-8 with a mark that spreadsheet programs need, one line a row, quoted as RFC 4180 says.

A field that a spreadsheet program might calculate is written with an apostrophe before it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from backend.exports.rules import as_text


class Writer(Protocol):
    """Takes rows of plain values."""

    def write(self, rows: Iterable[Sequence[Any]]) -> None: ...

    def write_beside(self, rows: Iterable[tuple[Sequence[Any], Sequence[str]]]) -> None:
        """Rows of values and, after them, words of our own, which are no formulas and are not looked at one by one."""


class _Lines:
    def __init__(self, file: Any) -> None:
        self._writer = csv.writer(file)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        self._writer.writerows([_field(value) for value in row] for row in rows)

    def write_beside(self, rows: Iterable[tuple[Sequence[Any], Sequence[str]]]) -> None:
        self._writer.writerows([*map(_field, values), *words] for values, words in rows)


@contextmanager
def lines(path: Path) -> Iterator[Writer]:
    """A CSV file to be written from its first row on."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield _Lines(file)


def _field(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
