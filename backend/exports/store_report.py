"""The report of one store as PDF: where it stands, its way over the waves, its parts, what keeps failing, its visits."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.core.db import transaction
from backend.exports import notes, proof
from backend.exports.figures import Row
from backend.exports.orders import Order, Progress
from backend.exports.typesetting import Document, Part, Table, Tile, typeset
from backend.exports.wave_report import closing, footer, pictures
from backend.exports.written import bar, interval, percent, points, ranks, score
from backend.reports import store_visits, stores, tables
from backend.reports.loading import ParentKind
from backend.reports.scope import Part as Within
from backend.waves import queries as waves


def write(order: Order, progress: Progress, path: Path) -> str:
    """Reads the report of the store as its page does, then brings the pictures and sets the pages."""
    store_id = _store(order)
    with transaction(writes=False):
        asked = stores.Asked(store_id, order.filters.method, order.checklist)
        report = stores.store_report(order.actor, asked)
        visits = store_visits.every_visit(order.actor, asked)
        shown = _proof(order, report, store_id)
        store = report["store"]
        about = [*_about(order, store), *notes.making(order)]
    document = Document(
        title=order.say("title-store", store=f"{store['code']} {store['name']}"),
        subtitle=f"{report['checklist'] or ''} · {store['city'] or ''}".strip(" ·"),
        author=order.actor.name,
        locale=order.locale,
        footer=footer(order),
        sentence=_sentence(order, report),
        tiles=_tiles(order, report),
        parts=[
            *_parts(order, report),
            _visits(order, visits),
            *pictures(order, shown, path.parent),
            *closing(order, about),
        ],
    )
    progress.expect(document.rows)
    typeset(document, path.parent, path)
    progress.wrote(document.rows)
    return f"{store['code']}-report"


def _store(order: Order) -> UUID:
    if order.store_id is None:
        raise LookupError(order.kind)
    return order.store_id


def _about(order: Order, store: Row) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = [(order.say("column-store_name"), f"{store['code']} {store['name']}")]
    parents: tuple[ParentKind, ...] = ("region", "group")
    for kind in parents:
        parent_id = store[f"{kind}_id"]
        code, name = tables.named_parents(kind, [] if parent_id is None else [parent_id]).get(parent_id, (None, None))
        if name is not None:
            found.append((order.say(f"column-{kind}"), f"{name} ({code})"))
    return found


def _proof(order: Order, report: Row, store_id: UUID) -> list[proof.Found]:
    """Pictures of the latest wave: what keeps failing first, then whatever else failed there."""
    if not report["waves"]:
        return []
    wave = waves.wave_visible(order.actor, report["waves"][-1]["wave_id"])
    repeated = [row["checkpoint"] for row in report["repeat_fails"]]
    rest = (each.code for each in notes.version_of(wave).checkpoints if each.code not in repeated)
    return proof.found(order, wave, Within(store=store_id), [*repeated, *rest])


def _sentence(order: Order, report: Row) -> str:
    """Where the store stands in its latest wave, and how much keeps failing."""
    if not report["waves"]:
        return order.say("sentence-none")
    last = report["waves"][-1]
    told = {"number": last["number"], "rate": percent(last["rate"]) or "–", "stores": last["stores"]}
    if last["band"] is None:
        place = order.say("sentence-unranked", **told)
    else:
        place = order.say("sentence-ranked", **told, band=ranks(last["band"]))
    repeated = len(report["repeat_fails"])
    return f"{place} {order.say('sentence-repeats', n=repeated)}" if repeated else place


def _tiles(order: Order, report: Row) -> list[Tile]:
    if not report["waves"]:
        return []
    last = report["waves"][-1]
    rank = "–" if last["rank"] is None else f"{last['rank']} / {last['ranked']}"
    return [
        Tile(order.say("column-share"), percent(last["rate"]) or "–", f"{last['passed']} / {last['applicable']}"),
        Tile(order.say("tile-change"), points(last["change_pp"]) or "–"),
        Tile(
            order.say("column-official_score"),
            score(last["official_score"]) or "–",
            interval(last["score_interval"]) or "",
        ),
        Tile(order.say("column-rank"), rank, ranks(last["band"]) or order.say("word-small")),
        Tile(order.say("column-visits"), str(last["visits"])),
        Tile(order.say("column-red_line"), order.say("word-yes" if last["red_line"] else "word-no")),
    ]


def _parts(order: Order, report: Row) -> Iterator[Part]:
    yield _waves(order, report["waves"])
    yield from (
        _of_kind(order, report[f"{kind}s"], kind) for kind in ("stage", "module", "dimension") if report[f"{kind}s"]
    )
    if report["repeat_fails"]:
        yield _repeats(order, report["repeat_fails"])


def _waves(order: Order, found: Sequence[Row]) -> Table:
    rows = [
        [
            f"{row['number']} · {row['name']}", percent(row["rate"]), bar(row["rate"]), points(row["change_pp"]),
            score(row["official_score"]), interval(row["score_interval"]), ranks(row["band"]), str(row["visits"]),
        ]
        for row in found
    ]  # fmt: skip
    columns = ("wave", "share", "bar", "change", "official_score", "interval", "band", "visits")
    return _table(order, "title-trend", columns, rows, [3, 1, 2, 1, 1, 2, 1, 1], "lrlrrrrr")


def _of_kind(order: Order, found: Sequence[Row], kind: str) -> Table:
    rows = [
        [
            order.title(row["title"]), percent(row["rate"]), bar(row["rate"]), f"{row['passed']} / {row['applicable']}",
            score(row["score"]), percent(row["region_rate"]), percent(row["network_rate"]),
        ]
        for row in found
    ]  # fmt: skip
    columns = (kind, "share", "bar", "counts", "score", "region_rate", "network_rate")
    return _table(order, f"part-{kind}", columns, rows, [3, 1, 2, 1, 1, 1, 1], "lrlrrrr")


def _repeats(order: Order, found: Sequence[Row]) -> Table:
    rows = [
        [
            row["checkpoint"], order.title(row["title"]), ", ".join(str(number) for number in row["waves"]),
            f"{row['failed']} / {row['applicable']}",
        ]
        for row in found
    ]  # fmt: skip
    columns = ("checkpoint", "title", "waves", "failed")
    return _table(order, "title-repeats", columns, rows, [2, 5, 2, 1], "lllr")


def _visits(order: Order, found: Sequence[Row]) -> Table:
    """Every visit by its wave alone: neither who came nor when."""
    rows = [
        [
            str(row["number"]), order.say(f"method-{row['method']}"), percent(row["rate"]), bar(row["rate"]),
            f"{row['passed']} / {row['applicable']}", score(row["official_score"]),
            order.say("word-red-line") if row["red_line"] else "",
        ]
        for row in found
    ]  # fmt: skip
    columns = ("wave", "method", "share", "bar", "counts", "official_score", "red_line")
    return _table(order, "title-visits", columns, rows, [1, 2, 1, 3, 1, 1, 1], "llrlrrl")


def _table(
    order: Order, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int], align: str
) -> Table:
    return Table(order.say(title), [order.say(f"column-{name}") for name in columns], rows, widths, align)
