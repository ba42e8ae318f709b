"""Keyset paging: a list goes on after the last row seen, however many rows came before."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.db import db
from backend.core.problems import CursorInvalid
from backend.core.schemas import Schema, between

Column = InstrumentedAttribute[Any]

DEFAULT_LIMIT = 50
MOST = 200
MOST_INTEGER = 2**63 - 1


class PageQuery(Schema):
    """`?after=&limit=`: the cursor of the last answer and how many rows at the most."""

    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=between(1, MOST))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next` is the cursor for the page after it, None at the end."""

    items: Sequence[Any]
    next: str | None


def page(
    rows: Select[Any],
    *keys: Column,
    after: str | None,
    limit: int,
    descending: bool = False,
    key_of: Callable[[Any], tuple[Any, ...]] | None = None,
) -> Page:
    """The rows after the cursor, ordered by `keys` (the last one unique), at most `limit`.

    Of a statement that selects several columns the items are rows. `key_of` tells an item's key values; without it
    they are the attributes the keys are named after.
    Raises CursorInvalid for a cursor that is not ours.
    """
    if after is not None:
        bound = tuple_(*keys)
        values = tuple_(*_decode(after, keys))
        rows = rows.where(bound < values if descending else bound > values)
    ordered = rows.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(limit + 1)
    asked = db.session.execute(ordered)
    found: Sequence[Any] = asked.scalars().all() if len(rows.column_descriptions) == 1 else asked.all()
    read = key_of or (lambda row: tuple(getattr(row, key.key) for key in keys))
    more = len(found) > limit
    return Page(found[:limit], _encode(read(found[limit - 1])) if more else None)


def _encode(values: tuple[Any, ...]) -> str:
    plain = [value.isoformat() if isinstance(value, (date, datetime)) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).rstrip(b"=").decode()


def _decode(cursor: str, keys: tuple[Column, ...]) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        values = json.loads(raw)
        return [_read(text, key.type.python_type) for text, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError, OverflowError, binascii.Error, UnicodeError, RecursionError) as fault:
        raise CursorInvalid from fault


def _read(text: Any, kind: type) -> Any:
    if not isinstance(text, str) or "\x00" in text:
        raise ValueError(text)
    readers: dict[type, Callable[[str], Any]] = {
        datetime: _instant,
        date: date.fromisoformat,
        UUID: UUID,
        int: _integer,
        str: str,
    }
    return readers[kind](text)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > MOST_INTEGER:
        raise ValueError(text)
    return number
