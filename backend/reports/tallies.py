"""Tallies as arrays: one row a store, one column a checkpoint. Every report starts here; figures come from `figures`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, or_, select

from backend.checklists.queries import compiled
from backend.checklists.rules import Checkpoint, Version, checkpoints_for
from backend.core.db import db
from backend.network.models import Store
from backend.reports.figures import Ratio, Whole
from backend.scores.counting import counts_array
from backend.scores.models import Tally
from backend.waves.models import Wave

_COLUMNS = (
    Tally.store_id, Store.code, Store.name, Tally.visits, Tally.red_lines, Tally.counts, Tally.scored,
    Tally.official_sum, Tally.official_squares,
)  # fmt: skip


class Request(NamedTuple):
    """What to load: a wave, the one method to read it by, and the condition on Store."""

    wave: Wave
    method: str
    where: ColumnElement[bool]


@dataclass(frozen=True)
class Tallies:
    """The tallies of one wave by one method. `counts` has shape (stores, checkpoints, 3): passed, failed, na."""

    wave: Wave
    method: str
    version: Version
    store_ids: Sequence[UUID]
    codes: Sequence[str]
    names: Sequence[str]
    visits: Whole
    red_lines: Whole
    counts: NDArray[np.int32]
    scored: Whole
    official_sums: Sequence[str]
    official_squares: Sequence[str]

    @cached_property
    def asked(self) -> tuple[int, ...]:
        """Positions of the checkpoints that a visit of this method is asked."""
        return tuple(self.version.index[each.code] for each in checkpoints_for(self.version, self.method))

    @cached_property
    def row_of(self) -> Mapping[UUID, int]:
        """Store id -> row."""
        return {store_id: row for row, store_id in enumerate(self.store_ids)}

    @cached_property
    def passed(self) -> Whole:
        """Passed answers by store."""
        return _sum(self.counts[:, :, 0])

    @cached_property
    def applicable(self) -> Whole:
        """Answers that were passed or failed, by store."""
        return self.passed + _sum(self.counts[:, :, 1])

    @cached_property
    def sums(self) -> Sequence[Ratio]:
        """The exact sum of the official scores of each store's visits."""
        return [_ratio(text) for text in self.official_sums]

    @cached_property
    def squares(self) -> Sequence[Ratio]:
        """The exact sum of the squares of the same scores."""
        return [_ratio(text) for text in self.official_squares]

    @cached_property
    def officials(self) -> Sequence[Fraction | None]:
        """Each store's official score: the exact mean of its visits', None where no visit has one."""
        pairs = zip(self.sums, self.scored.tolist(), strict=True)
        return [Fraction(top, bottom * count) if count else None for (top, bottom), count in pairs]

    @cached_property
    def critical_failures(self) -> Whole:
        """How often a critical checkpoint failed, by store."""
        critical = [position for position, each in enumerate(self.version.checkpoints) if each.critical]
        return _sum(self.counts[:, critical, 1])

    def by_store(self, positions: Sequence[int]) -> tuple[Whole, Whole]:
        """(passed, applicable) of some checkpoints by store."""
        chosen = self.counts[:, list(positions)]
        passed = _sum(chosen[:, :, 0])
        return passed, passed + _sum(chosen[:, :, 1])

    def weighed_by_store(self, positions: Sequence[int]) -> tuple[Whole, Whole]:
        """(earned, possible) weight of some checkpoints by store, both in the same small unit, so whole numbers."""
        weights = whole_weights([self.version.checkpoints[position] for position in positions])
        chosen = self.counts[:, list(positions), :2].astype(np.int64)
        earned = chosen[:, :, 0] @ weights
        return earned, earned + chosen[:, :, 1] @ weights

    def by_checkpoint(self) -> Whole:
        """(checkpoints, 3): passed, failed, na over all stores' visits."""
        summed: Whole = self.counts.sum(axis=0, dtype=np.int64)
        return summed

    def only(self, rows: Sequence[int]) -> "Tallies":
        """The same wave with some stores' rows."""
        chosen = list(rows)
        plain = ("store_ids", "codes", "names", "official_sums", "official_squares")
        arrays = ("visits", "red_lines", "counts", "scored")
        picked = {name: [getattr(self, name)[row] for row in chosen] for name in plain}
        return replace(self, **picked, **{name: getattr(self, name)[chosen] for name in arrays})  # type: ignore[arg-type]


def load(requests: Sequence[Request]) -> list[Tallies]:
    """The tallies of each request that hold a visit under the wave's version, by one query; stores by code."""
    found: list[list[Any]] = [[] for _ in requests]
    if requests:
        # A small number in place of each row's wave id: 9,000 UUIDs cost 12 ms to read.
        turn = case({request.wave.id: number for number, request in enumerate(requests)}, value=Tally.wave_id)
        rows = select(turn, *_COLUMNS).join(Store, Store.id == Tally.store_id).where(or_(*map(_is_asked, requests)))
        for number, *row in db.session.execute(rows):
            found[number].append(row)
    return [_arrays(request, rows) for request, rows in zip(requests, found, strict=True)]


def whole_weights(checkpoints: Sequence[Checkpoint]) -> Whole:
    """The weights in the largest unit that makes all of them whole; a checklist writes three decimal places at most."""
    unit = np.lcm.reduce([each.weight.denominator for each in checkpoints]) if checkpoints else 1
    return np.array([int(each.weight * int(unit)) for each in checkpoints], dtype=np.int64)


def _is_asked(request: Request) -> ColumnElement[bool]:
    return and_(
        Tally.wave_id == request.wave.id,
        Tally.checklist_version_id == request.wave.checklist_version_id,
        Tally.method == request.method,
        Tally.visits > 0,
        request.where,
    )


def _arrays(request: Request, rows: list[Any]) -> Tallies:
    version = compiled(request.wave.checklist_version_id)
    rows.sort(key=lambda row: (row[1], row[0]))
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    store_ids, codes, names, visits, red_lines, counts, scored, sums, squares = columns
    return Tallies(
        request.wave, request.method, version, store_ids, codes, names, _whole(visits), _whole(red_lines),
        counts_array(counts, len(version.checkpoints)), _whole(scored), sums, squares,
    )  # fmt: skip


def _sum(by_store: NDArray[np.int32]) -> Whole:
    """One sum a store, over its checkpoints."""
    summed: Whole = by_store.sum(axis=1, dtype=np.int64)
    return summed


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)


def _ratio(text: str) -> Ratio:
    top, bottom = text.split("/")
    return int(top), int(bottom)
