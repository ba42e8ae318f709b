"""Reading published checklist versions. They never change, so what was compiled once is kept by the process."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import Version, compile_version
from backend.core.db import db
from backend.core.problems import NotFound


def versions() -> Select[ChecklistVersion]:
    """Every published version, without its document until somebody asks for it."""
    return select(ChecklistVersion).options(defer(ChecklistVersion.document))


def find_version(code: str, version: str) -> ChecklistVersion | None:
    where = (ChecklistVersion.code == code, ChecklistVersion.version == version)
    return db.session.scalars(select(ChecklistVersion).where(*where)).one_or_none()


def version_row(code: str, version: str) -> ChecklistVersion:
    """The published version; NotFound when there is none."""
    found = find_version(code, version)
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
