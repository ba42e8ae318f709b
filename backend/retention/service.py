"""Placing and lifting holds, and deleting what a wave's clock has run out for.

Deleting locks the visit, as placing a hold does: whoever comes first is obeyed, and a visit whose hold is on record
is never touched. The rows say first that media are gone; a job deletes the bytes afterwards, and only those that no
other row mentions.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.outbox import Event
from backend.evidence.models import Evidence, Rendition
from backend.retention import queries, rules
from backend.retention.models import Hold
from backend.retention.problems import HoldDiffers
from backend.visits import queries as visits
from backend.visits.models import Visit
from backend.waves.models import Wave

ERASED = "visit.media-erased"


def put_hold(actor: Actor, visit_id: UUID, hold_id: UUID, body: Mapping[str, Any]) -> tuple[Hold, bool]:
    """Places a hold on a visit that is the actor's to plan or review, and says whether that was news."""
    visit = visits.get_of_roles(actor, visit_id, *queries.DESKS, lock=True)
    return place(actor, visit, hold_id, code=body["code"], reason=body["reason"])


def place(actor: Actor, visit: Visit, hold_id: UUID, *, code: str, reason: str) -> tuple[Hold, bool]:
    """Keeps the visit's media until the hold is lifted. The caller has seen to it that the actor may, and locked the
    visit. The same hold again changes nothing; HoldDiffers when the id stands for another one.
    """
    present = db.session.get(Hold, hold_id)
    if present is not None:
        if (present.visit_id, present.code, present.reason) != (visit.id, code, reason):
            raise HoldDiffers
        return present, False
    hold = Hold(id=hold_id, visit_id=visit.id, code=code, reason=reason, placed_by=actor.id, placed_at=clock.now())
    db.session.add(hold)
    outbox.record(actor, "hold.placed", visit.id, hold=str(hold_id), code=code)
    return hold, True


def lift_hold(actor: Actor, visit_id: UUID, hold_id: UUID, reason: str) -> Hold:
    """Lifts a hold of a visit that is the actor's to plan or review. Raises NotFound, HoldDiffers."""
    visit = visits.get_of_roles(actor, visit_id, *queries.DESKS, lock=True)
    return lift(actor, queries.hold_on(visit.id, hold_id), reason)


def lift(actor: Actor, hold: Hold, reason: str) -> Hold:
    """Ends a hold; again for the same reason it changes nothing. The clock does not start anew."""
    if hold.lifted_at is not None:
        if hold.lift_reason != reason:
            raise HoldDiffers
        return hold
    hold.lifted_by, hold.lifted_at, hold.lift_reason = actor.id, clock.now(), reason
    outbox.record(actor, "hold.lifted", hold.visit_id, hold=str(hold.id), code=hold.code)
    return hold


def erase(actor: Actor, visit_id: UUID, media: str) -> list[str]:
    """Says of the visit's originals or renditions that they are deleted; answers the keys that no longer belong to it.

    Everything is asked once more under the visit's lock; nothing happens when a hold was placed meanwhile, the clock
    was put back, or the visit waits for a decision again. Whatever was learnt from the bytes stays.
    """
    visit = visits.find_visits([visit_id]).get(visit_id)
    if visit is None or queries.is_held(visit_id) or queries.waits(visit):
        return []
    wave = db.session.get_one(Wave, visit.wave_id, populate_existing=True)
    if not queries.is_due(wave, media):
        return []
    files = _VERBS[media](visit_id)
    if files:
        outbox.record(actor, ERASED, visit_id, media=media, reason=rules.RETENTION, files=files)
    return [file["key"] for file in files]


def erased_keys(visit_id: UUID) -> set[str]:
    """The keys of everything that was ever erased of a visit."""
    events = select(Event).where(Event.name == ERASED, Event.subject_id == visit_id)
    return {file["key"] for event in db.session.scalars(events) for file in event.data["files"]}


def _erase_originals(visit_id: UUID) -> list[dict[str, Any]]:
    rows = _held_rows(visit_id)
    files = [_file(row, str(row.key), row.size) for row in rows if row.key is not None]
    for row in (row for row in rows if row.key is not None):
        row.key, row.original_deleted_at, row.deletion_reason = None, clock.now(), rules.RETENTION
    return files


def _erase_renditions(visit_id: UUID) -> list[dict[str, Any]]:
    rows = {row.id: row for row in _held_rows(visit_id)}
    made = db.session.scalars(select(Rendition).where(Rendition.evidence_id.in_(rows))).all()
    files = [_file(rows[each.evidence_id], each.key, each.size) for each in made]
    for evidence_id in {each.evidence_id for each in made}:
        rows[evidence_id].renditions_deleted_at = clock.now()
        rows[evidence_id].deletion_reason = rules.RETENTION
    db.session.execute(delete(Rendition).where(Rendition.evidence_id.in_(rows)))
    return files


_VERBS = {rules.ORIGINALS: _erase_originals, rules.RENDITIONS: _erase_renditions}


def _held_rows(visit_id: UUID) -> list[Evidence]:
    rows = select(Evidence).where(Evidence.visit_id == visit_id).order_by(Evidence.id).with_for_update()
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def _file(row: Evidence, key: str, size: int) -> dict[str, Any]:
    return {"evidence": str(row.id), "sha256": row.sha256, "key": key, "size": size}
