"""Receiving what was answered: the submission, the answer to a return, and the follow-up.

A document is kept as its bytes came and never edited; only places that its person's consent does not cover are left out. The same content again, whenever it comes, changes nothing:
phones repeat what they got no answer to, even after the visit was returned meanwhile. Nothing is refused for a wrong
clock, a closed window or a locked wave; that is flagged.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from backend import settings
from backend.accounts import consents
from backend.checklists import queries as checklists
from backend.checklists.rules import Result, Version, checkpoints_for
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault
from backend.evidence import queries as evidence_queries
from backend.evidence import service as evidence
from backend.evidence.models import Evidence
from backend.visits import consenting, drafts, presence, queries, rules
from backend.visits.documents import Given, content_hash
from backend.visits.examining import Asked, Examined, examined
from backend.visits.models import Answer, Submission, Visit
from backend.visits.problems import FollowUpDiffers, FollowUpNotOwed, SubmissionDiffers, VisitClosed
from backend.visits.surroundings import Beside, own_with_surroundings

_PACKAGE: Final = "backend.visits"
SUBMISSION, FOLLOW_UP = "submission", "follow_up"

# Inserts of the tables, not of mapped classes: the way with 78 rows that costs least.
_INTO_ANSWERS: Final = Answer.metadata.tables[Answer.__tablename__].insert()
_INTO_SUBMISSIONS: Final = Submission.metadata.tables[Submission.__tablename__].insert()


@dataclass(frozen=True)
class Sent:
    """A document as it was received, and what was read in it (`SubmissionBody`).

    `sha256` is that of what was received, by which it is known again; `raw` and `body` are what is kept of it.
    """

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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a document: the visit, whether it was news, and what is at hand for the answer.

    `answers` are the visit's current ones in the order of the checklist, `files` its evidence; None where not at hand.
    """

    visit: Visit
    is_news: bool
    around: Beside
    answers: list[dict[str, Any]] | None = None
    files: list[Evidence] | None = None


def submit(actor: Actor, visit_id: UUID, sent: Sent) -> Receipt:
    """Takes the submission of the actor's own visit, or the answer to its return.

    Raises SubmissionDiffers for other content than was received, VisitClosed for a visit that is over, AnswersInvalid
    with every fault.
    """
    visit, around = own_with_surroundings(actor, visit_id)
    hashes = queries.kept_hashes(visit_id)
    if sent.sha256 in hashes.get(SUBMISSION, ()):
        return Receipt(visit, is_news=False, around=around)
    _require_fillable(visit)
    sent = _as_agreed(actor, visit, sent)
    version = checklists.compiled(visit.checklist_version_id)
    kept = _kept(visit_id) if hashes else {}
    owed = _returned_codes(visit) if visit.returned else None
    found, answers, files = _take_in(actor, visit, sent, Asked(version, visit.method, "submission", kept, owed))
    _note(visit, sent, around)
    _note_presence(visit, sent, around, files)
    _advance(visit, found, sent)
    _keep(actor, visit, sent, kind=SUBMISSION, round_=visit.round)
    if files:
        evidence.open_to_reviewers(visit_id)
    outbox.record(actor, "visit.submitted", visit_id, round=visit.round, flags=visit.flags)
    return Receipt(visit, is_news=True, around=around, answers=None if kept else answers, files=files)


