"""Holds over HTTP: placed, repeated, lifted, listed, and for whom."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from backend.accounts.models import PersonMembership
from backend.core.actor import ScopeKind
from backend.core.db import transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.visits.models import Visit
from tests import world
from tests.retention.conftest import CHELSEA, DAN, GRACE
from tests.reviews.conftest import path_of
from tests.reviews.test_archive import rows

WHY = {"code": "legal", "reason": "the dealer has sued"}


def path(hold: UUID, name: str = DAN, step: str = "") -> str:
    return path_of(name, f"/holds/{hold}{step}")


def place(client: Any, hold: UUID | None = None, name: str = DAN, **changes: Any) -> Any:
    return client.put(path(hold or new_id(), name), json=WHY | changes)


def test_a_hold_is_placed_and_lifted(kept, client_of: Callable) -> None:
    kept(DAN)
    bob, alice, hold = client_of("bob"), client_of("alice"), new_id()
    placed = place(bob, hold)
    assert placed.status_code == 201
    assert placed.json | {"placed_at": ""} == {
        "id": str(hold), "visit_id": str(world.VISITS[DAN]), **WHY, "placed_at": "", "lifted_at": None,
        "placed_by": {"id": str(world.person_id("bob")), "name": "Bob"}, "lifted_by": None, "lift_reason": None,
    }  # fmt: skip
    lifted = alice.put(path(hold, step="/lift"), json={"reason": "settled"})
    assert (lifted.status_code, lifted.json["lifted_by"]["name"], lifted.json["lift_reason"]) == (
        200,
        "Alice",
        "settled",
    )
    names = [event.name for event in rows(Event) if event.name.startswith("hold.")]
    assert names == ["hold.placed", "hold.lifted"]


def test_a_repeat_changes_nothing_and_other_content_is_refused(kept, client_of: Callable) -> None:
    kept(DAN, CHELSEA)
    bob, hold = client_of("bob"), new_id()
    assert [place(bob, hold).status_code for _ in range(2)] == [201, 200]
    for other in (place(bob, hold, reason="another"), place(bob, hold, code="appeal"), place(bob, hold, CHELSEA)):
        assert (other.status_code, other.json["code"]) == (409, "hold-differs")
    lift = path(hold, step="/lift")
    first, again = (bob.put(lift, json={"reason": "settled"}) for _ in range(2))
    assert (again.status_code, again.json) == (200, first.json)
    assert bob.put(lift, json={"reason": "other"}).status_code == 409
    assert len([event for event in rows(Event) if event.name.startswith("hold.")]) == 2


def test_a_hold_is_lifted_only_where_it_lies(kept, client_of: Callable) -> None:
    kept(DAN, CHELSEA)
    bob, hold = client_of("bob"), new_id()
    place(bob, hold)
    for wrong in (path(hold, CHELSEA, "/lift"), path(new_id(), DAN, "/lift")):
        assert bob.put(wrong, json={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"code": "whim"}, {"reason": ""}, {"reason": None}, {"reason": "x" * 1001}, {"colour": 1}, {"code": None}],
)
def test_a_hold_that_makes_no_sense_is_refused(kept, client_of: Callable, changes: dict[str, Any]) -> None:
    kept(DAN)
    assert place(client_of("bob"), **changes).status_code == 422


def test_holds_are_listed_by_wave_visit_and_state(kept, client_of: Callable) -> None:
    kept(DAN, CHELSEA)
    bob, holds = client_of("bob"), [new_id() for _ in range(3)]
    for hold, name in zip(holds, (DAN, CHELSEA, CHELSEA), strict=True):
        place(bob, hold, name)
    bob.put(path(holds[1], CHELSEA, "/lift"), json={"reason": "settled"})

    def listed(**query: Any) -> list[str]:
        return [each["id"] for each in bob.get("/api/v1/holds", query_string=query).json["items"]]

    one, two, three = map(str, holds)
    assert listed() == [one, two, three]
    assert listed(visit=world.VISITS[CHELSEA]) == [two, three]
    assert listed(lifted="false") == [one, three]
    assert listed(lifted="true") == [two]
    assert listed(wave=world.WAVES["EO"]) == []
    page = bob.get("/api/v1/holds?limit=2").json
    rest = bob.get("/api/v1/holds", query_string={"limit": 2, "after": page["next"]}).json
    assert [each["id"] for each in page["items"] + rest["items"]] == [one, two, three]


@pytest.mark.parametrize(
    ("login", "status"),
    [(None, 401), ("chelsea", 403), ("dan", 403), ("erin", 403), ("frank", 403), ("gina", 403), ("alice", 201)],
)
def test_holds_are_for_planners_and_reviewers(kept, client_of: Callable, login: str | None, status: int) -> None:
    kept(DAN)
    client = client_of(login)
    assert place(client).status_code == status
    others = {401: 401, 403: 403, 201: 200}[status]
    assert client.get("/api/v1/holds").status_code == others
    assert client.get(f"/api/v1/waves/{world.WAVES['TINY']}/retention").status_code == others


def test_another_regions_reviewer_finds_nothing(kept, client_of: Callable) -> None:
    kept(DAN, GRACE)
    bob, hold = client_of("bob"), new_id()
    place(bob, hold)
    with transaction(writes=True) as session:
        mine = PersonMembership.person_id == world.person_id("bob")
        session.execute(update(PersonMembership).where(mine).values(scope_kind=ScopeKind.STORE, scope_id=world.TWO))
    assert place(bob).status_code == 404
    assert bob.put(path(hold, step="/lift"), json={"reason": "x"}).status_code == 404
    assert bob.get(path_of(DAN, "/archive")).status_code == 404
    assert bob.get("/api/v1/holds").json["items"] == []
    assert place(bob, name=GRACE).status_code == 201
    assert bob.get(path_of(GRACE, "/archive")).status_code == 200


def test_a_reviewer_has_nothing_to_hold_before_the_submission(app, client_of: Callable) -> None:
    assert place(client_of("bob")).status_code == 404
    with transaction(writes=True) as session:
        session.get_one(Visit, world.VISITS[DAN]).round = 1
    assert place(client_of("bob")).status_code == 201
