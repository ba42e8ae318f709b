"""Who sees which visit: every role, every state, inside and outside its part of the network."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest

from backend.core.actor import SYSTEM, Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.network.models import StoreMembership
from backend.visits import queries, rules
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world


def actor(*memberships: tuple[Role, ScopeKind, object], login: str | None = None) -> Actor:
    id_ = world.person_id(login) if login else new_id()
    return Actor(id_, "x", "en", tuple(Membership(*each) for each in memberships), "token")


def seen(who: Actor) -> set[str]:
    names = {id_: name for name, id_ in world.VISITS.items()}
    return {names[row.id] for row in db.session.scalars(queries.visible_to(who))}


def put_all_in(state: str, *, round_: int = 1) -> None:
    for visit in db.session.query(Visit):
        visit.state, visit.round = state, round_
    db.session.flush()


ALL = frozenset(world.VISITS)
AT_ONE = {name for name, (_, _, store, _) in world.ASSIGNED.items() if store == "ONE"}
EAST = {name for name, (_, _, store, _) in world.ASSIGNED.items() if store in {"ONE", "TWO"}}
SUN = {name for name, (_, _, store, _) in world.ASSIGNED.items() if store in {"ONE", "THREE"}}
NETWORK = (ScopeKind.ALL, None)


@pytest.mark.parametrize("state", rules.STATES)
@pytest.mark.parametrize("login", ["chelsea", "dan", "grace"])
def test_people_in_the_field_see_their_own_in_every_state(writing: None, login: str, state: str) -> None:
    put_all_in(state)
    own = {name for name, (whose, *_) in world.ASSIGNED.items() if whose == login}
    role = Role.AUDITOR if login == "dan" else Role.SHOPPER
    assert seen(actor((role, *NETWORK), login=login)) == own


def test_visits_of_a_draft_wave_are_not_shown_in_the_field(writing: None) -> None:
    db.session.get_one(Wave, world.WAVES["TINY"]).state = "draft"
    db.session.flush()
    assert seen(actor((Role.SHOPPER, *NETWORK), login="chelsea")) == {"chelsea-eo"}
    assert seen(actor((Role.PLANNER, *NETWORK))) == ALL


def test_somebody_who_is_no_longer_in_the_field_sees_none(writing: None) -> None:
    assert seen(actor(login="chelsea")) == set()


@pytest.mark.parametrize("state", rules.STATES)
def test_headquarters_sees_by_state(writing: None, state: str) -> None:
    put_all_in(state, round_=0 if state in {"planned", "taken", "in_progress", "declined", "expired"} else 1)
    submitted = state not in {"planned", "taken", "in_progress", "declined", "expired"}
    assert seen(actor((Role.PLANNER, *NETWORK))) == ALL
    assert seen(actor((Role.REVIEWER, *NETWORK))) == (ALL if submitted else set())
    assert seen(actor((Role.ANALYST, *NETWORK))) == (ALL if state in rules.DECIDED else set())
    assert seen(SYSTEM) == ALL


def test_a_returned_visit_stays_with_the_reviewers(writing: None) -> None:
    put_all_in("in_progress", round_=1)
    assert seen(actor((Role.REVIEWER, *NETWORK))) == ALL


DEALERS: list[tuple[Role, ScopeKind, object, Iterable[str]]] = [
    (Role.REGIONAL_MANAGER, ScopeKind.REGION, world.EAST, EAST),
    (Role.GROUP_MANAGER, ScopeKind.GROUP, world.SUN, SUN),
    (Role.STORE_MANAGER, ScopeKind.STORE, world.ONE, AT_ONE),
    (Role.REGIONAL_MANAGER, ScopeKind.BRAND, world.BRAND, ALL),
    (Role.REGIONAL_MANAGER, ScopeKind.ALL, None, ALL),
    (Role.STORE_MANAGER, ScopeKind.STORE, new_id(), set()),
]


@pytest.mark.parametrize("state", rules.STATES)
@pytest.mark.parametrize(("role", "kind", "scope", "expected"), DEALERS)
def test_dealers_see_released_visits_of_their_part(
    writing: None, role: Role, kind: ScopeKind, scope: object, expected: Iterable[str], state: str
) -> None:
    put_all_in(state)
    assert seen(actor((role, kind, scope))) == (set(expected) if state in {"published", "locked"} else set())


@pytest.mark.parametrize("role", [Role.PLANNER, Role.REVIEWER, Role.ANALYST])
def test_headquarters_may_be_scoped_too(writing: None, role: Role) -> None:
    put_all_in("approved")
    assert seen(actor((role, ScopeKind.REGION, world.EAST))) == EAST
    assert seen(actor((role, ScopeKind.STORE, world.ONE), (role, ScopeKind.GROUP, world.SUN))) == SUN


def test_a_store_belongs_for_the_whole_wave_where_it_did_when_the_wave_opened(writing: None) -> None:
    put_all_in("published")
    db.session.query(StoreMembership).filter_by(store_id=world.ONE).one().ends_on = date(2025, 6, 1)
    db.session.add(
        StoreMembership(
            id=new_id(), store_id=world.ONE, region_id=world.WEST, group_id=world.SUN, starts_on=date(2025, 6, 1)
        )
    )
    db.session.flush()
    assert seen(actor((Role.REGIONAL_MANAGER, ScopeKind.REGION, world.EAST))) == EAST
    db.session.get_one(Wave, world.WAVES["TINY"]).opens_on = date(2025, 6, 1)
    db.session.flush()
    moved = {"chelsea-tiny", "dan-tiny"}
    assert seen(actor((Role.REGIONAL_MANAGER, ScopeKind.REGION, world.EAST))) == EAST - moved
    assert seen(actor((Role.REGIONAL_MANAGER, ScopeKind.REGION, world.WEST))) == {"grace-rf"} | moved


def test_whoever_is_both_reads_some_inside_and_some_as_dealer(writing: None) -> None:
    put_all_in("published")
    who = actor((Role.ANALYST, ScopeKind.REGION, world.EAST), (Role.REGIONAL_MANAGER, *NETWORK))
    inside = queries.seen_inside(who, list(world.VISITS.values()))
    assert {name for name, id_ in world.VISITS.items() if id_ in inside} == EAST
    assert seen(who) == ALL


def listed(who: Actor, **asked: object) -> set[UUID]:
    filters = dict.fromkeys(("wave", "store", "state", "method", "auditor", "failed", "band")) | asked
    return {row.id for row in db.session.scalars(queries.visits_listed(who, filters))}


def test_a_dealer_cannot_find_out_who_came(writing: None) -> None:
    put_all_in("published")
    erin = actor((Role.STORE_MANAGER, ScopeKind.STORE, world.ONE))
    assert len(listed(erin)) == 3
    assert listed(erin, auditor=world.person_id("chelsea")) == set()
    assert listed(actor((Role.ANALYST, *NETWORK)), auditor=world.person_id("chelsea")) == {
        world.VISITS["chelsea-tiny"],
        world.VISITS["chelsea-eo"],
    }


@pytest.mark.parametrize("who", [SYSTEM, actor((Role.SHOPPER, *NETWORK), login="chelsea")])
def test_a_visit_that_is_not_there_is_not_found(writing: None, who: Actor) -> None:
    with pytest.raises(NotFound):
        queries.get_visible(who, new_id())
    with pytest.raises(NotFound):
        queries.get_own(who, world.VISITS["grace-tiny"])
