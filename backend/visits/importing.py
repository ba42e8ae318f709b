"""Taking in what a phone saved as one file, for the person whose phone it is: their words, then their files.

Everything goes the way it would have gone from the phone itself, under the same ids and hashes, so that file and phone
may both come, in any order and any number of times. What is taken is written down as imported, by whom, in the
transaction that takes it; what cannot be taken is told with its reason and holds up nothing else.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.core import outbox
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db, transaction
from backend.core.permissions import Role
from backend.core.problems import BodyTooLarge, Conflict, Problem
from backend.core.schemas import PhoneSchema, fields_invalid
from backend.evidence import receiving
from backend.evidence import rules as evidence_rules
from backend.evidence.schemas import EvidenceEntry
from backend.network.models import Store
from backend.visits import declaring, drafts, queries
from backend.visits.backups import Backup
from backend.visits.problems import BackupFileDamaged, BackupFileUnknown, BackupOfAnother
from backend.visits.schemas import DraftBody, SubmissionBody
from backend.visits.submitting import Receipt, Sent, follow_up, submit

MOST_DOCUMENT: Final = 2 * 1024 * 1024
FOLLOW_UP: Final = "follow_up"

Outcome = Literal["accepted", "already_here", "refused"]
_Receive = Callable[[Actor, UUID, Sent], Receipt]


@dataclass(frozen=True, slots=True)
class Place:
    """A visit that the file speaks of: its store's name as far as the importer may know it, and whose it is."""

    visit_id: UUID
    store: str
    owner: Actor


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one thing in the file; `what` is submission, return, follow_up, draft, file or visit."""

    what: str
    visit_id: UUID | None
    store: str | None
    id: str
    outcome: Outcome
    name: str | None = None
    size: int | None = None
    problem: Problem | None = None


def take_in(actor: Actor, backup: Backup) -> list[Line]:
    """Takes everything in, one thing after the other; a line for each. Call it with no transaction open."""
    return [line for visit_id in _visits(backup) for line in _visit(actor, backup, visit_id)] + _strangers(backup)


def _visits(backup: Backup) -> list[UUID]:
    """The visits that the file says anything of, in the order in which it does."""
    named = [record["visit_id"] for table in ("outbox", "drafts", "evidence") for record in backup.tables[table]]
    return list(dict.fromkeys(named))


def _visit(actor: Actor, backup: Backup, visit_id: UUID) -> Iterator[Line]:
    try:
        place = _place(actor, backup, visit_id)
    except Problem as problem:
        yield Line("visit", visit_id, None, str(visit_id), "refused", problem=problem)
        return
    sent = [item for item in backup.tables["outbox"] if item["visit_id"] == visit_id and item["document"]]
    for item in sorted(sent, key=_follows):
        yield _words(actor, place, item)
    worded = {item["draft_id"] for item in sent}
    for draft in backup.tables["drafts"]:
        if draft["visit_id"] == visit_id and draft["id"] not in worded and draft["kind"] != FOLLOW_UP:
            yield _draft(actor, place, backup, draft)
    for record in backup.tables["evidence"]:
        if record["visit_id"] == visit_id and record["id"] in backup.held:
            yield _file(actor, place, backup, record["id"])


def _strangers(backup: Backup) -> list[Line]:
    """Bytes that no record speaks of belong to nothing."""
    unknown = sorted(backup.held - set(backup.records))
    return [
        Line("file", None, None, str(id_), "refused", size=backup.size(id_), problem=BackupFileUnknown())
        for id_ in unknown
    ]


def _place(actor: Actor, backup: Backup, visit_id: UUID) -> Place:
    """The visit for who plans its store; NotFound for everybody else, BackupOfAnother when it is not the phone's."""
    with transaction(writes=False):
        visit = queries.get_of_roles(actor, visit_id, Role.PLANNER)
        if visit.auditor_id is None or visit.auditor_id != backup.tables["person"]["id"]:
            raise BackupOfAnother
        store = db.session.get_one(Store, visit.store_id)
        # As who was sent there, whatever has become of their account since.
        there = Membership(Role.SHOPPER, ScopeKind.ALL, None)
        owner = Actor(visit.auditor_id, actor.name, actor.locale, (there,), "token")
        return Place(visit_id, f"{store.code} {store.name}", owner)


def _follows(item: Mapping[str, Any]) -> bool:
    return str(item["draft_id"]).endswith(f"/{FOLLOW_UP}")


