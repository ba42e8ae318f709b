"""Rows and bytes side by side: every way in which they can differ is told, and nothing that is right is."""

import os
from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from flask import Flask

import media_store
from backend.core import clock
from backend.core.db import transaction
from backend.evidence import arrivals, audit, disposal
from backend.evidence.receiving import store
from tests.evidence.phone import OTHER_VISIT, actor, declare, photo, read
from tests.evidence.test_disposal import ORIGINAL, THUMB, chelsea, developed, forget, put

__all__ = ["chelsea"]

LONG_AGO = datetime(2026, 1, 1)
ORPHAN = media_store.original_key(sha256(b"x").hexdigest(), "bin")


def age(*keys: str) -> None:
    for key in keys:
        os.utime(store().local_path(key), (LONG_AGO.timestamp(),) * 2)


def spoil(key: str, data: bytes) -> None:
    store().local_path(key).write_bytes(data)


def compared() -> list[tuple[str, str]]:
    return [(each.kind, each.sentence) for each in audit.compare()]


@pytest.fixture
def three(chelsea) -> list[UUID]:
    """Two visits with the same picture, one of them with another."""
    ids = [developed(chelsea), developed(chelsea, visit=OTHER_VISIT)]
    ids.append(developed(chelsea, data=photo((1, 2, 3))))
    age(*store().keys())
    return ids


def test_what_is_right_is_not_told(three) -> None:
    assert compared() == []
    assert list(audit.read_all()) == []
    assert list(audit.orphans(timedelta(days=1))) == []


def test_lost_bytes_are_told_for_every_row_that_needs_them(three) -> None:
    store().delete(ORIGINAL)
    store().delete(THUMB)
    found = compared()
    assert [kind for kind, _ in found] == ["missing"] * 4
    for id_ in three[:2]:
        assert sum(str(id_) in sentence for _, sentence in found) == 2
    assert all(ORIGINAL in sentence for _, sentence in found[:2])


def test_bytes_that_nothing_mentions_are_told_once_they_are_old(three) -> None:
    put(ORPHAN)
    assert compared() == []
    age(ORPHAN)
    assert compared() == [("orphan", f"Nothing mentions {ORPHAN}, 1 bytes, there since 2026-01-01")]
    keys = forget(three[2])
    assert sorted(entry.key for entry in audit.orphans(timedelta(days=7))) == sorted([ORPHAN, *keys])


def test_a_rested_upload_whose_bytes_are_just_moving_is_no_orphan(chelsea) -> None:
    data = photo((9, 9, 9))
    key = media_store.original_key(sha256(data).hexdigest(), "jpg")
    arrivals.note(arrivals.find(actor("chelsea"), declare(data)), len(data))
    put(key, data)
    age(key)
    assert compared() == []


def test_another_size_is_told(three) -> None:
    spoil(THUMB, b"short")
    age(THUMB)
    found = compared()
    assert [kind for kind, _ in found] == ["size", "size"]
    assert all(sentence.startswith(f"{THUMB} has 5 bytes, evidence ") for _, sentence in found)


def test_bytes_that_rotted_without_changing_size_are_found_by_reading(three) -> None:
    key = read(three[2], lambda row: row.key)
    data = store().local_path(key).read_bytes()
    spoil(key, b"?" + data[1:])
    assert compared() == []
    (found,) = audit.read_all()
    assert found.kind == "wrong"
    assert found.sentence.startswith(f"{key} holds other bytes than its name promises")


def test_a_sector_that_cannot_be_read_is_told_and_the_rest_is_read(three, monkeypatch: pytest.MonkeyPatch) -> None:
    held = store()
    opened = held.open

    def failing(key: str) -> object:
        if key == ORIGINAL:
            raise OSError(5, "Input/output error")
        return opened(key)

    spoil(read(three[2], lambda row: row.key), b"?")
    monkeypatch.setattr(held, "open", failing)
    assert sorted(each.kind for each in audit.read_all()) == ["unreadable", "wrong"]


def test_what_mends_itself_between_two_looks_is_not_told(three, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row goes and its bytes after it, while the listing is being read."""
    lost = store().local_path(ORIGINAL).read_bytes()
    store().delete(ORIGINAL)
    monkeypatch.setattr(audit, "mentioned", lambda keys: put(ORIGINAL, lost) or disposal.mentioned(keys))
    assert compared() == []


def test_pages_fit_together(app: Flask, chelsea, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every size of page finds the same, also where many rows share one object."""
    for n in range(5):
        developed(chelsea, data=photo((n * 40, 0, 0), (40, 40)), visit=OTHER_VISIT)
    for _ in range(4):
        developed(chelsea, data=photo((0, 0, 0), (40, 40)), visit=UUID(int=clock.now().microsecond))
    keys = sorted(store().keys())
    age(*keys)
    for size in (1, 2, 3, 7, 500):
        monkeypatch.setattr(audit, "PAGE", size)
        assert compared() == []
    for key in keys:
        store().delete(key)
    rows = Counter(each.sentence.split()[4] for each in audit.compare())
    assert len(rows) == 9
    assert set(rows.values()) == {3}


def test_one_look_costs_three_statements_a_page(app: Flask, chelsea, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(6):
        developed(chelsea, data=photo((n * 40, 0, 0), (40, 40)))
    begun: list[bool] = []
    monkeypatch.setattr(audit, "transaction", lambda *, writes: begun.append(writes) or transaction(writes=writes))
    assert compared() == []
    assert begun == [False] * 3, "originals, their pictures, those of quick copies"
