"""Which waves and stores a report may count for whom, and which the caller asked for: always a WHERE clause.

Planners, reviewers and analysts read every wave in their scopes; regional, group and store people read published or
locked waves only. For a whole wave a store lies in the region and group that it had on the day the wave opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.sql.elements import True_

from backend.core.actor import Actor, ScopeKind
from backend.core.db import db
from backend.core.permissions import Role
from backend.network import queries as network
from backend.network.models import Store, StoreMembership, has_tag
from backend.waves.models import Wave

HEADQUARTERS: Final = (Role.PLANNER, Role.REVIEWER, Role.ANALYST)
MANAGERS: Final = (Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER)
_BY_DAY: Final = (ScopeKind.REGION, ScopeKind.GROUP)


@dataclass(frozen=True, slots=True)
class Part:
    """The part of the network that a report is about; each None leaves it whole."""

    brand: UUID | None = None
    region: UUID | None = None
    group: UUID | None = None
    store: UUID | None = None
    tag: str | None = None


WHOLE: Final = Part()


def is_released(wave: Wave) -> bool:
    """Whether managers may read the wave."""
    return wave.published_at is not None or wave.state == "locked"


def within(actor: Actor, wave: Wave, part: Part = WHOLE) -> ColumnElement[bool]:
    """The condition on Store that the actor may read it in the wave, and that it lies in the part asked for."""
    roles = (*HEADQUARTERS, *MANAGERS) if is_released(wave) else HEADQUARTERS
    return all_of(network.stores_within(actor.scopes(*roles), wave.opens_on), inside(wave, part))


def all_of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """All of the conditions; `true()` itself where each of them is that, so that a reader of everything can be told by it."""
    narrowing = [each for each in conditions if not leaves_all(each)]
    return and_(*narrowing) if narrowing else true()


def leaves_all(where: ColumnElement[bool]) -> bool:
    """Whether a condition on Store leaves every store, without asking for one."""
    return isinstance(where, True_)


def within_each(actor: Actor, found: Sequence[Wave], part: Part = WHOLE) -> list[ColumnElement[bool]]:
    """`within` of several waves: one object for all those whose condition is the same, so that it is asked once."""
    scopes = actor.scopes(*HEADQUARTERS, *MANAGERS)
    by_day = part.region or part.group or any(each.scope_kind in _BY_DAY for each in scopes)
    made: dict[tuple[bool, date | None], ColumnElement[bool]] = {}
    keys = [(is_released(wave), wave.opens_on if by_day else None) for wave in found]
    for key, wave in zip(keys, found, strict=True):
        if key not in made:
            made[key] = within(actor, wave, part)
    return [made[key] for key in keys]


def inside(wave: Wave, part: Part) -> ColumnElement[bool]:
    """The condition on Store that it lies in the part during the wave, whoever asks. Tags are those it bears today."""
    columns = ((Store.brand_id, part.brand), (Store.id, part.store))
    conditions = [column == value for column, value in columns if value is not None]
    parents = ((StoreMembership.region_id, part.region), (StoreMembership.group_id, part.group))
    held = [column == value for column, value in parents if value is not None]
    if held:
        members = select(StoreMembership.store_id).where(network.holds_on(wave.opens_on), *held)
        conditions.append(Store.id.in_(members))
    if part.tag:
        conditions.append(has_tag(part.tag))
    return all_of(*conditions)


def visible_stores(actor: Actor, wave: Wave, part: Part = WHOLE) -> set[UUID]:
    """Ids of the stores that the actor may read in the wave, within the part asked for."""
    return set(db.session.scalars(select(Store.id).where(within(actor, wave, part))))
