"""Every answer of the reports against the independent recount of random networks: whole, field by field, to the last digit.

`MINGCHA_NETWORKS=200` compares two hundred of them instead of the few of an everyday run.
"""

import os
import random
from datetime import date

import pytest

from backend.core.db import transaction
from tests import world
from tests.reports import by_methods, networks
from tests.reports.recount import Slice, plain, store_report, store_visits, trend

SEEDS = range(1, 1 + int(os.environ.get("MINGCHA_NETWORKS", "4")))
FILTERS = [{}, {}, {"region": world.EAST}, {"region": world.WEST}, {"group": world.SUN},
           {"region": world.EAST, "group": world.MOON}]  # fmt: skip
READERS = ["alice", "alice", "hank", "frank", "gina", "erin"]
KINDS = ("stage", "module", "dimension")


def asked(dice, truth, readers=READERS):
    """A random reader, wave and filters; with the recount of the wave and of the one before it."""
    reader = networks.READERS[dice.choice(readers)]
    waves = [wave for wave in truth.waves if wave.released or reader.login in ("alice", "hank")]
    wave, part = dice.choice(waves), dice.choice(FILTERS)
    query = part | {"method": dice.choice([None, None, "covert", "announced"])}
    method, before = query["method"] or wave.method, truth.before(wave)
    now = Slice(truth, wave, method, reader.may_see, **part)
    return reader.login, wave, query, now, before and Slice(truth, before, method, reader.may_see, **part)


def same(found, expected):
    """The answer holds what is expected and nothing else, in the same order: a field that nobody recounts is a fault."""
    assert found == plain(expected)


def check_headlines(dice, truth, read):
    for _ in range(20):
        login, wave, query, now, before = asked(dice, truth)
        same(read(login, f"/waves/{wave.id}", **query), now.headline(before))


def check_tables(dice, truth, read):
    for _ in range(8):
        login, wave, query, now, before = asked(dice, truth)
        expected = {
            "checkpoints": now.table(now.checkpoints(before)),
            **{f"{kind}s": now.table(now.parts(kind, before)) for kind in KINDS},
            "regions": now.table(now.parents("region_id", 0, before)),
            "groups": now.table(now.parents("group_id", 1, before)),
            "stores": now.store_table(before),
        }
        for table, answer in expected.items():
            same(read(login, f"/waves/{wave.id}/{table}", **query), answer)


def check_people(dice, truth, read):
    for _ in range(6):
        _, wave, query, now, _ = asked(dice, truth, ["alice"])
        same(read("alice", f"/waves/{wave.id}/people", **query), now.people())


def check_matrix(dice, truth, read):
    for down in ("stores", "regions", "groups"):
        for across in ("stages", "modules", "dimensions", "checkpoints"):
            login, wave, query, now, _before = asked(dice, truth)
            same(read(login, f"/waves/{wave.id}/matrix", rows=down, columns=across, **query), now.matrix(down, across))


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
    for _ in range(20):
        level, target, narrowed, code = levels(dice, truth)
        reader = networks.READERS[dice.choice(["alice", "alice", "hank"])]
        method = dice.choice([None, "announced"])
        store = narrowed.pop("store", None)

        def may_see(wave, each, reader=reader, store=store):
            return reader.may_see(wave, each) and store in (None, each.id)

        slices = [Slice(truth, wave, method or wave.method, may_see, **narrowed) for wave in truth.waves]
        query = {"checklist": networks.CHECKLIST, "level": level, "id": target, "method": method}
        expected = {"rule_version": "1", "points": trend(slices, level, code)}
        same(read(reader.login, "/trend", **query), expected)


def check_store_reports(dice, truth, read):
    for store in dice.sample([each for each in truth.stores if each.code != "FOUR"], 3):
        method = dice.choice([None, "announced"])
        slices = [Slice(truth, wave, method or wave.method, networks.READERS["alice"].may_see) for wave in truth.waves]
        slices = [each for each in slices if store.id in each.of_store]
        region, group = store.parents(date.today())
        head = {"id": store.id, "code": store.code, "name": store.name, "city": store.city, "brand_id": store.brand,
                "region_id": region, "group_id": group}  # fmt: skip
        checklists = [networks.CHECKLIST] if slices else []
        about = {
            "rule_version": "1",
            "store": head,
            "checklists": checklists,
            "checklist": next(iter(checklists), None),
        }
        same(read("alice", f"/stores/{store.id}", method=method), about | store_report(slices, store))
        same(paged(read, f"/stores/{store.id}/visits", method=method, limit=3), store_visits(slices, store))


def paged(read, path, **query):
    """All rows of a list, page after page."""
    items, after = [], None
    while True:
        answer = read("alice", path, after=after, **query)
        items, after = [*items, *answer["items"]], answer["next"]
        if after is None:
            return items


def check_methods(dice, truth, read):
    for _ in range(6):
        reader = networks.READERS[dice.choice(READERS)]
        waves = [wave for wave in truth.waves if wave.released or reader.login in ("alice", "hank")]
        wave, part = dice.choice(waves), dice.choice(FILTERS)
        answer = read(reader.login, f"/waves/{wave.id}/methods", **part)
        by_methods.check_wave(answer, by_methods.Sight(truth, wave, reader.may_see, **part))
        seen = [store.id for store in truth.stores if reader.may_see(wave, store)]
        for store_id in dice.sample(seen, min(2, len(seen))):
            answer = read(reader.login, f"/waves/{wave.id}/stores/{store_id}/methods")
            by_methods.check_store(answer, by_methods.Sight(truth, wave, reader.may_see), store_id)


def check_maps(dice, truth, read):
    for _ in range(3):
        login, wave, query, now, before = asked(dice, truth)
        answer = read(login, f"/waves/{wave.id}/map", **query)
        for row in answer["items"]:
            del row["lat"], row["lon"]
        expected = now.store_table(before)
        del expected["ranked"]
        for row in expected["items"]:
            row["city"] = now.store[row["store_id"]].city
        same(answer, expected)


def check_fails(dice, truth, read):
    """Every fail of a checkpoint is on its wall, in its store and area, and nothing else is."""
    for _ in range(8):
        login, wave, query, now, _before = asked(dice, truth)
        code = dice.choice(wave.items).code
        answer = read(login, f"/waves/{wave.id}/checkpoints/{code}/fails", limit=200, **query)
        told = [[row[key] for key in ("visit_id", "code", "name", "region_id", "group_id")] for row in answer["items"]]
        assert (sorted(told), answer["next"]) == (sorted(plain(now.fails(code))), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_report_is_what_the_recount_says(app, read, seed):
    """One random network a seed: planting it costs more than asking every report about it."""
    with transaction(writes=True):
        networks.plant(seed)
    with transaction(writes=False):
        truth = networks.read_world()
    dice = random.Random(seed)
    for check in (
        check_headlines, check_tables, check_people, check_matrix, check_trends, check_store_reports, check_methods,
        check_maps, check_fails,
    ):  # fmt: skip
        check(dice, truth, read)
