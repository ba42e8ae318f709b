"""The tallies of a locked wave side by side, so that a report reads one row a wave: made, dropped and held against them.

Only of locked waves: nothing is approved there any more, so that the row stays. What is counted anew all the same (a
mended tally) drops it in the same transaction. Whoever makes it locks the tallies first, so that a recount of one of
them comes either before, and is read, or after, and drops the row.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Select, delete, select

from backend.checklists.queries import compiled
from backend.core.db import db
from backend.scores.counting import COUNT_TYPE, FIGURES, counts_array, in_cells, numbered, pack_counts
from backend.scores.models import Tally, WaveTally
from backend.waves import rules as wave_states
from backend.waves.models import Wave

_PARTS: Final = (
    "store_ids",
    "figures",
    "counts",
    "official_sums",
    "official_squares",
    "auditors",
    "by_visit",
    "by_person",
)


class PackKey(NamedTuple):
    """What one wave tally holds side by side."""

    wave_id: UUID
    checklist_version_id: UUID
    method: str


def pack(wave_id: UUID) -> list[PackKey]:
    """Makes the wave tallies of a locked wave anew; those that were there and did not equal their tallies.

    Of a wave that is not locked, none.
    """
    wrong = []
    for made in _made(_tallies(wave_id).with_for_update(of=Tally)):
        wrong += _wrong(made)
        db.session.merge(made)
    db.session.flush()
    return wrong


def pack_all() -> list[PackKey]:
    """As `pack`, of every locked wave, one after the other."""
    return [key for wave_id in db.session.scalars(_locked()).all() for key in pack(wave_id)]


def unpack(wave_id: UUID) -> None:
    """Drops the wave tallies of a wave: one of its tallies was counted anew."""
    db.session.execute(delete(WaveTally).where(WaveTally.wave_id == wave_id))


def differences() -> Iterator[PackKey]:
    """Every wave tally that does not equal its tallies; changes nothing."""
    for wave_id in db.session.scalars(_locked()).all():
        for made in _made(_tallies(wave_id)):
            yield from _wrong(made)


def _locked() -> Select[UUID]:
    return select(Wave.id).where(Wave.state == wave_states.LOCKED)


def _tallies(wave_id: UUID) -> Select[Tally]:
    return (
        select(Tally)
        .join(Wave, Wave.id == Tally.wave_id)
        .where(
            Tally.wave_id == wave_id,
            Tally.checklist_version_id == Wave.checklist_version_id,
            Tally.visits > 0,
            Wave.state == wave_states.LOCKED,
        )
        .execution_options(populate_existing=True)
    )


def _made(tallies: Select[Tally]) -> Iterator[WaveTally]:
    found = sorted(db.session.scalars(tallies), key=lambda tally: (tally.method, tally.store_id.bytes))
    for _, of_method in groupby(found, key=lambda tally: tally.method):
        yield _side_by_side(list(of_method))


def _side_by_side(tallies: Sequence[Tally]) -> WaveTally:
    first = tallies[0]
    checkpoints = len(compiled(first.checklist_version_id).checkpoints)
    auditors, visits = numbered(b"".join(tally.by_visit for tally in tallies))
    figures = [[getattr(tally, name) for tally in tallies] for name in FIGURES]
    return WaveTally(
        wave_id=first.wave_id,
        checklist_version_id=first.checklist_version_id,
        method=first.method,
        store_ids=b"".join(tally.store_id.bytes for tally in tallies),
        figures=np.array(figures, dtype=COUNT_TYPE).tobytes(),
        counts=pack_counts(counts_array([tally.counts for tally in tallies], checkpoints)),
        official_sums="\n".join(tally.official_sum for tally in tallies),
        official_squares="\n".join(tally.official_squares for tally in tallies),
        auditors=auditors,
        by_visit=visits.tobytes(),
        by_person=in_cells(visits).tobytes(),
    )


def _wrong(made: WaveTally) -> list[PackKey]:
    """The key of what is kept in its place and does not equal it; none where they are equal or nothing is kept."""
    key = PackKey(made.wave_id, made.checklist_version_id, made.method)
    kept = db.session.get(WaveTally, key)
    differ = kept is not None and any(getattr(kept, name) != getattr(made, name) for name in _PARTS)
    return [key] if differ else []
