"""Kinds, states, times and signatures of subscriptions. Standard library only."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

WEEKLY, RED_LINE = "weekly_summary", "red_line"
KINDS: Final = (WEEKLY, RED_LINE)

TEST, CONFIRM, CHANNEL_OFF = "test", "confirm", "channel_off"
"""What else is told: a trial, the question whether an address is right, and that a channel was switched off."""

EMAIL, WEBHOOK = "email", "webhook"

WAITING, SENT, FAILED, DROPPED = "waiting", "sent", "failed", "dropped"

DELIVER: Final = "subscriptions.deliver"
SUMMARISE: Final = "subscriptions.summarise"
RED_LINE_VISIT: Final = "subscriptions.red-line"
RED_LINES_WAVE: Final = "subscriptions.red-lines"

MOST: Final = 20
"""So many subscriptions may one person have."""

MOST_CONFIRMATIONS: Final = 10
"""So many addresses may one person ask to be confirmed in a day: nobody shall be pestered through us."""

STUCK: Final = timedelta(hours=1)
"""A delivery that has been due for so long will not be tried by itself any more."""

WEEK: Final = timedelta(days=7)

KEPT: Final = timedelta(days=180)
"""How long messages and deliveries are kept."""

CONFIRM_TIME: Final = timedelta(days=7)

_WAITS: Final = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6),
    timedelta(hours=12),
)  # fmt: skip
MOST_TRIES: Final = len(_WAITS) + 1
"""Seven tries in some twenty hours; then a person has to look."""

_DAYS: Final = 7
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=[^@]{1,190}$)([A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}"
)


def next_due(after: datetime, weekday: int, hour: int, zone: ZoneInfo) -> datetime:
    """The first moment after `after` at which it is this weekday (1 is Monday) and hour where `zone` is."""
    today = after.astimezone(zone).date()
    ahead = (weekday - today.isoweekday()) % _DAYS
    for days in (ahead, ahead + _DAYS):
        moment = datetime.combine(today + timedelta(days=days), time(hour), zone).astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("a week has every weekday")


def next_try(begun: int) -> timedelta | None:
    """How long to wait after so many failed tries; None after the last."""
    return _WAITS[begun - 1] if begun <= len(_WAITS) else None


def is_address(text: str) -> bool:
    """Whether the text is one plain e-mail address; nothing that a header could take for more."""
    return _ADDRESS.fullmatch(text) is not None


def secret_of(key: str, subscription_id: UUID, number: int) -> str:
    """The secret that signs a subscription's webhook, from the deployment's own."""
    return "whsec_" + _mac(key, "webhook", str(subscription_id), str(number))


def signature(secret: str, moment: int, body: bytes) -> str:
    """What the receiver of a webhook recomputes: HMAC-SHA256 over `moment.body`, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def unsubscribe_token(key: str, subscription_id: UUID) -> str:
    """Ends a subscription's e-mail, whoever holds it; never expires, since old mail lies around for years."""
    return _token(subscription_id, 0, _mac(key, "unsubscribe", str(subscription_id)))


def confirm_token(key: str, subscription_id: UUID, address: str, until: datetime) -> str:
    """Proves that whoever holds it reads mail to the address."""
    seconds = int(until.timestamp())
    return _token(subscription_id, seconds, _mac(key, "confirm", str(subscription_id), address, str(seconds)))


def read_token(token: str) -> tuple[UUID, int] | None:
    """The subscription and the second of expiry that a token names, still unproven; None for anything else."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != _TOKEN_BYTES:
        return None
    return UUID(bytes=raw[:16]), int.from_bytes(raw[16:24], "big")


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


_TOKEN_BYTES: Final = 16 + 8 + 32


def _token(subscription_id: UUID, seconds: int, mac: str) -> str:
    raw = subscription_id.bytes + seconds.to_bytes(8, "big") + urlsafe_b64decode(mac + "=")
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(key: str, *parts: str) -> str:
    """43 characters that only the holder of the key can make for these parts."""
    made = hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()
