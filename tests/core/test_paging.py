"""Keyset paging: every row once, however the pages are cut, and no cursor of another's making does harm."""

import base64
import json

import pytest
from flask import Flask
from sqlalchemy import select

from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.core.paging import page
from backend.core.problems import CursorInvalid
from backend.network.models import Store
from tests import world


def add_stores(count: int) -> None:
    with transaction(writes=True):
        for number in range(count):
            db.session.add(
                Store(
                    id=named_id("paging", number),
                    brand_id=world.BRAND,
                    code=f"P{number:03}",
                    name=f"店 {number % 7}",
                    updated_at=world.MADE_AT,
                )
            )


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_hold_every_row_once_and_in_order(app: Flask, limit: int, descending: bool) -> None:
    add_stores(23)
    seen, after = [], None
    with transaction(writes=False):
        while True:
            got = page(select(Store), Store.name, Store.id, after=after, limit=limit, descending=descending)
            seen += [(row.name, row.id) for row in got.items]
            if (after := got.next) is None:
                break
        everything = db.session.execute(select(Store.name, Store.id).order_by(Store.name, Store.id)).all()
    assert seen == [tuple(row) for row in (reversed(everything) if descending else everything)]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "",
        "%%%",
        "a" * 5000,
        "bnVsbA",
        "WzFd",
        "WyJ4Il0",
        "💥",
        base64.urlsafe_b64encode(json.dumps(["a\x00", "b"]).encode()).decode(),
    ],
)
def test_a_foreign_cursor_is_refused(app: Flask, cursor: str) -> None:
    with transaction(writes=False), pytest.raises(CursorInvalid):
        page(select(Store), Store.name, Store.id, after=cursor, limit=5)
