"""The report of one wave as PDF: headline, trend, stages, weakest checkpoints, regions, ranking, proof, and the rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.core.db import db, transaction
from backend.exports import figures, notes, proof
from backend.exports.figures import Figures, Row
from backend.exports.orders import Order, Progress
from backend.exports.typesetting import Document, Lines, Part, Pictures, Table, Tile, typeset
from backend.exports.wave_files import name_of
from backend.exports.written import bar, change, interval, percent, points, ranks, score
from backend.reports import trend
from backend.waves import queries as waves
from backend.waves.models import Programme, Wave

WEAKEST = 20
MOST_STORES = 200


def write(order: Order, progress: Progress, path: Path) -> str:
    """Reads everything at one moment, then brings the pictures and sets the pages."""
    with transaction(writes=False):
        wave = waves.wave_visible(order.actor, order.wave)
        programme = db.session.get_one(Programme, wave.programme_id)
        found = figures.read(order)
        parts = _parts(order, wave, programme, found)
        about = notes.about(order, wave)
        shown = proof.found(order, wave, order.filters.part, [row["checkpoint"] for row in weakest(found.checkpoints)])
    document = Document(
        title=order.say("title-wave", programme=programme.name, number=wave.number),
        subtitle=f"{wave.name} · {wave.opens_on.isoformat()} – {wave.closes_on.isoformat()}",
        author=order.actor.name,
        locale=order.locale,
        footer=footer(order),
        sentence="",
        tiles=_tiles(order, found),
        parts=[*parts, *pictures(order, shown, path.parent), *closing(order, about)],
    )
    progress.expect(document.rows)
    typeset(document, path.parent, path)
    progress.wrote(document.rows)
    return name_of(programme.code, wave, "report")


def weakest(rows: Sequence[Row]) -> list[Row]:
    """The checkpoints with the lowest rates, the lowest first; those that were never applicable have none."""
    rated = [row for row in rows if row["rate"] is not None]
    return sorted(rated, key=lambda row: (row["rate"], -row["failed"], row["checkpoint"]))[:WEAKEST]


def pictures(order: Order, shown: Sequence[proof.Found], folder: Path) -> list[Part]:
    """The part with the pictures of fails, if there are any."""
    if not shown:
        return []
    return [Pictures(order.say("title-proof"), proof.fetched(order, shown, folder), order.say("note-proof"))]


def closing(order: Order, about: Sequence[tuple[str, str]]) -> list[Part]:
    """What every report ends with: what it is about, and how its figures are reckoned."""
    return [
        Table(order.say("title-about"), [order.say("column-about"), order.say("column-value")], about, [1, 3], "ll"),
        Lines(order.say("title-rules"), notes.method_notes(order)),
    ]


def footer(order: Order) -> str:
    return f"{dict(notes.making(order))[order.say('about-made-at')]} · {order.actor.name}"


def trend_table(order: Order, found: Sequence[Row]) -> Table:
    """A line a wave; a change of what was asked is marked, so that nobody reads one line across it."""
    rows = [
        [
            f"{point['number']} · {point['name']}" + (f" ‖ {order.say('word-break')}" if point["break"] else ""),
            percent(point["rate"]), bar(point["rate"]), interval(point["interval"]), str(point["n"]),
            change(point), percent(point["like_for_like"]),
        ]
        for point in found
    ]  # fmt: skip
    head = [order.say(f"column-{name}") for name in ("wave", "share", "bar", "interval", "n", "change", "like")]
    return Table(order.say("title-trend"), head, rows, [6, 2, 4, 4, 2, 3, 3], "lrlrrrr", order.say("note-trend"))


def _tiles(order: Order, found: Figures) -> list[Tile]:
    line = found.headline
    rates, since = line["rate"], points(line["change_pp"])
    known = order.say("word-change-shown" if line["change_shown"] else "word-change-not-shown")
    of = order.say("word-of-stores", n=line["stores"])
    return [
        Tile(
            order.say("tile-rate"),
            percent(rates["mean_of_stores"]) or "–",
            f"{interval(rates['interval']) or ''} n = {rates['n']}",
        ),
        Tile(order.say("tile-change"), since or "–", known if since else ""),
        Tile(order.say("tile-pooled"), percent(rates["pooled"]) or "–", f"{line['passed']} / {line['applicable']}"),
        Tile(order.say("tile-score"), score(line["official_score"]) or "–", order.say("word-after-red-line")),
        Tile(order.say("tile-red-lines"), str(line["red_lines"]), of),
        Tile(order.say("tile-visits"), str(line["visits"]), of),
    ]


def _parts(order: Order, wave: Wave, programme: Programme, found: Figures) -> list[Part]:
    return [
        trend_table(order, _trend(order, wave, programme)),
        _of_parts(order, found),
        _weakest(order, found),
        _areas(order, found),
        _ranking(order, found),
    ]


def _trend(order: Order, wave: Wave, programme: Programme) -> list[Row]:
    """The waves of the same checklist and programme up to this one, as the trend report gives them."""
    subject = trend.Subject(checklist=notes.version_of(wave).code, programme=programme.code)
    found: list[Row] = trend.trend(order.actor, subject, order.filters)["points"]
    return [point for point in found if point["number"] <= wave.number]


def _of_parts(order: Order, found: Figures) -> Table:
    rows = [
        [
            order.say(f"part-{kind}"), order.title(row["title"]), percent(row["rate"]["mean_of_stores"]),
            bar(row["rate"]["mean_of_stores"]), f"{row['passed']} / {row['applicable']}", str(row["stores"]),
            score(row["score"]), change(row),
        ]
        for kind, row in found.parts
    ]  # fmt: skip
    columns = ("part", "title", "share", "bar", "counts", "stores", "score", "change")
    return _table(order, "title-parts", columns, rows, [3, 6, 2, 4, 4, 2, 2, 3], "llrlrrrr")


def _weakest(order: Order, found: Figures) -> Table:
    rows = [
        [
            row["checkpoint"], order.title(row["title"]), percent(row["rate"]), bar(row["rate"]),
            f"{row['passed']} / {row['applicable']}", interval(row["interval"]), change(row),
        ]
        for row in weakest(found.checkpoints)
    ]  # fmt: skip
    columns = ("checkpoint", "title", "share", "bar", "counts", "interval", "change")
    return _table(order, "title-weakest", columns, rows, [3, 8, 2, 3, 3, 3, 3], "llrlrrr")


def _areas(order: Order, found: Figures) -> Table:
    rows = [
        [
            order.say(f"part-{kind}"), row["name"], percent(row["rate"]["mean_of_stores"]),
            interval(row["rate"]["interval"]), _sampled(order, row["stores"], row), score(row["official_score"]),
            str(row["red_lines"]), change(row),
        ]
        for kind, row in found.areas
    ]  # fmt: skip
    columns = ("part", "name", "share", "interval", "stores", "official_score", "red_lines", "change")
    return _table(order, "sheet-areas", columns, rows, [3, 6, 2, 4, 4, 3, 3, 3], "llrrrrrr")


def _ranking(order: Order, found: Figures) -> Table:
    rows = [
        [
            None if row["rank"] is None else str(row["rank"]), ranks(row["band"]), f"{row['code']} {row['name']}",
            score(row["official_score"]), interval(row["score_interval"]), percent(row["rate"]),
            _sampled(order, row["visits"], row), order.say("word-red-line") if row["red_line"] else "",
        ]
        for row in found.stores[:MOST_STORES]
    ]  # fmt: skip
    columns = ("rank", "band", "store_name", "official_score", "interval", "share", "visits", "red_line")
    cut = order.say("note-cut", n=MOST_STORES, of=len(found.stores)) if len(found.stores) > MOST_STORES else ""
    return _table(order, "sheet-ranking", columns, rows, [1, 1, 4, 1, 2, 1, 2, 1], "rrlrrrrl", cut)


def _sampled(order: Order, n: int, row: Row) -> str:
    """How many, and that it is too few where it is."""
    return str(n) if row["sample_ok"] else f"{n} · {order.say('word-small')}"


def _table(
    order: Order, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int], align: str,
    note: str = "",
) -> Table:  # fmt: skip
    return Table(order.say(title), [order.say(f"column-{name}") for name in columns], rows, widths, align, note)
