"""Tallies as arrays: one row a store, one column a checkpoint. Every report starts here; figures come from `figures`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, String, literal_column, select, type_coerce, union_all
from sqlalchemy.sql.elements import True_

from backend.checklists.queries import compiled
from backend.checklists.rules import Checkpoint, Version, checkpoints_for
from backend.core.db import db
from backend.network import queries as network
from backend.network.models import Store, StoreMembership
from backend.reports.figures import Ratio, Reals, Whole
from backend.scores.counting import counts_array
from backend.scores.models import Tally
from backend.waves.models import Wave

_T, _S = Tally.__table__.c, Store.__table__.c
# Plain columns, and store ids as the driver gives them: making 9,000 UUIDs costs more than reading all the counts.
_COLUMNS = (type_coerce(_T.store_id, String), _T.visits, _T.red_lines, _T.counts)
_SCORES = (_T.scored, _T.official_sum, _T.official_squares)
_FEW_STORES: Final = 100
Key = UUID | str
NO_PARENTS: Final = (None, None)


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
        return [id_of(key) for key in self.keys]

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
    def _sides(self) -> tuple[Reals, Reals]:
        """Passed and failed, (stores, checkpoints): whole numbers far below 2^53, of which products are exact and fast."""
        return self.counts[:, :, 0].astype(np.float64), self.counts[:, :, 1].astype(np.float64)

    @cached_property
    def passed(self) -> Whole:
        """Passed answers by store."""
        return _sum(self.counts[:, :, 0])

    @cached_property
    def applicable(self) -> Whole:
        """Answers that were passed or failed, by store."""
        return self.passed + _sum(self.counts[:, :, 1])

    @property
    def officials(self) -> Sequence[Ratio]:
        """The official scores of the stores that have one: each the exact mean of its visits'."""
        pairs = zip(map(ratio_of, self.official_sums), self.scored.tolist(), strict=True)
        return [(top, bottom * count) for (top, bottom), count in pairs if count]

    @cached_property
    def critical_failures(self) -> Whole:
        """How often a critical checkpoint failed, by store."""
        critical = [position for position, each in enumerate(self.version.checkpoints) if each.critical]
        return _sum(self.counts[:, critical, 1])

    def by_store(self, positions: Sequence[int]) -> tuple[Whole, Whole]:
        """(passed, applicable) of some checkpoints by store."""
        if len(positions) == len(self.version.checkpoints):
            return self.passed, self.applicable
        if len(positions) == 1:
            passed, failed = self.counts[:, positions[0], :2].astype(np.int64).T
            return passed, passed + failed
        return self._weighed(positions, np.ones(len(positions), dtype=np.int64))

    def weighed_by_store(self, positions: Sequence[int]) -> tuple[Whole, Whole]:
        """(earned, possible) weight of some checkpoints by store, both in the same small unit, so whole numbers."""
        return self._weighed(positions, whole_weights([self.version.checkpoints[position] for position in positions]))

    def _weighed(self, positions: Sequence[int], weights: Whole) -> tuple[Whole, Whole]:
        of_all = np.zeros(len(self.version.checkpoints))
        of_all[list(positions)] = weights
        passed, failed = ((side @ of_all).astype(np.int64) for side in self._sides)
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


def load(requests: Sequence[Request], *, scores: bool = True) -> list[Tallies]:
    """The tallies of each request that hold a visit under the wave's version; stores by code.

    By two queries, however many requests. Without `scores` nothing is read of official scores, which saves a quarter.
    """
    if not requests:
        return []
    columns = [*_COLUMNS, *_SCORES] if scores else list(_COLUMNS)
    # A branch a wave, since SQLite takes twice as long for an OR of them; a small number tells their rows apart.
    rows = db.session.execute(union_all(*(_asked(number, each, columns) for number, each in enumerate(requests)))).all()
    found: list[list[Any]] = [[] for _ in requests]
    for number, of_wave in groupby(sorted(rows, key=itemgetter(0)), key=itemgetter(0)):
        found[number] = list(of_wave)
    heads = _heads(requests, {row[1] for row in rows}) if rows else {}
    return [_arrays(request, each, heads) for request, each in zip(requests, found, strict=True)]