def follow_up(actor: Actor, visit_id: UUID, sent: Sent) -> Receipt:
    """Takes the answers that come after the visit.

    They may come before the submission, after it, and late, which is flagged; not after the decision. Raises
    FollowUpNotOwed when nothing is open, FollowUpDiffers when another follow-up closed it.
    """
    visit, around = own_with_surroundings(actor, visit_id)
    hashes = queries.kept_hashes(visit_id)
    earlier = hashes.get(FOLLOW_UP, set())
    if sent.sha256 in earlier:
        return Receipt(visit, is_news=False, around=around)
    if visit.state not in rules.FILLABLE | rules.UNDECIDED:
        raise VisitClosed
    version = checklists.compiled(visit.checklist_version_id)
    kept = _kept(visit_id) if hashes else {}
    owed = _owed_after(visit, version, kept)
    if not owed:
        raise FollowUpDiffers if earlier else FollowUpNotOwed
    sent = _as_agreed(actor, visit, sent)
    asked = Asked(version, visit.method, "follow_up", kept, owed, stray="not-owed-after")
    _, _, files = _take_in(actor, visit, sent, asked)
    _close(visit, owed)
    _keep(actor, visit, sent, kind=FOLLOW_UP, round_=len(earlier) + 1)
    if visit.round and files:
        evidence.open_to_reviewers(visit_id)
    outbox.record(actor, "visit.followed_up", visit_id, flags=visit.flags)
    return Receipt(visit, is_news=True, around=around, files=files)


def _as_agreed(actor: Actor, visit: Visit, sent: Sent) -> Sent:
    """What of the document may be kept; what its person's consents do not cover is flagged."""
    body, noticed = consenting.covered(actor.person_id, sent.body)
    if not noticed:
        return sent
    visit.flags = rules.in_order({*visit.flags, *noticed})
    document = consenting.covered_document(consents.agreements_of(actor.person_id), dict(sent.document))
    return replace(sent, raw=json.dumps(document, ensure_ascii=False).encode(), body=body)


def _advance(visit: Visit, found: Examined, sent: Sent) -> None:
    """Takes the visit to `submitted`, one round further; with the first one begins the time of the follow-up."""
    now = clock.now()
    visit.open_items = _still_open(visit, found, sent)
    if not visit.round:
        visit.follow_up_due_at = now + rules.FOLLOW_UP_TIME if visit.open_items else None
    if visit.state == rules.IN_PROGRESS:
        drafts.discard(visit.id)
    visit.round, visit.returned, visit.reason = visit.round + 1, None, None
    visit.state, visit.submitted_at, visit.taken_at = rules.SUBMITTED, now, visit.taken_at or now


def _close(visit: Visit, owed: Collection[str]) -> None:
    """Strikes out what was open; before the submission it begins the visit."""
    now = clock.now()
    if visit.follow_up_due_at is not None and now > visit.follow_up_due_at:
        visit.flags = rules.in_order({*visit.flags, "late_follow_up"})
    visit.open_items = [code for code in visit.open_items if code not in owed]
    if not visit.round and visit.state != rules.IN_PROGRESS:
        visit.state, visit.taken_at = rules.IN_PROGRESS, visit.taken_at or now


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


def _take_in(
    actor: Actor, visit: Visit, sent: Sent, asked: Asked
) -> tuple[Examined, list[dict[str, Any]], list[Evidence]]:
    """Examines the answers, declares the files, writes both; raises before it writes anything.

    What was examined, the answers in the order of the checklist, and all evidence of the visit.
    """
    entries: list[dict[str, Any]] = sent.body["evidence"]
    files = evidence_queries.of_visit(visit.id)
    kinds, faults = _kinds(actor, files, entries)
    found = examined(asked, sent.given, kinds, faults)
    if entries:
        declared = evidence.declare_many(actor, visit.id, visit.store_id, entries)
        files = list({row.id: row for row in (*files, *declared)}.values())
    answers = _answers(asked.version, sent.given, found.results)
    _write_answers(visit.id, answers, replaced=bool(asked.kept))
    codes = {each.checkpoint for each in sent.given}
    holes = {*found.holes, *(code for code in visit.holes if code not in codes)}
    visit.holes = sorted(holes, key=lambda code: asked.version.index[code])
    return found, answers, files


