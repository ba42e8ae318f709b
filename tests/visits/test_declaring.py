"""PUT /evidence/{id}: whose, until when, and what a repeat does."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence.models import Evidence
from backend.visits.models import Visit
from tests import world

CHELSEA = world.VISITS["chelsea-tiny"]
ID = new_id()
ADDRESS = f"/api/v1/evidence/{ID}"


def declaration(visit: Any = CHELSEA, **changes: Any) -> dict[str, Any]:
    entry = world.entry_for(ID, captured_at="2026-05-31T08:00:00+08:00")
    return {name: value for name, value in entry.items() if name != "id"} | {"visit_id": str(visit)} | changes


def put_in(state: str, round_: int = 0) -> None:
    with transaction(writes=True):
        visit = db.session.get_one(Visit, CHELSEA)
        visit.state, visit.round = state, round_


def test_evidence_is_declared_once(client_of: Callable) -> None:
    client = client_of("chelsea")
    first, again = client.put(ADDRESS, json=declaration()), client.put(ADDRESS, json=declaration())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["state"], first.json["visit_id"]) == ("expected", str(CHELSEA))
    assert first.json["upload_url"].startswith("/api/v1/uploads/")
    assert not db.session.get_one(Evidence, ID).is_submitted


@pytest.mark.parametrize(
    ("login", "status"), [("grace", 404), ("dan", 404), ("alice", 403), ("erin", 403), (None, 401)]
)
def test_evidence_is_declared_for_ones_own_visit_only(client_of: Callable, login: str | None, status: int) -> None:
    assert client_of(login).put(ADDRESS, json=declaration()).status_code == status
    assert client_of("chelsea").put(ADDRESS, json=declaration(new_id())).status_code == 404


def test_anothers_evidence_id_is_not_found(client_of: Callable) -> None:
    client_of("chelsea").put(ADDRESS, json=declaration())
    answer = client_of("grace").put(ADDRESS, json=declaration(world.VISITS["grace-tiny"]))
    assert answer.status_code == 404


@pytest.mark.parametrize("state", ["planned", "taken", "in_progress", "expired"])
def test_before_the_submission_it_stays_its_uploaders(client_of: Callable, state: str) -> None:
    put_in(state)
    assert client_of("chelsea").put(ADDRESS, json=declaration()).status_code == 201


@pytest.mark.parametrize("state", ["submitted", "in_review", "in_progress"])
def test_files_still_on_the_phone_may_be_declared_after_it(client_of: Callable, state: str) -> None:
    put_in(state, 1)
    assert client_of("chelsea").put(ADDRESS, json=declaration()).status_code == 201
    assert db.session.get_one(Evidence, ID).is_submitted


@pytest.mark.parametrize("state", ["approved", "published", "locked", "void", "aborted", "declined"])
def test_after_the_decision_nothing_new_comes_and_a_repeat_still_answers(client_of: Callable, state: str) -> None:
    client = client_of("chelsea")
    client.put(ADDRESS, json=declaration())
    put_in(state, 1)
    assert client.put(ADDRESS, json=declaration()).status_code == 200
    for address, body in ((ADDRESS, declaration(size=7)), (f"/api/v1/evidence/{new_id()}", declaration())):
        answer = client.put(address, json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "evidence-too-late")


@pytest.mark.parametrize(
    "change", [{"visit_id": None}, {"visit_id": "x"}, {"kind": "scan"}, {"size": 0}, {"sha256": "x"}]
)
def test_a_declaration_that_makes_no_sense_is_refused(client_of: Callable, change: Any) -> None:
    answer = client_of("chelsea").put(ADDRESS, json=declaration(**change))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, next(iter(change)))
