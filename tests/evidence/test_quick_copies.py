"""A quick copy is something to look at until the original has come: never more, and nothing of it is left behind."""

import io
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

import media_store
from backend.core import outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence import audit, jobs, queries, quick_copies, rules, service
from backend.evidence.disposal import delete_unmentioned
from backend.evidence.models import Fingerprint
from backend.evidence.receiving import store
from backend.reactions import REACTIONS
from tests.evidence.phone import declare, photo, read, state, upload

ORIGINAL = photo((10, 90, 200), (1200, 900))
COPY = photo((10, 90, 200), (400, 300))
OTHER = photo((200, 90, 10), (400, 300))


@pytest.fixture
def chelsea(app: Flask, client_of):
    app.extensions["mingcha.reactions"] = {
        name: [job for job in following if job.startswith("evidence.d")] for name, following in REACTIONS.items()
    }
    app.extensions["mingcha.jobs"] = {
        "evidence.develop": jobs.develop,
        "evidence.develop-quick": jobs.develop_quick,
        "evidence.dispose-quick": quick_copies.dispose,
    }
    return client_of("chelsea")


def send(client: FlaskClient, evidence_id: object, data: bytes = COPY) -> TestResponse:
    return client.put(f"/api/v1/evidence/{evidence_id}/quick-copy", data=data, content_type="image/jpeg")


def told(client: FlaskClient, evidence_id: object) -> dict:
    return client.get(f"/api/v1/evidence/{evidence_id}").get_json()


def keys_of(data: bytes) -> set[str]:
    return {media_store.rendition_key(sha256(data).hexdigest(), name, "jpg") for name in ("quick", "thumb", "screen")}


def kept() -> set[str]:
    return set(store().keys())


def picture(client: FlaskClient, evidence_id: object) -> TestResponse:
    return client.get(f"/api/v1/evidence/{evidence_id}/renditions/screen")


def test_it_is_seen_as_provisional_and_counts_for_nothing(chelsea) -> None:
    id_ = declare(ORIGINAL)
    assert send(chelsea, id_).status_code == 204
    outbox.drain()
    answer = told(chelsea, id_)
    assert (answer["state"], answer["renditions"], answer["is_provisional"]) == ("expected", ["thumb", "screen"], True)
    assert answer["upload_url"], "the original is still awaited"
    shown = picture(chelsea, id_)
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert Image.open(io.BytesIO(shown.data)).size == (400, 300)
    assert chelsea.get(f"/api/v1/evidence/{id_}/renditions/quick").status_code == 404
    with transaction(writes=False):
        assert db.session.get(Fingerprint, id_) is None


def test_the_originals_pictures_replace_it_and_its_bytes_go(chelsea) -> None:
    id_ = declare(ORIGINAL)
    send(chelsea, id_)
    outbox.drain()
    assert keys_of(COPY) == kept()
    upload(chelsea, id_, ORIGINAL)
    outbox.drain()
    answer = told(chelsea, id_)
    assert (answer["state"], answer["renditions"], answer["is_provisional"]) == ("ready", ["thumb", "screen"], False)
    assert Image.open(io.BytesIO(picture(chelsea, id_).data)).size == (1200, 900)
    assert "immutable" in picture(chelsea, id_).headers["Cache-Control"]
    assert not keys_of(COPY) & kept()
    assert list(audit.compare()) == []


def test_the_original_itself_may_be_its_copy(chelsea) -> None:
    id_ = declare(COPY)
    send(chelsea, id_)
    outbox.drain()
    upload(chelsea, id_, COPY)
    outbox.drain()
    assert told(chelsea, id_)["is_provisional"] is False
    assert picture(chelsea, id_).status_code == 200
    assert list(audit.compare()) == []


def test_again_is_fine_and_another_takes_its_place(chelsea) -> None:
    id_ = declare(ORIGINAL)
    for _ in range(3):
        assert send(chelsea, id_).status_code == 204
    outbox.drain()
    assert send(chelsea, id_, OTHER).status_code == 204
    outbox.drain()
    assert told(chelsea, id_)["is_provisional"] is True
    assert kept() == keys_of(OTHER)


