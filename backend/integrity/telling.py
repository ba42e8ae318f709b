"""A visit's integrity in answers: every signal with its sentence, its files and the visit it is held against.

What lies outside the caller's part of the network is told as another visit, without saying which.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from backend.accounts import queries as accounts
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.evidence import queries as evidence
from backend.evidence.models import Evidence
from backend.integrity import queries, rules
from backend.integrity.models import Clearing, Signal
from backend.integrity.schemas import MOST_SHOWN
from backend.integrity.sentences import sentence
from backend.visits import queries as visits
from backend.visits.models import Visit
from backend.visits.surroundings import Beside, beside

_UNSEEN: Final = dict.fromkeys(("visit_id", "visited_on", "store", "wave", "file"))


def integrity_of(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """Everything that is known of the visit's integrity; NotFound for whoever may not read it."""
    if db.session.scalar(visits.judged_by(actor).where(Visit.id == visit_id).with_only_columns(Visit.id)) is None:
        raise NotFound
    judgement = queries.judgement_of(visit_id)
    return {
        "visit_id": visit_id,
        "score": None if judgement is None else judgement.score,
        "band": None if judgement is None else rules.band(judgement.score),
        "rules_version": None if judgement is None else judgement.rules_version,
        "judged_at": None if judgement is None else judgement.facts_at,
        "signals": _signals(actor, visit_id),
    }


def _signals(actor: Actor, visit_id: UUID) -> list[dict[str, Any]]:
    signals, clearings = queries.signals_of(visit_id), queries.clearings_of(visit_id)
    names = accounts.names({each.person_id for each in clearings.values()})
    others = _visible(actor, {each.other_visit_id for each in signals if each.other_visit_id})
    files = _files(signals, set(others))
    return [_signal(each, others, files) | {"clearing": _clearing(clearings.get(each.id), names)} for each in signals]


def _signal(
    row: Signal, others: Mapping[UUID, tuple[Visit, Beside]], files: Mapping[UUID, dict[str, Any]]
) -> dict[str, Any]:
    own = [UUID(each) for each in row.evidence[:MOST_SHOWN]]
    return {
        "id": row.id,
        "code": row.code,
        "weight": row.weight,
        "sentence": sentence(row.code, row.params),
        "params": row.params,
        "files": [files[each] for each in own if each in files],
        "other": _other(row, others, files),
    }


def _other(
    row: Signal, others: Mapping[UUID, tuple[Visit, Beside]], files: Mapping[UUID, dict[str, Any]]
) -> dict[str, Any] | None:
    """What the signal is held against; None where it is about this visit alone."""
    if row.other_visit_id is None:
        return None
    if row.other_visit_id not in others:
        return _UNSEEN
    visit, around = others[row.other_visit_id]
    return {
        "visit_id": visit.id,
        "visited_on": visit.visited_on,
        "store": {"id": around.store_id, "code": around.store_code, "name": around.store_name},
        "wave": {"id": around.wave_id, "name": around.wave_name},
        "file": None if row.other_evidence_id is None else files.get(row.other_evidence_id),
    }


def _visible(actor: Actor, visit_ids: Collection[UUID]) -> dict[UUID, tuple[Visit, Beside]]:
    if not visit_ids:
        return {}
    rows = db.session.scalars(visits.judged_by(actor).where(Visit.id.in_(list(visit_ids)))).all()
    around = beside([row.id for row in rows])
    return {row.id: (row, around[row.id]) for row in rows}


def _files(signals: Collection[Signal], others: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The files that the signals show: the visit's own, and those of other visits that the caller may read."""
    ids = {UUID(each) for row in signals for each in row.evidence[:MOST_SHOWN]}
    ids |= {row.other_evidence_id for row in signals if row.other_evidence_id and row.other_visit_id in others}
    rows = db.session.scalars(select(Evidence).where(Evidence.id.in_(ids))).all() if ids else []
    renditions = evidence.rendition_names([row.id for row in rows])
    return {
        row.id: {
            "id": row.id,
            "kind": row.kind,
            "captured_at": row.captured_at,
            "renditions": renditions.get(row.id, []),
        }
        for row in rows
    }


def _clearing(row: Clearing | None, names: Mapping[UUID, str]) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"reason": row.reason, "person": {"id": row.person_id, "name": names.get(row.person_id)}, "at": row.at}
