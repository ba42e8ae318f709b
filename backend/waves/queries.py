"""Reading programmes and waves. Dealers see a wave of their brands once it is published or locked, headquarters always."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select

from backend.checklists import queries as checklists
from backend.checklists.models import ChecklistVersion
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.network import queries as network
from backend.network.models import Brand
from backend.waves import rules
from backend.waves.models import Programme, Wave

_HEADQUARTERS: Final = (Role.PLANNER, Role.REVIEWER, Role.ANALYST)
_DEALERS: Final = (Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER)


def waves_visible(actor: Actor) -> Select[Wave]:
    """The waves the actor may read: all for headquarters, released ones of their brands for dealers, none for others."""
    if is_headquarters(actor):
        return select(Wave)
    if actor.scopes(*_DEALERS):
        released = or_(Wave.published_at.is_not(None), Wave.state == rules.LOCKED)
        return select(Wave).where(released, Wave.programme_id.in_(_programmes_of_brands(actor)))
    return select(Wave).where(Wave.id.is_(None))


def is_headquarters(actor: Actor) -> bool:
    """Whether the actor reads waves before they are published, and how they are planned."""
    return bool(actor.scopes(*_HEADQUARTERS))


def waves_listed(actor: Actor, *, programme: str | None, state: str | None) -> Select[Wave]:
    """`waves_visible`, of one programme (by code) or in one state where asked."""
    rows = waves_visible(actor)
    if programme is not None:
        rows = rows.where(Wave.programme_id.in_(select(Programme.id).where(Programme.code == programme)))
    if state is not None:
        rows = rows.where(Wave.state == state)
    return rows


def wave_visible(actor: Actor, wave_id: UUID) -> Wave:
    """The wave, or NotFound when there is none for this actor."""
    found = db.session.scalar(waves_visible(actor).where(Wave.id == wave_id))
    if found is None:
        raise NotFound
    return found


def find_wave(wave_id: UUID) -> Wave | None:
    return db.session.get(Wave, wave_id)


def wave_locked_for_change(wave_id: UUID) -> Wave | None:
    """The wave with its row locked until the transaction ends, as it stands now."""
    query = select(Wave).where(Wave.id == wave_id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def waves_by_id(wave_ids: Collection[UUID], *, shared: bool = False) -> dict[UUID, Wave]:
    """The waves; with `shared` they cannot change until the transaction ends, while others may read them so too."""
    rows = select(Wave).where(Wave.id.in_(wave_ids)).order_by(Wave.id)
    if shared:
        rows = rows.with_for_update(read=True).execution_options(populate_existing=True)
    return {wave.id: wave for wave in db.session.scalars(rows)}


def previous(wave: Wave) -> Wave | None:
    """The last wave before this one: the next lower number with the same programme and checklist code."""
    code = select(ChecklistVersion.code).where(ChecklistVersion.id == wave.checklist_version_id).scalar_subquery()
    earlier = (
        select(Wave)
        .join(ChecklistVersion, ChecklistVersion.id == Wave.checklist_version_id)
        .where(Wave.programme_id == wave.programme_id, Wave.number < wave.number, ChecklistVersion.code == code)
        .order_by(Wave.number.desc())
        .limit(1)
    )
    return db.session.scalar(earlier)


def previous_visible(actor: Actor, wave: Wave) -> Wave | None:
    """The last wave before this one, where the actor may read that one; an earlier one does not take its place."""
    earlier = previous(wave)
    if earlier is None or is_headquarters(actor):
        return earlier
    return db.session.scalar(waves_visible(actor).where(Wave.id == earlier.id))


def programmes_visible(actor: Actor) -> Select[Programme]:
    """Every programme for headquarters; for others those of the waves that they may read."""
    if is_headquarters(actor):
        return select(Programme)
    return select(Programme).where(Programme.id.in_(waves_visible(actor).with_only_columns(Wave.programme_id)))


def programme_visible(actor: Actor, code: str) -> Programme:
    """The programme, or NotFound when there is none for this actor."""
    found = db.session.scalar(programmes_visible(actor).where(Programme.code == code))
    if found is None:
        raise NotFound
    return found


def find_programme(code: str) -> Programme | None:
    return db.session.scalar(select(Programme).where(Programme.code == code))


def programmes_by_id(programme_ids: Collection[UUID]) -> dict[UUID, Programme]:
    return {row.id: row for row in db.session.scalars(select(Programme).where(Programme.id.in_(programme_ids)))}


def _programmes_of_brands(actor: Actor) -> Select[UUID]:
    """Ids of the programmes of the actor's brands, and of those that are of no brand in particular."""
    brands = network.brands_visible(actor).with_only_columns(Brand.id)
    return select(Programme.id).where(or_(Programme.brand_id.is_(None), Programme.brand_id.in_(brands)))


def _released_versions(actor: Actor) -> Select[UUID]:
    return waves_visible(actor).with_only_columns(Wave.checklist_version_id)


if _released_versions not in checklists.OPENED:
    checklists.OPENED.append(_released_versions)
