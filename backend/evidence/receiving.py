"""How the bytes of evidence come in: appended in the media store with no transaction open, then told to the database.

The media store's durable offset is the truth. Complete bytes are shown at their key, then one short transaction writes
down that they are there, then their staging is given up. They are staged until the row says where they are, so that
whatever is killed in between is done again by the next request for the upload, or by the sweep; and nobody gets a file
by its hash alone, since only bytes that are staged are ever shown. Knows nothing of HTTP; `tus` speaks the protocol,
`arrivals` keeps the rows.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

from flask import current_app

import media_store
from backend.core.actor import Actor
from backend.core.problems import NotFound
from backend.evidence import arrivals, rules
from backend.evidence.arrivals import Arrival, Standing
from backend.evidence.problems import (
    BytesDiffer,
    FileTooLarge,
    OffsetDiffers,
    PastTheEnd,
    StoreFull,
    StoreUnreachable,
    UploadInterrupted,
    UploadLocked,
)
from backend.evidence.sniffing import HEAD_BYTES, MediaType, sniff

MOST_BYTES = max(rules.MOST_BYTES.values())
UNKNOWN_TYPE, UNKNOWN_EXTENSION = "application/octet-stream", "bin"

_PIECE = 256 * 1024

Body = Callable[[int], Iterable[bytes | memoryview]]
"""The bytes of a request, asked for with the number that still fits; it raises PastTheEnd if there are more."""


def begin(actor: Actor, evidence_id: UUID, *, length: int, metadata: str) -> Standing:
    """Opens the upload of declared evidence, or finds it open; `length` must be the declared size."""
    if length > MOST_BYTES:
        raise FileTooLarge(limit=MOST_BYTES // rules.MIB)
    arrivals.open_upload(actor, evidence_id, length=length, metadata=metadata)
    return standing(actor, evidence_id)


def standing(actor: Actor, evidence_id: UUID) -> Standing:
    """Where the upload stands; finishes it first if all bytes are here but nobody was told.

    Raises NotFound, UploadExpired, UploadLocked while it is just being finished, StoreUnreachable.
    """
    arrival = arrivals.find(actor, evidence_id)
    with store_problems():
        offset = _durable(arrival)
    if arrival.is_held or offset < arrival.length:
        return arrival.at(offset)
    try:
        return _complete(actor, arrival)
    except (BytesDiffer, OffsetDiffers):
        again = arrivals.find(actor, evidence_id)
        return again.at(again.length if again.is_held else 0)


def receive(actor: Actor, evidence_id: UUID, offset: int, body: Body, *, announced: int | None) -> Standing:
    """Appends the body at `offset`; with the last byte the whole is checked and the evidence is `stored`.

    `announced` is how many bytes the caller said will come, None if it did not say. Nothing is read unless the upload
    stands at `offset` and nobody else is writing. What came before a break is kept. Raises besides what `standing`
    does OffsetDiffers, PastTheEnd, BytesDiffer, StoreFull and whatever the body raises.
    """
    arrival = arrivals.find(actor, evidence_id)
    _require_room(arrival, offset, announced)
    if arrival.is_held:
        return arrival.at(arrival.length)
    pieces = media_store.Measured(body(arrival.length - offset))
    reached = _append(arrival, offset, pieces)
    if reached < arrival.length:
        return arrivals.note(arrival, reached)
    return _complete(actor, arrival, pieces.content if offset == 0 else None)


def bring(actor: Actor, evidence_id: UUID, whole: Callable[[], IO[bytes]]) -> None:
    """Receives a file that lies here whole and is known to be sound, on top of what had come of it before.

    Raises what `receive` does, but BytesDiffer only if the file is not what was promised.
    """
    try:
        _bring(actor, evidence_id, whole)
    except BytesDiffer:
        # What had come before was damaged and has been dropped: now all of it comes from the file.
        _bring(actor, evidence_id, whole)


def terminate(actor: Actor, evidence_id: UUID) -> None:
    """Gives the upload up and forgets its bytes. Evidence that is stored already stays."""
    staged_as = arrivals.give_up(actor, evidence_id)
    with store_problems():
        store().discard(staged_as)


def recover(actor: Actor, arrival: Arrival) -> bool:
    """Finishes an upload all of whose bytes are here but whose last request was killed; whether it did."""
    try:
        if store().offset(arrival.staged_as) < arrival.length:
            return False
        _complete(actor, arrival)
    except (BytesDiffer, OffsetDiffers, UploadLocked, StoreUnreachable, StoreFull, NotFound, media_store.StoreError):
        return False
    return True


def store() -> media_store.Store:
    """The application's media store."""
    kept: media_store.Store = current_app.extensions["mingcha.media"]
    return kept


