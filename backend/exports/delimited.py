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


class _Lines:
    def __init__(self, file: Any) -> None:
        self._writer = csv.writer(file)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        self._writer.writerows([_field(value) for value in row] for row in rows)


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
