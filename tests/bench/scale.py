"""How long every report takes as answers grow: 10^5, 10^6, 10^7 of them over the same stores and waves, over HTTP.

All sizes run side by side and are asked in turn. Stores and waves stay 1,000 and 9, so that what grows is visits a
store, and answers a visit: 10^5 and 10^6 answers are two visits of each store in each wave that answer a part of the
checklist, 10^7 are fourteen that answer all of it.
Another line varies the stores at 10^6 answers: that is what the reports' cost does grow with.
Beside it, in the same run: a plain GROUP BY over the answers' table, and DuckDB over the product's Parquet files.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import sqlalchemy as sa

from tests import world
from tests.bench import duck
from tests.bench.machine import processor_seconds
from tests.bench.planting import PROGRAMME, Shape, plant
from tests.bench.reports import Reader, addresses, stopped, timed
from tests.bench.sites import Site, site
from tests.bench.table import Row, judged, percentile
from tests.bench.wire import Wire

NUMBER = "4"
SIZES, QUICK = (100_000, 1_000_000, 10_000_000), (100_000,)
NETWORKS = (100, 2_000)
TARGET_P95_MS, MOST_GROWTH = 100, 1.2
_ROUNDS, _SQL_ROUNDS, _DUCK_EVERY = 40, 3, 5
_COUNT = (
    "SELECT {keys}, count(*) FROM answers JOIN visits ON visits.id = answers.visit_id "
    "WHERE visits.method = 'covert' AND visits.state IN ('approved', 'published', 'locked') AND {where} GROUP BY {keys}"
)
_ONE_WAVE = sa.text(_COUNT.format(keys="answers.checkpoint, answers.result", where="visits.wave_id = :wave"))
_ALL_WAVES = sa.text(
    _COUNT.format(keys="visits.wave_id, answers.checkpoint, answers.result", where="visits.wave_id IN :waves")
).bindparams(sa.bindparam("waves", expanding=True))
_ALL = ("trend of the nation", "trend of a checkpoint", "one store", "visits of one store")


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds of one report at one size, and of the two baselines; processor time beside ours and DuckDB's."""

    ours: Sequence[float]
    our_processor: float
    by_sql: float
    by_duck: float
    duck_processor: float

    @property
    def middle(self) -> float:
        return percentile(self.ours, 50)


@dataclass(frozen=True, slots=True)
class Planted:
    """A running deployment of one shape, and the address of each report in it."""

    running: Site
    shape: Shape
    waves: Sequence[UUID]
    parquet: Path
    paths: Mapping[str, str]

    def reader(self) -> Reader:
        """On a connection of its own: one that waits is closed by the server."""
        return Reader(Wire(self.running.port), world.token_of("alice"))


def measure(engine: str, folder: Path, *, quick: bool) -> list[Row]:
    shapes = {size: Shape(size) for size in (QUICK if quick else SIZES)}
    whole = not quick and engine == "SQLite"
    networks = {stores: Shape(SIZES[1], stores) for stores in NETWORKS} if whole else {}
    with ExitStack() as sites:
        planted = [
            sites.enter_context(_planted(engine, folder, each)) for each in (*shapes.values(), *networks.values())
        ]
        seen = dict(zip((each.shape for each in planted), _measured(planted), strict=True))
    sizes = {size: seen[shape] for size, shape in shapes.items()}
    reports = list(planted[0].paths)
    rows = [_row(engine, report, [found[report] for found in sizes.values()], list(sizes)) for report in reports]
    if not networks:
        return rows
    by_stores = {stores: seen[shape] for stores, shape in networks.items()} | {Shape(SIZES[1]).stores: sizes[SIZES[1]]}
    return rows + [_network_row(engine, report, by_stores) for report in reports]


