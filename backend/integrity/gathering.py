"""Reads everything that the rules ask of a visit. The number of queries follows the visit's own pictures alone.

However long a person's history is, only the visits next to this one are looked at: see `NEIGHBOURS`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from backend import settings
from backend.checklists import queries as checklists
from backend.core.db import db
from backend.evidence import queries as evidence
from backend.evidence.likeness import likes_of
from backend.evidence.models import Evidence
from backend.evidence.rules import HELD, READY
from backend.integrity.facts import Case, File, Told, Twin
from backend.integrity.filling import LONG_COMMENT, worth_comparing
from backend.integrity.places import WGS_84, Place
from backend.visits import queries as visits
from backend.visits.models import Answer, Submission, Visit
from backend.visits.rules import window_dates
from backend.visits.surroundings import Beside, beside

NEIGHBOURS: Final = 20
"""How many of the person's captures before, between and after a visit's own are read."""

EARLIER_VISITS: Final = 10
MOST_TWINS: Final = 200
FIRST_YEAR: Final = 2000
"""Containers without a date say 1904 or 1970."""

_Seen = tuple[datetime, UUID]


def case_of(visit_id: UUID) -> Case | None:
    """The visit as the rules see it; None before it is submitted."""
    visit = db.session.get(Visit, visit_id)
    first = _first_submission(visit_id)
    if visit is None or first is None or not visit.round:
        return None
    zone, around = settings.current().time_zone, beside([visit_id])[visit_id]
    answers = visits.answer_rows(visit_id)
    on_site = _on_site(visit, answers)
    rows = evidence.of_visit(visit_id)
    files = tuple(
        _file(row, zone, is_on_site=row.id in on_site and row.declared_at <= first.received_at) for row in rows
    )
    document = json.loads(first.document)
    marks = {mark["name"]: datetime.fromisoformat(mark["at"]) for mark in visit.marks}
    return Case(
        visit_id=visit_id,
        method=visit.method,
        zone=zone,
        received_at=first.received_at,
        visited_on=visit.visited_on or first.received_at.astimezone(zone).date(),
        wave_window=(around.wave_opens_on, around.wave_closes_on),
        own_window=window_dates(visit.window),
        gallery_allowed=around.wave_gallery_allowed,
        store=_store(around),
        started_at=_moment(document.get("started_at"), zone),
        finished_at=_moment(document.get("finished_at"), zone),
        arrived_at=marks.get("arrived"),
        left_at=marks.get("left"),
        files=files,
        answers=tuple(Told(row.checkpoint, row.result, row.comment) for row in answers),
        twins=tuple(_twins(visit_id, rows)),
        elsewhere=tuple(_elsewhere(visit, files, zone)),
        earlier_comments=_earlier_comments(first),
    )


def visits_with_file_like(evidence_id: UUID) -> set[UUID]:
    """The submitted visits, its own among them, that hold this file or one like it."""
    row = db.session.get(Evidence, evidence_id)
    if row is None:
        return set()
    alike = {other.visit_id for _, other in _same_bytes(row.visit_id, [row])}
    if _is_picture(row):
        alike |= {like.visit_id for like in likes_of(row.id)}
    submitted = select(Visit.id).where(Visit.id.in_([row.visit_id, *alike]), Visit.round > 0)
    return set(db.session.scalars(submitted))


def _first_submission(visit_id: UUID) -> Submission | None:
    first = select(Submission).where(Submission.visit_id == visit_id, Submission.kind == "submission")
    return db.session.scalar(first.order_by(Submission.round).limit(1))


def _on_site(visit: Visit, answers: Sequence[Any]) -> set[UUID]:
    """The files on which an answer given on site rests."""
    version = checklists.compiled(visit.checklist_version_id)
    captures = {each.code: each.capture for each in version.checkpoints}
    linked = (row.evidence for row in answers if captures.get(row.checkpoint) == "onsite")
    return {UUID(link["id"]) for links in linked for link in links}


def _file(row: Evidence, zone: tzinfo, *, is_on_site: bool) -> File:
    said: Mapping[str, Any] = row.facts or {}
    position: Mapping[str, Any] | None = row.position
    return File(
        id=row.id,
        visit_id=row.visit_id,
        source=row.source,
        declared_at=row.declared_at,
        captured_at=row.captured_at,
        place=None if position is None else _place(position),
        written_at=_moment(said.get("taken_at"), zone),
        written_place=Place(said["lat"], said["lon"]) if said.get("lat") is not None else None,
        duration=timedelta(milliseconds=row.duration_ms or 0),
        camera=" ".join(said[name] for name in ("make", "model") if said.get(name)) if said.get("model") else None,
        is_on_site=is_on_site,
    )


def _place(position: Mapping[str, Any]) -> Place:
    return Place(position["lat"], position["lon"], position["datum"], position.get("accuracy") or 0.0)


def _store(around: Beside) -> Place | None:
    if around.store_lat is None or around.store_lon is None:
        return None
    return Place(around.store_lat, around.store_lon, around.store_datum or WGS_84)


def _moment(text: object, zone: tzinfo) -> datetime | None:
    """An instant out of ISO 8601; a clock that names no zone hangs in ours."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None or moment.year < FIRST_YEAR:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _twins(visit_id: UUID, rows: Sequence[Evidence]) -> list[Twin]:
    """Files of other visits, here before ours, that are like ours: the same bytes, and for pictures the same picture."""
    found = {(file_id, other.id): Twin(file_id, "same-bytes", other.id, other.visit_id)
             for file_id, other in _same_bytes(visit_id, rows)}  # fmt: skip
    pictures = [row for row in rows if _is_picture(row)]
    likes = [(row.id, like) for row in pictures for like in likes_of(row.id) if like.visit_id != visit_id]
    for file_id, like in likes:
        found.setdefault((file_id, like.evidence_id), Twin(file_id, like.how, like.evidence_id, like.visit_id))
    seen = _declared([row.id for row in rows]) | _declared([twin.other_id for twin in found.values()])
    return [twin for twin in found.values() if twin.other_id in seen and seen[twin.other_id] < seen[twin.file_id]]


