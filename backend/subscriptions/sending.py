"""One attempt at one delivery: what is sent, sending it with no transaction open, and what follows from how it went."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import settings
from backend.accounts.models import Person
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import named_id
from backend.core.permissions import Permission
from backend.subscriptions import mail, queries, rules, service, telling, webhooks
from backend.subscriptions.mail import Letter
from backend.subscriptions.models import Delivery, Message, Subscription
from backend.subscriptions.problems import NotSent

_MILLISECONDS: Final = 1000
_LOST: Final = frozenset({"scope-gone", "channel-off", "not-permitted"})
"""What cannot be sent because it is nobody's any more: not the receiver's fault."""


@dataclass(frozen=True, slots=True)
class Post:
    """A document on its way to a webhook."""

    delivery_id: UUID
    kind: str
    url: str
    secret: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went: `fault` None where it was taken."""

    fault: NotSent | None
    at: datetime
    duration_ms: int
    status: int | None = None
    excerpt: str | None = None

    @property
    def code(self) -> str | None:
        return None if self.fault is None else self.fault.code

    def as_try(self) -> dict[str, Any]:
        told = self.fault or self
        return {
            "at": self.at.isoformat(), "duration_ms": self.duration_ms, "status": told.status, "fault": self.code,
            "excerpt": told.excerpt,
        }  # fmt: skip


def prepare(delivery: Delivery) -> Letter | Post | NotSent:
    """What is to be sent, inside a transaction; or why nothing may be: rights and channels count as they are now."""
    row = db.session.get_one(Subscription, delivery.subscription_id)
    actor = queries.readers([row.person_id]).get(row.person_id)
    message = None if delivery.message_id is None else db.session.get(Message, delivery.message_id)
    if actor is None:
        return NotSent("scope-gone", for_good=True)
    try:
        _require_wanted(row, delivery, message, actor)
        write = _post if delivery.channel == rules.WEBHOOK else _letter
        return write(row, actor, delivery, message)
    except NotSent as fault:
        return fault


def attempt(prepared: Letter | Post) -> Outcome:
    """Sends it, with no transaction open."""
    begun = clock.now()
    try:
        if isinstance(prepared, Post):
            allowed = settings.current().webhook_private
            answered = webhooks.post(
                prepared.url, prepared.secret, str(prepared.delivery_id), prepared.kind, prepared.body, allowed
            )
            return Outcome(None, begun, _since(begun), answered.status, answered.excerpt)
        status = _mailed(prepared)
        return Outcome(None, begun, _since(begun), status)
    except NotSent as fault:
        return Outcome(fault, begun, _since(begun))


def conclude(delivery_id: UUID, outcome: Outcome) -> None:
    """Writes the attempt down: sent, due again, or given up, whereupon the channel is switched off and its owner told."""
    delivery = db.session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None:
        return
    delivery.tries = [*delivery.tries, outcome.as_try()]
    delivery.begun += 1
    if outcome.fault is None:
        delivery.state, delivery.due_at = rules.SENT, None
    elif delivery.state == rules.WAITING:
        _failed(delivery, outcome.fault)


def _failed(delivery: Delivery, fault: NotSent) -> None:
    # Whoever asked for a trial waits for it now.
    is_last = fault.for_good or delivery.kind == rules.TEST
    wait = None if is_last else rules.next_try(delivery.begun)
    if wait is not None:
        delivery.due_at = clock.now() + wait
        outbox.queue(rules.DELIVER, delivery.id, due_at=delivery.due_at)
        return
    delivery.state, delivery.due_at = rules.DROPPED if fault.code in _LOST else rules.FAILED, None
    if delivery.state == rules.FAILED and delivery.kind in rules.KINDS:
        _switch_off(delivery, fault)


def _switch_off(delivery: Delivery, fault: NotSent) -> None:
    row = db.session.get_one(Subscription, delivery.subscription_id, with_for_update=True)
    column = f"{delivery.channel}_fault"
    if getattr(row, column) is not None:
        return
    setattr(row, column, fault.code)
    facts = {"channel": delivery.channel, "fault": fault.code, "tries": delivery.begun}
    message_id = named_id("channel-off", delivery.id, len(delivery.tries))
    service.tell(row, message_id, rules.CHANNEL_OFF, facts, [], outside=False)


