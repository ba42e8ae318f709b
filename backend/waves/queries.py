"""Reading programmes and waves. Dealers see a wave once it is published or locked, headquarters always."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select

from backend.checklists.models import ChecklistVersion
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.waves import rules
from backend.waves.models import Programme, Wave

_HEADQUARTERS: Final = (Role.PLANNER, Role.REVIEWER, Role.ANALYST)
_DEALERS: Final = (Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER)


def waves_visible(actor: Actor) -> Select[Wave]:
    """The waves the actor may read: all for headquarters, published or locked ones for dealers, none for others."""
    if actor.scopes(*_HEADQUARTERS):
        return select(Wave)
    if actor.scopes(*_DEALERS):
        return select(Wave).where(or_(Wave.published_at.is_not(None), Wave.state == rules.LOCKED))
    return select(Wave).where(Wave.id.is_(None))


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


def programmes() -> Select[Programme]:
    return select(Programme)


def programme(code: str) -> Programme:
    """The programme, or NotFound."""
    found = find_programme(code)
    if found is None:
        raise NotFound
    return found


def find_programme(code: str) -> Programme | None:
    return db.session.scalar(select(Programme).where(Programme.code == code))


def programmes_by_id(programme_ids: Collection[UUID]) -> dict[UUID, Programme]:
    return {row.id: row for row in db.session.scalars(select(Programme).where(Programme.id.in_(programme_ids)))}
