"""Receiving what was answered: the submission, the answer to a return, and the follow-up.

A document is kept as its bytes came and never edited. The same content again, whenever it comes, changes nothing:
phones repeat what they got no answer to, even after the visit was returned meanwhile. Nothing is refused for a wrong
clock, a closed window or a locked wave; that is flagged.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert, select

from backend import settings
from backend.checklists import queries as checklists
from backend.checklists.rules import Result, Version, checkpoints_for
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault, FieldsInvalid
from backend.evidence import service as evidence
from backend.evidence.models import Evidence
from backend.visits import drafts, queries, rules
from backend.visits.documents import MOST_ENTRIES, Given, content_hash
from backend.visits.examining import Asked, Examined, examined
from backend.visits.models import Answer, Submission, Visit
from backend.visits.problems import FollowUpDiffers, FollowUpNotOwed, SubmissionDiffers, VisitClosed
from backend.waves.models import Wave

_PACKAGE: Final = "backend.visits"
SUBMISSION, FOLLOW_UP = "submission", "follow_up"


@dataclass(frozen=True)
class Sent:
    """A document as it was received, and what was read in it (`SubmissionBody`)."""

    raw: bytes
    document: Mapping[str, Any]
    body: Mapping[str, Any]

    @cached_property
    def sha256(self) -> str:
        return content_hash(self.document)

    @property
    def given(self) -> list[Given]:
        answers: list[Given] = self.body["answers"]
        return answers


def submit(actor: Actor, visit_id: UUID, sent: Sent) -> tuple[Visit, bool]:
    """Takes the submission of the actor's own visit, or the answer to its return; whether it was news.

    Raises SubmissionDiffers for other content than was received, VisitClosed for a visit that is over, AnswersInvalid
    with every fault.
    """
    visit, hashes = queries.get_own(actor, visit_id), queries.kept_hashes(visit_id)
    if sent.sha256 in hashes.get(SUBMISSION, ()):
        return visit, False
    _require_fillable(visit)
    version = checklists.compiled(visit.checklist_version_id)
    kept = _kept(visit_id) if hashes else {}
    owed = _returned_codes(visit) if visit.returned else None
    asked = Asked(version, visit.method, "submission", kept, owed)
    found = _take_in(actor, visit, sent, asked)
    now = clock.now()
    _flag(visit, sent, now)
    visit.open_items = _still_open(visit, found, sent)
    if not visit.round:
        visit.follow_up_due_at = now + rules.FOLLOW_UP_TIME if visit.open_items else None
    if visit.state == rules.IN_PROGRESS:
        drafts.discard(visit_id)
    visit.round, visit.returned, visit.reason = visit.round + 1, None, None
    visit.state, visit.submitted_at, visit.taken_at = rules.SUBMITTED, now, visit.taken_at or now
    _keep(actor, visit, sent, kind=SUBMISSION, round_=visit.round)
    evidence.open_to_reviewers(visit_id)
    outbox.record(actor, "visit.submitted", visit_id, round=visit.round, flags=visit.flags)
    return visit, True


def follow_up(actor: Actor, visit_id: UUID, sent: Sent) -> tuple[Visit, bool]:
    """Takes the answers that come after the visit; whether they were news.

    They may come before the submission, after it, and late, which is flagged; not after the decision. Raises
    FollowUpNotOwed when nothing is open, FollowUpDiffers when another follow-up closed it.
    """
    visit, kept_hashes = queries.get_own(actor, visit_id), queries.kept_hashes(visit_id)
    hashes = kept_hashes.get(FOLLOW_UP, set())
    if sent.sha256 in hashes:
        return visit, False
    if visit.state not in rules.FILLABLE | rules.UNDECIDED:
        raise VisitClosed
    version = checklists.compiled(visit.checklist_version_id)
    kept = _kept(visit_id) if kept_hashes else {}
    owed = _owed_after(visit, version, kept)
    if not owed:
        raise FollowUpDiffers if hashes else FollowUpNotOwed
    _take_in(actor, visit, sent, Asked(version, visit.method, "follow_up", kept, owed, stray="not-owed-after"))
    now = clock.now()
    if visit.follow_up_due_at is not None and now > visit.follow_up_due_at:
        visit.flags = rules.in_order({*visit.flags, "late_follow_up"})
    visit.open_items = [code for code in visit.open_items if code not in owed]
    _keep(actor, visit, sent, kind=FOLLOW_UP, round_=len(hashes) + 1)
    if visit.round:
        evidence.open_to_reviewers(visit_id)
    elif visit.state != rules.IN_PROGRESS:
        visit.state, visit.taken_at = rules.IN_PROGRESS, visit.taken_at or now
    outbox.record(actor, "visit.followed_up", visit_id, flags=visit.flags)
    return visit, True


def _require_fillable(visit: Visit) -> None:
    if visit.round and not visit.returned:
        raise SubmissionDiffers
    if visit.state not in rules.FILLABLE:
        raise VisitClosed


def _returned_codes(visit: Visit) -> frozenset[str]:
    returned: Mapping[str, Any] = visit.returned or {}
    return frozenset(each["checkpoint"] for each in returned["checkpoints"])


def _owed_after(visit: Visit, version: Version, kept: Collection[str]) -> frozenset[str]:
    """After the submission what it left open; before it every after-visit checkpoint not answered yet."""
    if visit.round:
        return frozenset(visit.open_items)
    asked = checkpoints_for(version, visit.method)
    return frozenset(each.code for each in asked if each.is_after_visit and each.code not in kept)


def _kept(visit_id: UUID) -> dict[str, tuple[Result, str | None]]:
    return {row.checkpoint: (Result(row.result), row.comment) for row in queries.answer_rows(visit_id)}


def _take_in(actor: Actor, visit: Visit, sent: Sent, asked: Asked) -> Examined:
    """Examines the answers, declares the files, writes both; raises before it writes anything."""
    entries: list[dict[str, Any]] = sent.body["evidence"]
    kinds, faults = _files(actor, visit, sent.given, entries)
    found = examined(asked, sent.given, kinds, faults)
    if entries:
        evidence.declare_many(actor, visit.id, visit.store_id, entries)
    _write_answers(visit.id, sent.given, found.results, replaced=bool(asked.kept))
    codes = {each.checkpoint for each in sent.given}
    holes = {*found.holes, *(code for code in visit.holes if code not in codes)}
    visit.holes = sorted(holes, key=lambda code: asked.version.index[code])
    return found


def _files(
    actor: Actor, visit: Visit, given: Iterable[Given], entries: Collection[Mapping[str, Any]]
) -> tuple[dict[UUID, str], list[Fault]]:
    """The kind of every file of this visit that is named, and a fault for each that is somebody else's."""
    named = {link.id for each in given for link in each.evidence} | {entry["id"] for entry in entries}
    if len(named) > MOST_ENTRIES:
        raise FieldsInvalid(faults=[Fault({"field": "evidence"}, "backend.core", "bad-length")])
    columns = (Evidence.id, Evidence.kind, Evidence.visit_id, Evidence.uploader_id)
    rows = db.session.execute(select(*columns).where(Evidence.id.in_(list(named)))).all() if named else []
    foreign = {row.id for row in rows if row.visit_id != visit.id or row.uploader_id != actor.id}
    kinds = {row.id: row.kind for row in rows if row.id not in foreign}
    kinds |= {entry["id"]: entry["kind"] for entry in entries if entry["id"] not in foreign}
    times = Counter(entry["id"] for entry in entries)
    wrong = {id_: "evidence-elsewhere" for id_ in times if id_ in foreign}
    wrong |= {id_: "evidence-twice" for id_, number in times.items() if number > 1}
    return kinds, [Fault({"evidence": str(id_)}, _PACKAGE, code) for id_, code in wrong.items()]


