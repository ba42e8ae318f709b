"""Trends at their edges: versions, the 70 % rule, methods that change, several programmes."""

from datetime import date

import pytest

from backend.core.db import transaction
from tests import world
from tests.scores import rows


def items(weights, **more):
    return {code: {"stage": "A", "weight": weight} for code, weight in weights.items()} | more


def two_waves(older, newer, **fields):
    """A wave under each of two versions, every item passed in the first, all but the first item in the second."""
    programme_id = rows.programme()
    first = rows.wave(programme_id, 1, rows.publish(rows.document("CL", "1", older)))
    second = rows.wave(programme_id, 2, rows.publish(rows.document("CL", "2", newer)), **fields)
    for store_id in (world.ONE, world.TWO):
        rows.scored(first, store_id, dict.fromkeys(older, "P"))
        rows.scored(second, store_id, dict.fromkeys(newer, "P") | {next(iter(newer)): "F"})


@pytest.mark.parametrize(
    ("weights", "kept", "like_for_like"),
    [
        ({"A": 7, "B": 3}, ["A"], 0.0),  # 70 % exactly is enough.
        ({"A": 6.999, "B": 3.001}, ["A"], None),
        ({"A": 1, "B": 1, "C": 1}, ["A", "B"], None),
        ({"A": 1, "B": 1, "C": 1, "D": 1}, ["A", "B", "C"], 66.67),
    ],
)
def test_the_common_weight_decides(app, read, weights, kept, like_for_like):
    with transaction(writes=True):
        newer = items({code: weights[code] for code in kept} | {"N": 5})
        two_waves(items(weights), newer)
    first, second = read("alice", "/trend", checklist="CL")["points"]
    assert (first["break"], second["break"]) == (False, True)
    assert second["like_for_like"] == like_for_like
    assert second["like_for_like_base"] == (None if like_for_like is None else 100.0)


def test_only_stores_in_both_waves_are_compared(app, read):
    with transaction(writes=True):
        programme_id, version_id = rows.programme(), rows.publish(rows.document("CL", "1", items({"A": 1, "B": 1})))
        first, second = (rows.wave(programme_id, number, version_id) for number in (1, 2))
        rows.scored(first, world.ONE, {"A": "P", "B": "F"})
        rows.scored(first, world.TWO, {"A": "F", "B": "F"})
        rows.scored(second, world.ONE, {"A": "P", "B": "P"})
        rows.scored(second, world.THREE, {"A": "F", "B": "F"})
    point = read("alice", "/trend", checklist="CL")["points"][1]
    assert (point["rate"], point["change_pp"], point["break"]) == (50.0, 25.0, False)
    assert (point["like_for_like"], point["like_for_like_base"]) == (100.0, 50.0)


def test_another_method_breaks_the_line(app, read):
    with transaction(writes=True):
        same = items({"A": 1, "B": 1}, C={"stage": "A", "methods": ["covert", "announced"]})
        same["A"]["methods"] = ["covert", "announced"]
        two_waves(same, same, headline_method="announced")
    second = read("alice", "/trend", checklist="CL")["points"][1]
    assert (second["method"], second["break"], second["like_for_like"]) == ("announced", True, None)
    # By one method throughout there is no such break: the versions alone differ, and every item is common.
    found = read("alice", "/trend", checklist="CL", method="covert")["points"]
    assert [point["n"] for point in found] == [2, 0]


def test_a_checkpoint_is_followed_by_its_lineage(app, read):
    with transaction(writes=True):
        newer = {"A9": {"stage": "A", "weight": 1, "lineage": "A"}, "B": {"stage": "A", "lineage": "Bx"}}
        two_waves(items({"A": 1, "B": 1}), newer)
    followed = [read("alice", "/trend", checklist="CL", level="checkpoint", id=code)["points"] for code in ("A9", "A")]
    assert followed[0] == followed[1]
    assert [(point["rate"], point["n"]) for point in followed[0]] == [(100.0, 2), (0.0, 2)]
    assert followed[0][1]["interval"] == [0.0, 65.76]
    # "B" of the newest version is another checkpoint than the older "B".
    renewed = read("alice", "/trend", checklist="CL", level="checkpoint", id="B")["points"]
    assert [point["n"] for point in renewed] == [0, 2]
    assert renewed[1]["like_for_like"] is None


def test_several_programmes_stand_side_by_side(app, read):
    with transaction(writes=True):
        version_id = rows.publish(rows.document("CL", "1", items({"A": 1})))
        for code, letter in (("PB", "P"), ("PA", "F")):
            programme_id = rows.programme(code)
            for number in (1, 2):
                rows.scored(rows.wave(programme_id, number, version_id), world.ONE, {"A": letter})
    points = read("alice", "/trend", checklist="CL")["points"]
    assert [(point["programme"], point["number"], point["rate"], point["change_pp"]) for point in points] == [
        ("PA", 1, 0.0, None), ("PA", 2, 0.0, 0.0), ("PB", 1, 100.0, None), ("PB", 2, 100.0, 0.0),
    ]  # fmt: skip
    only = read("alice", "/trend", checklist="CL", programme="PB")["points"]
    assert [point["programme"] for point in only] == ["PB", "PB"]


def test_drafts_are_no_points_and_numbers_order(app, read):
    with transaction(writes=True):
        programme_id, version_id = rows.programme(), rows.publish(rows.document("CL", "1", items({"A": 1})))
        rows.wave(programme_id, 3, version_id, state="draft")
        rows.wave(programme_id, 2, version_id, opens_on=date(2025, 1, 1))
        rows.wave(programme_id, 1, version_id)
    assert [point["number"] for point in read("alice", "/trend", checklist="CL")["points"]] == [1, 2]
