"""Every endpoint of the reports against the independent recount of random networks, to the last digit."""

import random

import pytest

from backend.core.db import transaction
from tests import world
from tests.reports import networks
from tests.reports.recount import Slice, trend

SEEDS = range(1, 4)
FILTERS = [{}, {}, {"region": world.EAST}, {"region": world.WEST}, {"group": world.SUN},
           {"region": world.EAST, "group": world.MOON}]  # fmt: skip
READERS = ["alice", "alice", "hank", "frank", "gina", "erin"]
KINDS = ("stage", "module", "dimension")


def asked(dice, truth):
    """A random reader, wave and filters; with the recount of the wave and of the one before it."""
    reader = networks.READERS[dice.choice(READERS)]
    waves = [wave for wave in truth.waves if wave.released or reader.login in ("alice", "hank")]
    wave, part = dice.choice(waves), dice.choice(FILTERS)
    query = part | {"method": dice.choice([None, None, "covert", "announced"])}
    method, before = query["method"] or wave.method, truth.before(wave)
    now = Slice(truth, wave, method, reader.may_see, **part)
    return reader.login, wave, query, now, before and Slice(truth, before, method, reader.may_see, **part)


def same(found, expected):
    """Every expected field stands in the answer, and says the same."""
    assert {key: found[key] for key in expected} == {key: plain(value) for key, value in expected.items()}


def plain(value):
    return str(value) if hasattr(value, "hex") and not isinstance(value, float) else value


def check_headlines(dice, truth, read):
    for _ in range(25):
        login, wave, query, now, before = asked(dice, truth)
        same(read(login, f"/waves/{wave.id}", **query), now.headline(before))


def check_checkpoints(dice, truth, read):
    for _ in range(12):
        login, wave, query, now, before = asked(dice, truth)
        found, expected = read(login, f"/waves/{wave.id}/checkpoints", **query)["items"], now.checkpoints(before)
        assert len(found) == len(expected)
        for row, right in zip(found, expected, strict=True):
            same(row, right)


def check_kinds(kind, dice, truth, read):
    for _ in range(8):
        login, wave, query, now, before = asked(dice, truth)
        found = {row[kind]: row for row in read(login, f"/waves/{wave.id}/{kind}s", **query)["items"]}
        expected = now.parts(kind, before)
        assert set(found) == {row[kind] for row in expected}
        for right in expected:
            same(found[right[kind]], right)


def check_parents(name, place, dice, truth, read):
    for _ in range(8):
        login, wave, query, now, before = asked(dice, truth)
        found = {row[f"{name}_id"]: row for row in read(login, f"/waves/{wave.id}/{name}s", **query)["items"]}
        expected = now.parents(f"{name}_id", place, before)
        assert set(found) == {plain(parent) if parent else None for parent in expected}
        for parent, right in expected.items():
            same(found[plain(parent) if parent else None], right)


def check_stores(dice, truth, read):
    for _ in range(15):
        login, wave, query, now, before = asked(dice, truth)
        answer = read(login, f"/waves/{wave.id}/stores", **query)
        found, expected = {row["store_id"]: row for row in answer["items"]}, now.stores(before)
        assert set(found) == {str(store) for store in expected}
        assert answer["ranked"] == len(now.ranking())
        for store, right in expected.items():
            same(found[str(store)], right)


def check_matrix(down, dice, truth, read):
    for across in ("stages", "modules", "dimensions", "checkpoints"):
        login, wave, query, now, _before = asked(dice, truth)
        answer = read(login, f"/waves/{wave.id}/matrix", rows=down, columns=across, **query)
        columns, expected = now.matrix(down, across)
        assert [column["code"] for column in answer["columns"]] == columns
        found = {row["id"]: row for row in answer["items"]}
        assert set(found) == {plain(key) if key else None for key in expected}
        for key, right in expected.items():
            same(found[plain(key) if key else None], right)


def levels(dice, truth):
    """A random level, its `id`, what narrows the slices, and the lineage or code it follows."""
    level = dice.choice(["nation", "brand", "region", "group", "store", "checkpoint", "checkpoint", *KINDS])
    if level in ("nation", "brand"):
        return level, {"brand": world.BRAND}.get(level), {}, None
    if level in ("region", "group"):
        part = {"region": world.EAST, "group": world.SUN}[level]
        return level, part, {level: part}, None
    if level == "store":
        return level, world.ONE, {"store": world.ONE}, None
    item = dice.choice(truth.waves[-1].items)
    if level == "checkpoint":
        return level, item.code, {}, item.lineage
    code = {"stage": item.stage, "module": item.module, "dimension": item.dimension}[level]
    return level, code, {}, code


