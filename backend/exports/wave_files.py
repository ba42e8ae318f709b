"""The files of one wave that are tables: workbook, CSV of answers, and the scores that are paid by."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from backend.core.db import db, transaction
from backend.exports import figures, notes, rules
from backend.exports.answers import COLUMNS, selected
from backend.exports.delimited import lines
from backend.exports.orders import Order, Progress
from backend.exports.problems import Refused
from backend.exports.sheets import MOST_ROWS, Book, book
from backend.reports import ranking
from backend.reports.tables import named_parents
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from backend.waves.models import Programme, Wave

# Below so many visits a store's score is not used for money: method.md, section 5.8.
MIN_PAID: Final = 3

BONUS: Final = (
    "store_code", "store_name", "region", "group", "visits", "passed", "applicable", "rate", "official_score",
    "red_line", "rank", "band_first", "band_last", "payable",
)  # fmt: skip

Line = Sequence[Any]


def write_csv(order: Order, progress: Progress, path: Path) -> str:
    """One line a visit; the headings are fixed words and the checkpoints' own codes."""
    with transaction(writes=False):
        found = selected(order)
    progress.expect(found.count)
    with lines(path) as file:
        file.write([[*COLUMNS, *found.codes]])
        for batch in found.batches():
            ends = found.ends_of(batch)
            file.write_beside(
                (row.place, row.id, (row.when, row.figures), end) for row, end in zip(batch, ends, strict=True)
            )
            progress.wrote(len(batch))
    return name_of(found.programme, found.wave, "answers")


def write_workbook(order: Order, progress: Progress, path: Path) -> str:
    """Answers, rates of checkpoints and parts, ranking, regions and groups, and how all of it is reckoned."""
    with transaction(writes=False):
        found, tables = selected(order), figures.read(order)
        about = notes.about(order, found.wave)
    if found.count > MOST_ROWS:
        raise Refused("too-many-rows")
    progress.expect(found.count)
    with book(path) as made:
        sheet = made.sheet(order.say("sheet-answers"), [*_headings(order, COLUMNS), *found.codes])
        for batch in found.batches():
            sheet.write([*row.visit, *found.results_of(row)] for row in batch)
            progress.wrote(len(batch))
        _write_tables(order, made, tables)
        _write_notes(order, made, [*about, (order.say("about-rows"), str(progress.written))])
    return name_of(found.programme, found.wave, "report")


def write_bonus(order: Order, progress: Progress, path: Path) -> str:
    """The locked scores of a locked wave, one line a store, and which of them rest on enough visits to pay by."""
    with transaction(writes=False):
        wave = waves.wave_visible(order.actor, order.wave)
        if wave.state != wave_states.LOCKED:
            raise Refused("wave-not-locked")
        rows = list(_bonus_lines(order))
        about = notes.about(order, wave)
        programme = db.session.get_one(Programme, wave.programme_id).code
    progress.expect(len(rows))
    if order.format == rules.CSV:
        with lines(path) as file:
            file.write([BONUS, *rows])
    else:
        with book(path) as made:
            made.sheet(order.say("sheet-bonus"), _headings(order, BONUS)).write(rows)
            _write_notes(order, made, [*about, (order.say("about-payable"), order.say("note-payable", n=MIN_PAID))])
    progress.wrote(len(rows))
    return name_of(programme, wave, "bonus")


def name_of(programme: str, wave: Wave, what: str) -> str:
    """A file name without its ending."""
    return f"{programme}-{wave.number}-{what}"


def _write_tables(order: Order, made: Book, found: figures.Figures) -> None:
    sheets: tuple[tuple[str, Sequence[str], Callable[[], Iterator[Line]]], ...] = (
        ("sheet-checkpoints", figures.CHECKPOINTS, lambda: figures.checkpoint_lines(order, found)),
        ("sheet-parts", figures.PARTS, lambda: figures.part_lines(order, found)),
        ("sheet-ranking", figures.STORES, lambda: figures.store_lines(found)),
        ("sheet-areas", figures.AREAS, lambda: figures.area_lines(order, found)),
    )
    for name, columns, rows in sheets:
        made.sheet(order.say(name), _headings(order, columns)).write(rows())


def _write_notes(order: Order, made: Book, about: Sequence[tuple[str, str]]) -> None:
    sheet = made.sheet(order.say("sheet-notes"), [order.say("column-about"), order.say("column-value")])
    sheet.write(about)
    sheet.write(("", sentence) for sentence in notes.method_notes(order))


def _headings(order: Order, columns: Sequence[str]) -> list[str]:
    return [order.say(f"column-{name}") for name in columns]


def _bonus_lines(order: Order) -> Iterator[Line]:
    rows = ranking.ranked(order.actor, order.wave, order.filters).rows
    regions = named_parents("region", [row["region_id"] for row in rows if row["region_id"]])
    groups = named_parents("group", [row["group_id"] for row in rows if row["group_id"]])
    for row in rows:
        first, last = row["band"] or (None, None)
        told = row | {
            "store_code": row["code"],
            "store_name": row["name"],
            "region": regions.get(row["region_id"], (None, None))[1],
            "group": groups.get(row["group_id"], (None, None))[1],
            "band_first": first,
            "band_last": last,
            "payable": row["visits"] >= MIN_PAID,
        }
        yield [told[name] for name in BONUS]
