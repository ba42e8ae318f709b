"""How long the files of a wave take and how much memory, each in a process of its own, on SQLite without a server.

`python -m tests.bench.exports KIND VISITS FOLDER` makes one file of a wave planted there and prints what it took.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.table import Row, judged

NUMBER = "4"
KINDS = ("wave_csv", "wave_workbook", "wave_parquet", "wave_pdf")
QUICK, WHOLE = (1_000, 20_000), (1_000, 10_000, 100_000)
STORES = 1_000
MOST_MIB, MOST_CSV_MS = 64, 150


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Rows of the bench's table: seconds, size, and growth of memory over a process that has made a small file."""
    sizes = QUICK if quick else WHOLE
    data = folder / "exports"
    _alone("plant", *map(str, sizes), str(data))
    return [row for visits in sizes[1:] for kind in KINDS for row in _rows(kind, visits, data)]


def _rows(kind: str, visits: int, data: Path) -> Iterator[Row]:
    seconds, mib, growth = map(float, _alone(kind, str(visits), str(data)).split())
    target = judged(f"growth under {MOST_MIB} MiB", met=growth < MOST_MIB)
    if kind == "wave_csv" and visits == WHOLE[1]:
        target = judged(f"under {MOST_CSV_MS} ms", met=seconds * 1000 < MOST_CSV_MS)
    what = f"SQLite: {kind} of {visits:,} visits x 78, {mib:.1f} MiB"
    yield Row(NUMBER, what, f"{seconds:.2f} s, memory +{growth:.0f} MiB", target=target)


def _alone(*words: str) -> str:
    line = [sys.executable, "-m", "tests.bench.exports", *words]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]


def _main(kind: str, *words: str) -> None:
    """Everything of the product is imported here, after the folder is known."""
    *sizes, folder = words
    from backend import settings
    from backend.app import create_app

    Path(folder).mkdir(exist_ok=True)
    app = create_app(settings.read({**os.environ, "MINGCHA_DATA_DIR": folder}))
    with app.app_context():
        if kind == "plant":
            _plant([int(size) for size in sizes])
        else:
            _make(kind, int(sizes[0]), Path(folder))


def _plant(sizes: list[int]) -> None:
    from backend.core import schema
    from backend.core.db import transaction
    from tests import world
    from tests.exports.many import plant

    schema.upgrade()
    with transaction(writes=True):
        world.build()
        for visits in sizes:
            plant(f"{visits} visits", visits=visits, stores=min(STORES, visits))
    print("planted")


def _make(kind: str, visits: int, folder: Path) -> None:
    from backend.core.settling import settle

    settle()
    _made(kind, WHOLE[0], folder)
    before, began = _peak_mib(), time.perf_counter()
    size = _made(kind, visits, folder)
    print(time.perf_counter() - began, size / 2**20, _peak_mib() - before)


def _made(kind: str, visits: int, folder: Path) -> int:
    """Asks for the file as alice and makes it with its job, as the worker does; answers its size."""
    from backend.core.db import db, transaction
    from backend.core.ids import named_id
    from backend.exports import jobs, rules, service
    from backend.exports.models import Export
    from tests.exports.many import actor

    with transaction(writes=True):
        wave = named_id("many", f"{visits} visits")
        id_ = service.ask(actor("alice"), kind, rules.FORMATS[kind][0], {"wave": wave}, "zh-CN").id
    conclude = jobs.make(id_)
    with transaction(writes=True):
        conclude()
        made = db.session.get_one(Export, id_, populate_existing=True)
        assert made.state == rules.DONE, made.fault
        return int(made.size or 0)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    _main(*sys.argv[1:])
