"""Tables of subscriptions, of the messages they make, and of what was sent outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.db import Base, Key


class Subscription(Base):
    """What a person wants to be told, and by which channels besides messages.

    `weekday` (1 is Monday) and `hour` are local; `due_at` is the next summary's moment, `told_until` the last one's.
    `address` is None for the person's own e-mail address, which headquarters keeps; another one counts once
    `confirmed_at`. A webhook's secret is not kept but derived, anew with each `secret_number`; 0 is none yet.
    `email_fault` and `webhook_fault` say why we switched a channel off.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_kind_due", "kind", "due_at"),)

    id: Mapped[Key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"))
    weekday: Mapped[int | None]
    hour: Mapped[int | None]
    is_active: Mapped[bool]
    wants_email: Mapped[bool]
    address: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    email_fault: Mapped[str | None]
    webhook_url: Mapped[str | None]
    webhook_fault: Mapped[str | None]
    secret_number: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    told_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Message(Base):
    """Something one person was told, as plain facts: the sentences are made when it is read.

    `scope` holds the memberships under which the facts were read; whoever has lost one reads them no longer.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_person_at", "person_id", "at"),
        Index("ix_messages_person_read", "person_id", "read_at"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    subscription_id: Mapped[UUID | None]
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    scope: Mapped[list[Any]]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Delivery(Base):
    """One thing to be sent outside: waiting -> sent, or failed after the last try, or dropped as nobody's any more.

    `tries` are the attempts in their order: when, how long, which status, which fault, and the answer's beginning.
    `begun` counts those since it was last asked for: a redelivery by hand has all its tries anew under the same id.
    """

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_subscription_at", "subscription_id", "at"),)

    id: Mapped[Key]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    message_id: Mapped[UUID | None]
    channel: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    tries: Mapped[list[Any]]
    begun: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    at: Mapped[datetime]
