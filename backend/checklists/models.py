"""The table of published checklist versions. A row never changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from backend.core.db import Base, Key


class ChecklistVersion(Base):
    """One published version: the file's own structure with defaults filled in, and its sha256."""

    __tablename__ = "checklist_versions"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Key]
    code: Mapped[str]
    version: Mapped[str]
    title: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]
