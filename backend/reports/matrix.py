"""The matrix of one wave: stores, regions or groups down, stages, modules, dimensions or checkpoints across."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import numpy as np

from backend.core.actor import Actor
from backend.core.problems import NotFound
from backend.reports.figures import Whole, gathered, hundredths, percentages, spreads, sums
from backend.reports.labels import Labels, labels_of
from backend.reports.loading import ParentKind
from backend.reports.tables import members_of, named_parents, rows_by_parent
from backend.reports.tallies import Tallies
from backend.reports.waves import Filters, read_one, table

Down = Literal["stores", "regions", "groups"]
Across = Literal["stages", "modules", "dimensions", "checkpoints"]

_PARENTS: Final[dict[str, ParentKind]] = {"regions": "region", "groups": "group"}
_CELLS: Final = ("rates", "n", "passed", "applicable")

Row = dict[str, Any]
Columns = tuple[list[Row], list[Sequence[int]]]


class Shape(NamedTuple):
    """What stands down and across; `only` leaves the one column with this code."""

    down: Down
    across: Across
    only: str | None = None


def matrix(actor: Actor, wave_id: UUID, filters: Filters, shape: Shape) -> dict[str, Any]:
    """Rates by row and column, with their n, passed and applicable, each a list in the order of `columns`.

    A store's cell pools its visits; n is its applicable answers. A region's or group's cell is the mean of its stores
    with n stores, but for a single checkpoint it pools visits with n applicable answers, as everywhere.
    Raises NotFound for a single column that there is none of.
    """
    tallies = read_one(actor, wave_id, filters, named=shape.down == "stores")
    labels = labels_of(tallies.wave.checklist_version_id)
    columns, members = _chosen(_columns(tallies, labels, shape.across), shape.only)
    cells = [tallies.by_store(positions) for positions in members]
    down, across = shape.down, shape.across
    rows = _stores(tallies, cells) if down == "stores" else _parents(tallies, cells, _PARENTS[down], across)
    return table(tallies, rows) | {"columns": columns}


def _chosen(found: Columns, only: str | None) -> Columns:
    if only is None:
        return found
    kept = [(column, members) for column, members in zip(*found, strict=True) if column["code"] == only]
    if not kept:
        raise NotFound
    return [kept[0][0]], [kept[0][1]]


def _columns(tallies: Tallies, labels: Labels, across: Across) -> Columns:
    """The columns' codes and titles, and the positions of the checkpoints in each."""
    if across == "checkpoints":
        codes = [tallies.version.checkpoints[position].code for position in tallies.asked]
        columns = [{"code": code, "title": labels.checkpoints[code]} for code in codes]
        return columns, [[position] for position in tallies.asked]
    kind = across.removesuffix("s")
    titles = labels.parts[kind]
    members = members_of(tallies, kind, titles)
    return [{"code": code, "title": titles[code]} for code in members], list(members.values())


def _stores(tallies: Tallies, cells: Sequence[tuple[Whole, Whole]]) -> list[Row]:
    passed, applicable = (_stacked(tallies, [cell[side] for cell in cells]) for side in (0, 1))
    rates = hundredths(passed, applicable)
    heads = zip(tallies.store_ids, tallies.codes, tallies.names, strict=True)
    return [
        {"id": store_id, "code": code, "name": name, "rates": percentages(rates[row]), "n": applicable[row].tolist(),
         "passed": passed[row].tolist(), "applicable": applicable[row].tolist()}
        for row, (store_id, code, name) in enumerate(heads)
    ]  # fmt: skip


def _stacked(tallies: Tallies, columns: Sequence[Whole]) -> Whole:
    """(stores, columns), also when there are none of either."""
    return np.array(columns, dtype=np.int64).reshape(len(columns), tallies.stores).T


def _parents(tallies: Tallies, cells: Sequence[tuple[Whole, Whole]], kind: ParentKind, across: Across) -> list[Row]:
    members = rows_by_parent(tallies, kind)
    names = named_parents(kind, [parent_id for parent_id in members if parent_id is not None])
    order = sorted(members, key=lambda each: (each not in names, names.get(each)))
    columns = [_column(*cell, [members[each] for each in order], across) for cell in cells]
    found = []
    for number, parent_id in enumerate(order):
        code, name = names.get(parent_id, (None, None))
        lists = {key: [column[place][number] for column in columns] for place, key in enumerate(_CELLS)}
        found.append({"id": parent_id, "code": code, "name": name, **lists})
    return found


def _column(
    passed: Whole, applicable: Whole, members: Sequence[Sequence[int]], across: Across
) -> Sequence[Sequence[Any]]:
    """The cells of one column, what `_CELLS` names one after the other, each by region or group."""
    rows, groups = gathered(members)
    passed, applicable = passed[rows], applicable[rows]
    totals = sums(passed, groups), sums(applicable, groups)
    told = [side.tolist() for side in totals]
    if across == "checkpoints":
        return percentages(hundredths(*totals)), told[1], *told
    rates = spreads(passed, applicable, groups)
    return [rate.value for rate in rates], [rate.n for rate in rates], *told