def _kinds(
    actor: Actor, files: Iterable[Evidence], entries: Collection[Mapping[str, Any]]
) -> tuple[dict[UUID, str], list[Fault]]:
    """The kind of every file that may be linked, and a fault for each entry that is another's or stands twice."""
    kinds = {row.id: row.kind for row in files if row.uploader_id == actor.id}
    times = Counter(entry["id"] for entry in entries)
    # What is known, and not as the actor's for this visit, belongs to another visit or to the person before.
    foreign = _known([id_ for id_ in times if id_ not in kinds])
    kinds |= {entry["id"]: entry["kind"] for entry in entries if entry["id"] not in foreign}
    wrong = dict.fromkeys(foreign, "evidence-elsewhere")
    wrong |= {id_: "evidence-twice" for id_, number in times.items() if number > 1}
    return kinds, [Fault({"evidence": str(id_)}, _PACKAGE, code) for id_, code in wrong.items()]


def _known(ids: Collection[UUID]) -> list[UUID]:
    """Which of the ids name evidence at all."""
    if not ids:
        return []
    return list(db.session.scalars(select(Evidence.id).where(Evidence.id.in_(ids)).order_by(Evidence.id)))


def _answers(version: Version, given: Iterable[Given], results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """The answers as they are kept and as they are answered, in the order of the checklist."""
    return [
        {
            "checkpoint": each.checkpoint,
            "result": str(results[each.checkpoint]),
            "value": each.value,
            "comment": each.comment,
            "evidence": [{"id": str(link.id), "at_ms": link.at_ms} for link in each.evidence],
        }
        for each in sorted(given, key=lambda each: version.index[each.checkpoint])
    ]


def _write_answers(visit_id: UUID, answers: Iterable[Mapping[str, Any]], *, replaced: bool) -> None:
    rows = [{"visit_id": visit_id, **answer} for answer in answers]
    if replaced:
        codes = [row["checkpoint"] for row in rows]
        db.session.execute(delete(Answer).where(Answer.visit_id == visit_id, Answer.checkpoint.in_(codes)))
    if rows:
        db.session.execute(_INTO_ANSWERS, rows)


def _still_open(visit: Visit, found: Examined, sent: Sent) -> list[str]:
    if not visit.round:
        return list(found.open_items)
    answered = {each.checkpoint for each in sent.given}
    return [code for code in visit.open_items if code not in answered]


def _note(visit: Visit, sent: Sent, around: Beside) -> None:
    """Adds what is noticed, and with the first submission the visit's date and marks."""
    now, marks, entries = clock.now(), sent.body["marks"], sent.body["evidence"]
    if not visit.round:
        zone = settings.current().time_zone
        visit.visited_on = rules.visit_date(marks, _on_site_captures(visit, sent), now, zone)
        visit.marks = [{"name": mark["name"], "at": mark["at"].isoformat()} for mark in marks]
    own = [sent.body[name] for name in ("started_at", "finished_at")]
    claimed = [*own, *(mark["at"] for mark in marks), *(entry["captured_at"] for entry in entries)]
    noticed = rules.flags(
        rules.Circumstances(
            received_at=now,
            visited_on=visit.visited_on or now.date(),
            claimed=tuple(moment for moment in claimed if moment is not None),
            windows=((around.wave_opens_on, around.wave_closes_on), rules.window_dates(visit.window)),
            due_on=visit.due_on,
            deadline=_deadline(visit),
            gallery=any(entry["source"] == "gallery" for entry in entries),
            gallery_allowed=around.wave_gallery_allowed,
            wave_state=around.wave_state,
        )
    )
    visit.flags = rules.in_order({*visit.flags, *noticed})


def _note_presence(visit: Visit, sent: Sent, around: Beside, files: Iterable[Evidence]) -> None:
    """Keeps the check-in and the sign-off that the first document brings."""
    check_in, sign_off = sent.body["check_in"], sent.body["sign_off"]
    if visit.check_in is None and check_in is not None:
        visit.check_in = presence.judged(check_in, around)
        if visit.check_in["is_here"] is False:
            visit.flags = rules.in_order({*visit.flags, "elsewhere"})
    if visit.sign_off is None and sign_off is not None:
        visit.sign_off = presence.signed(sign_off, {row.id for row in files if row.kind == "photo"})


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
    db.session.execute(_INTO_SUBMISSIONS, row)
