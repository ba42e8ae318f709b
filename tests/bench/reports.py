"""How long every report takes over HTTP on the demo data, against the SQL that would count answers for one of them."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.bench.sites import Site
from tests.bench.table import Row, judged, milliseconds, percentile
from tests.bench.wire import Wire, request

TARGET_P95_MS = 100
TABLES = ("checkpoints", "stores", "stages", "modules", "dimensions", "regions", "groups")
COUNT = sa.text(
    "SELECT answers.checkpoint, answers.result, count(*) FROM answers JOIN visits ON visits.id = answers.visit_id "
    "WHERE visits.wave_id = :wave AND visits.method = :method AND visits.state IN ('approved', 'published', 'locked') "
    "GROUP BY answers.checkpoint, answers.result"
)


def measure(site: Site, *, quick: bool) -> list[Row]:
    times = 12 if quick else 60
    wire = Wire(site.port)
    reader = Reader(wire, site.live.run("token", "alice").strip())
    wave = _last_survey(reader)
    counting, answers = _count_by_sql(site, wave, times // 3)
    rows = [_row(site, name, timed(reader, path, times), counting) for name, path in addresses(reader, wave)]
    counted = f"SQL that counts {answers} answers by checkpoint: {milliseconds(counting)}"
    return [replace(rows[0], baseline=counted), *rows[1:]]


class Reader:
    """alice at headquarters, reading by a bearer token."""

    def __init__(self, wire: Wire, token: str) -> None:
        self._wire = wire
        self._headers = {"Authorization": f"Bearer {token}"}

    def read(self, path: str) -> Any:
        return json.loads(self.ask(path))

    def ask(self, path: str) -> bytes:
        return self._wire.ask(request("GET", f"/api/v1{path}", **self._headers), expected=200)


def _last_survey(reader: Reader) -> Mapping[str, Any]:
    """The latest finished wave: all its visits are released."""
    waves = [wave for wave in reader.read("/waves?limit=200")["items"] if wave["state"] in {"closed", "locked"}]
    return max(waves, key=lambda wave: wave["number"])


def addresses(reader: Reader, wave: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    of_wave = f"/reports/waves/{wave['id']}"
    checkpoint = reader.read(f"{of_wave}/checkpoints")["items"][0]["checkpoint"]
    store = reader.read(f"{of_wave}/stores")["items"][0]["store_id"]
    trend = f"/reports/trend?checklist={wave['checklist']}&programme={wave['programme']}"
    yield "headline", of_wave
    yield from ((name, f"{of_wave}/{name}") for name in TABLES)
    yield "map", f"{of_wave}/map"
    yield "people", f"{of_wave}/people"
    yield "wall of fails", f"{of_wave}/checkpoints/{checkpoint}/fails"
    yield "matrix, regions by stages", f"{of_wave}/matrix"
    yield "matrix, stores by checkpoints", f"{of_wave}/matrix?rows=stores&columns=checkpoints"
    yield "trend of the nation", trend
    yield "trend of a checkpoint", f"{trend}&level=checkpoint&id={checkpoint}"
    yield "one store", f"/reports/stores/{store}"
    yield "visits of one store", f"/reports/stores/{store}/visits"


def timed(reader: Reader, path: str, times: int) -> list[float]:
    """Each web process answers it once before the clock runs; then one client asks again and again."""
    for _ in range(4):
        reader.ask(path)
    return list(stopped(lambda: reader.ask(path), times))


def _count_by_sql(site: Site, wave: Mapping[str, Any], times: int) -> tuple[list[float], int]:
    with site.connected() as connection:
        # SQLite keeps ids as text without hyphens.
        id_ = UUID(wave["id"]).hex if site.engine == "SQLite" else wave["id"]
        asked = {"wave": id_, "method": wave["headline_method"]}
        found = connection.execute(COUNT, asked).all()
        return list(stopped(lambda: connection.execute(COUNT, asked).all(), times)), sum(row[2] for row in found)


def stopped(task: Any, times: int) -> Iterator[float]:
    for _ in itertools.repeat(None, times):
        began = time.perf_counter()
        task()
        yield time.perf_counter() - began


def _row(site: Site, name: str, latencies: list[float], counting: list[float]) -> Row:
    ratio = percentile(counting, 50) / percentile(latencies, 50)
    target = judged(f"p95 under {TARGET_P95_MS} ms", met=percentile(latencies, 95) * 1000 < TARGET_P95_MS)
    return Row("4", f"{site.engine}: report, {name}", milliseconds(latencies), "the same SQL", ratio, target)
