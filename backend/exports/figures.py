"""The figures of one wave as rows of plain values, read by the very functions that the report pages answer with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.exports.orders import Order
from backend.reports import headline, ranking, tables
from backend.reports.loading import ParentKind

Row = dict[str, Any]

CHECKPOINTS: Final = (
    "checkpoint", "title", "stage", "module", "dimension", "weight", "critical", "visits", "passed", "failed", "na",
    "applicable", "rate", "low", "high", "change_pp", "change_shown",
)  # fmt: skip
PARTS: Final = (
    "part", "code", "title", "checkpoints", "stores", "visits", "passed", "applicable", "rate", "low", "high", "pooled",
    "score", "change_pp", "change_shown",
)  # fmt: skip
STORES: Final = (
    "rank", "band_first", "band_last", "store_code", "store_name", "visits", "passed", "applicable", "rate",
    "official_score", "low", "high", "red_line", "change_pp", "sample_ok",
)  # fmt: skip
AREAS: Final = (
    "part", "code", "name", "stores", "visits", "passed", "applicable", "rate", "low", "high", "pooled",
    "official_score", "red_lines", "change_pp", "change_shown", "sample_ok",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """All tables of a wave as the actor may read them, at one moment."""

    headline: Row
    checkpoints: Sequence[Row]
    parts: Sequence[tuple[str, Row]]
    stores: Sequence[Row]
    areas: Sequence[tuple[str, Row]]


def read(order: Order) -> Figures:
    """Reads every table, inside the caller's transaction. Raises NotFound for a hidden wave."""
    asked = (order.actor, order.wave, order.filters)
    kinds: tuple[tables.Kind, ...] = ("dimension", "stage", "module")
    parents: tuple[ParentKind, ...] = ("region", "group")
    return Figures(
        headline=headline.headline(*asked),
        checkpoints=tables.checkpoints(*asked)["items"],
        parts=[(kind, row) for kind in kinds for row in tables.parts(*asked, kind)["items"]],
        stores=ranking.ranked(*asked).rows,
        areas=[(kind, row) for kind in parents for row in tables.parents(*asked, kind)["items"]],
    )


def checkpoint_lines(order: Order, found: Figures) -> Iterator[list[Any]]:
    """As `CHECKPOINTS`."""
    for row in found.checkpoints:
        told = row | {"title": order.title(row["title"])} | _bounds(row["interval"]) | _tested(row)
        yield [told[name] for name in CHECKPOINTS]


def part_lines(order: Order, found: Figures) -> Iterator[list[Any]]:
    """As `PARTS`."""
    for kind, row in found.parts:
        head = {"part": order.say(f"part-{kind}"), "code": row[kind], "title": order.title(row["title"])}
        told = row | head | _rates(row["rate"]) | _tested(row)
        yield [told[name] for name in PARTS]


def store_lines(found: Figures) -> Iterator[list[Any]]:
    """As `STORES`."""
    for row in found.stores:
        first, last = row["band"] or (None, None)
        head = {"band_first": first, "band_last": last, "store_code": row["code"], "store_name": row["name"]}
        told = row | head | _bounds(row["score_interval"])
        yield [told[name] for name in STORES]


def area_lines(order: Order, found: Figures) -> Iterator[list[Any]]:
    """As `AREAS`."""
    for kind, row in found.areas:
        told = row | {"part": order.say(f"part-{kind}")} | _rates(row["rate"]) | _tested(row)
        yield [told[name] for name in AREAS]


def _rates(rates: Row) -> Row:
    return {"rate": rates["mean_of_stores"], "pooled": rates["pooled"], **_bounds(rates["interval"])}


def _tested(row: Row) -> Row:
    """Where nothing can be compared, nothing was tested."""
    return {"change_shown": None if row["change_pp"] is None else row["change_shown"]}


def _bounds(interval: Sequence[float] | None) -> Row:
    low, high = interval or (None, None)
    return {"low": low, "high": high}
