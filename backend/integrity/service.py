"""Keeping what was found in a visit, clearing a signal, and taking a clearing back.

The score is counted anew by each of them, from the signals that stand. The visit's band is written without a new
revision of the visit: nothing that its auditor or a planner may edit has changed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import named_id
from backend.integrity import queries, rules
from backend.integrity.facts import Found
from backend.integrity.models import Clearing, Judgement, Signal
from backend.visits.models import Visit


def judge(visit_id: UUID, found: Iterable[Found], facts_at: datetime) -> None:
    """Replaces the visit's signals by those found in facts read at `facts_at`, unless newer facts were judged already."""
    judgement = _held(visit_id)
    if judgement is None:
        judgement = Judgement(visit_id=visit_id, score=rules.BEST, rules_version=rules.VERSION, facts_at=facts_at)
        db.session.add(judgement)
    if judgement.facts_at > facts_at:
        return
    judgement.facts_at, judgement.rules_version = facts_at, rules.VERSION
    _replace(visit_id, [signal_row(visit_id, each) for each in found])
    _count(judgement)


def clear(actor: Actor, signal_id: UUID, reason: str) -> UUID:
    """Says that the signal has an honest reason, by name; answers its visit. The same again changes nothing."""
    signal = queries.get_signal(actor, signal_id)
    judgement = _required(signal.visit_id)
    kept = db.session.get(Clearing, signal_id)
    if kept is not None and kept.reason == reason:
        return signal.visit_id
    if kept is None:
        kept = Clearing(signal_id=signal_id, visit_id=signal.visit_id)
        db.session.add(kept)
    kept.reason, kept.person_id, kept.at = reason, actor.person_id, clock.now()
    outbox.record(actor, "signal.cleared", signal.visit_id, signal=str(signal_id), code=signal.code, reason=reason)
    _count(judgement)
    return signal.visit_id


def withdraw(actor: Actor, signal_id: UUID) -> UUID:
    """Takes a clearing back, whoever made it; answers the signal's visit. Where there is none nothing happens."""
    signal = queries.get_signal(actor, signal_id)
    judgement = _required(signal.visit_id)
    kept = db.session.get(Clearing, signal_id)
    if kept is not None:
        data = {"signal": str(signal_id), "code": signal.code, "reason": kept.reason}
        db.session.delete(kept)
        outbox.record(actor, "signal.clearing_withdrawn", signal.visit_id, **data)
        _count(judgement)
    return signal.visit_id


def signal_row(visit_id: UUID, found: Found) -> dict[str, Any]:
    """The row of a signal. Its id says what it is about: other files, or another file it is held against, make another."""
    about = sorted(str(each) for each in found.evidence)
    return {
        "id": named_id("signal", visit_id, found.code, *about, found.other_id, found.other_visit_id),
        "visit_id": visit_id,
        "code": found.code,
        "weight": rules.WEIGHTS[found.code],
        "params": dict(found.params),
        "evidence": [str(each) for each in found.evidence],
        "other_evidence_id": found.other_id,
        "other_visit_id": found.other_visit_id,
    }


def _held(visit_id: UUID) -> Judgement | None:
    """The visit's judgement, locked: one writer at a time counts its score."""
    return db.session.get(Judgement, visit_id, with_for_update=True, populate_existing=True)


def _required(visit_id: UUID) -> Judgement:
    judgement = _held(visit_id)
    if judgement is None:
        raise LookupError(visit_id)
    return judgement


def _replace(visit_id: UUID, rows: list[dict[str, Any]]) -> None:
    kept = {signal.id: signal for signal in queries.signals_of(visit_id)}
    wanted = {row["id"]: row for row in rows}
    gone = [id_ for id_ in kept if id_ not in wanted]
    if gone:
        db.session.execute(delete(Signal).where(Signal.id.in_(gone)))
    for id_, row in wanted.items():
        if id_ not in kept:
            db.session.add(Signal(**row))
            continue
        for name, value in row.items():
            setattr(kept[id_], name, value)


def _count(judgement: Judgement) -> None:
    """Counts the score of the signals that nobody cleared, and writes the band where lists look for it."""
    db.session.flush()
    cleared = select(Clearing.signal_id).where(Clearing.visit_id == judgement.visit_id)
    standing = select(Signal.weight).where(Signal.visit_id == judgement.visit_id, Signal.id.not_in(cleared))
    judgement.score = rules.score(db.session.scalars(standing))
    band = update(Visit).where(Visit.id == judgement.visit_id).values(band=rules.band(judgement.score))
    db.session.execute(band.execution_options(synchronize_session=False))
