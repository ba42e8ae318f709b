"""Shopper, audit and self-check side by side: every figure against its recount, and who may read it."""

import random
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from backend.core.db import db, transaction
from backend.network.models import Store
from backend.waves.models import Wave
from tests import world
from tests.reports import networks
from tests.reports.by_methods import Sight
from tests.reports.test_recount import FILTERS, READERS, plain
from tests.scores import rows

ALL_PASS = dict.fromkeys(rows.GOLDEN, "P")
RELEASED = datetime(2026, 3, 1, tzinfo=UTC)


def same(found, expected):
    assert {key: found[key] for key in expected} == {key: plain(value) for key, value in expected.items()}


def same_cells(found, expected):
    assert (found["gap_pp"], len(found["cells"])) == (expected["gap_pp"], len(expected["cells"]))
    for cell, right in zip(found["cells"], expected["cells"], strict=True):
        same(cell, right)


def same_means(found, expected):
    assert len(found) == len(expected)
    for mean, right in zip(found, expected, strict=True):
        same(mean, right)
        assert mean["sample_ok"] == (right["stores"] >= 5)


def check_wave(answer, sight):
    assert (answer["methods"], answer["base"]) == (sight.methods, sight.base)
    assert {row["store_id"] for row in answer["items"]} == {str(store_id) for store_id in sight.compared()}
    for row in answer["items"]:
        right = sight.store(next(store_id for store_id in sight.stores if str(store_id) == row["store_id"]))
        same_cells(row, right)
        assert row["common"] == right["common"]
    widths = [abs(row["gap_pp"]) for row in answer["items"]]
    assert widths == sorted(widths, reverse=True)
    same_means(answer["means"], sight.means(sight.compared()))
    regions = sight.regions()
    assert {row["region_id"] for row in answer["regions"]} == {plain(each) if each else None for each in regions}
    for row in answer["regions"]:
        key = next(each for each in regions if (plain(each) if each else None) == row["region_id"])
        same_means(row["means"], sight.means(regions[key]))


def check_store(answer, sight, store_id):
    right = sight.store(store_id)
    same_cells(answer, right)
    assert answer["common"] == right["common"]
    if store_id in sight.stores:
        expected = sight.checkpoints(store_id)
        assert [row["checkpoint"] for row in answer["checkpoints"]] == list(expected)
        for row in answer["checkpoints"]:
            same_cells(row, expected[row["checkpoint"]])


@pytest.mark.parametrize("seed", range(1, 4))
def test_both_reports_are_what_the_recount_says(app, read, seed):
    with transaction(writes=True):
        networks.plant(seed)
    with transaction(writes=False):
        truth = networks.read_world()
    dice = random.Random(seed)
    for _ in range(20):
        reader = networks.READERS[dice.choice(READERS)]
        waves = [wave for wave in truth.waves if wave.released or reader.login in ("alice", "hank")]
        wave, part = dice.choice(waves), dice.choice(FILTERS)
        check_wave(read(reader.login, f"/waves/{wave.id}/methods", **part), Sight(truth, wave, reader.may_see, **part))
        seen = [store.id for store in truth.stores if reader.may_see(wave, store)]
        for store_id in dice.sample(seen, min(2, len(seen))):
            answer = read(reader.login, f"/waves/{wave.id}/stores/{store_id}/methods")
            check_store(answer, Sight(truth, wave, reader.may_see), store_id)


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
