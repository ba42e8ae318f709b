"""What becomes of stored bytes: every sample ends `ready` or `unreadable`, whatever it is, and nothing is left lying."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

import media_store
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event, OutboxRow
from backend.evidence import arrivals, jobs, queries, receiving, studio
from backend.evidence.fingerprints import BYTES
from backend.evidence.models import Fingerprint, Rendition, Upload
from tests.evidence.films import make
from tests.evidence.phone import declare, head, patch, photo, post, read, state, upload

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
SAMPLES = sorted(path for path in MEDIA.glob("*") if path.suffix != ".md") if MEDIA.is_dir() else []
KINDS = {".mov": "video", ".mp4": "video"}
BROKEN = {"broken.heif", "fuzzed-1.bin", "fuzzed-2.bin"}
WINDOWS_PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(200) + b"This program cannot be run in DOS mode."


@pytest.fixture
def chelsea(app: Flask, client_of):
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    return client_of("chelsea")


def developed(client, data: bytes, **claims):
    id_ = declare(data, **claims)
    upload(client, id_, data)
    outbox.drain()
    return id_


def renditions(evidence_id) -> list[Rendition]:
    with transaction(writes=False):
        rows = queries.renditions_of(evidence_id)
        db.session.expunge_all()
        return rows


def events(evidence_id) -> list[str]:
    with transaction(writes=False):
        return list(db.session.scalars(select(Event.name).where(Event.subject_id == evidence_id).order_by(Event.id)))


def test_a_photo_becomes_ready(chelsea) -> None:
    id_ = developed(chelsea, photo(size=(3000, 2000)))
    assert read(id_, lambda row: (row.state, row.width, row.height, row.detected_type, row.problem)) == (
        "ready",
        3000,
        2000,
        "image/jpeg",
        None,
    )
    with transaction(writes=False):
        assert len(db.session.get_one(Fingerprint, id_).data) == BYTES
    thumb, screen = renditions(id_)
    assert (thumb.name, max(thumb.width, thumb.height)) == ("thumb", 320)
    assert (screen.name, max(screen.width, screen.height)) == ("screen", 1600)
    for each in (thumb, screen):
        with receiving.store().open(each.key) as file, Image.open(file) as picture:
            assert picture.size == (each.width, each.height)
            assert not picture.getexif()
    assert events(id_) == ["evidence.stored", "evidence.ready"]


def test_developing_again_changes_nothing(chelsea) -> None:
    id_ = developed(chelsea, photo())
    before = [(row.name, row.key, row.size) for row in renditions(id_)]
    for _ in range(2):
        with transaction(writes=True):
            outbox.queue("evidence.develop", id_)
        outbox.drain()
    assert [(row.name, row.key, row.size) for row in renditions(id_)] == before
    assert events(id_) == ["evidence.stored", "evidence.ready"]


def test_a_clip_gets_a_preview_and_a_recording_a_waveform(chelsea, tmp_path) -> None:
    clip = make(tmp_path / "clip").read_bytes()
    sound = make(tmp_path / "sound", "ipod", film=None, sound="aac").read_bytes()
    filmed = developed(chelsea, clip, kind="video", media_type="video/mp4")
    recorded = developed(chelsea, sound, kind="audio", media_type="audio/mp4")
    for id_, name, media_type, extension, first in (
        (filmed, "preview", "video/mp4", ".mp4", b"\0\0\0 ftyp"),
        (recorded, "waveform", "image/png", ".png", b"\x89PNG"),
    ):
        [made] = [row for row in renditions(id_) if row.name == name]
        assert made.key.endswith(f"-{name}{extension}")
        answer = chelsea.get(f"/api/v1/evidence/{id_}/renditions/{name}")
        assert (answer.status_code, answer.content_type, len(answer.data)) == (200, media_type, made.size)
        assert answer.data.startswith(first)
        assert name in chelsea.get(f"/api/v1/evidence/{id_}").json["renditions"]


def test_evidence_developed_before_there_were_previews_gains_one(chelsea, tmp_path) -> None:
    id_ = developed(chelsea, make(tmp_path / "clip").read_bytes(), kind="video", media_type="video/mp4")
    with transaction(writes=True):
        db.session.execute(Rendition.__table__.delete().where(Rendition.name == "preview"))
    assert chelsea.get(f"/api/v1/evidence/{id_}/renditions/preview").status_code == 404
    assert state(id_) == "ready"
    with transaction(writes=True):
        outbox.queue("evidence.develop", id_)
    outbox.drain()
    assert chelsea.get(f"/api/v1/evidence/{id_}/renditions/preview").status_code == 200


def test_shared_content_gets_its_own_renditions(chelsea) -> None:
    data = photo()
    developed(chelsea, data)
    twin = declare(data)
    outbox.drain()
    assert state(twin) == "ready"
    assert renditions(twin)


def test_a_program_named_like_a_photo_is_taken_and_told(chelsea) -> None:
    id_ = developed(chelsea, WINDOWS_PROGRAM, media_type="image/jpeg")
    assert read(id_, lambda row: (row.state, row.problem, row.detected_type)) == ("unreadable", "foreign_type", None)
    assert read(id_, lambda row: row.key).endswith(".bin")
    assert renditions(id_) == []
    answer = chelsea.get(f"/api/v1/evidence/{id_}").json
    assert (answer["problem_code"], answer["upload_url"]) == ("foreign_type", None)
    assert "not a photo" in answer["problem"]
    chinese = chelsea.get(f"/api/v1/evidence/{id_}", headers={"Accept-Language": "zh-CN"}).json
    assert "照片" in chinese["problem"]


def test_a_photo_declared_as_sound(chelsea) -> None:
    id_ = developed(chelsea, photo(), kind="audio", media_type="audio/mp4")
    assert read(id_, lambda row: (row.state, row.problem)) == ("unreadable", "kind_mismatch")
    assert "a photo" in chelsea.get(f"/api/v1/evidence/{id_}").json["problem"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_ends_well(chelsea, path: Path) -> None:
    id_ = developed(chelsea, path.read_bytes(), kind=KINDS.get(path.suffix, "photo"))
    if path.name in BROKEN:
        answer = chelsea.get(f"/api/v1/evidence/{id_}").json
        assert (answer["state"], bool(answer["problem"])) == ("unreadable", True)
    else:
        names = {row.name for row in renditions(id_)}
        assert state(id_) == "ready"
        assert names == ({"thumb", "poster", "preview"} if path.suffix in KINDS else {"thumb", "screen"})


def test_what_is_not_stored_is_left_alone(chelsea) -> None:
    waiting, nobody = declare(photo()), new_id()
    for id_ in (waiting, nobody):
        jobs.develop(id_)()
    assert state(waiting) == "expected"


def test_a_machine_in_trouble_is_tried_again(chelsea, monkeypatch) -> None:
    with monkeypatch.context() as trouble:
        trouble.setattr(studio, "develop", _full_disk)
        id_ = developed(chelsea, photo())
        assert state(id_) == "stored"
    with clock.set_to(clock.now() + timedelta(hours=1)):
        outbox.drain()
    assert state(id_) == "ready"


def test_a_store_without_files_is_copied_from(app: Flask, chelsea) -> None:
    app.extensions["mingcha.media"] = media_store.open_store("memory:")
    id_ = developed(chelsea, photo())
    assert state(id_) == "ready"


def test_the_sweep_forgets_only_what_nobody_waits_for(chelsea) -> None:
    running, expired, replaced = declare(photo()), declare(photo((1, 2, 3))), declare(photo((9, 9, 9)))
    for each in (running, expired, replaced):
        patch(chelsea, each, photo()[:50])
    _change(expired, expires_at=clock.now() - timedelta(seconds=1))
    _change(replaced, id=new_id())
    store = receiving.store()
    store.create(str(new_id()))
    store.create("somebody-elses")
    _sweep()
    assert set(store.staged()) == {str(_upload_id(running)), "somebody-elses"}
    assert (state(running), state(expired)) == ("uploading", "expected")
    assert head(chelsea, expired).status_code == 410
    assert post(chelsea, expired, len(photo((1, 2, 3)))).status_code == 201


def test_the_sweep_finishes_what_was_killed(chelsea, monkeypatch) -> None:
    data = photo()
    id_ = declare(data)
    with monkeypatch.context() as killing:
        killing.setattr(arrivals, "conclude", _full_disk)
        with pytest.raises(OSError, match="full"):
            patch(chelsea, id_, data)
    _sweep()
    assert state(id_) == "expected"
    with clock.set_to(clock.now() + timedelta(hours=1)):
        _sweep()
    assert state(id_) == "stored"
    assert events(id_) == ["evidence.stored"]


def test_a_job_runs_from_the_outbox_row(chelsea) -> None:
    data = photo()
    id_ = declare(data)
    upload(chelsea, id_, data)
    with transaction(writes=False):
        assert db.session.scalar(select(OutboxRow.job).where(OutboxRow.subject_id == id_)) == "evidence.develop"


def _sweep() -> None:
    conclude = jobs.sweep(new_id())
    with transaction(writes=True):
        conclude()


def _upload_id(evidence_id):
    with transaction(writes=False):
        return queries.upload_of(evidence_id).id


def _change(evidence_id, **values) -> None:
    with transaction(writes=True):
        db.session.execute(Upload.__table__.update().where(Upload.evidence_id == evidence_id).values(values))


def _full_disk(*_args, **_options):
    raise OSError("the disk is full")
