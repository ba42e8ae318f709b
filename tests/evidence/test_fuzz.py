"""More than ten thousand damaged files: every one is developed or refused with a reason, in bounded time and memory."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.evidence import studio
from backend.evidence.sniffing import Reason, Unreadable
from tests.evidence import samples
from tests.evidence.fuzzer import Case, damaged, kind_for

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
REAL = [path.name for path in sorted(MEDIA.glob("*")) if path.suffix != ".md"]
CASES_EACH, BATCH, REAL_CASES_EACH = 460, 115, 8
SECONDS_EACH = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def small(folder):
    return samples.write(folder)


@pytest.fixture(scope="module")
def fuzzer(small, folder) -> Iterator["Fuzzer"]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio, "COMMAND", [sys.executable, "-P", "-m", "tests.evidence.fuzzer"])
        running = Fuzzer()
        # A process that died over every case would be gone round, at the price of a new one for each.
        paths = [str(path) for path in small]
        batch = {"paths": paths, "kind": "photo", "cases": [[0, 0]], "out": str(folder), "seconds_each": SECONDS_EACH}
        assert sum(running.ask(batch)["ends"].values()) == 1
        yield running
        running.end()


class Fuzzer:
    """The process that stands in for the studio's own, replaced when a case kills it."""

    def __init__(self) -> None:
        self._process = studio._Process()
        self.resident = 0

    def ask(self, batch: dict) -> dict:
        try:
            found = self._process.ask(batch, SECONDS_EACH * len(batch["cases"]))
        except Unreadable:
            self.end()
            self._process = studio._Process()
            raise
        self.resident = _resident(self._process._child.pid)
        return found

    def end(self) -> None:
        self._process.end()


def _resident(pid: int) -> int:
    """The most memory the process has had in use, in bytes; 0 where the kernel does not tell."""
    status = Path(f"/proc/{pid}/status")
    told = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    return int(told[0].split()[1]) * 1024 if told else 0


def _ends(fuzzer: Fuzzer, paths: list[Path], place: int, kind: str, count: int, out: Path) -> Counter:
    """What became of so many cases of one sample; a batch that kills its process is gone through one by one."""
    ends = Counter()
    for start in range(0, count, BATCH):
        cases = [[place, number] for number in range(start, min(start + BATCH, count))]
        batch = {"paths": [str(path) for path in paths], "kind": kind, "cases": cases, "out": str(out)}
        try:
            found = fuzzer.ask({**batch, "seconds_each": SECONDS_EACH})
        except Unreadable:
            ends.update(_end_alone(paths, Case(*case), kind, out) for case in cases)
            continue
        assert found["mistakes"] == [], json.dumps(found["mistakes"])
        ends.update(found["ends"])
    return ends


def _end_alone(paths: list[Path], case: Case, kind: str, out: Path) -> str:
    """How the case ends in the product itself: a process that dies over it is a reason, and the next is a new one."""
    data = damaged([path.read_bytes() for path in paths], case)
    source = out / "alone"
    source.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio, "COMMAND", [sys.executable, "-P", "-m", "backend.evidence.studio"])
        try:
            studio.develop(source, None, kind_for(data, kind), out, timeout_seconds=SECONDS_EACH)
        except Unreadable as unreadable:
            return str(unreadable.code)
        finally:
            studio.close()
    return "ready"


@pytest.mark.parametrize("name", samples.KINDS)
def test_damage_to_a_small_file_ends_well(fuzzer, small, tmp_path, name):
    place = list(samples.KINDS).index(name)
    ends = _ends(fuzzer, small, place, samples.KINDS[name], CASES_EACH, tmp_path)
    assert sum(ends.values()) == CASES_EACH
    assert set(ends) <= {"ready", *Reason}
    assert not ends.keys() & {Reason.TIMEOUT, Reason.CRASHED}, ends
    # Damage that is always noticed, or never, would try nothing.
    assert 0 < ends["ready"] < CASES_EACH
    assert fuzzer.resident < studio.MEMORY_BYTES


def test_the_cases_are_ten_thousand_and_always_the_same(small):
    assert len(samples.KINDS) * CASES_EACH >= 10_000
    whole = [path.read_bytes() for path in small]
    cases = [Case(place, number) for place in range(len(whole)) for number in range(20)]
    once, again = ([damaged(whole, case) for case in cases] for _ in range(2))
    assert once == again
    assert len(set(once)) > 0.95 * len(cases)


@pytest.mark.parametrize("name", REAL)
def test_damage_to_a_real_file_ends_well(fuzzer, tmp_path, name):
    paths = [MEDIA / each for each in REAL]
    kind = "video" if Path(name).suffix in (".mov", ".mp4") else "photo"
    ends = _ends(fuzzer, paths, REAL.index(name), kind, REAL_CASES_EACH, tmp_path)
    assert sum(ends.values()) == REAL_CASES_EACH
    assert not ends.keys() & {Reason.TIMEOUT, Reason.CRASHED}, ends


def test_a_case_that_kills_the_process_is_told_by_the_one_that_follows(small, tmp_path, monkeypatch):
    monkeypatch.setattr(studio, "COMMAND", [sys.executable, "-c", "import os; input(); os.abort()"])
    fuzzer = Fuzzer()
    ends = _ends(fuzzer, small, 0, "photo", 3, tmp_path)
    fuzzer.end()
    assert sum(ends.values()) == 3
    assert Reason.CRASHED not in ends