def check_trends(dice, truth, read):
    for _ in range(25):
        level, target, narrowed, code = levels(dice, truth)
        reader = networks.READERS[dice.choice(["alice", "alice", "hank"])]
        method = dice.choice([None, "announced"])
        store = narrowed.pop("store", None)

        def may_see(wave, each, reader=reader, store=store):
            return reader.may_see(wave, each) and store in (None, each.id)

        slices = [Slice(truth, wave, method or wave.method, may_see, **narrowed) for wave in truth.waves]
        query = {"checklist": networks.CHECKLIST, "level": level, "id": target, "method": method}
        found, expected = read(reader.login, "/trend", **query)["points"], trend(slices, level, code)
        assert len(found) == len(expected)
        for point, right in zip(found, expected, strict=True):
            same(point, right)


def check_store_reports(dice, truth, read):
    for store in dice.sample([each for each in truth.stores if each.code != "FOUR"], 3):
        method = dice.choice([None, "announced"])
        slices = [Slice(truth, wave, method or wave.method, networks.READERS["alice"].may_see) for wave in truth.waves]
        slices = [each for each in slices if store.id in each.of_store]
        found = read("alice", f"/stores/{store.id}", method=method)
        assert [row["wave_id"] for row in found["waves"]] == [str(each.wave.id) for each in slices]
        for row, each in zip(found["waves"], slices, strict=True):
            right = each.stores(None)[store.id]
            same(row, {key: value for key, value in right.items() if key not in ("change_pp", "store_id")})
            assert (row["stores"], row["ranked"]) == (len(each.everyone), len(each.ranking()))
            same(row, beside(each, store))
        if slices:
            check_parts(found, slices[-1], store)
            check_repeats(found, slices, store)


def beside(found, store, codes=None):
    """The means of the stores of its region and of all stores, hidden below five."""
    day = found.wave.opens_on
    region = store.parents(day)[0]
    near = [s for s in found.everyone if region and found.store[s].parents(day)[0] == region]
    right = {}
    for name, stores in (("region", near), ("network", found.everyone)):
        mean = found.rate_of(codes, stores)
        right[f"{name}_stores"] = mean["n"]
        right[f"{name}_rate"] = mean["mean_of_stores"] if mean["n"] >= 5 else None
    return right


def check_parts(found, latest, store):
    for kind in KINDS:
        rows = {row[kind]: row for row in found[f"{kind}s"]}
        assert set(rows) == set(latest.groups(kind))
        for code, codes in latest.groups(kind).items():
            right = {"rate": latest.rate_of(codes, [store.id])["pooled"], **beside(latest, store, codes)}
            same(rows[code], right)


def check_repeats(found, slices, store):
    expected = {}
    for item in slices[-1].asked():
        numbers = []
        for each in reversed(slices):
            codes = [other.code for other in each.wave.items if other.lineage == item.lineage]
            if not any(v.answers.get(code) == "fail" for v in each.of_store[store.id] for code in codes):
                break
            numbers.insert(0, each.wave.number)
        if len(numbers) >= 2:
            expected[item.code] = numbers
    assert {row["checkpoint"]: row["waves"] for row in found["repeat_fails"]} == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_every_report_is_what_the_recount_says(app, read, seed):
    """One random network a seed: planting it costs more than asking every report about it."""
    with transaction(writes=True):
        networks.plant(seed)
    with transaction(writes=False):
        truth = networks.read_world()
    dice = random.Random(seed)
    check_headlines(dice, truth, read)
    check_checkpoints(dice, truth, read)
    for kind in KINDS:
        check_kinds(kind, dice, truth, read)
    for name, place in (("region", 0), ("group", 1)):
        check_parents(name, place, dice, truth, read)
    check_stores(dice, truth, read)
    for down in ("stores", "regions", "groups"):
        check_matrix(down, dice, truth, read)
    check_trends(dice, truth, read)
    check_store_reports(dice, truth, read)
