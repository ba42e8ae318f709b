"""What an actor may see of the network, and where a store belonged on a day."""

from datetime import date

import pytest

from backend.accounts.models import Person
from backend.accounts.service import actor_of
from backend.core.actor import SYSTEM, Actor, Membership, ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.network import queries
from backend.network.models import Brand, StoreMembership
from tests import world

CODES = {id_: code for code, id_ in world.STORES.items()}


def actor(login: str) -> Actor:
    return actor_of(db.session.get_one(Person, world.person_id(login)))


def manager(role: Role, kind: ScopeKind, scope_id) -> Actor:
    return Actor(new_id(), "x", "en", (Membership(role, kind, scope_id),), "token")


def seen_by(who: Actor) -> set[str]:
    return {store.code for store in db.session.scalars(queries.visible_to(who))}


@pytest.mark.parametrize(
    ("login", "codes"),
    [
        ("alice", {"ONE", "TWO", "THREE", "FOUR"}),
        ("bob", {"ONE", "TWO", "THREE", "FOUR"}),
        ("chelsea", set()),
        ("dan", set()),
        ("erin", {"ONE"}),
        ("steve", {"TWO"}),
        ("frank", {"ONE", "TWO"}),
        ("gina", {"ONE", "THREE"}),
    ],
)
def test_everybody_sees_the_stores_of_their_scopes_and_no_others(writing: None, login: str, codes: set[str]) -> None:
    assert seen_by(actor(login)) == codes


def test_the_system_sees_everything_and_a_brand_scope_its_brand(writing: None) -> None:
    other = Brand(id=new_id(), code="OTHER", name="Other")
    db.session.add(other)
    db.session.flush()
    assert seen_by(SYSTEM) == set(world.STORES)
    assert seen_by(manager(Role.ANALYST, ScopeKind.BRAND, world.BRAND)) == set(world.STORES)
    assert seen_by(manager(Role.ANALYST, ScopeKind.BRAND, other.id)) == set()


def test_a_scope_without_its_id_covers_nothing(writing: None) -> None:
    for kind in (ScopeKind.BRAND, ScopeKind.REGION, ScopeKind.GROUP, ScopeKind.STORE):
        assert seen_by(manager(Role.REGIONAL_MANAGER, kind, None)) == set()


def test_a_store_out_of_scope_is_not_found(writing: None) -> None:
    assert queries.get_visible(actor("frank"), world.TWO).code == "TWO"
    for store_id in (world.THREE, new_id()):
        with pytest.raises(NotFound):
            queries.get_visible(actor("frank"), store_id)


def move(code: str, region_id, group_id, on: date) -> None:
    old = db.session.query(StoreMembership).filter_by(store_id=world.STORES[code]).one()
    old.ends_on = on
    db.session.add(
        StoreMembership(id=new_id(), store_id=old.store_id, region_id=region_id, group_id=group_id, starts_on=on)
    )
    db.session.flush()


def test_a_moved_store_belongs_to_the_region_of_the_day(writing: None) -> None:
    move("TWO", world.WEST, world.MOON, date(2025, 6, 1))
    frank = actor("frank")

    def on(day: date) -> set[str]:
        ids = queries.store_ids_visible_on(frank, Role.REGIONAL_MANAGER, day=day)
        return {CODES[id_] for id_ in db.session.scalars(ids)}

    assert on(date(2025, 5, 31)) == {"ONE", "TWO"}
    assert on(date(2025, 6, 1)) == {"ONE"}
    assert seen_by(frank) == {"ONE"}
    assert queries.parents_on(date(2025, 5, 31), [world.TWO])[world.TWO].region_id == world.EAST
    assert queries.parents_on(date(2025, 6, 1))[world.TWO].region_id == world.WEST


def test_before_its_first_membership_a_store_belongs_to_the_first(writing: None) -> None:
    move("TWO", world.WEST, world.MOON, date(2025, 6, 1))
    long_ago = date(2001, 1, 1)
    assert queries.parents_on(long_ago)[world.TWO] == queries.Parents(world.EAST, world.MOON)
    rows = db.session.execute(queries.membership_on(long_ago).select()).all()
    assert len(rows) == len(world.STORES)


def test_roles_that_were_not_asked_for_open_nothing(writing: None) -> None:
    assert not db.session.scalars(
        queries.store_ids_visible_on(actor("frank"), Role.PLANNER, Role.REVIEWER, day=date(2026, 1, 1))
    ).all()


def test_parents_of_no_stores_are_no_rows(writing: None) -> None:
    assert queries.parents_on(date(2026, 1, 1), []) == {}


@pytest.mark.parametrize(
    ("login", "regions", "groups"),
    [
        ("alice", {"EAST", "WEST"}, {"SUN", "MOON"}),
        ("frank", {"EAST"}, {"SUN", "MOON"}),
        ("erin", {"EAST"}, {"SUN"}),
        ("chelsea", set(), set()),
    ],
)
def test_regions_groups_and_brands_follow_the_stores(writing: None, login: str, regions, groups) -> None:
    who = actor(login)
    assert {region.code for region in db.session.scalars(queries.regions_visible(who))} == regions
    assert {group.code for group in db.session.scalars(queries.groups_visible(who))} == groups
    brands = db.session.scalars(queries.brands_visible(who)).all()
    assert [brand.code for brand in brands] == ([] if login == "chelsea" else ["TB"])


def test_parts_within_scopes_must_exist_and_be_inside(writing: None) -> None:
    everything = [
        (ScopeKind.ALL, None),
        (ScopeKind.BRAND, world.BRAND),
        (ScopeKind.REGION, world.EAST),
        (ScopeKind.REGION, world.WEST),
        (ScopeKind.GROUP, world.SUN),
        (ScopeKind.STORE, world.ONE),
        (ScopeKind.STORE, world.THREE),
    ]
    unknown = [(kind, new_id()) for kind in ScopeKind if kind is not ScopeKind.ALL]

    def within(kind: ScopeKind, scope_id):
        scopes = (Membership(Role.PLANNER, kind, scope_id),)
        return queries.parts_within(scopes, everything + unknown)

    assert within(ScopeKind.ALL, None) == set(everything)
    assert within(ScopeKind.BRAND, world.BRAND) == set(everything[1:])
    assert within(ScopeKind.REGION, world.EAST) == {everything[2], everything[5]}
    assert within(ScopeKind.GROUP, world.SUN) == {everything[4], everything[5], everything[6]}
    assert queries.parts_within((), everything) == set()


def test_the_demo_is_known_by_its_brand(app) -> None:
    with transaction(writes=True):
        assert not queries.has_demo()
        db.session.add(Brand(id=new_id(), code="DEMO", name="Demo"))
        db.session.flush()
        assert queries.has_demo()
