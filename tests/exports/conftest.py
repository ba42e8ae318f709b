"""Exports: a wave with visits to export, and asking for, making and fetching a file as one of the world's people."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask

from backend.core import outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.visits.models import Visit
from tests import world
from tests.scores import rows

EXPORTS = "/api/v1/exports"
RELEASED = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://evil.example","店")'


def visited(wave: Any, store_id: Any, letters: Any, login: str = "chelsea") -> None:
    """An approved visit: its row, and the scorecard that counts."""
    visit_id = new_id()
    db.session.add(
        Visit(
            id=visit_id, wave_id=wave.id, store_id=store_id, checklist_version_id=wave.checklist_version_id,
            method=wave.headline_method, auditor_id=world.person_id(login), state="approved",
            visited_on=date(2026, 1, 17), created_at=world.MADE_AT,
        )
    )  # fmt: skip
    db.session.flush()
    rows.scored(
        wave, store_id, letters, visit_id=visit_id, auditor_id=world.person_id(login), visited_on=date(2026, 1, 17)
    )


@pytest.fixture
def waves(app: Flask) -> SimpleNamespace:
    """A locked and released wave, and one that is open and not released; each store visited two or three times."""
    with transaction(writes=True):
        programme_id, version_id = rows.programme(), rows.golden_version()
        passes = dict.fromkeys(rows.GOLDEN, "P")
        made = SimpleNamespace(
            locked=rows.wave(programme_id, 1, version_id, published_at=RELEASED, state="locked"),
            open=rows.wave(programme_id, 2, version_id),
        )
        for wave in (made.locked, made.open):
            for number, store_id in enumerate(world.STORES.values()):
                visited(wave, store_id, passes | {"A1": "F"})
                visited(wave, store_id, passes | {"B1": "F" if number else "P", "B3": "N"})
            visited(wave, world.ONE, passes)
        return made


@pytest.fixture
def office(client_of: Callable[[str], Any]) -> SimpleNamespace:
    """`ask`, `make`, `look`, `fetch` and `whole`, which does all of them: each acts as the login given first."""

    def ask(login: str, kind: str, wave: Any = None, **given: Any) -> Any:
        filters = {"wave": None if wave is None else str(wave.id)} | given.pop("filters", {})
        return client_of(login).post(EXPORTS, json={"kind": kind, "filters": filters, **given})

    def make() -> None:
        outbox.drain()

    def look(login: str, export_id: str) -> Any:
        return client_of(login).get(f"{EXPORTS}/{export_id}")

    def fetch(login: str, export_id: str) -> Any:
        return client_of(login).get(f"{EXPORTS}/{export_id}/file")

    def whole(login: str, kind: str, wave: Any = None, **given: Any) -> bytes:
        asked = ask(login, kind, wave, **given)
        assert asked.status_code == 201, asked.json
        make()
        told = look(login, asked.json["id"]).json
        assert told["state"] == "done", told
        found = fetch(login, told["id"])
        assert found.status_code == 200
        return found.data

    return SimpleNamespace(ask=ask, make=make, look=look, fetch=fetch, whole=whole, client=client_of)


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def read_book(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Sheet -> its rows by heading."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book.worksheets:
        headings, *lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
        found[sheet.title] = [dict(zip(headings, line, strict=True)) for line in lines]
    return found
