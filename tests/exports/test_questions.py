"""The queries that docs/exports.md gives as examples, run by DuckDB against real exports and held against the reports."""

import re
from pathlib import Path

import duckdb
import pytest

from tests.scores import rows

DOCS = Path(__file__).resolve().parents[2] / "docs" / "exports.md"
(BLOCK,) = re.findall(r"```sql\n(.+?)```", DOCS.read_text(), re.DOTALL)
QUERIES = [query for query in BLOCK.split(";") if query.strip()]


@pytest.fixture
def ask(waves, office, tmp_path, monkeypatch):
    """Runs the query of this number beside the files of both waves; its rows as dicts."""
    for wave in (waves.locked, waves.open):
        (tmp_path / f"wave-{wave.number}.parquet").write_bytes(office.whole("alice", "wave_parquet", wave))
    (tmp_path / "answers.parquet").write_bytes((tmp_path / "wave-2.parquet").read_bytes())
    monkeypatch.chdir(tmp_path)

    def run(number):
        found = duckdb.sql(QUERIES[number - 1])
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    return run


def report(office, wave, table):
    return office.client("alice").get(f"/api/v1/reports/waves/{wave.id}/{table}").json["items"]


def test_there_are_five():
    assert len(QUERIES) == 5


def test_the_questions_are_answered_as_the_reports_answer_them(waves, office, ask):
    checkpoints = {row["checkpoint"]: row for row in report(office, waves.open, "checkpoints")}
    weakest = ask(1)
    assert {row["checkpoint"] for row in weakest} == set(checkpoints)
    for row in weakest:
        told = checkpoints[row["checkpoint"]]
        assert (round(row["rate"], 2), row["n"]) == (told["rate"], told["applicable"])
    regions = {row["code"]: row["rate"] for row in report(office, waves.open, "regions")}
    found = {row["region_code"]: (round(row["rate"], 2), row["n"]) for row in ask(2)}
    assert found == {code: (rate["mean_of_stores"], rate["n"]) for code, rate in regions.items()}
    for row in ask(3):
        told = checkpoints[row["checkpoint"]]
        assert (round(row["na_rate"], 2), row["n"]) == (told["na_rate"], told["visits"])
    expected = {
        (wave.number, row["lineage"]): (row["rate"], row["applicable"])
        for wave in (waves.locked, waves.open)
        for row in report(office, wave, "checkpoints")
    }
    assert {(row["wave"], row["lineage"]): (round(row["rate"], 2), row["n"]) for row in ask(5)} == expected


def test_what_fails_together_is_counted_by_visit(waves, office, ask):
    assert ask(4) == []
    assert len(ask(3)) == len(rows.GOLDEN)
