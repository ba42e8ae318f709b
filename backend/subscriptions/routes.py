"""Routes of one's own subscriptions and messages, and of the two links that mails carry."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from flask import Response, redirect

from backend import settings
from backend.core import messages
from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.paging import PageQuery, page
from backend.core.permissions import Open, Permission
from backend.subscriptions import queries, service, telling
from backend.subscriptions.models import Delivery, Message, Subscription
from backend.subscriptions.schemas import (
    ConfirmBody,
    DeliveryAnswer,
    DeliveryPage,
    LinkQuery,
    MessageAnswer,
    MessagePage,
    MessageQuery,
    ReadBody,
    SecretAnswer,
    SubscriptionAnswer,
    SubscriptionBody,
    SubscriptionPage,
    UnreadAnswer,
    delivery_line,
    subscription_line,
)
from backend.waves import queries as waves

blp = Blueprint("subscriptions", __name__, description="One's own subscriptions, their deliveries, and messages.")
BLUEPRINTS = (blp,)

READ: Final = Permission.REPORTS_READ
HOOK: Final = Permission.WEBHOOKS_MANAGE
_ONE: Final = "/subscriptions/<uuid:subscription_id>"
_SECRET: Final = {"Cache-Control": "no-store"}


@blp.endpoint("GET", "/subscriptions", permission=READ, query=PageQuery, answer=SubscriptionPage)
def get_subscriptions(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """One's own subscriptions, oldest first, and what may be chosen for them."""
    rows, place = queries.own(actor), {"after": query["after"], "limit": query["limit"]}
    found = page(rows, Subscription.created_at, Subscription.id, **place)
    choices = {
        "email": settings.current().mail is not None,
        "address": queries.own_address(actor.person_id),
        "webhook": actor.may(HOOK),
        "time_zone": str(settings.current().time_zone),
    }
    return {"items": _lines(found.items), "next": found.next, "choices": choices}


@blp.endpoint("GET", _ONE, permission=READ, answer=SubscriptionAnswer)
def get_subscription(actor: Actor, subscription_id: UUID) -> dict[str, Any]:
    return _lines([queries.get_own(actor, subscription_id)])[0]


@blp.endpoint("PUT", _ONE, permission=READ, body=SubscriptionBody, answer=SubscriptionAnswer)
def put_subscription(actor: Actor, body: dict[str, Any], subscription_id: UUID) -> Any:
    """Subscribes, or changes what was subscribed to: 201 when it is new. A new own address is written to at once."""
    row, is_new = service.put(actor, subscription_id, body)
    return _lines([row])[0], 201 if is_new else 200


@blp.endpoint("DELETE", _ONE, permission=READ, status=204)
def delete_subscription(actor: Actor, subscription_id: UUID) -> None:
    """Ends a subscription, with its delivery log. Its messages stay."""
    service.drop(actor, subscription_id)


@blp.endpoint("POST", f"{_ONE}/secret", permission=HOOK, answer=SecretAnswer, status=201)
def post_secret(actor: Actor, subscription_id: UUID) -> Any:
    """Makes a fresh secret for the webhook; it is told this once."""
    return {"secret": service.make_secret(actor, subscription_id)}, 201, _SECRET


@blp.endpoint("POST", f"{_ONE}/test", permission=READ, answer=DeliveryPage, status=202)
def post_test(actor: Actor, subscription_id: UUID) -> Any:
    """Sends a trial by every channel outside; the answer holds the deliveries to look for in the log."""
    return {"items": [delivery_line(each) for each in service.send_test(actor, subscription_id)], "next": None}, 202


@blp.endpoint("POST", f"{_ONE}/confirmation", permission=READ, answer=DeliveryAnswer, status=202)
def post_own_confirmation(actor: Actor, subscription_id: UUID) -> Any:
    """Asks once more whether the subscription's own address is right."""
    return delivery_line(service.ask_to_confirm(actor, subscription_id)), 202


@blp.endpoint("PUT", f"{_ONE}/resumption", permission=READ, answer=SubscriptionAnswer)
def put_resumption(actor: Actor, subscription_id: UUID) -> dict[str, Any]:
    """Switches on again what was switched off after failures."""
    return _lines([service.resume(actor, subscription_id)])[0]


