"""The golden numbers of the worked example, through the API."""

from pathlib import Path
from uuid import UUID

import pytest
import yaml

from backend.core.db import transaction
from tests import world
from tests.scores import rows

EXAMPLE = yaml.safe_load(
    (Path(__file__).parents[2] / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8")
)
EXPECTED = EXAMPLE["expected"]


@pytest.fixture
def wave(app):
    with transaction(writes=True):
        made = rows.wave(rows.programme(), 1, rows.golden_version())
        stores = rows.stores(["S1", "S2", "S3"])
        for visit in EXAMPLE["visits"]:
            rows.scored(made, stores[visit["store"]], visit["answers"])
    return made


def test_the_headline(wave, read):
    found, golden = read("alice", f"/waves/{wave.id}"), EXPECTED["region"]
    assert (found["wave_id"], found["stores"], found["visits"]) == (str(wave.id), 3, 7)
    assert found["rate"] == {
        "mean_of_stores": golden["mean_of_stores_rate"], "pooled": golden["pooled_rate"], "interval": [59.0, 100.0], "n": 3,
    }  # fmt: skip
    assert (found["passed"], found["applicable"]) == (35, 41)
    assert (found["official_score"], found["red_lines"]) == (golden["official_score"], 1)
    assert (found["change_pp"], found["change_shown"], found["rule_version"]) == (None, False, "1")


def test_the_stores(wave, read):
    table = read("alice", f"/waves/{wave.id}/stores")
    found = {row["code"]: row for row in table["items"]}
    for code, golden in EXPECTED["stores"].items():
        assert {key: found[code][key] for key in golden} == golden
    assert {code: (row["rank"], row["sample_ok"]) for code, row in found.items()} == {
        "S1": (2, True), "S2": (None, False), "S3": (1, True),
    }  # fmt: skip
    assert [row["code"] for row in table["items"]] == ["S3", "S1", "S2"]
    assert found["S1"]["name"] == "S1 店"
    assert (found["S1"]["region_id"], found["S1"]["group_id"]) == (str(world.EAST), str(world.SUN))
    # Two visits far apart say little: S1 cannot be told from S3.
    assert (found["S1"]["band"], found["S3"]["band"], found["S2"]["band"]) == ([1, 2], [1, 2], None)


def test_the_checkpoints(wave, read):
    found = {row["checkpoint"]: row for row in read("alice", f"/waves/{wave.id}/checkpoints")["items"]}
    for code in ("A2", "B3"):
        golden = EXPECTED[f"checkpoint_{code}"]
        assert (found[code]["passed"], found[code]["applicable"], found[code]["rate"], found[code]["interval"]) == (
            golden["passed"], golden["applicable"], golden["rate"], golden["wilson95"],
        )  # fmt: skip
    assert (found["B3"]["na"], found["B3"]["visits"], found["B1"]["critical"]) == (1, 7, True)
    assert found["A1"]["title"] == {"zh-CN": "名称 A1", "en": "Name A1"}
    assert list(found) == ["A1", "A2", "A3", "B1", "B2", "B3"]


def test_the_stages(wave, read):
    stages = {row["stage"]: row for row in read("alice", f"/waves/{wave.id}/stages")["items"]}
    # Stage A: S1 4/6, S2 3/3, S3 11/12; weighed S1 5/8, S2 4/4, S3 15/16.
    assert stages["A"]["rate"]["mean_of_stores"] == 86.11
    assert stages["A"]["score"] == 85.42
    assert (stages["A"]["passed"], stages["A"]["applicable"], stages["A"]["rate"]["pooled"]) == (18, 21, 85.71)
    assert stages["A"]["title"]["en"] == "Name A"


def test_like_for_like_of_the_example(app, wave, read):
    """Version 2 drops A3 and adds B4; S1's earlier rate on what is common is 77.78, not 72.73."""
    store_id = next(
        row["store_id"] for row in read("alice", f"/waves/{wave.id}/stores")["items"] if row["code"] == "S1"
    )
    with transaction(writes=True):
        items = {code: item for code, item in rows.GOLDEN.items() if code != "A3"} | {"B4": {"stage": "B"}}
        newer = rows.wave(wave.programme_id, 2, rows.publish(rows.document("GOLD", "2.0.0", items)))
        rows.scored(newer, UUID(store_id), dict.fromkeys(items, "P"))
    points = read("alice", "/trend", checklist="GOLD", level="store", id=store_id)["points"]
    golden = EXPECTED["common_items_S1"]
    assert (points[0]["rate"], points[0]["break"], points[0]["like_for_like"]) == (72.73, False, None)
    assert (points[1]["break"], points[1]["like_for_like"], points[1]["like_for_like_base"]) == (
        True,
        100.0,
        golden["rate"],
    )
