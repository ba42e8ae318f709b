"""What is where in the network, and what an actor may see of it: always a WHERE clause, never a filter afterwards.

A store belongs to the region and group of its membership on a day. Before the first recorded membership the first one
counts: nothing earlier is known of the store, and a wave that opened before it was entered must not lose it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Subquery, and_, false, or_, select, true, type_coerce
from sqlalchemy.orm import aliased

from backend import settings
from backend.core import clock
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.network.models import Brand, Group, Region, Store, StoreMembership, has_tag

DESK_ROLES = (
    Role.PLANNER,
    Role.REVIEWER,
    Role.ANALYST,
    Role.REGIONAL_MANAGER,
    Role.GROUP_MANAGER,
    Role.STORE_MANAGER,
)
DEMO_BRAND = "DEMO"


@dataclass(frozen=True, slots=True)
class Parents:
    """The region and the dealer group of a store on one day; None where it has none."""

    region_id: UUID | None
    group_id: UUID | None


NO_PARENTS = Parents(None, None)


def today() -> date:
    """The present date in the deployment's time zone."""
    return clock.today(settings.current().time_zone)


def day_of(moment: datetime) -> date:
    """The date of an instant in the deployment's time zone."""
    return moment.astimezone(settings.current().time_zone).date()


def visible_to(actor: Actor) -> Select[Store]:
    """The stores in the actor's scopes today; shoppers and auditors see none through this."""
    return select(Store).where(stores_within(actor.scopes(*DESK_ROLES), today()))


def get_visible(actor: Actor, store_id: UUID) -> Store:
    """The store; NotFound when it does not exist or lies outside the actor's scopes."""
    store = db.session.scalar(visible_to(actor).where(Store.id == store_id))
    if store is None:
        raise NotFound
    return store


def tags_visible(actor: Actor) -> dict[str, int]:
    """Tag -> how many of the visible stores bear it, in order."""
    rows = visible_to(actor).where(type_coerce(Store.tags, String) != "").with_only_columns(Store.tags)
    found = Counter(tag for tags in db.session.scalars(rows) for tag in tags)
    return dict(sorted(found.items()))


def stores_matching(
    actor: Actor, *, text: str | None, region_id: UUID | None, group_id: UUID | None, tag: str | None
) -> Select[Store]:
    """The visible stores whose code, name or city contains `text`, in this region and group today, with this tag."""
    stores = visible_to(actor)
    if tag:
        stores = stores.where(has_tag(tag))
    if text:
        columns = (Store.code, Store.name, Store.city)
        stores = stores.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    for column, part_id in ((StoreMembership.region_id, region_id), (StoreMembership.group_id, group_id)):
        if part_id is not None:
            members = select(StoreMembership.store_id).where(column == part_id, holds_on(today()))
            stores = stores.where(Store.id.in_(members))
    return stores


def store_ids_visible_on(actor: Actor, *roles: Role, day: date) -> Select[UUID]:
    """Ids of the stores in the scopes held as one of `roles`, regions and groups judged by the membership on `day`."""
    return select(Store.id).where(stores_within(actor.scopes(*roles), day))


def stores_within(scopes: Iterable[Membership], day: date) -> ColumnElement[bool]:
    """The condition that a store lies in one of the scopes on `day`; without scopes no store does."""
    parts = _ids_by_kind(scopes)
    if ScopeKind.ALL in parts:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if brands := parts.get(ScopeKind.BRAND):
        conditions.append(Store.brand_id.in_(brands))
    if stores := parts.get(ScopeKind.STORE):
        conditions.append(Store.id.in_(stores))
    if parents := _parents_condition(parts):
        conditions.append(Store.id.in_(select(StoreMembership.store_id).where(or_(*parents), holds_on(day))))
    return or_(false(), *conditions)


def _ids_by_kind(scopes: Iterable[Membership]) -> dict[ScopeKind, list[UUID]]:
    found: dict[ScopeKind, list[UUID]] = {}
    for scope in scopes:
        ids = found.setdefault(scope.scope_kind, [])
        if scope.scope_id is not None:
            ids.append(scope.scope_id)
    return found


def _parents_condition(parts: Mapping[ScopeKind, list[UUID]]) -> list[ColumnElement[bool]]:
    columns = ((ScopeKind.REGION, StoreMembership.region_id), (ScopeKind.GROUP, StoreMembership.group_id))
    return [column.in_(parts[kind]) for kind, column in columns if parts.get(kind)]


# Half a millisecond to build, and asked for the first days of the same few waves.
@lru_cache(maxsize=128)
def holds_on(day: date) -> ColumnElement[bool]:
    """The condition that a row of StoreMembership is the one that counts on `day`."""
    earlier = aliased(StoreMembership)
    is_first = ~(
        select(earlier.id)
        .where(earlier.store_id == StoreMembership.store_id, earlier.starts_on < StoreMembership.starts_on)
        .exists()
    )
    ended = and_(StoreMembership.ends_on.is_not(None), StoreMembership.ends_on <= day)
    return and_(~ended, or_(StoreMembership.starts_on <= day, is_first))


@lru_cache(maxsize=128)
def membership_on(day: date) -> Subquery:
    """Rows of (store_id, region_id, group_id): every store's membership that counts on `day`, at most one each."""
    columns = (StoreMembership.store_id, StoreMembership.region_id, StoreMembership.group_id)
    return select(*columns).where(holds_on(day)).subquery("membership_on_day")