@blp.endpoint("GET", f"{_ONE}/deliveries", permission=READ, query=PageQuery, answer=DeliveryPage)
def get_deliveries(actor: Actor, query: dict[str, Any], subscription_id: UUID) -> dict[str, Any]:
    """What was sent outside, newest first, with every try."""
    rows, place = (
        queries.deliveries_of(queries.get_own(actor, subscription_id)),
        {"after": query["after"], "limit": query["limit"]},
    )
    found = page(rows, Delivery.at, Delivery.id, **place, descending=True)
    return {"items": [delivery_line(each) for each in found.items], "next": found.next}


@blp.endpoint("POST", f"{_ONE}/deliveries/<uuid:delivery_id>/again", permission=READ, answer=DeliveryAnswer, status=202)
def post_again(actor: Actor, subscription_id: UUID, delivery_id: UUID) -> Any:
    """Sends a delivery once more, under the same id."""
    return delivery_line(service.redeliver(actor, subscription_id, delivery_id)), 202


@blp.endpoint("GET", "/messages", permission=Open.SIGNED_IN, query=MessageQuery, answer=MessagePage)
def get_messages(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """One's own messages, newest first."""
    rows = queries.messages_of(actor, unread=query["unread"])
    found = page(rows, Message.at, Message.id, after=query["after"], limit=query["limit"], descending=True)
    return {"items": [_message(actor, each) for each in found.items], "next": found.next}


@blp.endpoint("GET", "/messages/unread", permission=Open.SIGNED_IN, answer=UnreadAnswer)
def get_unread(actor: Actor) -> dict[str, int]:
    """How many of one's own messages are not read."""
    return {"unread": queries.count_unread(actor)}


@blp.endpoint("PUT", "/messages/read", permission=Open.SIGNED_IN, body=ReadBody, answer=UnreadAnswer)
def put_all_read(actor: Actor, body: dict[str, Any]) -> dict[str, int]:
    """Marks every message read that came until then."""
    service.read_all(actor, body["until"])
    return {"unread": queries.count_unread(actor)}


@blp.endpoint("PUT", "/messages/<uuid:message_id>/read", permission=Open.SIGNED_IN, answer=MessageAnswer)
def put_read(actor: Actor, message_id: UUID) -> dict[str, Any]:
    """Marks one message read."""
    return _message(actor, service.read(actor, message_id))


@blp.endpoint("POST", "/confirmations", permission=Open.PUBLIC, body=ConfirmBody, status=204)
def post_confirmation(_actor: Actor | None, body: dict[str, str]) -> None:
    """Confirms an e-mail address by the link that was sent to it."""
    service.confirm(body["token"])


@blp.endpoint("POST", "/unsubscribe", permission=Open.PUBLIC, query=LinkQuery, status=204)
def post_unsubscribe(_actor: Actor | None, query: dict[str, str]) -> None:
    """Ends a subscription's e-mail with one click, as mail programs ask for it (RFC 8058)."""
    service.unsubscribe(query["token"])


@blp.endpoint("GET", "/unsubscribe", permission=Open.PUBLIC, query=LinkQuery, status=303)
def get_unsubscribe(_actor: Actor | None, query: dict[str, str]) -> Response:
    """For mail programs that open the link instead: leads to the page with the button; looking changes nothing."""
    answer = redirect(f"/unsubscribe?token={quote(query['token'], safe='')}", 303)
    return Response(answer.response, answer.status_code, answer.headers)  # type: ignore[attr-defined]


def _lines(rows: Sequence[Subscription]) -> list[dict[str, Any]]:
    programmes = waves.programmes_by_id({row.programme_id for row in rows if row.programme_id is not None})
    codes = {id_: programme.code for id_, programme in programmes.items()}
    return [
        subscription_line(row, None if row.programme_id is None else codes[row.programme_id], queries.address_of(row))
        for row in rows
    ]


def _message(actor: Actor, row: Message) -> dict[str, Any]:
    locale, reads = messages.locale(), queries.may_still_read(actor, row)
    told = telling.told(row.kind, row.facts, locale) if reads else telling.withheld(locale)
    return {
        "id": row.id, "kind": row.kind, "title": told.title, "lines": told.lines, "page": told.page, "at": row.at,
        "read_at": row.read_at,
    }  # fmt: skip