def keys_where(where: ColumnElement[bool]) -> list[Key]:
    """The keys of the stores that meet a condition on Store, visited or not."""
    return list(db.session.scalars(select(type_coerce(_S.id, String)).where(where)))


def parents_by_key(day: date) -> dict[Key, tuple[Key | None, Key | None]]:
    """Key -> the keys of the region and the group on a day; stores that never had either are left out."""
    columns = (StoreMembership.store_id, StoreMembership.region_id, StoreMembership.group_id)
    rows = select(*(type_coerce(column, String) for column in columns)).where(network.holds_on(day))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(rows)}


def id_of(key: Key) -> UUID:
    return key if isinstance(key, UUID) else UUID(hex=key)


def ratio_of(text: str) -> Ratio:
    """The two whole numbers of a fraction as it is kept."""
    top, bottom = text.split("/")
    return int(top), int(bottom)


def shared_rows(before: Tallies, now: Tallies) -> tuple[Whole, Whole]:
    """The rows, in either wave, of the stores that are in both."""
    pairs = [(row, now.rows[key]) for key, row in before.rows.items() if key in now.rows]
    earlier, later = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
    return earlier, later


def whole_weights(checkpoints: Sequence[Checkpoint]) -> Whole:
    """The weights in the largest unit that makes all of them whole; a checklist writes three decimal places at most."""
    unit = np.lcm.reduce([each.weight.denominator for each in checkpoints]) if checkpoints else 1
    return np.array([int(each.weight * int(unit)) for each in checkpoints], dtype=np.int64)


def _asked(number: int, request: Request, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    wave = request.wave
    rows = select(literal_column(str(number)).label("request"), *columns).where(
        _T.wave_id == wave.id,
        _T.checklist_version_id == wave.checklist_version_id,
        _T.method == request.method,
        _T.visits > 0,
    )
    return rows if isinstance(request.where, True_) else rows.where(_T.store_id.in_(select(_S.id).where(request.where)))


def _heads(requests: Sequence[Request], keys: Collection[Key]) -> dict[Key, tuple[int, str, str]]:
    """Key -> (place by code, code, name) of these stores, or of all with a tally in the waves where they are many."""
    tallied = select(_T.store_id).where(_T.wave_id.in_([request.wave.id for request in requests]))
    where = _S.id.in_([id_of(key) for key in keys] if len(keys) <= _FEW_STORES else tallied)
    rows = db.session.execute(select(type_coerce(_S.id, String), _S.code, _S.name).where(where)).all()
    found = sorted(rows, key=itemgetter(1, 0))
    return {key: (place, code, name) for place, (key, code, name) in enumerate(found)}


def _arrays(request: Request, rows: list[Any], heads: Mapping[Key, tuple[int, str, str]]) -> Tallies:
    version = compiled(request.wave.checklist_version_id)
    rows.sort(key=lambda row: heads[row[1]][0])
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * (1 + len(_COLUMNS))
    _, keys, visits, red_lines, counts, *scores = columns
    scored, sums, squares = scores or ((), (), ())
    told = [heads[key] for key in keys]
    return Tallies(
        request.wave, request.method, version, keys, [code for _, code, _ in told], [name for _, _, name in told],
        _whole(visits), _whole(red_lines), counts_array(counts, len(version.checkpoints)), _whole(scored), sums, squares,
    )  # fmt: skip


def _sum(by_store: NDArray[np.int32]) -> Whole:
    """One sum a store, over its checkpoints."""
    summed: Whole = by_store.sum(axis=1, dtype=np.int64)
    return summed


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)