def _write_answers(visit_id: UUID, given: Iterable[Given], results: Mapping[str, Result], *, replaced: bool) -> None:
    rows = [
        {
            "visit_id": visit_id,
            "checkpoint": each.checkpoint,
            "result": str(results[each.checkpoint]),
            "value": each.value,
            "comment": each.comment,
            "evidence": [{"id": str(link.id), "at_ms": link.at_ms} for link in each.evidence],
        }
        for each in given
    ]
    if replaced:
        codes = [row["checkpoint"] for row in rows]
        db.session.execute(delete(Answer).where(Answer.visit_id == visit_id, Answer.checkpoint.in_(codes)))
    if rows:
        db.session.execute(insert(cast("Table", Answer.__table__)), rows)


def _still_open(visit: Visit, found: Examined, sent: Sent) -> list[str]:
    if not visit.round:
        return list(found.open_items)
    answered = {each.checkpoint for each in sent.given}
    return [code for code in visit.open_items if code not in answered]


def _flag(visit: Visit, sent: Sent, now: datetime) -> None:
    """Adds what is noticed, and with the first submission the visit's date."""
    wave = db.session.get_one(Wave, visit.wave_id)
    marks, entries = sent.body["marks"], sent.body["evidence"]
    if not visit.round:
        captures = _on_site_captures(visit, sent)
        visit.visited_on = rules.visit_date(marks, captures, now, settings.current().time_zone)
        visit.marks = [{"name": mark["name"], "at": mark["at"].isoformat()} for mark in marks]
    own = [sent.body[name] for name in ("started_at", "finished_at")]
    claimed = [*own, *(mark["at"] for mark in marks), *(entry["captured_at"] for entry in entries)]
    noticed = rules.flags(
        rules.Circumstances(
            received_at=now,
            visited_on=visit.visited_on or now.date(),
            claimed=tuple(moment for moment in claimed if moment is not None),
            windows=((wave.opens_on, wave.closes_on), rules.window_dates(visit.window)),
            due_on=visit.due_on,
            deadline=_deadline(visit),
            gallery=any(entry["source"] == "gallery" for entry in entries),
            gallery_allowed=wave.gallery_allowed,
            wave_state=wave.state,
        )
    )
    visit.flags = rules.in_order({*visit.flags, *noticed})


def _on_site_captures(visit: Visit, sent: Sent) -> list[datetime]:
    version = checklists.compiled(visit.checklist_version_id)
    on_site = {
        link.id
        for each in sent.given
        if version.checkpoints[version.index[each.checkpoint]].capture == "onsite"
        for link in each.evidence
    }
    moments = (entry["captured_at"] for entry in sent.body["evidence"] if entry["id"] in on_site)
    return [moment for moment in moments if moment is not None]


def _deadline(visit: Visit) -> datetime | None:
    """When the running return's answer was due; None without a return or a deadline. A bare date means its last second."""
    text = (visit.returned or {}).get("deadline")
    moment = datetime.fromisoformat(text) if text else None
    if moment is None or moment.tzinfo is not None:
        return moment
    return datetime.combine(moment.date(), time.max, settings.current().time_zone)


def _keep(actor: Actor, visit: Visit, sent: Sent, *, kind: str, round_: int) -> None:
    row = {
        "id": new_id(),
        "visit_id": visit.id,
        "kind": kind,
        "round": round_,
        "document": sent.raw,
        "sha256": sent.sha256,
        "app_version": sent.body["app_version"],
        "person_id": actor.person_id,
        "received_at": clock.now(),
    }
    db.session.execute(insert(Submission), row)
