"""Reading published checklist versions. They never change, so what was compiled once is kept by the process.

Headquarters and the people in the field read every version. Regions, groups and stores read one once its results are
theirs to read, since it says what a shopper will look for: `OPENED` holds what higher domains have opened to them.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import defer

from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import Version, compile_version
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound

OPENED: Final[list[Callable[[Actor], Select[UUID]]]] = []
_DEALERS: Final = frozenset({Role.REGIONAL_MANAGER, Role.GROUP_MANAGER, Role.STORE_MANAGER})


def versions_visible(actor: Actor) -> Select[ChecklistVersion]:
    """The published versions that the actor may read, without their documents until somebody asks for them."""
    rows = select(ChecklistVersion).options(defer(ChecklistVersion.document))
    if actor.signed_in_by == "system" or actor.roles - _DEALERS:
        return rows
    return rows.where(or_(false(), *(ChecklistVersion.id.in_(opened(actor)) for opened in OPENED)))


def find_version(code: str, version: str) -> ChecklistVersion | None:
    where = (ChecklistVersion.code == code, ChecklistVersion.version == version)
    return db.session.scalars(select(ChecklistVersion).where(*where)).one_or_none()


def version_visible(actor: Actor, code: str, version: str) -> ChecklistVersion:
    """The published version; NotFound when there is none for this actor."""
    where = (ChecklistVersion.code == code, ChecklistVersion.version == version)
    found = db.session.scalar(versions_visible(actor).where(*where))
    if found is None:
        raise NotFound
    return found


def version_by_id(version_id: UUID) -> ChecklistVersion:
    """The version that another row names; it exists, because foreign keys say so."""
    return db.session.get_one(ChecklistVersion, version_id)


@lru_cache(maxsize=256)
def compiled(version_id: UUID) -> Version:
    """The version ready for judging. Kept for the life of the process: an id is never given to other content."""
    return compile_version(version_by_id(version_id).document)
