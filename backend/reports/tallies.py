"""Tallies as arrays: one row a store, one column a checkpoint. Every report starts here; figures come from `figures`.

`loading` reads them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.checklists.rules import Checkpoint, Version, checkpoints_for
from backend.reports.figures import Ratio, Reals, Whole
from backend.waves.models import Wave

Key = bytes
"""A store, region or group by the sixteen bytes of its id: making 9,000 UUIDs costs more than reading all the counts."""


@dataclass(frozen=True)
class Tallies:
    """The tallies of one wave by one method. `counts` has shape (stores, checkpoints, 3): passed, failed, na.

    Stores are by code where `codes` and `names` were asked for, and those empty where not; `official_sums` and
    `official_squares` too are empty unless asked for.
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
        return list(map(id_of, self.keys))

    @cached_property
    def rows(self) -> Mapping[Key, int]:
        """Key -> row."""
        return {key: row for row, key in enumerate(self.keys)}

    def row_of(self, store_id: UUID) -> int:
        """The row of a store that is here."""
        return self.rows[store_id.bytes]

    def rows_of(self, store_ids: Iterable[UUID]) -> list[int]:
        """The rows of those of the stores that are here."""
        return [self.rows[each.bytes] for each in store_ids if each.bytes in self.rows]

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

    @cached_property
    def officials(self) -> Sequence[Ratio | None]:
        """The official score of each store, the exact mean of its visits'; None where it has none."""
        pairs = zip(map(ratio_of, self.official_sums), self.scored.tolist(), strict=True)
        return [(top, bottom * count) if count else None for (top, bottom), count in pairs]

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
        picked = {name: _picked(getattr(self, name), chosen) for name in plain}
        return replace(self, **picked, **{name: getattr(self, name)[chosen] for name in arrays})  # type: ignore[arg-type]


def _picked(held: Sequence[Any], rows: Sequence[int]) -> Sequence[Any]:
    """Some of the elements; of nothing, nothing."""
    if not held or len(rows) < 2:  # noqa: PLR2004 - `itemgetter` makes a tuple of two or more.
        return [held[row] for row in rows] if held else ()
    found: Sequence[Any] = itemgetter(*rows)(held)
    return found


@lru_cache(maxsize=10_000)
def id_of(key: Key) -> UUID:
    return UUID(bytes=key)


def ratio_of(text: str) -> Ratio:
    """The two whole numbers of a fraction as it is kept."""
    top, bottom = text.split("/")
    return int(top), int(bottom)


def shared_rows(before: Tallies, now: Tallies) -> tuple[Whole, Whole]:
    """The rows, in either wave, of the stores that are in both."""
    if before.keys == now.keys:
        every = np.arange(now.stores)
        return every, every
    pairs = [(row, now.rows[key]) for key, row in before.rows.items() if key in now.rows]
    earlier, later = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
    return earlier, later


def whole_weights(checkpoints: Sequence[Checkpoint]) -> Whole:
    """The weights in the largest unit that makes all of them whole; a checklist writes three decimal places at most."""
    unit = np.lcm.reduce([each.weight.denominator for each in checkpoints]) if checkpoints else 1
    return np.array([int(each.weight * int(unit)) for each in checkpoints], dtype=np.int64)


def _sum(by_store: NDArray[np.int32]) -> Whole:
    """One sum a store, over its checkpoints."""
    summed: Whole = by_store.sum(axis=1, dtype=np.int64)
    return summed