@contextmanager
def _planted(engine: str, folder: Path, shape: Shape) -> Iterator[Planted]:
    name = f"scale-{shape.answers}-{shape.stores}"
    with site(engine, folder, name=name) as running:
        began = time.perf_counter()
        with running.connected() as connection:
            waves = plant(connection, engine, shape)
        _pack(running)
        if engine == "PostgreSQL":
            _analyse(running)
        _tell(f"{engine}: {shape.answers:,} answers of {shape.stores} stores planted and packed", began)
        began = time.perf_counter()
        parquet = folder / f"{name}-{engine}-parquet"
        _write_parquet(running, waves, parquet)
        _tell("their Parquet written", began)
        made = Planted(running, shape, waves, parquet, {})
        wave = {"id": str(waves[-1]), "checklist": world.COMPILED["EO"].code, "programme": PROGRAMME}
        yield replace(made, paths=dict(addresses(made.reader(), wave)))


def _measured(planted: Sequence[Planted]) -> list[dict[str, Seen]]:
    """By deployment and report. Each is asked in turn, so that what else the machine does slows all sizes alike."""
    began = time.perf_counter()
    asked = {report: _asked(planted, report) for report in planted[0].paths}
    _tell("asked, and DuckDB between", began)
    found = []
    for number, each in enumerate(planted):
        one, all_ = _by_sql(each.running, each.waves)
        by_sql = {report: all_ if report in _ALL else one for report in asked}
        found.append({report: replace(seen[number], by_sql=by_sql[report]) for report, seen in asked.items()})
    return found


def _asked(planted: Sequence[Planted], report: str) -> list[Seen]:
    """One report by deployment; DuckDB is asked the same of its Parquet every few rounds."""
    readers = [each.reader() for each in planted]
    for each, reader in zip(planted, readers, strict=True):
        timed(reader, each.paths[report], 2)
    before = [processor_seconds(each.running.web_processes) for each in planted]
    ours: list[list[float]] = [[] for _ in planted]
    with ExitStack() as connections:
        ducks = [_Duck(connections.enter_context(duckdb.connect()), report, each) for each in planted]
        for turn in range(_ROUNDS):
            for each, reader, held, duck_ in zip(planted, readers, ours, ducks, strict=True):
                began = time.perf_counter()
                reader.ask(each.paths[report])
                held.append(time.perf_counter() - began)
                if turn % _DUCK_EVERY == 0:
                    duck_.ask()
    after = [processor_seconds(each.running.web_processes) for each in planted]
    found = zip(ours, before, after, ducks, strict=True)
    return [
        Seen(held, (now - was) / _ROUNDS, 0.0, percentile(duck_.seconds, 50), duck_.processor / len(duck_.seconds))
        for held, was, now, duck_ in found
    ]


