"""Writing scorecards, and the tallies that follow from them in the same transaction.

A tally is recomputed from its store's few current scorecards, never incremented. Its row is locked before the
scorecards are read, so that two approvals of one store come one after the other on PostgreSQL as they do on SQLite.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, union
from sqlalchemy.dialects import postgresql, sqlite

from backend.checklists.queries import compiled
from backend.checklists.rules import Result, Version
from backend.checklists.scoring import RULE_VERSION, Scorecard, pack_results, score_visit
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.scores import packing, queries
from backend.scores.counting import Card, Count, count, fraction_text
from backend.scores.models import ScorecardRow, Tally

_COUNTED = tuple(each.name for each in fields(Count))
_CARD = tuple(getattr(ScorecardRow, name) for name in Card._fields)
_BATCH = 1000


class TallyKey(NamedTuple):
    """What one tally adds up."""

    wave_id: UUID
    store_id: UUID
    checklist_version_id: UUID
    method: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A tally that did not equal the recount of its scorecards; `fields` names what was wrong."""

    key: TallyKey
    fields: tuple[str, ...]


def write_scorecard(
    actor: Actor,
    *,
    visit_id: UUID,
    wave_id: UUID,
    store_id: UUID,
    checklist_version_id: UUID,
    method: str,
    results: Mapping[str, Result],
    reason: str,
    auditor_id: UUID | None = None,
    visited_on: date | None = None,
    unproven: int = 0,
) -> ScorecardRow:
    """Scores a visit's results and appends the scorecard; an older one of the visit stays, but no longer counts.

    The tally is recomputed. Results are by checkpoint code; an unknown code raises KeyError. `unproven` is how many
    fails stand on their comment alone.
    """
    key = TallyKey(wave_id, store_id, checklist_version_id, method)
    tally = _locked(key)
    replaced = _retire(visit_id)
    version = compiled(checklist_version_id)
    scorecard = score_visit(version, results)
    row = ScorecardRow(
        id=new_id(), visit_id=visit_id, sequence=_next_sequence(visit_id), is_current=True, **key._asdict(),
        results=pack_results(version, results), reason=reason, person_id=actor.id, created_at=clock.now(),
        auditor_id=auditor_id, visited_on=visited_on, unproven=unproven, **_figures(scorecard),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _recount(tally, version)
    if replaced is not None and replaced != key:
        recompute(*replaced)
    outbox.record(actor, "scorecard.written", visit_id, sequence=row.sequence, reason=reason)
    return row


def withdraw(visit_id: UUID) -> bool:
    """Takes a void visit's scorecard out of every figure; it stays as history. False when none counted."""
    row = queries.current(visit_id)
    if row is None:
        return False
    tally = _locked(_key(row))
    _retire(visit_id)
    _recount(tally, compiled(row.checklist_version_id))
    return True


def recompute(wave_id: UUID, store_id: UUID, checklist_version_id: UUID, method: str) -> Tally:
    """Counts one tally again from its scorecards."""
    tally = _locked(TallyKey(wave_id, store_id, checklist_version_id, method))
    _recount(tally, compiled(checklist_version_id))
    return tally


def rebuild_all() -> list[Difference]:
    """Counts every tally again, mends those that differ, and returns what differed; nothing when all is well.

    Memory holds one wave's tallies and one store's scorecards at a time.
    """
    found = differences()
    for difference in found:
        recompute(*difference.key)
    return found


def differences() -> list[Difference]:
    """Every tally that does not equal the recount of its scorecards; changes nothing."""
    return [difference for wave_id in _waves() for difference in _differences(wave_id)]


def _locked(key: TallyKey) -> Tally:
    """The tally's row, made when missing, locked until the transaction ends."""
    checkpoints = len(compiled(key.checklist_version_id).checkpoints)
    empty = asdict(count([], checkpoints)) | key._asdict() | {"revision": 1}
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(Tally).values(**empty).on_conflict_do_nothing())
    row = select(Tally).filter_by(**key._asdict()).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(row).one()


def _retire(visit_id: UUID) -> TallyKey | None:
    """Makes the visit's current scorecard history; the tally it counted in, None when there was none."""
    row = queries.current(visit_id)
    if row is None:
        return None
    row.is_current = False
    db.session.flush()
    return _key(row)


def _key(row: ScorecardRow) -> TallyKey:
    return TallyKey(row.wave_id, row.store_id, row.checklist_version_id, row.method)


def _next_sequence(visit_id: UUID) -> int:
    last = db.session.scalar(select(func.max(ScorecardRow.sequence)).where(ScorecardRow.visit_id == visit_id))
    return (last or 0) + 1


def _figures(scorecard: Scorecard) -> dict[str, Any]:
    official = scorecard.official_score
    return {
        "rule_version": str(RULE_VERSION),
        "passed": scorecard.passed,
        "applicable": scorecard.applicable,
        "earned": fraction_text(scorecard.earned),
        "possible": fraction_text(scorecard.possible),
        "official": None if official is None else fraction_text(official),
        "red_line": scorecard.red_line,
        "document": scorecard.as_dict(),
    }


def _recount(tally: Tally, version: Version) -> None:
    rows = select(*_CARD).where(
        ScorecardRow.wave_id == tally.wave_id,
        ScorecardRow.store_id == tally.store_id,
        ScorecardRow.checklist_version_id == tally.checklist_version_id,
        ScorecardRow.method == tally.method,
        ScorecardRow.is_current,
    )
    cards = [Card(*row) for row in db.session.execute(rows)]
    for name, value in asdict(count(cards, len(version.checkpoints))).items():
        setattr(tally, name, value)
    tally.revision += 1
    db.session.flush()
    packing.unpack(tally.wave_id)


def _waves() -> list[UUID]:
    """The waves that have a tally or a scorecard."""
    return list(db.session.scalars(union(select(Tally.wave_id), select(ScorecardRow.wave_id))))


def _differences(wave_id: UUID) -> Iterator[Difference]:
    kept = _kept(wave_id)
    for key, cards in _cards_by_key(wave_id):
        counted = count(cards, len(cards[0].results))
        yield from _compared(key, kept.pop(key, None), counted)
    for key, tally in kept.items():
        yield from _compared(key, tally, count([], len(compiled(key.checklist_version_id).checkpoints)))


def _kept(wave_id: UUID) -> dict[TallyKey, Count]:
    columns = (*(getattr(Tally, name) for name in TallyKey._fields), *(getattr(Tally, name) for name in _COUNTED))
    rows = db.session.execute(select(*columns).where(Tally.wave_id == wave_id))
    width = len(TallyKey._fields)
    return {TallyKey(*row[:width]): Count(*row[width:]) for row in rows}


def _cards_by_key(wave_id: UUID) -> Iterator[tuple[TallyKey, list[Card]]]:
    key = [getattr(ScorecardRow, name) for name in TallyKey._fields]
    rows = select(*key, *_CARD).where(ScorecardRow.wave_id == wave_id, ScorecardRow.is_current).order_by(*key)
    streamed = db.session.execute(rows, execution_options={"yield_per": _BATCH})
    for found, group in groupby(streamed, key=lambda row: TallyKey(*row[: len(key)])):
        yield found, [Card(*row[len(key) :]) for row in group]


def _compared(key: TallyKey, kept: Count | None, counted: Count) -> Iterator[Difference]:
    if kept != counted:
        names = (name for name in _COUNTED if kept is None or getattr(kept, name) != getattr(counted, name))
        yield Difference(key, tuple(names))
