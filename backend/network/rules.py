"""Pure rules of the network: what headings and cells of a list of stores mean."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

DATUMS = ("WGS-84", "GCJ-02", "BD-09")
LENGTHS = {
    "code": 50,
    "name": 200,
    "brand": 50,
    "region": 50,
    "region_name": 200,
    "group": 50,
    "group_name": 200,
    "city": 100,
    "address": 500,
    "staff_informed_by": 100,
    "tag": 30,
}
MOST_TAGS = 20
RANGES = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0)}
DATES = ("opened_on", "closed_on", "staff_informed_on", "member_from")

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


class CellFault(Exception):
    """What is wrong with one cell: a sentence's key and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def heading(text: object) -> str:
    """The spelling under which headings are compared."""
    plain = unicodedata.normalize("NFKC", "" if text is None else str(text)).casefold()
    return re.sub(r"[\s_*]+", "", plain)


def is_storable(text: str) -> bool:
    """Whether every database can keep the text: no NUL, no half of a surrogate pair."""
    return not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text)


def is_code(text: str) -> bool:
    """Whether a code can be read and typed: not empty, without spaces at the ends, printable."""
    return bool(text) and text == text.strip() and text.isprintable()


def tags_in_order(tags: Iterable[str]) -> list[str]:
    """The tags as they are kept: each once, in order, without spaces around or line breaks in them."""
    return sorted({" ".join(tag.split()) for tag in tags} - {""})


def read_cells(cells: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, CellFault]]]:
    """The values of one row by column, empty cells left out, and what is wrong with the others."""
    values: dict[str, Any] = {}
    faults: list[tuple[str, CellFault]] = []
    for column, cell in cells.items():
        if cell is None or cell == "":
            continue
        try:
            values[column] = _reader(column)(column, cell)
        except CellFault as fault:
            faults.append((column, fault))
    return values, faults


def columns_of(headings: Sequence[Any], known: Mapping[str, Sequence[str]]) -> tuple[dict[int, str], list[str]]:
    """Place -> column for the headings that are known, and the headings that are not."""
    by_heading = {heading(name): column for column, names in known.items() for name in names}
    places: dict[int, str] = {}
    unknown = []
    for place, text in enumerate(headings):
        column = by_heading.get(heading(text))
        if column is not None:
            places[place] = column
        elif heading(text):
            unknown.append(str(text))
    return places, unknown


def _reader(column: str) -> Callable[[str, Any], Any]:
    if column in RANGES:
        return _degrees
    if column in DATES:
        return _day
    return {"datum": _datum, "tags": _tags}.get(column, _words)


def _words(column: str, cell: Any) -> str:
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if not is_storable(text):
        raise CellFault("text-invalid")
    if len(text) > LENGTHS[column]:
        raise CellFault("row-too-long", most=LENGTHS[column])
    if column in {"code", "brand", "region", "group"} and not is_code(text):
        raise CellFault("code-blank")
    return text


def _tags(_column: str, cell: Any) -> list[str]:
    """Words between commas or semicolons, of either width, or the sign 、."""
    parts = re.split(r"[,;，；、\n]", unicodedata.normalize("NFC", str(cell)))
    tags = tags_in_order(parts)
    if not all(is_storable(tag) for tag in tags):
        raise CellFault("text-invalid")
    if any(len(tag) > LENGTHS["tag"] for tag in tags):
        raise CellFault("row-too-long", most=LENGTHS["tag"])
    if len(tags) > MOST_TAGS:
        raise CellFault("row-too-many", most=MOST_TAGS)
    return tags


def _degrees(column: str, cell: Any) -> float:
    try:
        degrees = float("no" if isinstance(cell, bool) else cell)
    except (ValueError, OverflowError):
        raise CellFault("row-not-number", value=_shown(cell)) from None
    low, high = RANGES[column]
    # NaN lies in no range.
    if not low <= degrees <= high:
        raise CellFault("row-out-of-range", value=_shown(cell), low=low, high=high)
    return degrees


def _day(_column: str, cell: Any) -> date:
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise CellFault("row-not-date", value=_shown(cell)) from None


def _datum(_column: str, cell: Any) -> str:
    plain = re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", str(cell)).casefold())
    for datum in DATUMS:
        if plain == datum.replace("-", "").casefold():
            return datum
    raise CellFault("row-not-one-of", value=_shown(cell), choices=DATUMS)


def _shown(cell: Any) -> str:
    """The cell as a message quotes it."""
    return "".join(letter for letter in str(cell)[:40] if letter.isprintable())
