"""Tables of the dealer network. A store's region and group are two separate parents, and both are dated."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, TypeDecorator, UniqueConstraint, type_coerce
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Tags(TypeDecorator[list[str]]):
    """A few short words, kept as one text with a line break around each, so that any database can look for one."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Any) -> str:  # noqa: ARG002 - its signature.
        return "".join(f"\n{tag}\n" for tag in value or [])

    def process_result_value(self, value: str | None, dialect: Any) -> list[str]:  # noqa: ARG002 - its signature.
        return [tag for tag in (value or "").split("\n") if tag]


class Brand(Base):
    __tablename__ = "brands"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Region(Base):
    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("brand_id", "code"),)

    id: Mapped[Key]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    code: Mapped[str]
    name: Mapped[str]


class Group(Base):
    __tablename__ = "dealer_groups"
    __table_args__ = (UniqueConstraint("brand_id", "code"),)

    id: Mapped[Key]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    code: Mapped[str]
    name: Mapped[str]


class Store(Base):
    """One dealership. `datum` names the geodetic datum of `lat` and `lon` (degrees): WGS-84, GCJ-02 or BD-09.

    `tags` are the words by which its planners gather stores, such as "new" or "pilot", in order.
    """

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("brand_id", "code"), Index("ix_stores_code", "code", "id"))

    id: Mapped[Key]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    code: Mapped[str]
    name: Mapped[str]
    city: Mapped[str | None]
    address: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    datum: Mapped[str | None]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    staff_informed_on: Mapped[date | None]
    staff_informed_by: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(Tags, default=list, server_default="")
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class StoreMembership(Base):
    """The region and group a store belongs to from `starts_on` until the day before `ends_on` (None: still)."""

    __tablename__ = "store_memberships"
    __table_args__ = (
        UniqueConstraint("store_id", "starts_on"),
        Index("ix_store_memberships_region", "region_id"),
        Index("ix_store_memberships_group", "group_id"),
    )

    id: Mapped[Key]
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    region_id: Mapped[UUID | None] = mapped_column(ForeignKey("regions.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("dealer_groups.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


def has_tag(tag: str) -> ColumnElement[bool]:
    """The condition on Store that it bears the tag."""
    return type_coerce(Store.tags, String).contains(f"\n{tag}\n", autoescape=True)
