"""How the bytes of evidence come in: appended in the media store with no transaction open, then told to the database.

The media store's durable offset is the truth. The complete bytes move to their key between two short transactions:
the first writes down where they go, the second that they are there. Whatever is killed in between is done again by
the next request for the upload, or by the sweep. Knows nothing of HTTP; `tus` speaks the protocol.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app

import media_store
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db, transaction
from backend.core.problems import NotFound
from backend.evidence import queries, rules, service
from backend.evidence.models import Evidence, Upload
from backend.evidence.problems import (
    BytesDiffer,
    FileTooLarge,
    LengthDiffers,
    OffsetDiffers,
    PastTheEnd,
    StoreFull,
    StoreUnreachable,
    UploadExpired,
    UploadInterrupted,
    UploadLocked,
)
from backend.evidence.sniffing import HEAD_BYTES, MediaType, sniff

UNKNOWN_TYPE, UNKNOWN_EXTENSION = "application/octet-stream", "bin"
_TYPES = {media_type.extension: media_type for media_type in MediaType}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an upload has come, in bytes, and until when it waits for more."""

    offset: int
    length: int
    expires_at: datetime
    metadata: str | None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What handling an upload needs of its rows, kept beyond the transaction that read them."""

    evidence_id: UUID
    upload_id: UUID
    sha256: str
    length: int
    expires_at: datetime
    metadata: str | None
    target: str | None
    is_held: bool

    @property
    def staged_as(self) -> str:
        return str(self.upload_id)

    def at(self, offset: int) -> Standing:
        return Standing(offset, self.length, self.expires_at, self.metadata)


def begin(actor: Actor, evidence_id: UUID, *, length: int, metadata: str) -> Standing:
    """Opens the upload of declared evidence, or finds it open; `length` must be the declared size."""
    if length > max(rules.MOST_BYTES.values()):
        raise FileTooLarge(limit=max(rules.MOST_BYTES.values()) // rules.MIB)
    with transaction(writes=True):
        evidence = queries.get_own(actor, evidence_id, lock=True)
        if length != evidence.size:
            raise LengthDiffers(size=evidence.size)
        _open(evidence).upload_metadata = metadata
    return standing(actor, evidence_id)


def standing(actor: Actor, evidence_id: UUID) -> Standing:
    """Where the upload stands; finishes it first if all bytes are here but nobody was told.

    Raises NotFound, UploadExpired, UploadLocked while it is just being finished, StoreUnreachable.
    """
    arrival = _find(actor, evidence_id)
    if arrival.is_held:
        return arrival.at(arrival.length)
    with _store_problems():
        offset = _durable(arrival)
        if offset < arrival.length and arrival.target is None:
            return arrival.at(offset)
    try:
        return _complete(actor, arrival)
    except (BytesDiffer, OffsetDiffers):
        return _find(actor, evidence_id).at(0)


def receive(
    actor: Actor, evidence_id: UUID, offset: int, pieces: Iterable[bytes], *, announced: int | None
) -> Standing:
    """Appends the pieces at `offset`; with the last byte the whole is checked and the evidence is `stored`.

    `announced` is how many bytes the caller said will come, None if it did not say. Nothing is read from `pieces`
    unless the upload stands at `offset` and nobody else is writing. What came before a break is kept. Raises besides
    what `standing` does OffsetDiffers, PastTheEnd, BytesDiffer, StoreFull and whatever `pieces` raise.
    """
    arrival = _find(actor, evidence_id)
    with _store_problems():
        _require_room(arrival, offset, announced)
    if arrival.is_held:
        return arrival.at(arrival.length)
    try:
        with _store_problems():
            reached = _append(arrival, offset, pieces)
    except UploadInterrupted:
        _note_break(arrival)
        raise
    return _complete(actor, arrival) if reached == arrival.length else _note(arrival, reached)


def terminate(actor: Actor, evidence_id: UUID) -> None:
    """Gives the upload up and forgets its bytes. Evidence that is stored already stays."""
    with transaction(writes=True):
        evidence = queries.get_own(actor, evidence_id, lock=True)
        upload = queries.upload_of(evidence_id)
        if upload is None:
            raise NotFound
        if evidence.state == rules.UPLOADING:
            evidence.state = rules.EXPECTED
        staged_as = str(upload.id)
        db.session.delete(upload)
    with _store_problems():
        store().discard(staged_as)


def recover(actor: Actor, upload: Upload, evidence: Evidence) -> bool:
    """Finishes an upload whose bytes were on their way to their key when a process was killed; whether it did."""
    arrival = _arrival(evidence, upload)
    try:
        _complete(actor, arrival)
    except (BytesDiffer, OffsetDiffers, UploadLocked, StoreUnreachable, StoreFull, NotFound):
        return False
    return True


def store() -> media_store.Store:
    """The application's media store."""
    kept: media_store.Store = current_app.extensions["mingcha.media"]
    return kept


def _open(evidence: Evidence) -> Upload:
    """The live upload of the evidence; one that is finished at once where the bytes are already here."""
    service.open_uploads([evidence])
    upload = queries.upload_of(evidence.id)
    if upload is not None and upload.expires_at <= clock.now():
        db.session.delete(upload)
        db.session.flush()
        upload = None
    if upload is None:
        upload = service.new_upload(evidence)
        upload.offset, upload.finished_at = evidence.size, clock.now()
        db.session.add(upload)
    return upload


def _find(actor: Actor, evidence_id: UUID) -> _Arrival:
    with transaction(writes=False):
        evidence = queries.get_own(actor, evidence_id)
        upload = queries.upload_of(evidence_id)
        if upload is None:
            raise NotFound
        if upload.expires_at <= clock.now():
            raise UploadExpired
        return _arrival(evidence, upload)


