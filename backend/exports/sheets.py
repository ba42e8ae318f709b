"""An Excel workbook written row by row: no row is kept, so that memory does not grow with the file.

Text is always written as text, never as a formula, a link or a number, whatever it looks like; what begins like a
formula is also marked as text, so that it stays text when somebody edits the cell.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from backend.exports.rules import is_formula

MOST_ROWS: Final = 1_048_576 - 1
"""So many rows fit below the headings of one sheet."""

_OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST: Final = 32_767
_WIDEST: Final = 40


class Sheet:
    """One sheet: headings, then rows of plain values in the same order."""

    def __init__(self, made: Any, formats: dict[str, Any], headings: Sequence[str]) -> None:
        self._made, self._formats, self._next = made, formats, 1
        for column, heading in enumerate(headings):
            made.set_column(column, column, min(_WIDEST, 2 + sum(1 + (each > "\u2e80") for each in heading)))
            made.write_string(0, column, heading[:_LONGEST], formats["heading"])
        made.freeze_panes(1, 0)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            for column, value in enumerate(row):
                self._cell(column, value)
            self._next += 1

    def _cell(self, column: int, value: Any) -> None:
        if isinstance(value, str):
            kept = self._formats["text"] if is_formula(value) else None
            self._made.write_string(self._next, column, value[:_LONGEST], kept)
        elif isinstance(value, bool):
            self._made.write_boolean(self._next, column, value)
        elif isinstance(value, date):
            self._made.write_datetime(self._next, column, value, self._formats["day"])
        elif value is not None:
            self._made.write_number(self._next, column, value)


class Book:
    """A workbook under way; sheets are filled one after the other."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._formats = {
            "heading": made.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "text": made.add_format({"quote_prefix": True}),
            "day": made.add_format({"num_format": "yyyy-mm-dd"}),
        }

    def sheet(self, name: str, headings: Sequence[str]) -> Sheet:
        return Sheet(self._made.add_worksheet(name), self._formats, headings)


@contextmanager
def book(path: Path) -> Iterator[Book]:
    """A workbook; it is complete when the block ends, and what is half written is given up when it raises."""
    made = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent), **_OPTIONS})
    yield Book(made)
    made.close()
