"""Every report of one wave, read from a deployment and held against sums made from the answers alone."""

from typing import Any

from tests import world
from tests.journeys import sums
from tests.journeys.phone import Desk

ITEMS = sums.items_of(world.FILES["EO"])


def _report(reader: Desk, wave_id: str, part: str = "") -> Any:
    return reader.get(f"reports/waves/{wave_id}{part}")


def add_up(reader: Desk, wave_id: str, visit_id: str, others: dict[str, dict[str, str]]) -> None:
    """Every report against sums made from the answers alone."""
    now = {code: others[code] for code in ("ONE", "THREE")}
    assert len(now["ONE"]) == len(now["THREE"]) == len(ITEMS)
    stores = {code: sums.added(ITEMS, results) for code, results in now.items()}
    _scorecard(reader, visit_id, stores["ONE"], now["ONE"])
    _headline(_report(reader, wave_id), list(stores.values()), sums.added(ITEMS, others["before"]))
    _checkpoints(reader, wave_id, now, others["before"])
    _stores(reader, wave_id, stores)
    _parts(reader, wave_id, "stages", "stage", now)
    _parts(reader, wave_id, "modules", "module", now)
    _parents(reader, wave_id, stores)
    _trend(reader, [sums.added(ITEMS, others["before"])], list(stores.values()))


def _near(value: float | None, exact: Any) -> bool:
    return value is not None and abs(value - float(exact)) < 0.0051


def _scorecard(reader: Desk, visit_id: str, expected: sums.Sum, results: dict[str, str]) -> None:
    card = reader.get(f"visits/{visit_id}")["scorecard"]
    assert (card["passed"], card["applicable"], card["red_line"]) == (expected.passed, expected.applicable, True)
    assert card["rate"] == sums.shown(expected.rate)
    assert card["raw_score"] == sums.shown(expected.score) > 59
    assert card["official_score"] == 59
    for stage, told in card["stages"].items():
        part = sums.added([item for item in ITEMS if item.stage == stage], results)
        assert (told["passed"], told["applicable"], told["rate"]) == (
            part.passed,
            part.applicable,
            sums.shown(part.rate),
        )
        assert told["score"] == sums.shown(part.score)


def _headline(told: dict[str, Any], stores: list[sums.Sum], before: sums.Sum) -> None:
    rate = sums.shown(sums.mean([store.rate for store in stores]))
    passed, applicable = sum(store.passed for store in stores), sum(store.applicable for store in stores)
    assert (told["stores"], told["visits"], told["passed"], told["applicable"]) == (2, 2, passed, applicable)
    assert told["rate"]["mean_of_stores"] == rate
    assert _near(told["rate"]["pooled"], 100 * passed / applicable)
    low, high = sums.interval([store.rate for store in stores]) or (0, 0)
    assert _near(told["rate"]["interval"][0], low) and _near(told["rate"]["interval"][1], high)
    assert told["official_score"] == sums.shown(sums.mean([store.official for store in stores]))
    assert told["red_lines"] == 1
    assert abs(told["change_pp"] - round(rate - sums.shown(before.rate), 2)) <= 0.0501
    assert told["change_shown"] is False


def _checkpoints(reader: Desk, wave_id: str, now: dict[str, dict[str, str]], before: dict[str, str]) -> None:
    rows = {row["checkpoint"]: row for row in _report(reader, wave_id, "/checkpoints")["items"]}
    assert list(rows) == [item.code for item in ITEMS]
    for code, row in rows.items():
        results = [store[code] for store in now.values()]
        passed, failed = results.count("pass"), results.count("fail")
        assert (row["passed"], row["failed"], row["na"]) == (passed, failed, results.count("na")), code
        assert row["applicable"] == passed + failed
        assert _near(row["rate"], 100 * passed / (passed + failed)), code
        assert all(
            _near(*pair) for pair in zip(row["interval"], sums.wilson(passed, passed + failed) or (), strict=True)
        )
        was = {"pass": 100.0, "fail": 0.0, "na": None}[before[code]]
        change = None if was is None else round(row["rate"] - was, 1)
        assert row["change_pp"] == change, code


def _stores(reader: Desk, wave_id: str, stores: dict[str, sums.Sum]) -> None:
    rows = {row["code"]: row for row in _report(reader, wave_id, "/stores")["items"]}
    assert set(rows) == set(stores)
    for code, store in stores.items():
        row = rows[code]
        assert (row["visits"], row["passed"], row["applicable"]) == (1, store.passed, store.applicable)
        assert (row["rate"], row["official_score"]) == (sums.shown(store.rate), sums.shown(store.official))
        assert (row["red_line"], row["sample_ok"], row["rank"]) == (store.red_line, False, None)


def _parts(reader: Desk, wave_id: str, table: str, name: str, now: dict[str, dict[str, str]]) -> None:
    rows = {row[name]: row for row in _report(reader, wave_id, f"/{table}")["items"]}
    assert set(rows) == {getattr(item, name) for item in ITEMS}
    for code, row in rows.items():
        items = [item for item in ITEMS if getattr(item, name) == code]
        parts = [sums.added(items, results) for results in now.values()]
        passed, applicable = sum(part.passed for part in parts), sum(part.applicable for part in parts)
        assert (row["passed"], row["applicable"]) == (passed, applicable), code
        assert row["rate"]["mean_of_stores"] == sums.shown(sums.mean([part.rate for part in parts]))
        assert _near(row["rate"]["pooled"], 100 * passed / applicable)
        assert row["score"] == sums.shown(sums.mean([part.score for part in parts]))


def _parents(reader: Desk, wave_id: str, stores: dict[str, sums.Sum]) -> None:
    regions = {row["code"]: row for row in _report(reader, wave_id, "/regions")["items"]}
    for region, code in (("EAST", "ONE"), ("WEST", "THREE")):
        assert regions[region]["stores"] == 1
        assert regions[region]["rate"]["mean_of_stores"] == sums.shown(stores[code].rate)
        assert regions[region]["official_score"] == sums.shown(stores[code].official)
    group = next(row for row in _report(reader, wave_id, "/groups")["items"] if row["code"] == "SUN")
    assert group["rate"]["mean_of_stores"] == sums.shown(sums.mean([store.rate for store in stores.values()]))


def _trend(reader: Desk, before: list[sums.Sum], now: list[sums.Sum]) -> None:
    points = reader.get("reports/trend", checklist="EO")["points"]
    told = [(point["rate"], point["n"]) for point in points if point["rate"] is not None]
    earlier = sums.shown(sums.mean([store.rate for store in before]))
    later = sums.shown(sums.mean([store.rate for store in now]))
    assert told == [(earlier, 1), (later, 2)]
