"""Subscribing, confirming an address, ending mail by its link, reading messages, sending again by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from backend import settings
from backend.core import clock, outbox
from backend.core.actor import SYSTEM, Actor
from backend.core.db import db
from backend.core.ids import named_id, new_id
from backend.core.permissions import Permission
from backend.core.problems import Fault, NotFound
from backend.subscriptions import queries, rules, targets
from backend.subscriptions.models import Delivery, Message, Subscription
from backend.subscriptions.problems import (
    DeliveryWaits,
    LinkInvalid,
    NoChannel,
    NothingToConfirm,
    SubscriptionInvalid,
    TooManyConfirmations,
    TooManySubscriptions,
)
from backend.subscriptions.telling import PACKAGE
from backend.waves import queries as waves


def put(actor: Actor, subscription_id: UUID, body: Mapping[str, Any]) -> tuple[Subscription, bool]:
    """Creates the actor's subscription or replaces what it says; whether it is new. The same again changes nothing.

    Switching a channel on again, or giving it another address, forgets why we had switched it off.
    """
    row = db.session.get(Subscription, subscription_id, with_for_update=True, populate_existing=True)
    if row is not None and row.person_id != actor.id:
        raise NotFound
    wanted, is_new = _wanted(actor, row, body), row is None
    if row is None:
        row = _create(actor, subscription_id)
    before = {name: getattr(row, name) for name in wanted}
    for name, value in wanted.items():
        setattr(row, name, value)
    _settle(actor, row, before)
    if is_new or before != wanted:
        verb = "created" if is_new else "changed"
        outbox.record(actor, f"subscription.{verb}", row.id, kind=row.kind, active=row.is_active)
    return row, is_new


def drop(actor: Actor, subscription_id: UUID) -> None:
    """Ends the subscription for good, with its delivery log. Messages stay."""
    row = queries.get_own(actor, subscription_id, lock=True)
    db.session.execute(delete(Delivery).where(Delivery.subscription_id == row.id))
    db.session.delete(row)
    outbox.record(actor, "subscription.dropped", subscription_id)


def make_secret(actor: Actor, subscription_id: UUID) -> str:
    """A fresh secret for the webhook; what was signed with the one before is the receiver's to refuse."""
    row = queries.get_own(actor, subscription_id, lock=True)
    if row.webhook_url is None:
        raise NoChannel
    row.secret_number += 1
    outbox.record(actor, "subscription.secret-made", row.id)
    return rules.secret_of(settings.current().secret_key, row.id, row.secret_number)


def send_test(actor: Actor, subscription_id: UUID) -> list[Delivery]:
    """Queues a trial by every channel outside that the subscription has."""
    row = queries.get_own(actor, subscription_id, lock=True)
    channels = channels_of(row)
    if not channels:
        raise NoChannel
    return [deliver_later(row, new_id(), channel, rules.TEST, None) for channel in channels]


def ask_to_confirm(actor: Actor, subscription_id: UUID) -> Delivery:
    """Writes to the subscription's own address once more. Raises NothingToConfirm, TooManyConfirmations."""
    row = queries.get_own(actor, subscription_id, lock=True)
    if row.address is None or row.confirmed_at is not None:
        raise NothingToConfirm
    return _ask(actor, row)


def confirm(token: str) -> Subscription:
    """Takes the link in a mail as proof that its address is read by who asked. Raises LinkInvalid."""
    row, seconds = _named(token)
    left = seconds - clock.now().timestamp()
    if row.address is None or not 0 <= left <= rules.CONFIRM_TIME.total_seconds():
        raise LinkInvalid
    until = datetime.fromtimestamp(seconds, UTC)
    if not rules.same(token, rules.confirm_token(settings.current().secret_key, row.id, row.address, until)):
        raise LinkInvalid
    if row.confirmed_at is None:
        row.confirmed_at = clock.now()
        outbox.record(SYSTEM, "subscription.address-confirmed", row.id)
    return row


