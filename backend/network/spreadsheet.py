"""An uploaded Excel or CSV file as numbered rows of cells. What the cells mean is `rules`' and `importing`'s.

Reading happens in a process of its own (`sheet_reader`), which no file can leave: it is short of memory and time, sees
none of our settings, and when it dies the file is refused, not the server stopped.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.network.problems import FileInflates, FileUnreadable, TooManyRows

MOST_BYTES = 10 << 20
MOST_ROWS = 20_000
_SECONDS = 60
_COMMAND = [sys.executable, "-P", "-m", "backend.network.sheet_reader"]

Cell = str | int | float | bool | None
Row = tuple[int, list[Cell]]


def read_rows(content: bytes) -> list[Row]:
    """The rows that hold anything, each with its number in the file, from 1; the first one is the heading.

    Takes .xlsx, .xls and CSV in UTF-8, GB18030 or UTF-16; of a workbook its first visible sheet. Call it with no
    transaction open. Raises FileUnreadable, FileInflates, or TooManyRows beyond 20,000 rows under the heading.
    """
    reply = _ask(content)
    if reply.get("refused") == "inflates":
        raise FileInflates(limit="100 MiB")
    rows = reply.get("rows")
    if not isinstance(rows, list):
        raise FileUnreadable
    if len(rows) > MOST_ROWS + 1:
        raise TooManyRows(most=MOST_ROWS)
    return [(number, cells) for number, cells in rows]


def _ask(content: bytes) -> dict[str, object]:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell.
            [*_COMMAND, str(MOST_ROWS + 1)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return {}
    reply: dict[str, object] = json.loads(done.stdout)
    return reply


def _environment() -> dict[str, str]:
    """Enough to find Python and its libraries; our settings and secrets stay here."""
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C.UTF-8"}
