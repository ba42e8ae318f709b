"""The demo's people: six who sign in by link, and the shoppers behind the finished visits."""

from uuid import UUID

from backend.accounts.models import Person, PersonMembership
from backend.core import clock
from backend.core.actor import ScopeKind
from backend.core.db import db
from backend.core.ids import named_id
from backend.core.permissions import Role
from backend.demo import network

Part = tuple[Role, ScopeKind, UUID | None]
SHOPPERS = 40


def person_id(login: str) -> UUID:
    return named_id("demo", "person", login)


def build(first_store: UUID) -> None:
    """Writes the people; erin manages `first_store`, frank the region it lies in."""
    everywhere = (ScopeKind.ALL, None)
    region = (ScopeKind.REGION, network.region_id("HD"))
    named: dict[str, tuple[str, tuple[Part, ...]]] = {
        "alice": ("安晓（总部）", ((Role.PLANNER, *everywhere), (Role.ANALYST, *everywhere))),
        "bob": ("鲍文（质控）", ((Role.REVIEWER, *everywhere),)),
        "chelsea": ("陈曦（神秘顾客）", ((Role.SHOPPER, *everywhere),)),
        "dan": ("丁岩（驻外督导）", ((Role.AUDITOR, *everywhere),)),
        "erin": ("尔宁（门店经理）", ((Role.STORE_MANAGER, ScopeKind.STORE, first_store),)),
        "frank": ("方远（大区经理）", ((Role.REGIONAL_MANAGER, *region),)),
    }
    for login, (name, parts) in named.items():
        _person(login, name, parts)
    for number in range(1, SHOPPERS + 1):
        _person(f"shopper{number:02}", f"演示顾客 {number:02}", ((Role.SHOPPER, *everywhere),))


def shopper(number: int) -> UUID:
    """One of the finished visits' shoppers, any number taken in turn."""
    return person_id(f"shopper{number % SHOPPERS + 1:02}")


def _person(login: str, name: str, parts: tuple[Part, ...]) -> None:
    db.session.add(Person(id=person_id(login), login=login, name=name, created_at=clock.now()))
    db.session.flush()
    db.session.add_all(
        PersonMembership(id=named_id("demo", login, role, scope), person_id=person_id(login), role=role,
                         scope_kind=kind, scope_id=scope)
        for role, kind, scope in parts
    )  # fmt: skip
