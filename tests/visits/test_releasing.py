"""Publishing and locking a wave, and how far it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.core.clock import now
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.visits import service
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world

TINY = world.WAVES["TINY"]
ADDRESS = f"/api/v1/waves/{TINY}"
NAMES = [name for name in world.VISITS if name.endswith("tiny")]


def put_in(**states: str) -> None:
    """`chelsea="approved"` puts her visit of the wave into that state, as a submitted one."""
    with transaction(writes=True):
        for login, state in states.items():
            visit = db.session.get_one(Visit, world.VISITS[f"{login}-tiny"])
            visit.state, visit.round = state, 0 if state in {"planned", "taken"} else 1


def states() -> dict[str, str]:
    db.session.rollback()
    return {name.removesuffix("-tiny"): db.session.get_one(Visit, world.VISITS[name]).state for name in NAMES}


def wave_put_in(state: str) -> None:
    with transaction(writes=True):
        db.session.get_one(Wave, TINY).state = state


def test_publishing_opens_the_approved_visits(client_of: Callable) -> None:
    put_in(chelsea="approved", grace="submitted")
    assert client_of("erin").get(ADDRESS).status_code == 404
    first = client_of("alice").put(f"{ADDRESS}/publish")
    again = client_of("alice").put(f"{ADDRESS}/publish")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert first.json["published_at"] is not None
    assert states() == {"chelsea": "published", "grace": "submitted", "dan": "planned"}
    assert client_of("erin").get(ADDRESS).status_code == 200
    assert client_of("erin").get(f"/api/v1/visits/{world.VISITS['chelsea-tiny']}").status_code == 200
    assert client_of("steve").get(f"/api/v1/visits/{world.VISITS['chelsea-tiny']}").status_code == 404
    found = [row.name for row in db.session.query(Event).order_by(Event.id)]
    assert found.count("wave.published") == found.count("visit.published") == 1


def test_publishing_again_takes_along_what_was_left_approved(client_of: Callable) -> None:
    client_of("alice").put(f"{ADDRESS}/publish")
    put_in(chelsea="approved")
    client_of("alice").put(f"{ADDRESS}/publish")
    assert states()["chelsea"] == "published"


def test_a_draft_is_neither_published_nor_locked(client_of: Callable) -> None:
    wave_put_in("draft")
    for step in ("publish", "lock"):
        answer = client_of("alice").put(f"{ADDRESS}/{step}")
        assert (answer.status_code, answer.json["code"]) == (409, "wave-is-draft")


@pytest.mark.parametrize("state", ["open", "closed"])
def test_locking_ends_the_decided_visits(client_of: Callable, state: str) -> None:
    wave_put_in(state)
    put_in(chelsea="published", grace="approved", dan="void")
    first, again = client_of("alice").put(f"{ADDRESS}/lock"), client_of("alice").put(f"{ADDRESS}/lock")
    assert (first.status_code, first.json["state"]) == (200, "locked")
    assert first.json == again.json
    assert states() == {"chelsea": "locked", "grace": "locked", "dan": "void"}
    assert client_of("erin").get(ADDRESS).status_code == 200


@pytest.mark.parametrize("state", ["submitted", "in_review", "in_progress"])
def test_a_wave_waits_for_every_visit_that_is_undecided(client_of: Callable, state: str) -> None:
    put_in(chelsea=state, grace="published")
    answer = client_of("alice").put(f"{ADDRESS}/lock")
    assert (answer.status_code, answer.json["code"]) == (409, "visits-undecided")
    assert "1" in answer.json["detail"]
    assert states()["grace"] == "published"


def test_visits_that_were_never_submitted_do_not_hold_up_the_lock(client_of: Callable) -> None:
    put_in(chelsea="planned", grace="taken", dan="approved")
    assert client_of("alice").put(f"{ADDRESS}/lock").status_code == 200
    assert states() == {"chelsea": "planned", "grace": "taken", "dan": "locked"}


@pytest.mark.parametrize("step", ["publish", "lock"])
@pytest.mark.parametrize(
    ("login", "status"), [(None, 401), ("bob", 403), ("chelsea", 403), ("erin", 403), ("frank", 403)]
)
def test_only_planners_take_these_steps(client_of: Callable, login: str | None, status: int, step: str) -> None:
    assert client_of(login).put(f"{ADDRESS}/{step}").status_code == status


@pytest.mark.parametrize("step", ["publish", "lock"])
def test_a_wave_that_is_not_there_is_not_found(client_of: Callable, step: str) -> None:
    assert client_of("alice").put(f"/api/v1/waves/{new_id()}/{step}").status_code == 404
    assert client_of("alice").get(f"/api/v1/waves/{new_id()}/progress").status_code == 404


def test_what_is_approved_after_the_publication_is_published_at_once(writing: None) -> None:
    wave = db.session.get_one(Wave, TINY)
    assert service.state_after_approval(wave) == "approved"
    wave.published_at = now()
    db.session.flush()
    assert service.state_after_approval(wave) == "published"


def test_eight_threads_publishing_and_locking_do_it_once(client_of: Callable) -> None:
    put_in(chelsea="approved", grace="approved", dan="approved")

    def step(number: int) -> int:
        return client_of("alice").put(f"{ADDRESS}/{'publish' if number % 2 else 'lock'}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(step, range(16))) == {200}
    assert set(states().values()) == {"locked"}
    found: list[Any] = [row.name for row in db.session.query(Event)]
    assert (found.count("wave.published"), found.count("wave.locked"), found.count("visit.locked")) == (1, 1, 3)


def test_progress_counts_by_state_and_method_and_names_stores_without(client_of: Callable) -> None:
    put_in(chelsea="approved", grace="aborted")
    answer = client_of("alice").get(f"{ADDRESS}/progress").json
    assert answer["visits"] == 3
    assert answer["by_state"] == {"approved": 1, "aborted": 1, "planned": 1}
    assert answer["by_method"] == {"covert": {"approved": 1, "aborted": 1}, "announced": {"planned": 1}}
    assert [store["code"] for store in answer["stores_without"]] == ["FOUR", "THREE", "TWO"]
    assert answer["stores"] == 3


def test_progress_shows_dealers_what_they_may_see(client_of: Callable) -> None:
    put_in(chelsea="approved")
    assert client_of("erin").get(f"{ADDRESS}/progress").status_code == 404
    client_of("alice").put(f"{ADDRESS}/publish")
    answer = client_of("erin").get(f"{ADDRESS}/progress").json
    assert (answer["by_state"], answer["stores_without"]) == ({"published": 1}, [])
