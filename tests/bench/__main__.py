"""`python -m tests.bench`: measures part by part and prints one table. It asserts nothing: read the ratios."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import (
    clips,
    console,
    exports,
    judging,
    likeness,
    phone,
    pictures,
    reports,
    scale,
    submissions,
    uploads,
)
from tests.bench.machine import described
from tests.bench.sites import ENGINES, site
from tests.bench.table import Row, markdown
from tests.bench.wire import Refused

# One part that fails does not cost the others their figures.
_FAULTS = (Refused, OSError, AssertionError, subprocess.CalledProcessError, subprocess.TimeoutExpired)
PARTS = (
    "submissions", "uploads", "reports", "scale", "pictures", "clips", "likeness", "phone", "console", "judging", "exports",
)  # fmt: skip


def main() -> None:
    asked = _arguments()
    began, machine = time.monotonic(), described()
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-", dir=asked.folder) as name:
        folder = Path(name)
        # The PostgreSQL server of root runs as nobody, and must be able to pass through.
        folder.chmod(0o755)
        rows = sorted(_measured(asked, folder), key=lambda row: row.number)
    print(f"\n{machine}\n\n{markdown(rows)}\n\ntook {time.monotonic() - began:.0f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: SQLite only, and fewer rounds")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure these parts only")
    parser.add_argument("--folder", type=Path, help="where to write: a folder on the disk that is to be measured")
    return parser.parse_args()


def _measured(asked: argparse.Namespace, folder: Path) -> Iterator[Row]:
    for name, part in _parts(asked.quick, folder):
        if asked.only is None or name in asked.only:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                yield from part()
            except _FAULTS as fault:
                print(f"{name} could not be measured: {fault}", file=sys.stderr)


def _parts(quick: bool, folder: Path) -> Iterator[tuple[str, Callable[[], list[Row]]]]:
    engines = ENGINES[:1] if quick else ENGINES
    for engine in engines:
        yield "submissions", lambda engine=engine: _submissions(engine, folder, quick)
    yield "uploads", lambda: _uploads(folder, quick)
    for engine in engines:
        yield "reports", lambda engine=engine: _reports(engine, folder, quick)
    for engine in engines:
        yield "scale", lambda engine=engine: scale.measure(engine, folder, quick=quick)
    yield "pictures", lambda: pictures.measure(quick=quick)
    yield "clips", lambda: clips.measure(folder, quick=quick)
    yield "likeness", lambda: likeness.measure(quick=quick)
    yield "phone", lambda: phone.measure(folder, quick=quick)
    yield "console", lambda: console.measure(ENGINES[0], folder, quick=quick)
    yield "judging", lambda: judging.measure(quick=quick)
    yield "exports", lambda: exports.measure(folder, quick=quick)


def _submissions(engine: str, folder: Path, quick: bool) -> list[Row]:
    with site(engine, folder, name="submissions") as running:
        return submissions.measure(running, quick=quick)


def _uploads(folder: Path, quick: bool) -> list[Row]:
    with site(ENGINES[0], folder, name="uploads") as running:
        return uploads.measure(running, folder, quick=quick)


def _reports(engine: str, folder: Path, quick: bool) -> list[Row]:
    with site(engine, folder, name="reports", demo=True) as running:
        return reports.measure(running, quick=quick)


if __name__ == "__main__":
    main()
