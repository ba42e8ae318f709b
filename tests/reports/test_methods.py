"""Shopper, audit and self-check side by side, and the map: what is compared with what, and who may read it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from backend.core.db import db, transaction
from backend.network.models import Store
from backend.waves.models import Wave
from tests import world
from tests.scores import rows

ALL_PASS = dict.fromkeys(rows.GOLDEN, "P")
RELEASED = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def wave(app):
    """A published wave: a shopper failed ONE in A1 and B3, its own check nothing; TWO only checked itself."""
    with transaction(writes=True):
        made = rows.wave(rows.programme(), 1, rows.golden_version(), published_at=RELEASED)
        rows.scored(made, world.ONE, ALL_PASS | {"A1": "F", "B3": "F"})
        rows.scored(made, world.ONE, ALL_PASS | {"A1": "F", "B3": "N"})
        rows.scored(made, world.ONE, ALL_PASS | {"A2": "N"}, method="self")
        rows.scored(made, world.TWO, ALL_PASS, method="self")
        return made


def test_only_what_both_answered_is_compared_and_the_widest_gap_comes_first(wave, read):
    found = read("erin", f"/waves/{wave.id}/stores/{world.ONE}/methods")
    assert (found["base"], found["common"]) == ("covert", 5)
    assert [(cell["method"], cell["passed"], cell["applicable"], cell["gap_pp"]) for cell in found["cells"]] == [
        ("covert", 6, 9, None), ("self", 5, 5, 33.3),
    ]  # fmt: skip
    assert [(row["checkpoint"], row["gap_pp"]) for row in found["checkpoints"][:3]] == [
        ("A1", 100.0), ("B3", 100.0), ("A3", 0.0),
    ]  # fmt: skip


def test_a_store_seen_by_one_method_is_compared_with_nothing(wave, read):
    assert [row["code"] for row in read("alice", f"/waves/{wave.id}/methods")["items"]] == ["ONE"]
    alone = read("alice", f"/waves/{wave.id}/stores/{world.TWO}/methods")
    assert (alone["common"], alone["gap_pp"], alone["cells"][0]["rate"], alone["checkpoints"]) == (0, None, None, [])
    never = read("alice", f"/waves/{wave.id}/stores/{world.THREE}/methods")
    assert (never["cells"], never["methods"]) == ([], [])


def test_strangers_find_neither_store_nor_wave(wave, client_of):
    def status(login, wave_id, store_id):
        return client_of(login).get(f"/api/v1/reports/waves/{wave_id}/stores/{store_id}/methods").status_code

    assert status("erin", wave.id, world.ONE) == 200
    assert status("erin", wave.id, world.TWO) == status("frank", wave.id, world.THREE) == 404
    assert status("alice", uuid4(), world.ONE) == status("alice", wave.id, uuid4()) == 404
    assert status("chelsea", wave.id, world.ONE) == 403
    with transaction(writes=True):
        db.session.get(Wave, wave.id).published_at = None
    assert status("erin", wave.id, world.ONE) == 404
    assert client_of("erin").get(f"/api/v1/reports/waves/{wave.id}/methods").status_code == 404
    assert client_of("erin").get(f"/api/v1/reports/waves/{wave.id}/map").status_code == 404


def test_the_map_gives_each_store_one_reads_a_place_in_one_datum(wave, read):
    with transaction(writes=True):
        store = db.session.get(Store, world.ONE)
        store.city, store.lat, store.lon, store.datum = "上海", 31.23, 121.47, "WGS-84"
    (one,) = read("erin", f"/waves/{wave.id}/map")["items"]
    assert (one["code"], one["city"], one["red_line"], one["visits"]) == ("ONE", "上海", False, 2)
    assert 100 < abs(one["lon"] - 121.47) * 95_000 < 700
    (row,) = read("erin", f"/waves/{wave.id}/stores")["items"]
    assert {key: one[key] for key in row} == row


def test_a_store_without_a_position_is_on_the_map_without_one(wave, read):
    with transaction(writes=True):
        store = db.session.get(Store, world.ONE)
        store.lat = store.lon = store.datum = None
    (one,) = read("erin", f"/waves/{wave.id}/map")["items"]
    assert (one["lat"], one["lon"]) == (None, None)
