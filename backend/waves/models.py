"""Tables of programmes and waves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Programme(Base):
    """A survey that is repeated in waves. `purpose` is the text shown to those who record."""

    __tablename__ = "programmes"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str | None]
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))
    revision: Mapped[int] = mapped_column(default=1)


class Wave(Base):
    """One wave: draft -> open -> closed -> locked; `published_at` opens it to regions, groups and stores.

    `checklist_version_id` fixes the version; `headline_method` names the one method whose visits make the headline.
    `quota` is visits per store by method; `target_rate` in percent. `originals_days` and `renditions_days` are for how
    long media are kept (`backend.retention`); None for ever.
    """

    __tablename__ = "waves"
    __table_args__ = (UniqueConstraint("programme_id", "number"),)

    id: Mapped[Key]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    number: Mapped[int]
    name: Mapped[str]
    checklist_version_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_versions.id"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str]
    headline_method: Mapped[str]
    quota: Mapped[dict[str, Any] | None]
    target_rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    gallery_allowed: Mapped[bool] = mapped_column(default=False)
    originals_days: Mapped[int | None]
    renditions_days: Mapped[int | None]
    published_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
