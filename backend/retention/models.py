"""The table of legal holds. A row changes once, when it is lifted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Hold(Base):
    """Keeps the media of one visit, whatever the wave's clocks say, until it is lifted. `code` is why: see `rules`."""

    __tablename__ = "holds"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    code: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    placed_at: Mapped[datetime]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]
