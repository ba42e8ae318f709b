"""Uploads as rows: opening one, finding one, and telling the database how far its bytes have come.

Every public function opens one short transaction of its own; no bytes move while it is open.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db, transaction
from backend.core.problems import NotFound
from backend.evidence import queries, rules, service
from backend.evidence.models import Evidence, Upload
from backend.evidence.problems import LengthDiffers, UploadExpired


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an upload has come, in bytes, and until when it waits for more."""

    offset: int
    length: int
    expires_at: datetime
    metadata: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What handling an upload needs of its rows, kept beyond the transaction that read them."""

    evidence_id: UUID
    upload_id: UUID
    sha256: str
    length: int
    expires_at: datetime
    metadata: str | None
    is_held: bool

    @property
    def staged_as(self) -> str:
        """The media store's name for the bytes that are arriving."""
        return str(self.upload_id)

    def at(self, offset: int) -> Standing:
        return Standing(offset, self.length, self.expires_at, self.metadata)


def open_upload(actor: Actor, evidence_id: UUID, *, length: int, metadata: str) -> None:
    """Makes sure that own evidence has a live upload; raises NotFound, and LengthDiffers from the declared size."""
    with transaction(writes=True):
        evidence = queries.get_own(actor, evidence_id, lock=True)
        if length != evidence.size:
            raise LengthDiffers(size=evidence.size)
        service.open_uploads([evidence])
        _live_upload(evidence).upload_metadata = metadata


def find(actor: Actor, evidence_id: UUID) -> Arrival:
    """The live upload of own evidence; raises NotFound, UploadExpired."""
    with transaction(writes=False):
        evidence = queries.get_own(actor, evidence_id)
        upload = queries.upload_of(evidence_id)
        if upload is None:
            raise NotFound
        if upload.expires_at <= clock.now():
            raise UploadExpired
        return arrival_of(evidence, upload)


def arrival_of(evidence: Evidence, upload: Upload) -> Arrival:
    """The two rows as a value; opens no transaction."""
    return Arrival(
        evidence_id=evidence.id,
        upload_id=upload.id,
        sha256=evidence.sha256,
        length=upload.length,
        expires_at=upload.expires_at,
        metadata=upload.upload_metadata,
        is_held=evidence.state in rules.HELD,
    )


def note(arrival: Arrival, offset: int) -> Standing:
    """Copies the durable offset, and puts the expiry off.

    Raises NotFound when the upload was given up meanwhile.
    """
    with transaction(writes=True):
        evidence, upload = _locked(arrival)
        upload.offset, upload.expires_at = max(upload.offset, offset), clock.now() + rules.UPLOAD_LIFE
        if offset and evidence.state == rules.EXPECTED:
            evidence.state, evidence.problem = rules.UPLOADING, None
        return arrival_of(evidence, upload).at(offset)


def conclude(actor: Actor, arrival: Arrival, *, key: str, detected_type: str | None) -> Standing:
    """Says that the bytes are at `key`; repeated, it says so once. Raises NotFound as `note` does."""
    with transaction(writes=True):
        evidence, upload = _locked(arrival)
        if evidence.state not in rules.HELD:
            service.hold(evidence, key=key, detected_type=detected_type)
            outbox.record(actor, "evidence.stored", evidence.id)
        now = clock.now()
        upload.offset, upload.expires_at = upload.length, now + rules.UPLOAD_LIFE
        upload.finished_at = upload.finished_at or now
        return arrival_of(evidence, upload).at(arrival.length)


def begin_anew(actor: Actor, arrival: Arrival, problem: str | None) -> bool:
    """A fresh upload at 0 for bytes that were wrong or are lost; False if somebody else has seen to it already."""
    with transaction(writes=True):
        try:
            evidence, _ = _locked(arrival)
        except NotFound:
            return False
        if evidence.state in rules.HELD:
            return False
        service.begin_anew(evidence, problem)
        outbox.record(actor, "evidence.refused", evidence.id, problem=problem)
        return True


def give_up(actor: Actor, evidence_id: UUID) -> str:
    """Removes the upload of own evidence; answers the name under which its bytes are staged. Raises NotFound."""
    with transaction(writes=True):
        evidence = queries.get_own(actor, evidence_id, lock=True)
        upload = queries.upload_of(evidence_id)
        if upload is None:
            raise NotFound
        if evidence.state == rules.UPLOADING:
            evidence.state = rules.EXPECTED
        db.session.delete(upload)
        return str(upload.id)


def _live_upload(evidence: Evidence) -> Upload:
    """The upload after `open_uploads`, which cares for awaited evidence only: what is stored gets a finished one."""
    upload = queries.upload_of(evidence.id)
    if upload is not None and upload.expires_at > clock.now():
        return upload
    if upload is not None:
        db.session.delete(upload)
        db.session.flush()
    upload = service.new_upload(evidence)
    upload.offset, upload.finished_at = evidence.size, clock.now()
    db.session.add(upload)
    return upload


def _locked(arrival: Arrival) -> tuple[Evidence, Upload]:
    """Both rows, the evidence's locked; a replaced upload has another id, so that what is late finds nothing."""
    evidence = db.session.get_one(Evidence, arrival.evidence_id, with_for_update=True)
    upload = db.session.get(Upload, arrival.upload_id)
    if upload is None:
        raise NotFound
    return evidence, upload
