"""After a withdrawal no place is kept that was captured behind it, whichever comes first; no proof is refused or lost."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.accounts import consents
from backend.accounts.rules import Agreement, is_covered
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence.models import Evidence
from backend.visits.models import Draft, Submission, Visit
from backend.visits.withdrawing import withdraw
from tests import world

API = "/api/v1"
VISIT = world.VISITS["dan-tiny"]
PLACE = {"lat": 31.2304, "lon": 121.4737, "accuracy": 12.0, "datum": "WGS-84"}
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)
GIVEN, WITHDRAWN = NOW - timedelta(days=3), NOW - timedelta(hours=1)
BEFORE, AFTER = WITHDRAWN - timedelta(minutes=5), WITHDRAWN + timedelta(minutes=5)


@pytest.fixture
def dan(app: Flask, client_of: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    app.extensions["mingcha.reactions"] = {consents.WITHDRAWN: ["visits.withdraw"]}
    app.extensions["mingcha.jobs"] = {"visits.withdraw": withdraw}
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return client_of("dan")


def agree(client: FlaskClient, *, position: bool = True, given: datetime = GIVEN) -> str:
    address = f"{API}/consents/{new_id()}"
    body = {"version": "2026-11", "given_at": given.isoformat(), "position": position, "language": "zh-CN"}
    assert client.put(address, json=body).status_code == 201
    return address


def end(client: FlaskClient, address: str, at: datetime = WITHDRAWN) -> None:
    assert client.put(f"{address}/withdrawal", json={"at": at.isoformat()}).status_code == 200


def document(captured_at: datetime, *, check_in: datetime | None = None) -> dict[str, Any]:
    body = world.submission_for(world.COMPILED["TINY"], method="announced", after_visit=True)
    for entry in body["evidence"]:
        entry |= {"captured_at": captured_at.isoformat(), "position": PLACE}
    if check_in:
        body["check_in"] = {"at": check_in.isoformat(), "how": "position", "position": PLACE}
    return body


def submit(client: FlaskClient, body: dict[str, Any]) -> Any:
    return client.put(f"{API}/visits/{VISIT}/submission", json=body)


def places() -> list[Any]:
    with transaction(writes=False):
        return [row.position for row in db.session.query(Evidence).filter_by(visit_id=VISIT)]


def kept() -> dict[str, Any]:
    with transaction(writes=False):
        return json.loads(db.session.query(Submission).filter_by(visit_id=VISIT).one().document)


def flags() -> list[str]:
    with transaction(writes=False):
        return db.session.get_one(Visit, VISIT).flags


def test_what_was_captured_after_the_withdrawal_is_taken_without_its_place(dan: FlaskClient) -> None:
    end(dan, agree(dan))
    body = document(AFTER, check_in=AFTER)
    answer = submit(dan, body)
    assert answer.status_code == 201
    assert "position_dropped" in answer.json["flags"]
    assert set(map(str, places())) == {"None"}
    assert {str(entry["position"]) for entry in kept()["evidence"]} == {"None"}
    assert kept()["check_in"]["position"] is None
    assert (answer.json["check_in"]["distance"], answer.json["check_in"]["is_here"]) == (None, None)
    assert submit(dan, body).status_code == 200, "the same again, as the phone has it, is known again"


def test_what_was_captured_before_it_stays(dan: FlaskClient) -> None:
    end(dan, agree(dan))
    body = document(BEFORE, check_in=BEFORE)
    assert "position_dropped" not in submit(dan, body).json["flags"]
    assert all(place == PLACE for place in places())
    assert kept() == body


def test_a_withdrawal_that_is_told_later_takes_what_came_before_it(dan: FlaskClient) -> None:
    consent = agree(dan)
    assert submit(dan, document(AFTER, check_in=AFTER)).json["flags"].count("position_dropped") == 0
    end(dan, consent)
    outbox.drain()
    assert set(map(str, places())) == {"None"}
    assert "lat" not in json.dumps(kept())
    assert "position_dropped" in flags()
    with transaction(writes=False):
        assert db.session.get_one(Visit, VISIT).check_in["distance"] is None


def test_and_leaves_alone_what_was_captured_before(dan: FlaskClient) -> None:
    consent = agree(dan)
    body = document(BEFORE, check_in=BEFORE)
    submit(dan, body)
    end(dan, consent)
    outbox.drain()
    assert (kept(), "position_dropped" in flags()) == (body, False)
    assert all(place == PLACE for place in places())


def test_a_single_declaration_goes_by_the_same_rule_and_may_be_repeated(dan: FlaskClient) -> None:
    end(dan, agree(dan))
    entry = world.entry_for(new_id(), captured_at=AFTER.isoformat(), position=PLACE)
    address = f"{API}/evidence/{entry.pop('id')}"
    first, again = (dan.put(address, json=entry | {"visit_id": str(VISIT)}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["position"] is None
    assert flags() == ["position_dropped"]


def test_a_draft_is_kept_without_it_too(dan: FlaskClient) -> None:
    end(dan, agree(dan))
    draft = {"device_id": str(new_id()), "revision": 0, "document": document(AFTER, check_in=AFTER)}
    assert dan.put(f"{API}/visits/{VISIT}/draft", json=draft).status_code in {200, 201}
    with transaction(writes=False):
        assert "lat" not in json.dumps(db.session.query(Draft).filter_by(visit_id=VISIT).one().document)


def test_a_recording_after_it_is_taken_and_flagged(dan: FlaskClient) -> None:
    end(dan, agree(dan))
    entry = world.entry_for(new_id(), "audio", captured_at=AFTER.isoformat(), position=None)
    answer = dan.put(f"{API}/evidence/{entry.pop('id')}", json=entry | {"visit_id": str(VISIT)})
    assert (answer.status_code, answer.json["state"]) == (201, "expected")
    assert flags() == ["recorded_unconsented"]


def test_a_place_inside_the_file_is_not_read_out_of_it(dan: FlaskClient) -> None:
    consent = agree(dan)
    submit(dan, document(AFTER))
    with transaction(writes=True):
        for row in db.session.query(Evidence).filter_by(visit_id=VISIT):
            row.facts = {"make": "Camera", "lat": 31.2, "lon": 121.4}
    end(dan, consent)
    outbox.drain()
    with transaction(writes=False):
        assert {str(row.facts) for row in db.session.query(Evidence).filter_by(visit_id=VISIT)} == {
            "{'make': 'Camera'}"
        }


def test_nothing_changes_for_who_never_told_anything_or_agreed_anew(dan: FlaskClient) -> None:
    assert "position_dropped" not in submit(dan, document(AFTER)).json["flags"]
    first = agree(dan)
    end(dan, first)
    agree(dan, given=WITHDRAWN)
    outbox.drain()
    assert all(place == PLACE for place in places())


@pytest.mark.parametrize(
    ("agreements", "position", "voice"),
    [
        ([], True, True),
        ([Agreement(GIVEN, None, position=True)], True, True),
        ([Agreement(GIVEN, None, position=False)], False, True),
        ([Agreement(GIVEN, AFTER, position=True)], False, False),
        ([Agreement(GIVEN, BEFORE, position=True), Agreement(BEFORE, None, position=False)], False, True),
        ([Agreement(NOW, None, position=False)], True, True),
    ],
)
def test_what_is_covered(agreements: list[Agreement], position: bool, voice: bool) -> None:
    assert is_covered(agreements, AFTER, position=True) is position
    assert is_covered(agreements, AFTER) is voice


def test_a_job_for_a_consent_that_is_gone_does_nothing(app: Flask) -> None:
    with transaction(writes=True):
        withdraw(UUID(int=1))()