def unsubscribe(token: str) -> Subscription:
    """Ends the subscription's e-mail by a mail's own link; again it changes nothing. Raises LinkInvalid."""
    row, _seconds = _named(token)
    if not rules.same(token, rules.unsubscribe_token(settings.current().secret_key, row.id)):
        raise LinkInvalid
    if row.wants_email:
        row.wants_email = False
        outbox.record(SYSTEM, "subscription.unsubscribed", row.id)
    return row


def redeliver(actor: Actor, subscription_id: UUID, delivery_id: UUID) -> Delivery:
    """Sends once more under the same id, with all its tries anew. Raises DeliveryWaits while it waits anyway."""
    row, now = queries.get_own(actor, subscription_id), clock.now()
    delivery = queries.get_delivery(row, delivery_id)
    if delivery.state == rules.WAITING and (delivery.due_at or now) > now - rules.STUCK:
        raise DeliveryWaits
    delivery.state, delivery.begun, delivery.due_at = rules.WAITING, 0, now
    outbox.record(actor, "subscription.redelivered", row.id, delivery=str(delivery.id))
    outbox.queue(rules.DELIVER, delivery.id)
    return delivery


def resume(actor: Actor, subscription_id: UUID) -> Subscription:
    """Switches on again what we had switched off after failures."""
    row = queries.get_own(actor, subscription_id, lock=True)
    if row.email_fault or row.webhook_fault:
        row.email_fault = row.webhook_fault = None
        outbox.record(actor, "subscription.resumed", row.id)
    return row


def read(actor: Actor, message_id: UUID) -> Message:
    """Marks one message read; again it changes nothing."""
    message = queries.get_message(actor, message_id)
    message.read_at = message.read_at or clock.now()
    return message


def read_all(actor: Actor, until: datetime) -> None:
    """Marks every message read that came until then: what comes meanwhile stays unread."""
    rows = update(Message).where(Message.person_id == actor.id, Message.read_at.is_(None), Message.at <= until)
    db.session.execute(rows.values(read_at=clock.now()))


def forget() -> None:
    """Deletes messages and deliveries that have been kept for long enough."""
    over = queries.forgettable()
    db.session.execute(delete(Delivery).where(Delivery.at < over))
    db.session.execute(delete(Message).where(Message.at < over))


def tell(
    subscription: Subscription, message_id: UUID, kind: str, facts: dict[str, Any], scope: list[Any], *, outside: bool
) -> None:
    """Writes the message and, where `outside`, what its channels must deliver; again it changes nothing."""
    if db.session.get(Message, message_id) is not None:
        return
    db.session.add(
        Message(
            id=message_id, person_id=subscription.person_id, subscription_id=subscription.id, kind=kind, facts=facts,
            scope=scope, at=clock.now(),
        )
    )  # fmt: skip
    for channel in channels_of(subscription) if outside else ():
        deliver_later(subscription, named_id("delivery", message_id, channel), channel, kind, message_id)


def deliver_later(
    subscription: Subscription, delivery_id: UUID, channel: str, kind: str, message_id: UUID | None
) -> Delivery:
    """Queues one delivery under the id that it keeps however often it is tried."""
    now = clock.now()
    row = Delivery(
        id=delivery_id, subscription_id=subscription.id, message_id=message_id, channel=channel, kind=kind,
        state=rules.WAITING, tries=[], begun=0, due_at=now, at=now,
    )  # fmt: skip
    db.session.add(row)
    outbox.queue(rules.DELIVER, delivery_id)
    return row


def channels_of(subscription: Subscription) -> list[str]:
    """The channels outside that are switched on and in order."""
    mail = subscription.wants_email and subscription.email_fault is None
    hook = subscription.webhook_url is not None and subscription.webhook_fault is None
    ready = mail and queries.address_of(subscription) is not None
    return [channel for channel, is_on in ((rules.EMAIL, ready), (rules.WEBHOOK, hook)) if is_on]


def _create(actor: Actor, subscription_id: UUID) -> Subscription:
    if queries.count_own(actor) >= rules.MOST:
        raise TooManySubscriptions(most=rules.MOST)
    row = Subscription(id=subscription_id, person_id=actor.person_id, secret_number=0, created_at=clock.now())
    db.session.add(row)
    return row


