"""Who sees which wave, and which wave came before."""

import pytest

from backend.core.actor import SYSTEM, Actor, Membership, ScopeKind
from backend.core.clock import now
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.waves import queries
from backend.waves.models import Wave
from tests import world


def actor(role: Role) -> Actor:
    return Actor(new_id(), "x", "en", (Membership(role, ScopeKind.STORE, world.ONE),), "token")


def wave(number: int, code: str = "TINY", programme=world.PROGRAMME) -> Wave:
    row = Wave(
        id=new_id(),
        programme_id=programme,
        number=number,
        name=str(number),
        state="open",
        checklist_version_id=world.VERSIONS[code],
        opens_on=world.OPENS_ON,
        closes_on=world.CLOSES_ON,
        headline_method="covert",
    )
    db.session.add(row)
    db.session.flush()
    return row


@pytest.mark.parametrize("role", [Role.PLANNER, Role.REVIEWER, Role.ANALYST])
def test_headquarters_sees_every_wave(writing: None, role: Role) -> None:
    assert len(db.session.scalars(queries.waves_visible(actor(role))).all()) == 3


@pytest.mark.parametrize("role", [Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER])
def test_dealers_see_a_wave_once_it_is_published_or_locked(writing: None, role: Role) -> None:
    assert db.session.scalars(queries.waves_visible(actor(role))).all() == []
    db.session.get_one(Wave, world.WAVES["TINY"]).published_at = now()
    db.session.get_one(Wave, world.WAVES["EO"]).state = "locked"
    db.session.flush()
    seen = {row.id for row in db.session.scalars(queries.waves_visible(actor(role)))}
    assert seen == {world.WAVES["TINY"], world.WAVES["EO"]}
    with pytest.raises(NotFound):
        queries.wave_visible(actor(role), world.WAVES["RF"])


@pytest.mark.parametrize("role", [Role.SHOPPER, Role.AUDITOR])
def test_people_in_the_field_see_none(writing: None, role: Role) -> None:
    assert db.session.scalars(queries.waves_visible(actor(role))).all() == []


def test_the_system_sees_all(writing: None) -> None:
    assert queries.wave_visible(SYSTEM, world.WAVES["EO"]).number == 2


def test_the_previous_wave_has_the_same_programme_and_checklist(writing: None) -> None:
    first = db.session.get_one(Wave, world.WAVES["TINY"])
    other_checklist, last = wave(7, "EO"), wave(9)
    assert queries.previous(last) is first
    assert queries.previous(other_checklist).id == world.WAVES["EO"]
    assert queries.previous(first) is None
