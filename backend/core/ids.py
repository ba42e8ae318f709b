"""Identifiers. Ours are UUIDs of version 7 (RFC 9562, section 5.7); any version is accepted from outside."""

import secrets
from uuid import UUID, uuid5

from backend.core import clock

_NAMESPACE = UUID("6d696e67-6368-4100-8000-000000000001")


def new_id() -> UUID:
    """A fresh id that sorts by time: 48 bits of Unix milliseconds, then random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def named_id(*parts: object) -> UUID:
    """The same id for the same parts, always: for rows that a file names, such as imported stores and the demo."""
    return uuid5(_NAMESPACE, "/".join(str(part) for part in parts))
