"""An object goes when no row mentions it, and only then: not from under a twin, an upload or a job."""

import io
import threading
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select

import media_store
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import OutboxRow
from backend.evidence import disposal, jobs
from backend.evidence.disposal import delete_unmentioned
from backend.evidence.models import Evidence, Fingerprint, Rendition, Upload
from backend.evidence.receiving import store
from tests.evidence.phone import OTHER_VISIT, declare, photo, read, upload

DATA = photo()
SHA256 = sha256(DATA).hexdigest()
ORIGINAL = media_store.original_key(SHA256, "jpg")
THUMB = media_store.rendition_key(SHA256, "thumb", "jpg")


@pytest.fixture
def chelsea(app: Flask, client_of):
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    return client_of("chelsea")


def put(key: str, data: bytes = b"x") -> None:
    store().put(key, io.BytesIO(data), size=len(data), sha256=sha256(data).hexdigest(), media_type="image/jpeg")


def developed(client, data: bytes = DATA, **claims: Any) -> UUID:
    id_ = declare(data, **claims)
    upload(client, id_, data)
    outbox.drain()
    return id_


def forget(evidence_id: UUID) -> list[str]:
    """Deletes all rows of one evidence; answers the keys that they mentioned."""
    with transaction(writes=True):
        key = db.session.scalar(select(Evidence.key).where(Evidence.id == evidence_id))
        keys = list(db.session.scalars(select(Rendition.key).where(Rendition.evidence_id == evidence_id)))
        for table in (Rendition, Upload, Fingerprint):
            db.session.execute(delete(table).where(table.evidence_id == evidence_id))
        db.session.execute(delete(Evidence).where(Evidence.id == evidence_id))
    return [str(key), *keys]


def test_what_no_row_mentions_goes(chelsea) -> None:
    keys = forget(developed(chelsea))
    assert len(keys) == 3
    assert sorted(delete_unmentioned(keys)) == sorted(keys)
    assert list(store().keys()) == []
    assert sorted(delete_unmentioned(keys)) == sorted(keys)


def test_what_is_mentioned_stays_also_beside_what_goes(chelsea) -> None:
    kept = developed(chelsea)
    orphan = media_store.original_key(sha256(b"x").hexdigest(), "jpg")
    put(orphan)
    held = sorted(set(store().keys()) - {orphan})
    assert delete_unmentioned([*held, orphan]) == [orphan]
    assert sorted(store().keys()) == held
    assert read(kept, lambda row: row.key) in held


def test_a_twin_of_another_visit_keeps_the_bytes(chelsea) -> None:
    first, second = developed(chelsea), developed(chelsea, visit=OTHER_VISIT)
    keys = forget(first)
    assert delete_unmentioned(keys) == []
    assert read(second, lambda row: row.key) == keys[0]
    assert sorted(delete_unmentioned(forget(second))) == sorted(keys)


def test_bytes_on_their_way_to_their_key_stay(chelsea) -> None:
    """A web process may be killed after they are there and before it says so: what is declared and awaited is kept."""
    declare(DATA)
    put(ORIGINAL, DATA)
    assert delete_unmentioned([ORIGINAL]) == []


def test_a_rendition_that_a_running_job_has_just_put_stays(chelsea) -> None:
    id_ = declare(DATA)
    upload(chelsea, id_, DATA)
    put(THUMB)
    assert delete_unmentioned([THUMB]) == []
    with transaction(writes=True):
        db.session.scalars(select(OutboxRow).where(OutboxRow.subject_id == id_)).one().done_at = clock.now()
    assert delete_unmentioned([THUMB]) == [THUMB]


def test_what_is_no_content_address_is_not_ours_to_delete(app: Flask) -> None:
    put("exports/2026/report.xlsx")
    assert delete_unmentioned(["exports/2026/report.xlsx"]) == []
    assert list(store().keys()) == ["exports/2026/report.xlsx"]


def test_a_mention_cannot_slip_in_between_the_look_and_the_deletion(
    app: Flask, chelsea, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload of the same bytes ends just then: it waits, and brings the object back."""
    keys = forget(developed(chelsea))
    again = new_id()
    slow = store()
    begun, sent = threading.Event(), threading.Event()
    delete_one = slow.delete

    def deleting(key: str) -> None:
        begun.set()
        # Long enough for a mention that is not kept out to be written, and its bytes to be put.
        sent.wait(0.5)
        delete_one(key)

    def uploading() -> None:
        begun.wait(10)
        with app.app_context():
            declare(DATA, evidence_id=again)
            upload(chelsea, again, DATA)
        sent.set()

    monkeypatch.setattr(slow, "delete", deleting)
    thread = threading.Thread(target=uploading)
    thread.start()
    assert delete_unmentioned(keys[:1]) == keys[:1]
    thread.join()
    assert read(again, lambda row: row.state) == "stored"
    with slow.open(ORIGINAL) as file:
        assert file.read() == DATA


def test_many_are_deleted_a_few_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [media_store.original_key(sha256(bytes([n])).hexdigest(), "jpg") for n in range(25)]
    asked: list[int] = []
    mentioned = disposal.mentioned
    monkeypatch.setattr(disposal, "mentioned", lambda some: asked.append(len(some)) or mentioned(some))
    for key in keys:
        put(key)
    assert sorted(delete_unmentioned(iter(keys))) == sorted(keys)
    assert asked == [10, 10, 5]
