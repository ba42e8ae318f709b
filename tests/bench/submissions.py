"""Submissions per second of a real deployment, alone and while phones upload, against its own bare endpoint."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from backend.core.ids import new_id
from tests import world
from tests.bench.files import authorized, declare, new_file, send
from tests.bench.machine import memory_of, processor_seconds
from tests.bench.sites import Site
from tests.bench.table import Row, judged, milliseconds, percentile
from tests.bench.wire import Load, Wire, drive, meanwhile, request

CLIENTS = 8
TARGET_RATIO, TARGET_P99_MS, TARGET_MIB = 0.12, 150, 150
# More than any machine so far takes; a share that ends early ends its client's part of the measurement.
MOST_PER_CLIENT_SECOND = 90
UPLOAD_BYTES = 3 * 1024 * 1024
PHONE_BYTES_PER_SECOND = 50_000_000 / 8


@dataclass(frozen=True, slots=True)
class Run:
    """What the clients saw, and the processor time of the web processes for one request (seconds)."""

    load: Load
    cost: float


def measure(site: Site, *, quick: bool) -> list[Row]:
    rounds, seconds = (1, 2.0) if quick else (3, 4.0)
    _both(site, 1)
    pairs = [_both(site, seconds) for _ in range(rounds)]
    rows = [_rate_row(site, pairs), _cost_row(site, pairs)]
    rows += [
        _busy_row(site, seconds, pace)
        for pace in ((PHONE_BYTES_PER_SECOND,) if quick else (PHONE_BYTES_PER_SECOND, None))
    ]
    return [*rows, _memory_row(site)]


def bodies(visit_ids: Sequence[UUID]) -> list[bytes]:
    """A whole submission for each visit: the same answers, but files of its own."""
    given = world.submission_for(world.COMPILED["EO"], after_visit=True)
    text = json.dumps(given, ensure_ascii=False)
    names = [entry[name] for entry in given["evidence"] for name in ("id", "sha256")]
    return [_renamed(text, names).encode() for _ in visit_ids]


def _both(site: Site, seconds: float) -> tuple[Run, Run]:
    bare = itertools.repeat(request("GET", "/healthz"))
    return _run(site, [bare] * CLIENTS, seconds / 2), _submit(site, seconds)


def _submit(site: Site, seconds: float) -> Run:
    each = int(MOST_PER_CLIENT_SECOND * seconds)
    visits = site.add_visits(each * CLIENTS)
    requests = [_request(visit, body) for visit, body in zip(visits, bodies(visits), strict=True)]
    return _run(site, [requests[start::CLIENTS] for start in range(CLIENTS)], seconds, expected=201)


def _run(site: Site, shares: Sequence[Iterable[bytes]], seconds: float, expected: int = 200) -> Run:
    before = processor_seconds(site.web_processes)
    load = drive(site.port, shares, seconds, expected)
    return Run(load, (processor_seconds(site.web_processes) - before) / len(load.latencies))


def _request(visit_id: UUID, body: bytes) -> bytes:
    path = f"/api/v1/visits/{visit_id}/submission"
    return request("PUT", path, length=len(body), Content_Type="application/json", **authorized()) + body


def _renamed(text: str, names: Sequence[str]) -> str:
    for name in names:
        id_ = new_id()
        text = text.replace(name, str(id_) if len(name) == len(str(id_)) else hashlib.sha256(id_.bytes).hexdigest())
    return text


def _rate_row(site: Site, pairs: Sequence[tuple[Run, Run]]) -> Row:
    ratio = median(submitted.load.rate / bare.load.rate for bare, submitted in pairs)
    bare, submitted = (median(run.load.rate for run in runs) for runs in zip(*pairs, strict=True))
    latencies = [each for _, run in pairs for each in run.load.latencies]
    return Row(
        "1", f"{site.engine}: submissions of 78 answers and 3 declared files, {CLIENTS} clients",
        f"{submitted:.0f} /s, {milliseconds(latencies)}", f"/healthz {bare:.0f} /s", ratio,
        judged(f"at least {TARGET_RATIO}", met=ratio >= TARGET_RATIO),
    )  # fmt: skip


def _cost_row(site: Site, pairs: Sequence[tuple[Run, Run]]) -> Row:
    bare, submitted = (median(run.cost * 1000 for run in runs) for runs in zip(*pairs, strict=True))
    what = f"{site.engine}: the web processes' own processor time for one of them"
    return Row("1", what, f"{submitted:.1f} ms", f"/healthz {bare:.2f} ms", bare / submitted)


def _busy_row(site: Site, seconds: float, pace: float | None) -> Row:
    quiet = _submit(site, seconds / 2).load
    (visit,) = site.add_visits(1)

    def upload(_number: int) -> None:
        wire = Wire(site.port)
        for _ in range(1000):
            file = new_file(UPLOAD_BYTES)
            declare(wire, file, visit)
            send(wire, file, pace)

    with meanwhile(upload, CLIENTS):
        busy = _submit(site, seconds).load
    slow, before = (percentile(load.latencies, 99) * 1000 for load in (busy, quiet))
    speed = "as fast as they go" if pace is None else f"{pace * 8 / 1e6:.0f} Mbit/s each"
    return Row(
        "2", f"{site.engine}: the same while {CLIENTS} tus uploads run, {speed}",
        f"{busy.rate:.0f} /s, {milliseconds(busy.latencies)}", f"without them p99 {before:.1f} ms", before / slow,
        judged(f"p99 under {TARGET_P99_MS} ms", met=slow < TARGET_P99_MS) if pace else "-",
    )  # fmt: skip


def _memory_row(site: Site) -> Row:
    used = memory_of(site.web_processes)
    target = judged(f"under {TARGET_MIB} MiB", met=used.now < TARGET_MIB)
    return Row(
        "7", f"{site.engine}: memory of the largest web process after that", f"{used.now:.0f} MiB", target=target
    )
