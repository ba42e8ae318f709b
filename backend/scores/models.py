"""Tables of scorecards and tallies. A scorecard row never changes except that a newer one replaces it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class ScorecardRow(Base):
    """The score of one visit as it was approved: inputs, rule version and every result.

    `results` holds one byte per checkpoint in version order (0 not asked, 1 pass, 2 fail, 3 na). Earned and possible
    weight and the official score are exact fractions as text, `numerator/denominator`. `auditor_id` went there on
    `visited_on`, and `unproven` fails stood on their comment alone when the visit was approved.
    """

    __tablename__ = "scorecards"
    __table_args__ = (
        UniqueConstraint("visit_id", "sequence"),
        Index("ix_scorecards_tally", "wave_id", "store_id", "checklist_version_id", "method"),
        Index("ix_scorecards_latest", "wave_id", "created_at", "id"),
    )

    id: Mapped[Key]
    visit_id: Mapped[UUID]
    sequence: Mapped[int]
    is_current: Mapped[bool]
    wave_id: Mapped[UUID] = mapped_column(ForeignKey("waves.id"))
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    checklist_version_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_versions.id"))
    method: Mapped[str]
    rule_version: Mapped[str]
    results: Mapped[bytes]
    passed: Mapped[int]
    applicable: Mapped[int]
    earned: Mapped[str]
    possible: Mapped[str]
    official: Mapped[str | None]
    red_line: Mapped[bool]
    auditor_id: Mapped[UUID | None]
    visited_on: Mapped[date | None]
    unproven: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    reason: Mapped[str]
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Tally(Base):
    """All approved visits of one store in one wave by one method, added up; recomputed, never incremented.

    `counts` is a little-endian int32 vector of shape (checkpoints, 3): passed, failed, na, in version order.
    `official_sum` is the exact sum of official scores over `scored` visits, `official_squares` the exact sum of their
    squares (for the store's interval), both as text `numerator/denominator`. `by_visit` holds 24 bytes a visit, see
    `counting.VISIT_TYPE`.
    """

    __tablename__ = "tallies"

    wave_id: Mapped[UUID] = mapped_column(ForeignKey("waves.id"), primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"), primary_key=True)
    checklist_version_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_versions.id"), primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    visits: Mapped[int]
    red_lines: Mapped[int]
    counts: Mapped[bytes]
    scored: Mapped[int]
    official_sum: Mapped[str]
    official_squares: Mapped[str]
    by_visit: Mapped[bytes]
    revision: Mapped[int] = mapped_column(default=1)


class WaveTally(Base):
    """All tallies of a locked wave by one method, under the wave's own version, side by side in one row.

    A report reads this row in place of one a store. It holds nothing of its own: it goes when one of its tallies is
    counted anew, and is made again by the nightly recount. Stores without a visit are not in it; the others are in
    the order of their ids. `figures` is a little-endian int32 array of shape (3, stores): visits, red lines, scored;
    `counts` is what `counting.pack_counts` makes; the official texts have a store a line; `auditors` and `by_visit`
    are the tallies' visits as `counting.numbered` tells them, and `by_person` is what `counting.in_cells` makes of
    these.
    """

    __tablename__ = "wave_tallies"

    wave_id: Mapped[UUID] = mapped_column(ForeignKey("waves.id"), primary_key=True)
    checklist_version_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_versions.id"), primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    store_ids: Mapped[bytes]
    figures: Mapped[bytes]
    counts: Mapped[bytes]
    official_sums: Mapped[str]
    official_squares: Mapped[str]
    auditors: Mapped[bytes]
    by_visit: Mapped[bytes]
    by_person: Mapped[bytes]
