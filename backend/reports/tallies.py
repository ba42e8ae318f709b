"""Tallies as arrays: one row a store, one column a checkpoint. Every report starts here; figures come from `figures`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, String, and_, case, or_, select, type_coerce

from backend.checklists.queries import compiled
from backend.checklists.rules import Checkpoint, Version, checkpoints_for
from backend.core.db import db
from backend.network.models import Store
from backend.reports.figures import Ratio, Whole
from backend.scores.counting import counts_array
from backend.scores.models import Tally
from backend.waves.models import Wave

_T, _S = Tally.__table__.c, Store.__table__.c
# Plain columns, and store ids as the driver gives them: making 9,000 UUIDs costs more than reading all the counts.
_COLUMNS = (
    type_coerce(_T.store_id, String), _S.code, _S.name, _T.visits, _T.red_lines, _T.counts, _T.scored, _T.official_sum,
    _T.official_squares,
)  # fmt: skip
Key = UUID | str


class Request(NamedTuple):
    """What to load: a wave, the one method to read it by, and the condition on Store."""

    wave: Wave
    method: str
    where: ColumnElement[bool]


@dataclass(frozen=True)
class Tallies:
    """The tallies of one wave by one method, stores by code. `counts` has shape (stores, checkpoints, 3).

    The last axis is passed, failed, na. `keys` are store ids in the driver's form, fit for comparing only.
    """

    wave: Wave
    method: str
    version: Version
    keys: Sequence[Key]
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

    @property
    def stores(self) -> int:
        """How many stores there are."""
        return len(self.keys)

    @cached_property
    def store_ids(self) -> Sequence[UUID]:
        return [key if isinstance(key, UUID) else UUID(hex=key) for key in self.keys]

    @cached_property
    def rows(self) -> Mapping[Key, int]:
        """Key -> row."""
        return {key: row for row, key in enumerate(self.keys)}

    def row_of(self, store_id: UUID) -> int:
        """The row of a store that is here."""
        row = self.rows.get(store_id)
        return self.rows[store_id.hex] if row is None else row

    def rows_of(self, store_ids: Iterable[UUID]) -> list[int]:
        """The rows of those of the stores that are here."""
        return [self.row_of(each) for each in store_ids if each in self.rows or each.hex in self.rows]

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
        if len(positions) == len(self.version.checkpoints):
            return self.passed, self.applicable
        return self._weighed(positions, np.ones(len(positions), dtype=np.int64))

    def weighed_by_store(self, positions: Sequence[int]) -> tuple[Whole, Whole]:
        """(earned, possible) weight of some checkpoints by store, both in the same small unit, so whole numbers."""
        return self._weighed(positions, whole_weights([self.version.checkpoints[position] for position in positions]))

    def _weighed(self, positions: Sequence[int], weights: Whole) -> tuple[Whole, Whole]:
        of_all = np.zeros(len(self.version.checkpoints), dtype=np.int64)
        of_all[list(positions)] = weights
        passed: Whole = self.counts[:, :, 0] @ of_all
        failed: Whole = self.counts[:, :, 1] @ of_all
        return passed, passed + failed

    def by_checkpoint(self) -> Whole:
        """(checkpoints, 3): passed, failed, na over all stores' visits."""
        summed: Whole = self.counts.sum(axis=0, dtype=np.int64)
        return summed

    def only(self, rows: Sequence[int]) -> "Tallies":
        """The same wave with some stores' rows."""
        chosen = list(rows)
        plain = ("keys", "codes", "names", "official_sums", "official_squares")
        arrays = ("visits", "red_lines", "counts", "scored")
        picked = {name: [getattr(self, name)[row] for row in chosen] for name in plain}
        return replace(self, **picked, **{name: getattr(self, name)[chosen] for name in arrays})  # type: ignore[arg-type]


def load(requests: Sequence[Request]) -> list[Tallies]:
    """The tallies of each request that hold a visit under the wave's version, by one query; stores by code.

    No two requests are of the same wave and method.
    """
    found: list[list[Any]] = [[] for _ in requests]
    if requests:
        # A small number in place of each row's wave id: 9,000 UUIDs cost 12 ms to read.
        turns = [(and_(_T.wave_id == each.wave.id, _T.method == each.method), n) for n, each in enumerate(requests)]
        turn = case(*turns)
        joined = Tally.__table__.join(Store.__table__, _S.id == _T.store_id)
        rows = select(turn, *_COLUMNS).select_from(joined).where(or_(*map(_is_asked, requests)))
        for number, *row in db.session.execute(rows).all():
            found[number].append(row)
    return [_arrays(request, rows) for request, rows in zip(requests, found, strict=True)]


def shared_rows(before: Tallies, now: Tallies) -> tuple[Whole, Whole]:
    """The rows, in either wave, of the stores that are in both."""
    pairs = [(row, now.rows[key]) for key, row in before.rows.items() if key in now.rows]
    earlier, later = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
    return earlier, later


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
    keys, codes, names, visits, red_lines, counts, scored, sums, squares = columns
    return Tallies(
        request.wave, request.method, version, keys, codes, names, _whole(visits), _whole(red_lines),
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
