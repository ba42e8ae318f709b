"""Pure rules of accounts: how a login is compared, what a secret looks like, which address counts as one caller."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

SESSION_LIFE = timedelta(days=30)
SEEN_AFTER = timedelta(minutes=5)
LINK_LIFE = timedelta(days=7)
PASSWORD_LENGTH = (10, 200)
FIELD_ROLES = frozenset({"shopper", "auditor"})
_SITE_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a consent allowed, from when, and until when (None: still). All of it by the phone's own clock."""

    given_at: datetime
    withdrawn_at: datetime | None
    position: bool


def is_covered(agreements: Sequence[Agreement], moment: datetime, *, position: bool = False) -> bool:
    """Whether what was captured at this moment, or its `position`, was agreed to.

    Where nothing had been told by then it is: not every program that captures asks through us.
    """
    told = [each for each in agreements if each.given_at <= moment]
    in_force = [each for each in told if each.withdrawn_at is None or moment < each.withdrawn_at]
    return not told or any(each.position or not position for each in in_force)


def normal_login(login: str) -> str:
    """The one spelling under which a login is kept and compared: NFKC, case folded, no space at the ends."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def is_login(login: str) -> bool:
    """Whether a normal login can be read and typed: not empty, printable, without spaces."""
    return bool(login) and login.isprintable() and " " not in login


def new_secret() -> str:
    """A secret of 32 random bytes, safe in a URL and in a header."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a random secret: sha256 in hex. Too weak for passwords, which people choose."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def caller_at(address: str | None) -> str:
    """The address under which failures of one caller are counted: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "address:unknown"
    if not isinstance(parsed, IPv6Address):
        return f"address:{parsed}"
    if parsed.ipv4_mapped:
        return f"address:{parsed.ipv4_mapped}"
    site = int(parsed) >> _SITE_PREFIX << _SITE_PREFIX
    return f"address:{IPv6Address(site)}/{_SITE_PREFIX}"


def account_of(login: str) -> str:
    """The subject under which failures of one account are counted; the login itself is not readable from it."""
    return f"account:{hash_of(normal_login(login))}"


def page_of(roles: frozenset[str]) -> str:
    """Where a person's links lead: the phone app for those who only work in the field, else the console."""
    return "/m/" if roles and roles <= FIELD_ROLES else "/"
