"""The small world every test starts in: one brand, two regions, two groups, four stores, and the same people.

alice plans and analyses at headquarters, bob reviews, chelsea is a shopper, dan a field auditor, erin manages store
ONE, frank manages region EAST, gina manages group SUN; grace is another shopper and steve manages store TWO: the
people whose things the others must not see. Each has the bearer token `token_of(login)`.
"""

import hashlib
from datetime import UTC, date, datetime

from backend.accounts.models import Person, PersonMembership, Token
from backend.core.actor import ScopeKind
from backend.core.db import db
from backend.core.ids import named_id
from backend.core.permissions import Role
from backend.network.models import Brand, Group, Region, Store, StoreMembership

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
BRAND = named_id("test", "brand")
EAST, WEST = named_id("test", "region", "EAST"), named_id("test", "region", "WEST")
SUN, MOON = named_id("test", "group", "SUN"), named_id("test", "group", "MOON")
STORES = {code: named_id("test", "store", code) for code in ("ONE", "TWO", "THREE", "FOUR")}
ONE, TWO, THREE, FOUR = STORES.values()
PARENTS = {"ONE": (EAST, SUN), "TWO": (EAST, MOON), "THREE": (WEST, SUN), "FOUR": (WEST, MOON)}

PEOPLE: dict[str, tuple[tuple[Role, ScopeKind, object], ...]] = {
    "alice": ((Role.PLANNER, ScopeKind.ALL, None), (Role.ANALYST, ScopeKind.ALL, None)),
    "bob": ((Role.REVIEWER, ScopeKind.ALL, None),),
    "chelsea": ((Role.SHOPPER, ScopeKind.ALL, None),),
    "grace": ((Role.SHOPPER, ScopeKind.ALL, None),),
    "dan": ((Role.AUDITOR, ScopeKind.ALL, None),),
    "erin": ((Role.STORE_MANAGER, ScopeKind.STORE, ONE),),
    "steve": ((Role.STORE_MANAGER, ScopeKind.STORE, TWO),),
    "frank": ((Role.REGIONAL_MANAGER, ScopeKind.REGION, EAST),),
    "gina": ((Role.GROUP_MANAGER, ScopeKind.GROUP, SUN),),
}


def person_id(login: str):
    return named_id("test", "person", login)


def token_of(login: str) -> str:
    return f"test-token-{login}"


def build() -> None:
    """Writes the world into an empty, migrated database, inside the caller's transaction."""
    _network()
    for login, memberships in PEOPLE.items():
        _person(login, memberships)


def _network() -> None:
    db.session.add(Brand(id=BRAND, code="TB", name="测试品牌"))
    db.session.flush()
    db.session.add_all(Region(id=id_, brand_id=BRAND, code=code, name=code) for id_, code in ((EAST, "EAST"), (WEST, "WEST")))
    db.session.add_all(Group(id=id_, brand_id=BRAND, code=code, name=code) for id_, code in ((SUN, "SUN"), (MOON, "MOON")))
    db.session.flush()
    for number, (code, store_id) in enumerate(STORES.items()):
        db.session.add(
            Store(id=store_id, brand_id=BRAND, code=code, name=f"{code} 店", city="上海", address="测试路 1 号",
                  lat=31.2 + number / 10, lon=121.4, datum="WGS-84", updated_at=MADE_AT)
        )
        db.session.flush()
        region, group = PARENTS[code]
        db.session.add(StoreMembership(id=named_id("test", "membership", code), store_id=store_id, region_id=region,
                                       group_id=group, starts_on=date(2025, 1, 1)))


def _person(login: str, memberships: tuple[tuple[Role, ScopeKind, object], ...]) -> None:
    id_ = person_id(login)
    db.session.add(Person(id=id_, login=login, name=login.title(), locale="zh-CN", created_at=MADE_AT))
    db.session.flush()
    for role, kind, scope in memberships:
        db.session.add(PersonMembership(id=named_id("test", login, role, scope), person_id=id_, role=role,
                                        scope_kind=kind, scope_id=scope))
    db.session.add(Token(id=named_id("test", "token", login), person_id=id_, name="tests", created_at=MADE_AT,
                         secret_hash=hashlib.sha256(token_of(login).encode()).hexdigest()))
