"""Evidence as it is read: its answer, its renditions, its original, who may have them, and what is logged."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import select

from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.problems import FieldsInvalid
from backend.core.schemas import fields_invalid
from backend.evidence import jobs
from backend.evidence.models import EvidenceView
from backend.evidence.schemas import EvidenceBody, EvidenceEntry
from tests import world
from tests.evidence.phone import CAPTURED_AT, VISIT, claims, declare, patch, photo, upload, url

DATA = photo((10, 120, 200), (1800, 1200))
EVERYONE = ("chelsea", "grace", "dan", "bob", "alice", "erin", "steve", "frank", "gina", None)
NOBODY = {"grace": 404, "dan": 404, "erin": 403, "steve": 403, "frank": 403, "gina": 403, None: 401}


@pytest.fixture
def ready(app: Flask, client_of):
    """A photo of chelsea's that is developed but not submitted yet."""
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    id_ = declare(DATA)
    upload(client_of("chelsea"), id_, DATA)
    outbox.drain()
    return id_


@pytest.fixture
def submitted(ready):
    return declare(DATA, evidence_id=ready, submitted=True)


def paths(evidence_id) -> dict[str, str]:
    root = f"/api/v1/evidence/{evidence_id}"
    return {
        "answer": root,
        "thumb": f"{root}/renditions/thumb",
        "screen": f"{root}/renditions/screen",
        "original": f"{root}/original",
    }


def views(evidence_id) -> list[tuple[object, str]]:
    with transaction(writes=False):
        rows = select(EvidenceView).where(EvidenceView.evidence_id == evidence_id).order_by(EvidenceView.id)
        return [(row.person_id, row.what) for row in db.session.scalars(rows)]


def test_the_answer_while_bytes_are_awaited(client_of) -> None:
    id_ = declare(DATA)
    answer = client_of("chelsea").get(paths(id_)["answer"])
    assert answer.status_code == 200
    expected = claims(DATA) | {
        "id": str(id_),
        "visit_id": str(VISIT),
        "captured_at": CAPTURED_AT.isoformat(),
        "state": "expected",
        "problem": None,
        "problem_code": None,
        "upload_url": url(id_),
        "renditions": [],
        "is_provisional": False,
        "detected_type": None,
        "duration_ms": None,
        "width": None,
        "height": None,
        "stored_at": None,
        "original_deleted_at": None,
        "renditions_deleted_at": None,
    }
    assert {name: value for name, value in answer.json.items() if name != "declared_at"} == {
        name: value for name, value in expected.items() if name != "device"
    }


def test_the_answer_when_ready(client_of, submitted) -> None:
    answer = client_of("chelsea").get(paths(submitted)["answer"]).json
    assert (answer["state"], answer["upload_url"]) == ("ready", None)
    assert answer["renditions"] == ["thumb", "screen"]
    assert (answer["width"], answer["height"], answer["detected_type"]) == (1800, 1200, "image/jpeg")


def test_the_place_is_for_the_uploader_and_reviewers(client_of, submitted) -> None:
    place = {
        login: client_of(login).get(paths(submitted)["answer"]).json["position"]
        for login in ("chelsea", "bob", "alice")
    }
    assert place["chelsea"] == place["bob"] == claims(DATA)["position"]
    assert place["alice"] is None


def test_wrong_bytes_are_told_in_a_sentence(client_of) -> None:
    id_ = declare(DATA)
    patch(client_of("chelsea"), id_, bytes(len(DATA)))
    answer = client_of("chelsea").get(paths(id_)["answer"]).json
    assert (answer["state"], answer["problem_code"], answer["upload_url"]) == ("expected", "wrong-bytes", url(id_))
    assert "checksum" in answer["problem"]


def statuses(client_of, evidence_id) -> dict[str | None, list[int]]:
    """What each person is answered for the answer, the thumb, the screen and the original."""
    return {
        login: [client_of(login).get(path).status_code for path in paths(evidence_id).values()] for login in EVERYONE
    }


def test_before_submission_it_is_the_uploaders_alone(client_of, ready) -> None:
    nobody = {login: [status] * 4 for login, status in NOBODY.items()}
    assert statuses(client_of, ready) == nobody | {
        "chelsea": [200] * 4,
        "bob": [404] * 4,
        "alice": [404, 404, 404, 403],
    }


def test_after_submission(client_of, submitted) -> None:
    nobody = {login: [status] * 4 for login, status in NOBODY.items()}
    assert statuses(client_of, submitted) == nobody | {
        "chelsea": [200] * 4,
        "bob": [200] * 4,
        "alice": [200, 200, 200, 403],
    }


@pytest.mark.parametrize("login", ["chelsea", "bob", "alice"])
def test_what_does_not_exist(client_of, app: Flask, login) -> None:
    for what, path in paths(new_id()).items():
        expected = 403 if login == "alice" and what == "original" else 404
        assert client_of(login).get(path).status_code == expected
    for bad in ("x", "..%2f..", "1"):
        assert client_of(login).get(f"/api/v1/evidence/{bad}").status_code == 404
    assert client_of(login).get(f"/api/v1/evidence/{new_id()}/renditions/huge").status_code == 404


