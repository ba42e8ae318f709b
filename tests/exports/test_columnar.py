"""The columnar export read back: an answer a row, sums equal to the report, nothing that its asker may not see."""

import io

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from backend.core.db import transaction
from backend.exports import rules
from tests import world
from tests.exports.conftest import read_csv, visited
from tests.scores import rows


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(rules, "BATCH", 4)
    monkeypatch.setattr(rules, "AT_ONCE", 0)
    monkeypatch.setattr(rules, "TELL_EVERY", 0)


def read_parquet(data):
    return pq.read_table(io.BytesIO(data))


def test_there_is_a_row_for_each_answer_and_a_row_group_for_each_batch(waves, office):
    data = office.whole("alice", "wave_parquet", waves.open)
    table = read_parquet(data)
    assert table.num_rows == 9 * len(rows.GOLDEN)
    assert pq.ParquetFile(io.BytesIO(data)).num_row_groups == 3
    assert sorted(set(table["visit"].to_pylist())) == list(range(1, 10))


def test_its_answers_are_those_of_the_csv(waves, office):
    told = read_parquet(office.whole("alice", "wave_parquet", waves.open)).to_pylist()
    lines = read_csv(office.whole("alice", "wave_csv", waves.open))
    assert [(row["visit_id"], row["checkpoint"], row["result"]) for row in told] == [
        (line["visit_id"], code, line[code]) for line in lines for code in rows.GOLDEN
    ]
    first = told[0]
    assert (first["store_code"], first["region_code"], first["stage"], first["title"]) == (
        "FOUR",
        "WEST",
        "A",
        "Name A1",
    )
    assert (first["weight"], first["critical"], str(first["visited_on"])) == (1.0, False, "2026-01-17")


def test_it_adds_up_to_the_report(waves, office):
    table = read_parquet(office.whole("alice", "wave_parquet", waves.open))
    told = office.client("alice").get(f"/api/v1/reports/waves/{waves.open.id}/checkpoints").json["items"]
    for row in told:
        of_code = table.filter(pc.equal(table["checkpoint"].cast("string"), row["checkpoint"]))
        counts = of_code["result"].to_pylist()
        assert (counts.count("pass"), counts.count("fail"), counts.count("na")) == (
            row["passed"],
            row["failed"],
            row["na"],
        )


def test_managers_rows_belong_together_without_telling_which_visit_it_was(waves, office):
    table = read_parquet(office.whole("frank", "wave_parquet", waves.locked))
    assert set(table["store_code"].to_pylist()) == {"ONE", "TWO"}
    assert set(table["visit"].to_pylist()) == {1, 2, 3, 4, 5}
    for name in ("visit_id", "visited_on", "auditor"):
        assert table[name].null_count == table.num_rows


def test_an_empty_wave_is_a_table_without_rows(waves, office):
    with transaction(writes=True):
        empty = rows.wave(rows.programme("EMPTY"), 1, waves.open.checklist_version_id)
    table = read_parquet(office.whole("alice", "wave_parquet", empty))
    assert table.num_rows == 0
    assert "result" in table.column_names


def test_a_store_without_region_has_nulls(waves, office):

    with transaction(writes=True):
        visited(waves.open, rows.store("LONELY", None, world.SUN), dict.fromkeys(rows.GOLDEN, "P"))
    told = read_parquet(office.whole("alice", "wave_parquet", waves.open)).to_pylist()
    assert {(row["region_code"], row["group_code"]) for row in told if row["store_code"] == "LONELY"} == {(None, "SUN")}
