"""The machine of a run, and what its processes hold in memory. Reads /proc, so it knows Linux only."""

import os
import platform
import sqlite3
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of the largest of some processes: resident now, and the most since the peak was last reset."""

    now: float
    peak: float


def described() -> str:
    """Cores, memory, Python, and how busy the machine already was: figures of a busy one are worth their ratios only."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{len(os.sched_getaffinity(0))} cores ({_processor()}), {memory:.0f} GiB RAM, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"load average {os.getloadavg()[0]:.1f} at the start"
    )


def children(pid: int) -> list[int]:
    """The processes that a process has started, such as the web processes of a gunicorn."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory_of(pids: list[int]) -> Memory:
    kept = [_status(pid) for pid in pids]
    return Memory(max(each["VmRSS"] for each in kept), max(each["VmHWM"] for each in kept))


def processor_seconds(pids: list[int]) -> float:
    """What the processes have cost the processor so far, theirs and the kernel's for them: neighbours do not count."""
    spent = 0
    for pid in pids:
        _, _, after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
        spent += sum(map(int, after_name.split()[11:13]))
    return spent / os.sysconf("SC_CLK_TCK")


def reset_peaks(pids: list[int]) -> None:
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)


def _status(pid: int) -> dict[str, float]:
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines if words[-1] == "kB"}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()