def _arrival(evidence: Evidence, upload: Upload) -> _Arrival:
    return _Arrival(
        evidence_id=evidence.id,
        upload_id=upload.id,
        sha256=evidence.sha256,
        length=upload.length,
        expires_at=upload.expires_at,
        metadata=upload.upload_metadata,
        target=upload.target,
        is_held=evidence.state in rules.HELD,
    )


def _durable(arrival: _Arrival) -> int:
    if arrival.is_held:
        return arrival.length
    try:
        return store().offset(arrival.staged_as)
    except media_store.Missing:
        return 0


def _require_room(arrival: _Arrival, offset: int, announced: int | None) -> None:
    """Refuses what does not fit before a byte is read; a wrong offset comes first, being what a client can mend.

    The store compares the offset once more itself, under its lock.
    """
    is_too_much = offset + (announced or 0) > arrival.length
    if not (arrival.is_held or is_too_much):
        return
    durable = _durable(arrival)
    if offset != durable:
        raise OffsetDiffers(offset=durable, headers={"Upload-Offset": str(durable)})
    if is_too_much:
        raise PastTheEnd(length=arrival.length)


def _append(arrival: _Arrival, offset: int, pieces: Iterable[bytes]) -> int:
    """Staging begins with the first byte: a submission that declares forty files must not wait for forty folders."""
    try:
        return store().append(arrival.staged_as, offset, pieces, limit=arrival.length)
    except media_store.Missing:
        if offset:
            raise media_store.OffsetMismatch(durable=0, given=offset) from None
    store().create(arrival.staged_as)
    return store().append(arrival.staged_as, offset, pieces, limit=arrival.length)


def _note(arrival: _Arrival, offset: int, target: str | None = None) -> Standing:
    """Copies the durable offset to the database and puts the expiry off."""
    with transaction(writes=True):
        evidence = db.session.get_one(Evidence, arrival.evidence_id, with_for_update=True)
        upload = db.session.get(Upload, arrival.upload_id)
        if upload is None:
            raise NotFound
        upload.offset, upload.expires_at = max(upload.offset, offset), clock.now() + rules.UPLOAD_LIFE
        upload.target = target or upload.target
        if offset and evidence.state == rules.EXPECTED:
            evidence.state, evidence.problem = rules.UPLOADING, None
        return _arrival(evidence, upload).at(offset)


def _note_break(arrival: _Arrival) -> None:
    with _store_problems():
        reached = _durable(arrival)
    _note(arrival, reached)


def _complete(actor: Actor, arrival: _Arrival) -> Standing:
    """Checks all bytes and moves them to their key. Safe to repeat at any point, by anyone."""
    with _store_problems():
        target = arrival.target or _target_of(arrival)
    _note(arrival, arrival.length, target)
    media_type = _type_of(target)
    try:
        with _store_problems():
            store().finish(
                arrival.staged_as,
                target,
                size=arrival.length,
                sha256=arrival.sha256,
                media_type=media_type or UNKNOWN_TYPE,
            )
    except media_store.WrongBytes:
        _begin_anew(actor, arrival, rules.WRONG_BYTES)
        raise BytesDiffer from None
    except media_store.Missing:
        _begin_anew(actor, arrival, None)
        raise OffsetDiffers(offset=0, headers={"Upload-Offset": "0"}) from None
    return _conclude(actor, arrival, target)


def _target_of(arrival: _Arrival) -> str:
    """The key of the staged bytes: their declared sha256, and an extension by what they are, not by any name."""
    try:
        with store().open_staged(arrival.staged_as) as file:
            found = sniff(file.read(HEAD_BYTES))
    except media_store.Missing:
        found = None
    return media_store.original_key(arrival.sha256, found.extension if found else UNKNOWN_EXTENSION)


def _type_of(key: str) -> MediaType | None:
    return _TYPES.get(key.rpartition(".")[2])


def _conclude(actor: Actor, arrival: _Arrival, key: str) -> Standing:
    with transaction(writes=True):
        evidence = db.session.get_one(Evidence, arrival.evidence_id, with_for_update=True)
        upload = db.session.get(Upload, arrival.upload_id)
        if upload is None:
            raise NotFound
        if evidence.state not in rules.HELD:
            service.hold(evidence, key=key, detected_type=_type_of(key))
            outbox.record(actor, "evidence.stored", evidence.id)
        upload.finished_at = upload.finished_at or clock.now()
        return _arrival(evidence, upload).at(arrival.length)


def _begin_anew(actor: Actor, arrival: _Arrival, problem: str | None) -> None:
    """A fresh upload at 0 for bytes that were wrong or are lost; only then are the staged ones forgotten."""
    with transaction(writes=True):
        evidence = db.session.get_one(Evidence, arrival.evidence_id, with_for_update=True)
        if evidence.state in rules.HELD or db.session.get(Upload, arrival.upload_id) is None:
            return
        service.begin_anew(evidence, problem)
        outbox.record(actor, "evidence.refused", evidence.id, problem=problem)
    with _store_problems():
        store().discard(arrival.staged_as)


@contextmanager
def _store_problems() -> Iterator[None]:
    """What the media store refuses, as problems; what it says of the bytes themselves passes through."""
    try:
        yield
    except media_store.Locked as fault:
        raise UploadLocked(headers={"Retry-After": "1"}) from fault
    except media_store.OffsetMismatch as fault:
        raise OffsetDiffers(offset=fault.durable, headers={"Upload-Offset": str(fault.durable)}) from fault
    except media_store.NoSpace as fault:
        raise StoreFull from fault
    except media_store.Unreachable as fault:
        raise StoreUnreachable(headers={"Retry-After": "5"}) from fault