def parents_on(day: date, store_ids: Collection[UUID] | None = None) -> dict[UUID, Parents]:
    """Store -> its region and group on `day`; for all stores, or for those named. Stores that never had either are left out."""
    if store_ids is not None and not store_ids:
        return {}
    rows = select(StoreMembership.store_id, StoreMembership.region_id, StoreMembership.group_id).where(holds_on(day))
    if store_ids is not None:
        rows = rows.where(StoreMembership.store_id.in_(list(store_ids)))
    return {store_id: Parents(region_id, group_id) for store_id, region_id, group_id in db.session.execute(rows)}


def neighbours_on(store_id: UUID, days: Collection[date]) -> dict[date, set[UUID]]:
    """The stores of a store's region on each day, itself among them; none on a day on which it had no region."""
    earlier = aliased(StoreMembership)
    later_than = (earlier.store_id == StoreMembership.store_id, earlier.starts_on < StoreMembership.starts_on)
    is_first = ~select(earlier.id).where(*later_than).exists()
    own = select(StoreMembership.region_id).where(StoreMembership.store_id == store_id)
    columns = (StoreMembership.store_id, StoreMembership.region_id, StoreMembership.starts_on, StoreMembership.ends_on)
    stays = db.session.execute(select(*columns, is_first).where(StoreMembership.region_id.in_(own))).all()
    found = {}
    for day in days:
        regions = {stay[0]: stay[1] for stay in stays if _counts_on(day, *stay[2:])}
        home = regions.get(store_id)
        found[day] = {each for each, region_id in regions.items() if region_id == home} if home else set()
    return found


def _counts_on(day: date, starts_on: date, ends_on: date | None, is_first: bool) -> bool:
    """`holds_on` of a row already read."""
    return (starts_on <= day or is_first) and (ends_on is None or ends_on > day)


def regions_visible(actor: Actor) -> Select[Region]:
    """The regions in the actor's scopes, and those of the stores in them."""
    return select(Region).where(_parent_within(actor, Region, StoreMembership.region_id, ScopeKind.REGION))


def groups_visible(actor: Actor) -> Select[Group]:
    """The dealer groups in the actor's scopes, and those of the stores in them."""
    return select(Group).where(_parent_within(actor, Group, StoreMembership.group_id, ScopeKind.GROUP))


def brands_visible(actor: Actor) -> Select[Brand]:
    """The brands of everything that the actor may see."""
    parts = _ids_by_kind(actor.scopes(*DESK_ROLES))
    if ScopeKind.ALL in parts:
        return select(Brand)
    reached = (
        select(Store.brand_id).where(stores_within(actor.scopes(*DESK_ROLES), today())),
        select(Region.brand_id).where(Region.id.in_(parts.get(ScopeKind.REGION, []))),
        select(Group.brand_id).where(Group.id.in_(parts.get(ScopeKind.GROUP, []))),
    )
    own = Brand.id.in_(parts.get(ScopeKind.BRAND, []))
    return select(Brand).where(or_(own, *(Brand.id.in_(brand_ids) for brand_ids in reached)))


def _parent_within(
    actor: Actor, kind: type[Region] | type[Group], column: Any, scope_kind: ScopeKind
) -> ColumnElement[bool]:
    scopes = actor.scopes(*DESK_ROLES)
    parts = _ids_by_kind(scopes)
    if ScopeKind.ALL in parts:
        return true()
    stores = select(Store.id).where(stores_within(scopes, today()))
    of_stores = select(column).where(StoreMembership.store_id.in_(stores), holds_on(today()), column.is_not(None))
    brands, own = parts.get(ScopeKind.BRAND, []), parts.get(scope_kind, [])
    return or_(kind.brand_id.in_(brands), kind.id.in_(own), kind.id.in_(of_stores))


def parts_within(
    scopes: Collection[Membership], parts: Collection[tuple[ScopeKind, UUID | None]]
) -> set[tuple[ScopeKind, UUID | None]]:
    """Those of `parts` that exist and lie wholly inside one of the scopes; at most one query for each kind."""
    held = _ids_by_kind(scopes)
    found: set[tuple[ScopeKind, UUID | None]] = set()
    for kind in {kind for kind, _ in parts}:
        if kind is ScopeKind.ALL:
            found |= {(kind, None)} if ScopeKind.ALL in held else set()
            continue
        ids = [part_id for part_kind, part_id in parts if part_kind is kind and part_id is not None]
        found |= {(kind, part_id) for part_id in db.session.scalars(_existing(kind, ids, held, scopes))}
    return found


def _existing(
    kind: ScopeKind, ids: list[UUID], held: Mapping[ScopeKind, list[UUID]], scopes: Iterable[Membership]
) -> Select[UUID]:
    if kind is ScopeKind.STORE:
        return select(Store.id).where(Store.id.in_(ids), stores_within(scopes, today()))
    if kind is ScopeKind.BRAND:
        return select(Brand.id).where(Brand.id.in_(ids), _held_or(Brand.id, kind, held))
    table = Region if kind is ScopeKind.REGION else Group
    of_brand = table.brand_id.in_(held.get(ScopeKind.BRAND, []))
    return select(table.id).where(table.id.in_(ids), or_(of_brand, _held_or(table.id, kind, held)))


def _held_or(column: Any, kind: ScopeKind, held: Mapping[ScopeKind, list[UUID]]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true() if ScopeKind.ALL in held else column.in_(held.get(kind, []))
    return condition


def has_demo() -> bool:
    """Whether the demo's brand exists: its data is invented, and every screen must say so."""
    return db.session.scalar(select(Brand.id).where(Brand.code == DEMO_BRAND)) is not None