def _wanted(actor: Actor, row: Subscription | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the body asks for. Raises SubscriptionInvalid with everything that does not fit."""
    faults: dict[str, str] = {}
    programme = None if body["programme"] is None else waves.find_programme(body["programme"])
    if body["programme"] is not None and programme is None:
        faults["programme"] = "programme-unknown"
    if (schedule := _schedule_fault(body)) is not None:
        faults["weekday"] = schedule
    address, email = _address(actor, body)
    if email is not None:
        faults["address" if body["address"] or email == "address-missing" else "email"] = email
    if (hook := _webhook_fault(actor, row, body)) is not None:
        faults["webhook"] = hook
    if faults:
        raise SubscriptionInvalid(faults=[Fault({"field": name}, PACKAGE, code) for name, code in faults.items()])
    return {
        "kind": body["kind"],
        "programme_id": None if programme is None else programme.id,
        "weekday": body["weekday"],
        "hour": body["hour"],
        "is_active": body["active"],
        "wants_email": body["email"],
        "address": address,
        "webhook_url": body["webhook"],
    }


def _schedule_fault(body: Mapping[str, Any]) -> str | None:
    given = [body["weekday"] is not None, body["hour"] is not None]
    if body["kind"] == rules.WEEKLY:
        return None if all(given) else "schedule-missing"
    return "schedule-needless" if any(given) else None


def _address(actor: Actor, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The address of the subscription's own, None for the person's, and what is wrong with it."""
    given = (body["address"] or "").strip()
    kept = queries.own_address(actor.person_id)
    if given and not rules.is_address(given):
        return None, "address-malformed"
    if not body["email"]:
        return (given or None) if given != kept else None, None
    if settings.current().mail is None:
        return None, "mail-not-set-up"
    if not given and kept is None:
        return None, "address-missing"
    return (given or None) if given != kept else None, None


def _webhook_fault(actor: Actor, row: Subscription | None, body: Mapping[str, Any]) -> str | None:
    """What speaks against the webhook asked for; leaving an old one as it is needs no permission."""
    if body["webhook"] is None or (row is not None and row.webhook_url == body["webhook"]):
        return None
    if not actor.may(Permission.WEBHOOKS_MANAGE):
        return "webhook-not-permitted"
    return targets.refusal(body["webhook"], settings.current().webhook_private)


def _settle(actor: Actor, row: Subscription, before: Mapping[str, Any]) -> None:
    """What follows from a change: the next summary's moment, an address to be asked, faults that are over."""
    if (row.kind, row.weekday, row.hour, row.is_active) != tuple(
        before[name] for name in ("kind", "weekday", "hour", "is_active")
    ):
        row.due_at = _next_due(row)
    if row.address != before["address"]:
        row.confirmed_at = None
    if (row.address, row.wants_email) != (before["address"], before["wants_email"]):
        row.email_fault = None
        if row.wants_email and row.address is not None and row.confirmed_at is None:
            _ask(actor, row)
    if row.webhook_url != before["webhook_url"]:
        row.webhook_fault = None


def _next_due(row: Subscription) -> datetime | None:
    if not row.is_active or row.weekday is None or row.hour is None:
        return None
    return rules.next_due(clock.now(), row.weekday, row.hour, settings.current().time_zone)


def _ask(actor: Actor, row: Subscription) -> Delivery:
    if queries.count_asked(actor) >= rules.MOST_CONFIRMATIONS:
        raise TooManyConfirmations(most=rules.MOST_CONFIRMATIONS)
    outbox.record(actor, queries.ADDRESS_ASKED, row.id)
    db.session.flush()  # The delivery points at the subscription.
    return deliver_later(row, new_id(), rules.EMAIL, rules.CONFIRM, None)


def _named(token: str) -> tuple[Subscription, int]:
    found = rules.read_token(token)
    rows = None if found is None else select(Subscription).where(Subscription.id == found[0]).with_for_update()
    row = None if rows is None else db.session.scalar(rows)
    if row is None or found is None:
        raise LinkInvalid
    return row, found[1]
