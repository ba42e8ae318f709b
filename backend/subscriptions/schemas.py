"""What the routes of subscriptions and messages take and answer."""

from typing import Any, Final

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.core.paging import PageQuery
from backend.core.schemas import Schema, between, one_of, text
from backend.subscriptions import rules, telling
from backend.subscriptions.models import Delivery, Subscription
from backend.subscriptions.targets import MOST_URL

_SUNDAY: Final = 7
_LAST_HOUR: Final = 23


class SubscriptionBody(Schema):
    """`programme` is a code, null for all; `address` null for the person's own."""

    kind = fields.String(required=True, validate=one_of(*rules.KINDS))
    programme = text(64, required=False, allow_none=True)
    weekday = fields.Integer(load_default=None, allow_none=True, validate=between(1, _SUNDAY))
    hour = fields.Integer(load_default=None, allow_none=True, validate=between(0, _LAST_HOUR))
    active = fields.Boolean(load_default=True)
    email = fields.Boolean(load_default=False)
    address = text(254, required=False, allow_none=True)
    webhook = text(MOST_URL, required=False, allow_none=True)

    def load(self, *args: Any, **kwargs: Any) -> Any:
        missing = dict.fromkeys(("programme", "address", "webhook"))
        return missing | super().load(*args, **kwargs)


class ConfirmBody(Schema):
    token = text(200)


class LinkQuery(Schema):
    token = text(200)


class MessageQuery(PageQuery):
    unread = fields.Boolean(load_default=False)


class ReadBody(Schema):
    """Every message that came until then is read."""

    until = fields.AwareDateTime(required=True)


class ChannelFault(Answer):
    code = fields.String()
    message = fields.String()


class SubscriptionAnswer(Answer):
    """`address` is the subscription's own; `writes_to` where mail goes now, null while none is confirmed."""

    id = fields.UUID()
    kind = fields.String()
    programme = fields.String(allow_none=True)
    weekday = fields.Integer(allow_none=True)
    hour = fields.Integer(allow_none=True)
    active = fields.Boolean()
    email = fields.Boolean()
    address = fields.String(allow_none=True)
    confirmed = fields.Boolean()
    writes_to = fields.String(allow_none=True)
    email_fault = fields.Nested(ChannelFault, allow_none=True)
    webhook = fields.String(allow_none=True)
    has_secret = fields.Boolean()
    webhook_fault = fields.Nested(ChannelFault, allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    told_until = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class ChoicesAnswer(Answer):
    """What the caller may choose: whether mail can be sent, to which address of theirs, and webhooks."""

    email = fields.Boolean()
    address = fields.String(allow_none=True)
    webhook = fields.Boolean()
    time_zone = fields.String()


class SubscriptionPage(Answer):
    items = fields.List(fields.Nested(SubscriptionAnswer))
    next = fields.String(allow_none=True)
    choices = fields.Nested(ChoicesAnswer)


class SecretAnswer(Answer):
    secret = fields.String()


class TryAnswer(Answer):
    at = fields.String()
    duration_ms = fields.Integer()
    status = fields.Integer(allow_none=True)
    fault = fields.Nested(ChannelFault, allow_none=True)
    excerpt = fields.String(allow_none=True)


class DeliveryAnswer(Answer):
    id = fields.UUID()
    channel = fields.String()
    kind = fields.String()
    state = fields.String()
    at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    tries = fields.List(fields.Nested(TryAnswer))


class DeliveryPage(Answer):
    items = fields.List(fields.Nested(DeliveryAnswer))
    next = fields.String(allow_none=True)


class MessageLine(Answer):
    words = fields.String()
    page = fields.String(allow_none=True)


class MessageAnswer(Answer):
    """`page` is where in the console its proof stands."""

    id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    lines = fields.List(fields.Nested(MessageLine))
    page = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class MessagePage(Answer):
    items = fields.List(fields.Nested(MessageAnswer))
    next = fields.String(allow_none=True)


class UnreadAnswer(Answer):
    unread = fields.Integer()


def subscription_line(row: Subscription, programme: str | None, writes_to: str | None) -> dict[str, Any]:
    """A subscription as its owner reads it."""
    same = ("id", "kind", "weekday", "hour", "address", "due_at", "told_until", "created_at")
    return {name: getattr(row, name) for name in same} | {
        "programme": programme,
        "active": row.is_active,
        "email": row.wants_email,
        "confirmed": row.address is None or row.confirmed_at is not None,
        "writes_to": writes_to if row.wants_email else None,
        "email_fault": _fault(row.email_fault),
        "webhook": row.webhook_url,
        "has_secret": row.secret_number > 0,
        "webhook_fault": _fault(row.webhook_fault),
    }


def delivery_line(row: Delivery) -> dict[str, Any]:
    """A delivery with its tries, newest last, each fault in words."""
    same = ("id", "channel", "kind", "state", "at", "due_at")
    tries = [each | {"fault": _fault(each["fault"])} for each in row.tries]
    return {name: getattr(row, name) for name in same} | {"tries": tries}


def _fault(code: str | None) -> dict[str, str] | None:
    return None if code is None else {"code": code, "message": telling.fault(code)}
