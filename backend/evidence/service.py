"""What is done to evidence inside the caller's transaction: declaring it, opening it to reviewers, recording views.

How bytes come in is `receiving`, what is made of them is `jobs`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from backend.core import clock, outbox
from backend.core.actor import SYSTEM, Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault, NotFound
from backend.evidence import queries, rules
from backend.evidence.models import Evidence, EvidenceView, Rendition, Upload
from backend.evidence.problems import BytesHere, EvidenceDiffers, FileTooLarge

COPY_LET_GO = "evidence.quick-copy-let-go"

_Held = Mapping[tuple[str, int], Evidence]


def declare(
    actor: Actor, evidence_id: UUID, *, visit_id: UUID, store_id: UUID, body: Mapping[str, Any]
) -> tuple[Evidence, bool]:
    """Announces one file of a visit before its bytes; answers its row and whether it is new.

    The caller has checked that the visit is the actor's to fill. The same content again changes nothing; other
    content replaces it while no byte has come, later it is EvidenceDiffers. Raises NotFound for another person's id,
    FileTooLarge for more bytes than the kind may have.
    """
    entry = {**body, "id": evidence_id}
    is_new = db.session.scalar(select(Evidence.id).where(Evidence.id == evidence_id)) is None
    (row,) = declare_many(actor, visit_id, store_id, [entry])
    return row, is_new


def declare_many(actor: Actor, visit_id: UUID, store_id: UUID, entries: Sequence[Mapping[str, Any]]) -> list[Evidence]:
    """`declare` for all files of a submission with a handful of statements; entries also have an `id`.

    Answers the rows in the order of the entries. All of them or none; the problem names each evidence at fault.
    """
    _require_sizes(entries)
    rows = _rows_of(actor, [entry["id"] for entry in entries])
    declared: list[Evidence] = []
    fresh: set[UUID] = set()
    for entry in entries:
        row = rows.get(entry["id"])
        if row is None or not _is_same(row, visit_id, entry):
            row = rows[entry["id"]] = _written(row, actor, visit_id, store_id, entry)
            fresh.add(row.id)
        declared.append(row)
    db.session.flush()
    _share_held(actor, visit_id, [row for row in rows.values() if row.state == rules.EXPECTED])
    open_uploads(list(rows.values()), fresh)
    return declared


def open_to_reviewers(visit_id: UUID) -> None:
    """Lets reviewers and analysts see what has been declared for the visit so far."""
    db.session.execute(update(Evidence).where(Evidence.visit_id == visit_id).values(is_submitted=True))


def hold(evidence: Evidence, *, key: str, detected_type: str | None) -> None:
    """Says that the evidence's bytes are at `key` and their sha256 is confirmed; the caller records the event."""
    evidence.state, evidence.key, evidence.detected_type = rules.STORED, key, detected_type
    evidence.stored_at = clock.now()
    evidence.problem, evidence.problem_params = None, None


def open_uploads(rows: Sequence[Evidence], renewed: Iterable[UUID] = ()) -> None:
    """Gives every evidence a live upload resource: a new one for `renewed` ids, for expired ones, and where none is.

    Evidence whose bytes are here gets none by this.
    """
    awaited = {row.id: row for row in rows if row.state not in rules.HELD}
    kept = db.session.scalars(select(Upload).where(Upload.evidence_id.in_(list(awaited)))).all()
    stale = [each for each in kept if each.evidence_id in set(renewed) or each.expires_at <= clock.now()]
    for upload in stale:
        _forget(upload, awaited[upload.evidence_id])
    db.session.flush()
    live = {upload.evidence_id for upload in kept} - {upload.evidence_id for upload in stale}
    db.session.add_all(new_upload(row) for row in awaited.values() if row.id not in live)
    db.session.flush()


def begin_anew(evidence: Evidence, problem: str | None = None) -> None:
    """Puts evidence whose bytes were lost, or were the wrong ones, back to `expected` with a fresh upload at 0."""
    evidence.state, evidence.problem, evidence.problem_params = rules.EXPECTED, problem, None
    open_uploads([evidence], [evidence.id])


def say_lost(actor: Actor, evidence_id: UUID, comment: str) -> Evidence:
    """Notes that the bytes of own evidence will not come, and why, in its owner's words; repeated, once.

    What is staged of them is given up. Raises NotFound, and BytesHere once they are stored. Bytes that come after all
    are taken, and end it.
    """
    evidence = queries.get_own(actor, evidence_id, lock=True)
    if evidence.state in rules.HELD:
        raise BytesHere
    if evidence.problem != rules.LOST:
        begin_anew(evidence, rules.LOST)
    if evidence.problem_params != {"comment": comment}:
        evidence.problem_params = {"comment": comment}
        outbox.record(actor, "evidence.lost", evidence.id, comment=comment)
    return evidence


def drop_positions(person_id: UUID, since: datetime, is_kept: Callable[[datetime], bool]) -> set[UUID]:
    """Forgets where the person captured what, from `since` on and where it may not be kept; the visits concerned.

    What a file says of its place inside stays in the file alone.
    """
    mine = select(Evidence).where(Evidence.uploader_id == person_id).order_by(Evidence.id).with_for_update()
    visits = set()
    for row in db.session.scalars(mine.where(or_(Evidence.captured_at >= since, Evidence.captured_at.is_(None)))):
        if not is_kept(row.captured_at or row.declared_at):
            visits |= {row.visit_id} if row.position else set()
            row.position, row.facts = None, row.facts and rules.placeless(row.facts)
    return visits