def test_once_the_original_is_held_it_is_ignored(chelsea) -> None:
    id_ = declare(ORIGINAL)
    upload(chelsea, id_, ORIGINAL)
    assert send(chelsea, id_).status_code == 204
    outbox.drain()
    assert told(chelsea, id_)["is_provisional"] is False
    assert not keys_of(COPY) & kept()


def test_an_original_that_comes_while_the_copy_is_developed_wins(chelsea) -> None:
    id_ = declare(ORIGINAL)
    send(chelsea, id_)
    conclude = jobs.develop_quick(id_)
    upload(chelsea, id_, ORIGINAL)
    with transaction(writes=True):
        service.let_go_copy(id_)
    with transaction(writes=True):
        conclude()
    outbox.drain()
    assert told(chelsea, id_)["is_provisional"] is False
    assert not keys_of(COPY) & kept()


def test_a_new_declaration_takes_the_old_copy_away(chelsea) -> None:
    id_ = declare(ORIGINAL)
    send(chelsea, id_)
    outbox.drain()
    declare(OTHER, evidence_id=id_)
    outbox.drain()
    assert told(chelsea, id_)["renditions"] == []
    assert kept() == set()


@pytest.mark.parametrize("login", ["grace", "dan"])
def test_another_persons_evidence_is_not_there(chelsea, client_of, login: str) -> None:
    id_ = declare(ORIGINAL)
    assert send(client_of(login), id_).status_code == 404
    assert send(chelsea, new_id()).status_code == 404
    assert kept() == set()


@pytest.mark.parametrize("login", ["alice", "bob", "erin"])
def test_who_captures_nothing_sends_none(chelsea, client_of, login: str) -> None:
    assert send(client_of(login), declare(ORIGINAL)).status_code == 403


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "quick-copy-unfit"),
        (b"MZ\x90\x00 a program", 422, "quick-copy-unfit"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "quick-copy-unfit"),
        (COPY + bytes(rules.MOST_QUICK_BYTES), 413, "quick-copy-too-large"),
    ],
)
def test_what_is_no_small_jpeg_is_refused_and_not_kept(chelsea, data: bytes, status: int, code: str) -> None:
    answer = send(chelsea, declare(ORIGINAL), data)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert kept() == set()


def test_a_film_has_none(chelsea) -> None:
    id_ = declare(ORIGINAL, kind="video", media_type="video/mp4")
    assert send(chelsea, id_).status_code == 422


def test_a_jpeg_that_cannot_be_read_leaves_nothing(chelsea) -> None:
    id_ = declare(ORIGINAL)
    assert send(chelsea, id_, COPY[:300]).status_code == 204
    outbox.drain()
    assert (state(id_), told(chelsea, id_)["renditions"]) == ("expected", [])
    assert kept() == set()
    assert read(id_, lambda row: row.problem) is None


def test_nothing_of_it_is_deleted_while_it_is_there(chelsea) -> None:
    id_ = declare(ORIGINAL)
    send(chelsea, id_)
    conclude = jobs.develop_quick(id_)
    assert delete_unmentioned(keys_of(COPY)) == [], "the pictures that a running job has just put are kept too"
    with transaction(writes=True):
        conclude()
    assert delete_unmentioned(keys_of(COPY)) == []
    assert list(audit.compare()) == []
    assert len([row for row in _rows(id_) if row.quick_sha256]) == 2


def test_an_equal_copy_of_another_evidence_keeps_the_bytes(chelsea) -> None:
    first, second = declare(ORIGINAL), declare(photo((1, 2, 3)))
    for id_ in (first, second):
        send(chelsea, id_)
    outbox.drain()
    upload(chelsea, first, ORIGINAL)
    outbox.drain()
    assert keys_of(COPY) <= kept()
    assert picture(chelsea, second).status_code == 200


def test_a_lost_object_is_told_as_missing(chelsea) -> None:
    id_ = declare(ORIGINAL)
    send(chelsea, id_)
    outbox.drain()
    for key in keys_of(COPY):
        store().delete(key)
    assert {finding.kind for finding in audit.compare()} == {"missing"}


def _rows(evidence_id) -> list:
    with transaction(writes=False):
        rows = queries.renditions_of(evidence_id)
        db.session.expunge_all()
        return rows
