"""Who reads how people answered, of which stores, and what the mark of standing apart says."""

from uuid import uuid4

import pytest

from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.permissions import Role
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world
from tests.scores import rows

PEOPLE = {"chelsea": "P", "grace": "N"}


def visited(wave, store_id, login, letter, *, holes=()):
    """A scored visit of the person; `letter` is the result of B3, which need not apply."""
    visit = Visit(
        id=uuid4(), wave_id=wave.id, store_id=store_id, checklist_version_id=wave.checklist_version_id,
        method="covert", auditor_id=world.person_id(login), state="approved", round=1, created_at=world.MADE_AT,
        holes=list(holes),
    )  # fmt: skip
    db.session.add(visit)
    db.session.flush()
    letters = dict.fromkeys(rows.GOLDEN, "P") | {"B3": letter}
    rows.scored(wave, store_id, letters, visit_id=visit.id, auditor_id=visit.auditor_id, unproven=len(holes))


@pytest.fixture
def wave(app) -> Wave:
    """chelsea says that everything applies, grace that B3 never does; each was everywhere twice."""
    with transaction(writes=True):
        made = rows.wave(rows.programme(), 1, rows.golden_version(), state="locked")
        for store_id in world.STORES.values():
            for login, letter in PEOPLE.items():
                visited(made, store_id, login, letter, holes=["A1"] if login == "grace" else [])
                visited(made, store_id, login, letter)
        world._person("eva", ((Role.REVIEWER, ScopeKind.REGION, world.EAST),))
        return made


def test_people_are_for_planners_and_reviewers(wave, client_of):
    path = f"/api/v1/reports/waves/{wave.id}/people"
    assert client_of(None).get(path).status_code == 401
    for login in ("erin", "frank", "gina", "steve", "chelsea", "dan"):
        answer = client_of(login).get(path)
        assert answer.status_code == 403, login
        assert "Grace" not in answer.get_data(as_text=True)
    for login in ("alice", "bob", "eva"):
        assert client_of(login).get(path).status_code == 200, login
    assert client_of("alice").get(f"/api/v1/reports/waves/{uuid4()}/people").status_code == 404


def test_only_stores_in_ones_scope_count(wave, read):
    assert {row["visits"] for row in read("bob", f"/waves/{wave.id}/people")["items"]} == {8}
    assert {row["visits"] for row in read("eva", f"/waves/{wave.id}/people")["items"]} == {4}
    assert read("eva", f"/waves/{wave.id}/people", region=world.WEST)["items"] == []


def test_who_stands_apart_is_said_with_what_it_rests_on(wave, read):
    found = read("alice", f"/waves/{wave.id}/people")
    first, second = found["items"]
    assert (first["name"], first["na"], first["answers"], first["na_rate"]) == ("Grace", 8, 48, 16.67)
    assert (first["na_interval"], first["na_apart"], first["sample_ok"]) == ([16.67, 16.67], True, True)
    assert (first["unproven"], second["unproven"], second["na_rate"]) == (4, 0, 0.0)
    assert (found["everyone"]["na_rate"], found["everyone"]["visits"]) == (8.33, 16)
    few = read("eva", f"/waves/{wave.id}/people")["items"]
    assert [row["sample_ok"] for row in few] == [False, False]


def test_an_empty_wave_has_nobody(wave, read):
    found = read("alice", f"/waves/{wave.id}/people", method="announced")
    assert (found["items"], found["everyone"]["na_rate"], found["everyone"]["answers"]) == ([], None, 0)


def test_a_checkpoint_tells_how_often_it_did_not_apply(wave, read):
    rows_ = {row["checkpoint"]: row for row in read("alice", f"/waves/{wave.id}/checkpoints")["items"]}
    assert (rows_["B3"]["na"], rows_["B3"]["visits"], rows_["B3"]["na_rate"]) == (8, 16, 50.0)
    assert rows_["B3"]["na_interval"] == [28.0, 72.0]
    assert (rows_["A1"]["na_rate"], rows_["A1"]["na_interval"]) == (0.0, [0.0, 19.36])