def let_go_copy(evidence_id: UUID) -> None:
    """Takes what there is of a quick copy from the evidence; a job deletes the bytes."""
    mine = (Rendition.evidence_id == evidence_id, Rendition.quick_sha256.is_not(None))
    keys = list(db.session.scalars(select(Rendition.key).where(*mine)))
    if keys:
        db.session.execute(delete(Rendition).where(*mine))
        discard_copies(evidence_id, keys)


def discard_copies(evidence_id: UUID, keys: list[str]) -> None:
    """Has a job delete objects that were made for the evidence's quick copy, unless a row mentions them."""
    outbox.record(SYSTEM, COPY_LET_GO, evidence_id, keys=keys)


def record_view(actor: Actor, evidence_id: UUID, what: str) -> None:
    """Writes down that the actor looked at the evidence, as `original` or as the rendition of that name."""
    view = EvidenceView(id=new_id(), evidence_id=evidence_id, person_id=actor.person_id, what=what, at=clock.now())
    db.session.add(view)


def _require_sizes(entries: Iterable[Mapping[str, Any]]) -> None:
    large = [entry for entry in entries if rules.is_too_large(entry["kind"], entry["size"])]
    if large:
        limits = [rules.MOST_BYTES[entry["kind"]] // rules.MIB for entry in large]
        faults = [
            Fault({"evidence": str(entry["id"])}, FileTooLarge.package(), FileTooLarge.code, {"limit": limit})
            for entry, limit in zip(large, limits, strict=True)
        ]
        raise FileTooLarge(limit=limits[0], faults=faults)


def _rows_of(actor: Actor, ids: list[UUID]) -> dict[UUID, Evidence]:
    """The rows already declared under these ids, locked; NotFound if any is another person's."""
    query = select(Evidence).where(Evidence.id.in_(ids)).order_by(Evidence.id).with_for_update()
    rows = {row.id: row for row in db.session.scalars(query)}
    if any(row.uploader_id != actor.person_id for row in rows.values()):
        raise NotFound
    return rows


def _is_same(row: Evidence, visit_id: UUID, entry: Mapping[str, Any]) -> bool:
    kept = {name: getattr(row, name) for name in rules.CLAIMS}
    return row.visit_id == visit_id and kept == rules.claims_of(entry)


def _written(row: Evidence | None, actor: Actor, visit_id: UUID, store_id: UUID, entry: Mapping[str, Any]) -> Evidence:
    """A new row, or the present one with the new claims while none of its bytes are here."""
    if row is None:
        row = Evidence(id=entry["id"], visit_id=visit_id, uploader_id=actor.person_id, is_submitted=False)
        db.session.add(row)
    elif row.state != rules.EXPECTED or row.visit_id != visit_id:
        fault = Fault({"evidence": str(row.id)}, EvidenceDiffers.package(), EvidenceDiffers.code)
        raise EvidenceDiffers(faults=[fault])
    else:
        _replaced(actor, row)
    row.store_id, row.declared_at, row.state = store_id, clock.now(), rules.EXPECTED
    row.problem, row.problem_params = None, None
    for name, value in rules.claims_of(entry).items():
        setattr(row, name, value)
    return row


def _replaced(actor: Actor, row: Evidence) -> None:
    """What was known of the former content goes; what reviewers have been told of is replaced in their sight."""
    let_go_copy(row.id)
    if row.is_submitted:
        outbox.record(actor, "evidence.replaced", row.id, sha256=row.sha256, size=row.size)


def _share_held(actor: Actor, visit_id: UUID, rows: Sequence[Evidence]) -> None:
    """What the visit already holds under the same sha256 needs no upload; renditions are made for it by the worker."""
    if not rows:
        return
    held = _held_by(visit_id, [row.sha256 for row in rows])
    for row in rows:
        if twin := held.get((row.sha256, row.size)):
            hold(row, key=str(twin.key), detected_type=twin.detected_type)
            outbox.record(actor, "evidence.stored", row.id, shared_with=str(twin.id))


def _held_by(visit_id: UUID, hashes: list[str]) -> _Held:
    """Locked, so that no twin loses its bytes before the row that shares them is written."""
    query = (
        select(Evidence)
        .where(Evidence.visit_id == visit_id, Evidence.sha256.in_(hashes))
        .where(Evidence.state.in_(rules.HELD), Evidence.key.is_not(None))
        .order_by(Evidence.id)
        .with_for_update(read=True)
    )
    return {(row.sha256, row.size): row for row in db.session.scalars(query)}


def _forget(upload: Upload, evidence: Evidence) -> None:
    """The row alone: its staged bytes are swept up later, since a store may be slow and a write lock is held here."""
    evidence.state = rules.EXPECTED
    db.session.delete(upload)


def new_upload(evidence: Evidence) -> Upload:
    """An upload resource at offset 0 that expires unless bytes come; the caller adds it."""
    now = clock.now()
    return Upload(
        id=new_id(), evidence_id=evidence.id, length=evidence.size, created_at=now, expires_at=now + rules.UPLOAD_LIFE
    )
