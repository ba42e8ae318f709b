"""The small world every test starts in: one brand, two regions, two groups, four stores, and the same people.

alice plans and analyses at headquarters, bob reviews, chelsea is a shopper, dan a field auditor, erin manages store
ONE, frank manages region EAST, gina manages group SUN; grace is another shopper and steve manages store TWO: the
people whose things the others must not see. Each has the bearer token `token_of(login)`.

Three checklists are published: TINY (tests/tiny.yaml) and both real ones, EO and RF. One programme repeats one open
wave of each, and `VISITS` are assigned. `tests/submissions.py` fills them in.
"""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from backend.accounts.models import Person, PersonMembership, Token
from backend.checklists import definition
from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import Version, compile_version
from backend.core.actor import ScopeKind
from backend.core.db import db
from backend.core.ids import named_id
from backend.core.permissions import Role
from backend.network.models import Brand, Group, Region, Store, StoreMembership
from backend.visits.models import Visit
from backend.waves.models import Programme, Wave
from tests.submissions import answer_to, entry_for, file_bytes, follow_up_for, submission_for

__all__ = ["answer_to", "entry_for", "file_bytes", "follow_up_for", "submission_for"]

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

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "TINY": ROOT / "tests" / "tiny.yaml",
    "EO": ROOT / "checklists" / "experience-officer.yaml",
    "RF": ROOT / "checklists" / "reception-and-facility.yaml",
}
DEFINITIONS = {code: definition.parse(path.read_bytes()) for code, path in FILES.items()}
VERSIONS = {code: named_id("test", "version", code) for code in FILES}
COMPILED: dict[str, Version] = {code: compile_version(each.document) for code, each in DEFINITIONS.items()}

PROGRAMME = named_id("test", "programme")
PROGRAMME_CODE = "TEST"
WAVES = {code: named_id("test", "wave", code) for code in FILES}
OPENS_ON, CLOSES_ON = date(2025, 1, 1), date(2099, 12, 31)

# Visit: whose, wave, store, method.
ASSIGNED = {
    "chelsea-tiny": ("chelsea", "TINY", "ONE", "covert"),
    "grace-tiny": ("grace", "TINY", "TWO", "covert"),
    "dan-tiny": ("dan", "TINY", "ONE", "announced"),
    "chelsea-eo": ("chelsea", "EO", "ONE", "covert"),
    "grace-rf": ("grace", "RF", "THREE", "covert"),
    "dan-rf": ("dan", "RF", "TWO", "unannounced"),
}
VISITS = {name: named_id("test", "visit", name) for name in ASSIGNED}


def person_id(login: str):
    return named_id("test", "person", login)


def token_of(login: str) -> str:
    return f"test-token-{login}"


def build() -> None:
    """Writes the world into an empty, migrated database, inside the caller's transaction."""
    _network()
    for login, memberships in PEOPLE.items():
        _person(login, memberships)
    _versions()
    _waves()
    _visits()


def _network() -> None:
    db.session.add(Brand(id=BRAND, code="TB", name="测试品牌"))
    db.session.flush()
    db.session.add_all(
        Region(id=id_, brand_id=BRAND, code=code, name=code) for id_, code in ((EAST, "EAST"), (WEST, "WEST"))
    )
    db.session.add_all(
        Group(id=id_, brand_id=BRAND, code=code, name=code) for id_, code in ((SUN, "SUN"), (MOON, "MOON"))
    )
    db.session.flush()
    for number, (code, store_id) in enumerate(STORES.items()):
        db.session.add(
            Store(
                id=store_id,
                brand_id=BRAND,
                code=code,
                name=f"{code} 店",
                city="上海",
                address="测试路 1 号",
                lat=31.2 + number / 10,
                lon=121.4,
                datum="WGS-84",
                updated_at=MADE_AT,
            )
        )
        db.session.flush()
        region, group = PARENTS[code]
        db.session.add(
            StoreMembership(
                id=named_id("test", "membership", code),
                store_id=store_id,
                region_id=region,
                group_id=group,
                starts_on=date(2025, 1, 1),
            )
        )


def _person(login: str, memberships: tuple[tuple[Role, ScopeKind, object], ...]) -> None:
    id_ = person_id(login)
    db.session.add(Person(id=id_, login=login, name=login.title(), locale="zh-CN", created_at=MADE_AT))
    db.session.flush()
    for role, kind, scope in memberships:
        db.session.add(
            PersonMembership(
                id=named_id("test", login, role, scope), person_id=id_, role=role, scope_kind=kind, scope_id=scope
            )
        )
    db.session.add(
        Token(
            id=named_id("test", "token", login),
            person_id=id_,
            name="tests",
            created_at=MADE_AT,
            secret_hash=hashlib.sha256(token_of(login).encode()).hexdigest(),
        )
    )


def _versions() -> None:
    for code, each in DEFINITIONS.items():
        db.session.add(
            ChecklistVersion(
                id=VERSIONS[code],
                code=each.code,
                version=each.version,
                title=each.document["title"],
                document=each.document,
                sha256=each.sha256,
                published_at=MADE_AT,
                published_by=None,
            )
        )
    db.session.flush()


def _waves() -> None:
    db.session.add(Programme(id=PROGRAMME, code=PROGRAMME_CODE, name="测试项目", purpose="改进服务"))
    db.session.flush()
    for number, (code, wave_id) in enumerate(WAVES.items(), start=1):
        db.session.add(
            Wave(
                id=wave_id,
                programme_id=PROGRAMME,
                number=number,
                name=f"第 {number} 期",
                checklist_version_id=VERSIONS[code],
                opens_on=OPENS_ON,
                closes_on=CLOSES_ON,
                state="open",
                headline_method=COMPILED[code].method,
            )
        )
    db.session.flush()


def _visits() -> None:
    for name, (login, code, store, method) in ASSIGNED.items():
        db.session.add(
            Visit(
                id=VISITS[name],
                wave_id=WAVES[code],
                store_id=STORES[store],
                checklist_version_id=VERSIONS[code],
                method=method,
                auditor_id=person_id(login),
                state="planned",
                due_on=date(2099, 1, 1),
                fee=200,
                created_at=MADE_AT,
            )
        )
    db.session.flush()