class _Duck:
    """DuckDB over one deployment's Parquet, asked for what a report tells."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, report: str, of: Planted) -> None:
        self._connection = connection
        checkpoint = world.COMPILED["EO"].checkpoints[0].code
        self._query = duck.query(report, of.parquet, number=of.shape.waves, store="S00000", checkpoint=checkpoint)
        connection.execute(self._query).fetchall()
        self.seconds: list[float] = []
        self.processor = 0.0

    def ask(self) -> None:
        was, began = time.process_time(), time.perf_counter()
        self._connection.execute(self._query).fetchall()
        self.seconds.append(time.perf_counter() - began)
        self.processor += time.process_time() - was


def _analyse(running: Site) -> None:
    """What PostgreSQL's own housekeeping does a minute after a load like this."""
    engine = sa.create_engine(running.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _pack(running: Site) -> None:
    """What the worker does with a wave that was locked."""
    from backend.core.db import transaction
    from backend.scores.packing import pack_all

    with _product(running), transaction(writes=True):
        pack_all()


def _write_parquet(running: Site, waves: Sequence[UUID], folder: Path) -> None:
    """The product's own file of each wave, as its export job writes it."""
    from backend.exports import columnar, rules
    from backend.exports.orders import Order
    from backend.reports.scope import WHOLE
    from backend.reports.waves import Filters
    from tests.exports.many import actor

    folder.mkdir()
    with _product(running):
        for number, wave in enumerate(waves, start=1):
            order = Order(wave, rules.WAVE_PARQUET, "parquet", "zh-CN", actor("alice"), wave, None, None,
                          Filters(WHOLE), world.MADE_AT)  # fmt: skip
            columnar.write_parquet(order, _Silent(), folder / f"wave-{number}.parquet")  # type: ignore[arg-type]


@contextmanager
def _product(running: Site) -> Iterator[None]:
    from backend import settings
    from backend.app import create_app
    from backend.core.db import db

    with create_app(settings.read({**os.environ, **running.live.environment})).app_context():
        yield
        db.engine.dispose()


class _Silent:
    """Progress that nobody follows."""

    written = 0

    def expect(self, rows: int) -> None:
        """Nothing is told."""

    def wrote(self, rows: int) -> None:
        self.written += rows


def _by_sql(running: Site, waves: Sequence[UUID]) -> tuple[float, float]:
    """Seconds of counting one wave's answers, and all waves'."""
    ids = [wave.hex if running.engine == "SQLite" else wave for wave in waves]
    with running.connected() as connection:
        one = [*stopped(lambda: connection.execute(_ONE_WAVE, {"wave": ids[-1]}).all(), _SQL_ROUNDS)]
        all_ = [*stopped(lambda: connection.execute(_ALL_WAVES, {"waves": ids}).all(), _SQL_ROUNDS)]
    return percentile(one, 50), percentile(all_, 50)


def _row(engine: str, report: str, seen: Sequence[Seen], sizes: Sequence[int]) -> Row:
    last, growth = seen[-1], seen[-1].middle / seen[0].middle
    p95 = percentile(last.ours, 95) * 1000
    steps = ", ".join(f"{now.middle / was.middle:.2f}" for was, now in pairwise(seen))
    targets = [
        judged(f"p95 under {TARGET_P95_MS} ms ({p95:.1f})", met=p95 < TARGET_P95_MS),
        *([judged(f"at most {MOST_GROWTH} times ({growth:.2f})", met=growth <= MOST_GROWTH)] if len(seen) > 1 else []),
        judged("faster than DuckDB", met=last.middle < last.by_duck),
    ]
    return Row(
        NUMBER, f"{engine}: {report} at {_powers(sizes)} answers, 1,000 stores x 9 waves",
        f"p50 {_list(each.middle for each in seen)} ms, p99 {_list(percentile(each.ours, 99) for each in seen)} ms"
        + (f", grown {steps} times" if steps else "")
        + f"; processor {_list(each.our_processor for each in seen)} ms",
        f"SQL {_list(each.by_sql for each in seen)} ms ({last.by_sql / last.middle:.1f} times ours), "
        f"DuckDB {_list(each.by_duck for each in seen)} ms, processor {_list(each.duck_processor for each in seen)} ms",
        last.by_duck / last.middle, "; ".join(targets),
    )  # fmt: skip


def _network_row(engine: str, report: str, networks: Mapping[int, Mapping[str, Seen]]) -> Row:
    stores = sorted(networks)
    seen = [networks[each][report] for each in stores]
    return Row(
        NUMBER, f"{engine}: {report} at 10^6 answers with {' / '.join(f'{each:,}' for each in stores)} stores",
        f"p50 {_list(each.middle for each in seen)} ms; processor {_list(each.our_processor for each in seen)} ms",
        f"DuckDB {_list(each.by_duck for each in seen)} ms",
        seen[-1].by_duck / seen[-1].middle,
    )  # fmt: skip


def _powers(sizes: Sequence[int]) -> str:
    return " / ".join(f"10^{len(str(size)) - 1}" for size in sizes)


def _list(seconds: Any) -> str:
    return " / ".join(f"{each * 1000:.1f}" for each in seconds)


def _tell(what: str, began: float) -> None:
    print(f"{what} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
