"""What the worker does with evidence: develops what was stored, compares it, sweeps up uploads that nobody goes on with.

All are safe to repeat. Decoding happens in a process of its own, which `studio` starts and bounds.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

import media_store
from backend.accounts import consents
from backend.accounts.rules import is_covered
from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.core.outbox import Conclusion
from backend.evidence import likeness, queries, receiving, rules, service, studio
from backend.evidence.arrivals import Arrival, arrival_of
from backend.evidence.models import Evidence, Fingerprint, Likeness, Rendition, Upload
from backend.evidence.receiving import store
from backend.evidence.sniffing import MediaType, Unreadable

DEVELOP_SECONDS = 120
# An upload whose last request may still be running is left alone for so long.
QUIET = timedelta(minutes=10)
SCRATCH_LIFE = timedelta(days=1)
BATCH = 500
_UPLOAD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class _Original:
    key: str
    sha256: str
    media_type: str
    kind: str


def develop(evidence_id: UUID) -> Conclusion:
    """Makes renditions, facts and fingerprint of stored evidence, which ends as `ready` or, with why, `unreadable`.

    Raises only when the machine or the media store is at fault, so that it is tried again; never for what is in the
    file. Evidence that is not stored, or not there, is left alone.
    """
    original = _original_of(evidence_id)
    if original is None:
        return lambda: None
    with TemporaryDirectory(prefix="mingcha-") as folder:
        source = receiving.on_disk(original.key, Path(folder))
        try:
            made = studio.develop(
                source, original.media_type, original.kind, Path(folder) / "out", timeout_seconds=DEVELOP_SECONDS
            )
        except Unreadable as fault:
            code, params = str(fault.code), dict(fault.params)
            return lambda: _end_unreadable(evidence_id, code, params)
        rows = [_kept(evidence_id, original.sha256, rendition) for rendition in made.renditions]
    return lambda: _end_ready(evidence_id, made, rows)


def develop_quick(evidence_id: UUID) -> Conclusion:
    """Makes provisional renditions of the quick copy, while the original is still to come; nothing is learnt of it.

    A copy that cannot be read is let go. Raises as `develop` does.
    """
    with transaction(writes=False):
        copy = queries.quick_copy_of(evidence_id)
        if copy is None or copy.quick_sha256 is None:
            return lambda: None
        key, sha256 = copy.key, copy.quick_sha256
    with TemporaryDirectory(prefix="mingcha-") as folder:
        out = Path(folder) / "out"
        try:
            source = receiving.on_disk(key, Path(folder))
            made = studio.develop(source, MediaType.JPEG, "photo", out, timeout_seconds=DEVELOP_SECONDS)
        except (Unreadable, media_store.Missing):
            return lambda: _end_quick(evidence_id, sha256, [])
        rows = [_kept(evidence_id, sha256, rendition) for rendition in made.renditions]
    return lambda: _end_quick(evidence_id, sha256, rows)


def _end_quick(evidence_id: UUID, sha256: str, rows: list[Rendition]) -> None:
    """Nothing of it is kept if the original was developed meanwhile, or another copy came."""
    db.session.get_one(Evidence, evidence_id, with_for_update=True)
    copy = queries.quick_copy_of(evidence_id)
    if copy is None or copy.quick_sha256 != sha256:
        service.discard_copies(evidence_id, [row.key for row in rows])
        return
    if not rows:
        service.let_go_copy(evidence_id)
    for row in rows:
        row.quick_sha256 = sha256
        db.session.merge(row)


def compare(evidence_id: UUID) -> Conclusion:
    """Looks a picture that is ready up among all others, and keeps which of other visits show the same."""
    found = likeness.alike(evidence_id)

    def conclude() -> None:
        db.session.execute(delete(Likeness).where(Likeness.evidence_id == evidence_id))
        db.session.add_all(
            Likeness(evidence_id=evidence_id, other_id=like.evidence_id, how=like.how, distance=like.distance)
            for like in found
        )
        outbox.record(SYSTEM, "evidence.compared", evidence_id)

    return conclude


def sweep(_period: UUID) -> Conclusion:
    """Finishes uploads that were killed on their last step, gives up expired ones, forgets bytes that belong to none."""
    for ids in _staged():
        uploads = _live(ids)
        for upload_id in ids - uploads.keys():
            store().discard(str(upload_id))
        for arrival in uploads.values():
            if arrival.expires_at < clock.now() + rules.UPLOAD_LIFE - QUIET:
                receiving.recover(SYSTEM, arrival)
    store().sweep(older_than=SCRATCH_LIFE)
    return _end_expired


def _original_of(evidence_id: UUID) -> _Original | None:
    with transaction(writes=False):
        evidence = db.session.get(Evidence, evidence_id)
        if evidence is None or evidence.state not in rules.HELD or evidence.key is None:
            return None
        return _Original(evidence.key, evidence.sha256, evidence.media_type, evidence.kind)


def _kept(evidence_id: UUID, sha256: str, made: studio.Rendition) -> Rendition:
    """Puts a rendition into the store; answers the row that will mention it."""
    key = media_store.rendition_key(sha256, made.name, MediaType(made.media_type).extension)
    with made.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        store().put(key, file, size=made.size, sha256=digest, media_type=made.media_type)
    return Rendition(
        evidence_id=evidence_id,
        name=made.name,
        key=key,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        size=made.size,
    )


def _end_ready(evidence_id: UUID, made: studio.Development, rows: list[Rendition]) -> None:
    evidence = db.session.get_one(Evidence, evidence_id, with_for_update=True)
    service.let_go_copy(evidence_id)
    db.session.execute(delete(Rendition).where(Rendition.evidence_id == evidence_id))
    db.session.add_all(rows)
    evidence.detected_type = made.media_type
    evidence.width, evidence.height, evidence.duration_ms = made.width, made.height, made.duration_ms
    _keep_fingerprint(evidence_id, made.fingerprint)
    evidence.facts = _facts(made, evidence)
    evidence.problem, evidence.problem_params = None, None
    _turn(evidence, rules.READY)


def _keep_fingerprint(evidence_id: UUID, digits: str | None) -> None:
    db.session.execute(delete(Fingerprint).where(Fingerprint.evidence_id == evidence_id))
    if digits is not None:
        data = bytes.fromhex(digits)
        db.session.add(Fingerprint(evidence_id=evidence_id, data=data, made_at=clock.now()))


def _facts(made: studio.Development, evidence: Evidence) -> dict[str, Any]:
    """What the file claims of itself; what has a column of its own is left out, and a place that may not be kept."""
    columns = {"renditions", "media_type", "kind", "width", "height", "duration_ms", "fingerprint"}
    facts = {name: value for name, value in asdict(made).items() if name not in columns and value is not None}
    return facts if "lat" not in facts or _may_be_placed(evidence) else rules.placeless(facts)


def _may_be_placed(evidence: Evidence) -> bool:
    agreements = consents.agreements_of(evidence.uploader_id)
    return is_covered(agreements, evidence.captured_at or evidence.declared_at, position=True)


def _end_unreadable(evidence_id: UUID, code: str, params: dict[str, Any]) -> None:
    evidence = db.session.get_one(Evidence, evidence_id, with_for_update=True)
    evidence.problem, evidence.problem_params = code, params
    _turn(evidence, rules.UNREADABLE, problem=code)


def _turn(evidence: Evidence, state: str, **data: str) -> None:
    if evidence.state != state:
        evidence.state = state
        outbox.record(SYSTEM, f"evidence.{state}", evidence.id, **data)


def _staged() -> Iterator[set[UUID]]:
    """The uploads of which the store has bytes, so many at a time.

    They are listed before the rows are read: an upload's row is there before its first byte.
    """
    staged = [UUID(name) for name in store().staged() if _UPLOAD_ID.fullmatch(name)]
    for start in range(0, len(staged), BATCH):
        yield set(staged[start : start + BATCH])


def _live(ids: set[UUID]) -> dict[UUID, Arrival]:
    """Those of the uploads for whose bytes somebody waits."""
    with transaction(writes=False):
        rows = (
            select(Evidence, Upload)
            .join(Upload, Upload.evidence_id == Evidence.id)
            .where(Upload.id.in_(ids), Upload.finished_at.is_(None), Upload.expires_at > clock.now())
        )
        return {upload.id: arrival_of(evidence, upload) for evidence, upload in db.session.execute(rows)}


def _end_expired() -> None:
    """Evidence whose upload expired is expected again; the expired row stays, so that the phone is told why."""
    gone = select(Upload.evidence_id).where(Upload.finished_at.is_(None), Upload.expires_at <= clock.now())
    rows = select(Evidence).where(Evidence.id.in_(gone), Evidence.state == rules.UPLOADING).with_for_update()
    for evidence in db.session.scalars(rows):
        evidence.state = rules.EXPECTED