def on_disk(key: str, folder: Path) -> Path:
    """The object as a file: the store's own where it has one, else a copy in the folder. Raises what the store does."""
    own = store().local_path(key)
    if own is not None:
        return own
    path = folder / key.replace("/", "-")
    with store().open(key) as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1024 * 1024)
    return path


def _bring(actor: Actor, evidence_id: UUID, whole: Callable[[], IO[bytes]]) -> None:
    offset = standing(actor, evidence_id).offset
    with whole() as file:
        file.seek(offset)
        receive(actor, evidence_id, offset, lambda _room: iter(partial(file.read, _PIECE), b""), announced=None)


def _durable(arrival: Arrival) -> int:
    if arrival.is_held:
        return arrival.length
    try:
        return store().offset(arrival.staged_as)
    except media_store.Missing:
        return 0


def _require_room(arrival: Arrival, offset: int, announced: int | None) -> None:
    """Refuses what does not fit before a byte is read; a wrong offset comes first, being what a client can mend.

    The store compares the offset once more itself, under its lock.
    """
    is_too_much = offset + (announced or 0) > arrival.length
    if not (arrival.is_held or is_too_much):
        return
    with store_problems():
        durable = _durable(arrival)
    if offset != durable:
        raise OffsetDiffers(offset=durable, headers={"Upload-Offset": str(durable)})
    if is_too_much:
        raise PastTheEnd(length=arrival.length)


def _append(arrival: Arrival, offset: int, pieces: Iterable[bytes | memoryview]) -> int:
    try:
        with store_problems():
            return _append_or_create(arrival, offset, pieces)
    except (UploadInterrupted, PastTheEnd):
        with store_problems():
            reached = _durable(arrival)
        arrivals.note(arrival, reached)
        raise


def _append_or_create(arrival: Arrival, offset: int, pieces: Iterable[bytes | memoryview]) -> int:
    """Staging begins with the first byte: a submission that declares forty files must not wait for forty folders."""
    try:
        return store().append(arrival.staged_as, offset, pieces, limit=arrival.length)
    except media_store.Missing:
        if offset:
            raise media_store.OffsetMismatch(durable=0, given=offset) from None
    store().create(arrival.staged_as)
    return store().append(arrival.staged_as, offset, pieces, limit=arrival.length)


def _complete(actor: Actor, arrival: Arrival, received: media_store.Content | None = None) -> Standing:
    """Checks all bytes, shows them at their key and says so. Safe to repeat at any point, by anyone.

    `received` is what was measured while one request brought all of them; without it they are read once more.
    """
    try:
        with store_problems():
            media_type = _type_of(arrival)
            key = _show(arrival, media_type, received)
    except media_store.WrongBytes:
        _begin_anew(actor, arrival, rules.WRONG_BYTES)
        raise BytesDiffer from None
    except media_store.Missing:
        _begin_anew(actor, arrival, None)
        raise OffsetDiffers(offset=0, headers={"Upload-Offset": "0"}) from None
    now = arrivals.conclude(actor, arrival, key=key, detected_type=media_type)
    # What stays staged because the store is away just now is swept up.
    with suppress(media_store.StoreError):
        store().discard(arrival.staged_as)
    return now


def _type_of(arrival: Arrival) -> MediaType | None:
    """What the staged bytes are, by their beginning, not by any name."""
    with store().open_staged(arrival.staged_as) as file:
        return sniff(file.read(HEAD_BYTES))


def _show(arrival: Arrival, media_type: MediaType | None, received: media_store.Content | None) -> str:
    """Makes the staged bytes the object of their declared sha256; answers its key."""
    key = media_store.original_key(arrival.sha256, media_type.extension if media_type else UNKNOWN_EXTENSION)
    store().finish(
        arrival.staged_as,
        key,
        size=arrival.length,
        sha256=arrival.sha256,
        media_type=media_type or UNKNOWN_TYPE,
        received=received,
    )
    return key


def _begin_anew(actor: Actor, arrival: Arrival, problem: str | None) -> None:
    """The row first, then the bytes: what is killed in between is swept up."""
    if arrivals.begin_anew(actor, arrival, problem):
        with store_problems():
            store().discard(arrival.staged_as)


@contextmanager
def store_problems() -> Iterator[None]:
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