def _require_wanted(row: Subscription, delivery: Delivery, message: Message | None, actor: Actor) -> None:
    if message is not None and not queries.may_still_read(actor, message):
        raise NotSent("scope-gone", for_good=True)
    if delivery.kind in rules.KINDS and (message is None or not row.is_active):
        raise NotSent("channel-off", for_good=True)


def _post(row: Subscription, actor: Actor, delivery: Delivery, message: Message | None) -> Post:
    if row.webhook_url is None or (row.webhook_fault is not None and delivery.kind != rules.TEST):
        raise NotSent("channel-off", for_good=True)
    if not actor.may(Permission.WEBHOOKS_MANAGE):
        raise NotSent("not-permitted", for_good=True)
    secret = rules.secret_of(settings.current().secret_key, row.id, row.secret_number)
    document = document_of(delivery, row, actor.locale, {} if message is None else message.facts)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Post(delivery.id, delivery.kind, row.webhook_url, secret, body)


def document_of(delivery: Delivery, row: Subscription, locale: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a webhook is sent, at every attempt."""
    told = telling.told(delivery.kind, facts, locale)
    return {
        "id": str(delivery.id),
        "kind": delivery.kind,
        "subscription_id": str(row.id),
        "at": delivery.at.isoformat(),
        "title": told.title,
        "url": _site(told.page),
        "facts": dict(facts),
    }


def _letter(row: Subscription, actor: Actor, delivery: Delivery, message: Message | None) -> Letter:
    if settings.current().mail is None:
        raise NotSent("mail-not-set-up")
    if delivery.kind == rules.CONFIRM:
        return _question(row, actor, delivery)
    if not row.wants_email or (row.email_fault is not None and delivery.kind != rules.TEST):
        raise NotSent("channel-off", for_good=True)
    address = queries.address_of(row)
    if address is None:
        raise NotSent("address-missing", for_good=True)
    told = telling.told(delivery.kind, {} if message is None else message.facts, actor.locale)
    end = rules.unsubscribe_token(settings.current().secret_key, row.id)
    kind = telling.say_to(actor.locale, f"kind-{row.kind}")
    footer = (
        mail.Line(telling.say_to(actor.locale, "footer-why", kind=kind)),
        mail.Line(telling.say_to(actor.locale, "footer-manage"), _site(telling.SUBSCRIPTIONS_PAGE)),
        mail.Line(telling.say_to(actor.locale, "footer-unsubscribe"), _site(f"/unsubscribe?token={end}")),
    )
    return Letter(
        delivery_id=delivery.id, locale=actor.locale, to=address, subject=told.title,
        lines=[mail.Line(each.words, _site(each.page), each.heads) for each in told.lines], footer=footer,
        unsubscribe=_site(f"/api/v1/unsubscribe?token={end}"),
    )  # fmt: skip


def _question(row: Subscription, actor: Actor, delivery: Delivery) -> Letter:
    """The mail that asks whether an address is right; it goes there once, and no more is sent before the answer."""
    if row.address is None or row.confirmed_at is not None:
        raise NotSent("channel-off", for_good=True)
    person = db.session.get_one(Person, row.person_id)
    until = delivery.at + rules.CONFIRM_TIME
    token = rules.confirm_token(settings.current().secret_key, row.id, row.address, until)
    lines = (
        mail.Line(telling.say_to(actor.locale, "line-confirm", person=person.name)),
        mail.Line(telling.say_to(actor.locale, "line-confirm-link"), _site(f"/confirm-address?token={token}")),
        mail.Line(telling.say_to(actor.locale, "line-confirm-until", days=rules.CONFIRM_TIME.days)),
    )
    subject = telling.say_to(actor.locale, "title-confirm")
    return Letter(
        delivery_id=delivery.id, locale=actor.locale, to=row.address, subject=subject, lines=lines, footer=(),
        unsubscribe=None,
    )  # fmt: skip


def _mailed(letter: Letter) -> int:
    server = settings.current().mail
    if server is None:
        raise NotSent("mail-not-set-up")
    return mail.send(server, letter, settings.current().public_url)


def _site(page: str | None) -> str | None:
    return None if page is None else f"{settings.current().public_url}{page}"


def _since(moment: datetime) -> int:
    return int((clock.now() - moment).total_seconds() * _MILLISECONDS)