def test_what_is_not_here_yet(client_of) -> None:
    id_ = declare(DATA)
    for what in ("thumb", "screen", "original"):
        answer = client_of("chelsea").get(paths(id_)[what])
        assert (answer.status_code, answer.json["code"]) == (404, "bytes-not-here")


def test_originals_seen_by_reviewers_are_logged_each_time(client_of, submitted) -> None:
    for _ in range(2):
        client_of("bob").get(paths(submitted)["original"])
    client_of("chelsea").get(paths(submitted)["original"])
    assert views(submitted) == [(world.person_id("bob"), "original")] * 2


def test_ranges_of_one_look_are_one_line(client_of, submitted) -> None:
    bob = client_of("bob")
    for start in (5, 100, 200):
        assert bob.get(paths(submitted)["original"], headers={"Range": f"bytes={start}-"}).status_code == 206
    assert views(submitted) == [(world.person_id("bob"), "original")]
    with clock.set_to(clock.now() + timedelta(minutes=6)):
        bob.get(paths(submitted)["original"], headers={"Range": "bytes=0-"})
    assert len(views(submitted)) == 2


def test_renditions_are_logged_once_a_day(client_of, submitted) -> None:
    for what in ("thumb", "thumb", "screen", "thumb"):
        client_of("alice").get(paths(submitted)[what])
    alice = world.person_id("alice")
    assert views(submitted) == [(alice, "thumb"), (alice, "screen")]
    with clock.set_to(clock.now() + timedelta(days=1, minutes=1)):
        client_of("alice").get(paths(submitted)["thumb"])
    assert views(submitted)[2:] == [(alice, "thumb")]


def test_a_refused_look_is_not_logged(client_of, ready) -> None:
    for login in ("bob", "alice", "grace"):
        for path in paths(ready).values():
            client_of(login).get(path)
    assert views(ready) == []


GOOD = {**claims(DATA), "visit_id": str(VISIT), "captured_at": CAPTURED_AT.isoformat()}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "film"}, "kind"),
        ({"kind": None}, "kind"),
        ({"source": "web"}, "source"),
        ({"media_type": "jpeg"}, "media_type"),
        ({"media_type": "image/\ud800"}, "media_type"),
        ({"media_type": "image/jpeg\n"}, "media_type"),
        ({"media_type": 5}, "media_type"),
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": 1.5}, "size"),
        ({"size": "9"}, "size"),
        ({"size": 2**70}, "size"),
        ({"sha256": "z" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
        ({"captured_at": "2026-05-01T09:30:00"}, "captured_at"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at"),
        ({"position": {"lat": 91, "lon": 0}}, "position.lat"),
        ({"position": {"lon": 0}}, "position.lat"),
        ({"position": {"lat": 1, "lon": 10**400}}, "position.lon"),
        ({"position": []}, "position"),
        ({"position": {"lat": 1, "lon": 1, "datum": "mars"}}, "position.datum"),
        ({"position": {"lat": 1, "lon": 1, "accuracy": -1}}, "position.accuracy"),
        ({"device": "phone"}, "device"),
        ({"device": {"x": "y" * 5000}}, "device"),
        ({"visit_id": "x"}, "visit_id"),
    ],
)
def test_hostile_declarations_are_told_the_field(change, field) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        _load(EvidenceBody, GOOD | change)
    assert field in {fault["field"] for fault in refused.value.as_dict()["errors"]}


def test_what_a_phone_may_leave_out_or_add() -> None:
    short = {name: GOOD[name] for name in ("visit_id", "kind", "media_type", "size", "sha256", "source")}
    loaded = _load(EvidenceBody, short | {"sha256": GOOD["sha256"].upper(), "from_the_future": 1})
    assert loaded["sha256"] == GOOD["sha256"]
    assert loaded["captured_at"] is loaded["position"] is loaded["device"] is None
    assert "from_the_future" not in loaded
    assert _load(EvidenceBody, short | {"captured_at": "1970-01-01T08:00:00+08:00"})["captured_at"].year == 1970


def test_an_entry_has_an_id_and_no_visit() -> None:
    entry = _load(EvidenceEntry, {**GOOD, "id": str(new_id())})
    assert "visit_id" not in entry
    with pytest.raises(FieldsInvalid):
        _load(EvidenceEntry, GOOD)


def _load(schema, body):
    try:
        return schema().load(json.loads(json.dumps(body)))
    except ValidationError as fault:
        raise fields_invalid(fault.messages) from fault


def test_asking_for_the_headers_alone_is_no_view(client_of, submitted) -> None:
    for name in ("original", "thumb"):
        assert client_of("bob").head(paths(submitted)[name]).status_code == 200
    assert views(submitted) == []
    assert client_of("grace").head(paths(submitted)["original"]).status_code == 404
