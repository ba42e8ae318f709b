"""Reading subscriptions, messages and deliveries: everybody's own, and nobody else's."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.accounts import queries as accounts
from backend.accounts.models import Person
from backend.core import clock
from backend.core.actor import Actor, Membership
from backend.core.db import db
from backend.core.outbox import Event
from backend.core.permissions import Permission
from backend.core.problems import NotFound
from backend.exports.queries import thawed
from backend.subscriptions import rules
from backend.subscriptions.models import Delivery, Message, Subscription

ADDRESS_ASKED = "subscription.address-asked"


def own(actor: Actor) -> Select[Subscription]:
    return select(Subscription).where(Subscription.person_id == actor.id)


def get_own(actor: Actor, subscription_id: UUID, *, lock: bool = False) -> Subscription:
    """The actor's subscription; NotFound for anybody else's."""
    rows = own(actor).where(Subscription.id == subscription_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound
    return found


def count_own(actor: Actor) -> int:
    return db.session.scalar(own(actor).with_only_columns(func.count())) or 0


def messages_of(actor: Actor, *, unread: bool) -> Select[Message]:
    rows = select(Message).where(Message.person_id == actor.id)
    return rows.where(Message.read_at.is_(None)) if unread else rows


def count_unread(actor: Actor) -> int:
    return db.session.scalar(messages_of(actor, unread=True).with_only_columns(func.count())) or 0


def get_message(actor: Actor, message_id: UUID) -> Message:
    """The actor's message; NotFound for anybody else's."""
    found = db.session.scalar(messages_of(actor, unread=False).where(Message.id == message_id))
    if found is None:
        raise NotFound
    return found


def deliveries_of(subscription: Subscription) -> Select[Delivery]:
    return select(Delivery).where(Delivery.subscription_id == subscription.id)


def get_delivery(subscription: Subscription, delivery_id: UUID) -> Delivery:
    """A delivery of the subscription, locked; NotFound when it is another's."""
    rows = deliveries_of(subscription).where(Delivery.id == delivery_id).with_for_update()
    found = db.session.scalar(rows.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def count_asked(actor: Actor) -> int:
    """How many addresses the actor had asked within a day, also by subscriptions that are gone."""
    since = clock.now() - timedelta(days=1)
    rows = select(func.count()).where(Event.name == ADDRESS_ASKED, Event.person_id == actor.id, Event.at >= since)
    return db.session.scalar(rows) or 0


def active(kind: str) -> list[Subscription]:
    """The subscriptions of a kind that are switched on, by id."""
    rows = select(Subscription).where(Subscription.kind == kind, Subscription.is_active).order_by(Subscription.id)
    return list(db.session.scalars(rows))


def due(moment: datetime) -> list[Subscription]:
    """The weekly subscriptions whose moment has come, locked for the caller."""
    rows = select(Subscription).where(
        Subscription.kind == rules.WEEKLY, Subscription.is_active, Subscription.due_at <= moment
    )
    return list(db.session.scalars(rows.order_by(Subscription.id).with_for_update(skip_locked=True)))


def readers(person_ids: Collection[UUID]) -> dict[UUID, Actor]:
    """The people as actors with what they hold now: those who can sign in and may read reports."""
    people = db.session.scalars(select(Person).where(Person.id.in_(list(person_ids)), Person.is_active)).all()
    held = accounts.memberships_of([person.id for person in people])
    found = {}
    for person in people:
        memberships = tuple(Membership(each.role, each.scope_kind, each.scope_id) for each in held.get(person.id, []))
        actor = Actor(person.id, person.name, person.locale, memberships, signed_in_by="token")
        if actor.may(Permission.REPORTS_READ):
            found[person.id] = actor
    return found


def address_of(subscription: Subscription) -> str | None:
    """Where the subscription's e-mail goes; None when there is no address that may be written to."""
    if subscription.address is not None:
        return subscription.address if subscription.confirmed_at is not None else None
    return own_address(subscription.person_id)


def own_address(person_id: UUID) -> str | None:
    """The address that headquarters keeps of a person, as far as it is one."""
    kept = (db.session.scalar(select(Person.email).where(Person.id == person_id)) or "").strip()
    return kept if rules.is_address(kept) else None


def may_still_read(actor: Actor | None, message: Message) -> bool:
    """Whether the person still holds every role under which the message's facts were read."""
    return actor is not None and set(thawed(message.scope)) <= set(actor.memberships)


def existing(message_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these messages were written."""
    return set(db.session.scalars(select(Message.id).where(Message.id.in_(list(message_ids)))))


def forgettable() -> datetime:
    """What was told before this moment is kept no longer."""
    return clock.now() - rules.KEPT