def _is_picture(row: Evidence) -> bool:
    return row.kind == "photo" and row.state == READY


def _same_bytes(visit_id: UUID, rows: Sequence[Evidence]) -> list[tuple[UUID, Evidence]]:
    mine = {row.sha256: row.id for row in rows if row.state in HELD}
    if not mine:
        return []
    others = select(Evidence).where(
        Evidence.sha256.in_(list(mine)), Evidence.visit_id != visit_id, Evidence.state.in_(HELD)
    )
    found = db.session.scalars(others.order_by(Evidence.declared_at, Evidence.id).limit(MOST_TWINS))
    return [(mine[other.sha256], other) for other in found]


def _declared(ids: Collection[UUID]) -> dict[UUID, _Seen]:
    """When each file was announced to us first; its id decides between two at once."""
    if not ids:
        return {}
    rows = db.session.execute(select(Evidence.id, Evidence.declared_at).where(Evidence.id.in_(list(ids))))
    return {id_: (declared_at, id_) for id_, declared_at in rows}


def _elsewhere(visit: Visit, files: Collection[File], zone: tzinfo) -> list[File]:
    """The person's captures in other visits right before, between and right after this visit's."""
    moments = sorted(file.captured_at for file in files if file.captured_at and file.place)
    if visit.auditor_id is None or not moments:
        return []
    begin, end = moments[0], moments[-1]
    theirs = (Evidence.uploader_id == visit.auditor_id, Evidence.visit_id != visit.id)
    before = _captured(*theirs, Evidence.captured_at < begin, order=Evidence.captured_at.desc())
    after = _captured(*theirs, Evidence.captured_at > end, order=Evidence.captured_at.asc())
    between = _captured(*theirs, Evidence.captured_at.between(begin, end), order=Evidence.captured_at.asc())
    nearest = [next((row for row in rows if row.position), None) for rows in (before, after)]
    kept = [row for row in (*nearest, *between) if row is not None]
    return [_file(row, zone, is_on_site=False) for row in kept]


def _captured(*conditions: ColumnElement[bool], order: ColumnElement[Any]) -> list[Evidence]:
    return list(db.session.scalars(select(Evidence).where(*conditions).order_by(order, Evidence.id).limit(NEIGHBOURS)))


def _earlier_comments(first: Submission) -> dict[UUID, frozenset[str]]:
    """By visit the longer comments of the person's last visits received before this one."""
    earlier = select(Submission.visit_id).where(
        Submission.person_id == first.person_id, Submission.received_at < first.received_at,
        Submission.kind == "submission", Submission.round == 1,
    )  # fmt: skip
    ids = db.session.scalars(earlier.order_by(Submission.received_at.desc()).limit(EARLIER_VISITS)).all()
    if not ids:
        return {}
    said = select(Answer.visit_id, Answer.comment).where(
        Answer.visit_id.in_(ids), func.length(Answer.comment) >= LONG_COMMENT
    )
    found: dict[UUID, set[str]] = {}
    for visit_id, comment in db.session.execute(said):
        if text := worth_comparing(comment):
            found.setdefault(visit_id, set()).add(text)
    return {visit_id: frozenset(texts) for visit_id, texts in found.items()}