def _words(actor: Actor, place: Place, item: Mapping[str, Any]) -> Line:
    what = FOLLOW_UP if _follows(item) else "return" if "/return/" in item["draft_id"] else "submission"
    receive = follow_up if what == FOLLOW_UP else submit
    return _told(what, place, item["draft_id"], lambda: _submit(actor, place, receive, what, item["document"]))


def _submit(actor: Actor, place: Place, receive: _Receive, what: str, document: Mapping[str, Any]) -> bool:
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    _require_short(raw)
    sent = Sent(raw=raw, document=document, body=_loaded(SubmissionBody, document))
    with transaction(writes=True):
        is_news = receive(place.owner, place.visit_id, sent).is_news
        if is_news:
            outbox.record(actor, "visit.imported", place.visit_id, what=what, sha256=sent.sha256)
    return is_news


def _draft(actor: Actor, place: Place, backup: Backup, draft: Mapping[str, Any]) -> Line:
    return _told("draft", place, draft["id"], lambda: _save_draft(actor, place, backup, draft))


def _save_draft(actor: Actor, place: Place, backup: Backup, draft: Mapping[str, Any]) -> bool:
    document = _document_of(backup, draft)
    body = {"device_id": backup.tables["device_id"], "revision": draft["revision"], "document": document}
    _require_short(json.dumps(document, ensure_ascii=False).encode())
    loaded = _loaded(DraftBody, body)
    with transaction(writes=True):
        before = queries.draft_of(place.visit_id)
        known = before.revision if before else None
        is_news = drafts.save_draft(place.owner, place.visit_id, loaded).revision != known
        if is_news:
            outbox.record(actor, "visit.imported", place.visit_id, what="draft", device=backup.tables["device_id"])
    return is_news


def _document_of(backup: Backup, draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft as the phone would have sent it."""
    told = ("checkpoint", "result", "value", "comment", "evidence")
    own = [answer for answer in backup.tables["answers"] if answer["draft_id"] == draft["id"]]
    files = [record for record in backup.records.values() if UUID(record["visit_id"]) == draft["visit_id"]]
    declared = ("id", "kind", "media_type", "size", "sha256", "captured_at", "source", "position")
    return {
        "answers": [{name: answer[name] for name in told} for answer in own],
        "marks": draft["marks"],
        "evidence": [{name: record.get(name) for name in declared} for record in files],
    }


def _file(actor: Actor, place: Place, backup: Backup, evidence_id: UUID) -> Line:
    name = backup.records[evidence_id].get("name")
    return _told(
        "file",
        place,
        str(evidence_id),
        lambda: _bring(actor, place, backup, evidence_id),
        name=name if isinstance(name, str) else None,
        size=backup.size(evidence_id),
    )


def _bring(actor: Actor, place: Place, backup: Backup, evidence_id: UUID) -> bool:
    """Declares the file and hands its bytes to the place where uploads are received and verified."""
    entry = _loaded(EvidenceEntry, backup.records[evidence_id])
    if not backup.holds(evidence_id, size=entry["size"], sha256=entry["sha256"]):
        raise BackupFileDamaged
    with transaction(writes=True):
        body = {name: value for name, value in entry.items() if name != "id"} | {"visit_id": place.visit_id}
        row, is_new = declaring.declare_evidence(place.owner, evidence_id, body)
        is_held = row.state in evidence_rules.HELD
        if is_new or not is_held:
            outbox.record(actor, "evidence.imported", evidence_id, sha256=entry["sha256"])
    if is_held:
        return is_new
    receiving.bring(place.owner, evidence_id, partial(backup.open, evidence_id))
    return True


def _told(what: str, place: Place, id_: str, take: Callable[[], bool], **facts: Any) -> Line:
    """Does it, and says what came of it; `take` answers whether it was news."""
    try:
        outcome: Outcome = "accepted" if take() else "already_here"
    except (IntegrityError, StaleDataError):
        return Line(what, place.visit_id, place.store, id_, "refused", problem=Conflict(), **facts)
    except Problem as problem:
        return Line(what, place.visit_id, place.store, id_, "refused", problem=problem, **facts)
    return Line(what, place.visit_id, place.store, id_, outcome, **facts)


def _loaded(schema: type[PhoneSchema], sent: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema().load(sent)
    except ValidationError as fault:
        raise fields_invalid(fault.messages) from None
    return loaded


def _require_short(raw: bytes) -> None:
    if len(raw) > MOST_DOCUMENT:
        raise BodyTooLarge(limit=f"{MOST_DOCUMENT // 1024 // 1024} MiB")
