"""How well copies are found, how often strangers are taken for copies, and how fast a million pictures are searched.

`python -m tests.bench.likeness` prints the tables of docs/likeness.md; `make bench` takes the speed alone.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from PIL import Image, ImageOps

from backend.evidence.alignment import PARTS_ASKED, WINDOWS_ASKED, Sighted, agreement, terms_of
from backend.evidence.fingerprints import fingerprint
from backend.evidence.imaging import greyscale
from backend.evidence.likeness_index import SLOTS, LikenessIndex
from backend.evidence.resemblance import Terms
from tests import scenes
from tests.bench.table import Row, judged

MEDIA = Path(__file__).resolve().parents[2].parent / "shared" / "media"
SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS = 300
MOST_MS, MOST_MIB = 20, 200
NUMBER = "6"


def measure(*, quick: bool) -> list[Row]:
    """Rows of the bench's table: time of a question and memory at 10^4, 10^5 and 10^6 pictures."""
    return [row for size in (SIZES[:2] if quick else SIZES) for row in _alone(size)]


def _alone(size: int) -> Iterable[Row]:
    """Measured in a process of its own, so that memory is that of this index alone."""
    line = [sys.executable, "-m", "tests.bench.likeness", "--speed", str(size)]
    printed = subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()
    median, p99, scan, mib, seconds = map(float, printed)
    asked, every = f"median {median:.1f} ms, p99 {p99:.1f} ms", f"every hash looked at: {scan:.1f} ms"
    target = judged("p99 under 20 ms", met=p99 < MOST_MS)
    yield Row(NUMBER, f"near-duplicates of one picture among {size:,}", asked, every, scan / median, target)
    what, target = f"memory of that index, filled in {seconds:.1f} s", judged("under 200 MiB", met=mib < MOST_MIB)
    yield Row(NUMBER, what, f"{mib:.0f} MiB", target=target)


def _speed(size: int) -> None:
    dice = np.random.default_rng(7)
    before, began = _resident(), time.perf_counter()
    index, known = LikenessIndex(), []
    for start in range(0, size, 20_000):
        count = min(20_000, size - start)
        hashes = dice.integers(0, 2**63, (count, SLOTS), dtype=np.uint64)
        known.append(hashes[0].copy())
        data = hashes.astype(">u8").tobytes()
        ids = [UUID(int=start + at + 1) for at in range(count)]
        index.add([(one, data[56 * at : 56 * at + 56]) for at, one in enumerate(ids)])
    index.search(Terms([1], []))
    seconds, memory = time.perf_counter() - began, _resident() - before
    times = []
    for number in range(QUESTIONS):
        row = known[number % len(known)]
        strangers = dice.integers(0, 2**63, WINDOWS_ASKED + PARTS_ASKED, dtype=np.uint64).tolist()
        terms = Terms(
            [int(row[0]) ^ 0b10010000001, *strangers[:WINDOWS_ASKED]],
            [int(row[3]) ^ 5, *strangers[WINDOWS_ASKED + 1 :]],
        )
        began = time.perf_counter()
        found = index.search(terms)
        times.append((time.perf_counter() - began) * 1000)
        assert found[0].id == UUID(int=number % len(known) * 20_000 + 1)
    every = dice.integers(0, 2**63, size * SLOTS, dtype=np.uint64)
    began = time.perf_counter()
    for asked in dice.integers(0, 2**63, 1 + WINDOWS_ASKED + PARTS_ASKED, dtype=np.uint64):
        np.nonzero(np.bitwise_count(every ^ asked) <= 7)
    scan = (time.perf_counter() - began) * 1000
    print(np.median(times), np.percentile(times, 99), scan, memory, seconds)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def album(made: int) -> list[tuple[str, scenes.Picture]]:
    """Pictures of several kinds, and the real ones where they are, cut into shots that share nothing."""
    kinds = {"hall": scenes.hall, "clutter": scenes.clutter, "work order": scenes.work_order}
    drawn = [(kind, draw(seed)) for kind, draw in kinds.items() for seed in range(made)]
    return drawn + [("camera", shot) for shot in _real()]


def _real() -> list[scenes.Picture]:
    shots = []
    for path in sorted(MEDIA.glob("*.jpg")):
        with Image.open(path) as opened:
            whole = ImageOps.exif_transpose(opened).convert("RGB")
        half = (whole.width // 2, whole.height // 2)
        corners = [(0, 0), (half[0], 0), (0, half[1]), half]
        shots += [whole.crop((x, y, x + half[0], y + half[1])).resize((1200, 900)) for x, y in corners]
    return shots


def recall(pictures: Sequence[scenes.Picture]) -> dict[str, tuple[float, float]]:
    """For each change: the share of copies that the index finds, and that are told to be copies in the end."""
    thumbs = [greyscale(scenes.thumb(picture)) for picture in pictures]
    index = LikenessIndex()
    index.add([(UUID(int=at + 1), fingerprint(grey)) for at, grey in enumerate(thumbs)])
    sighted = [Sighted(grey) for grey in thumbs]
    figures = {}
    for name, change in scenes.CHANGES.items():
        found = told = 0
        for at, picture in enumerate(pictures):
            copy = greyscale(scenes.thumb(change.apply(picture, random.Random(at))))
            is_found = UUID(int=at + 1) in {each.id for each in index.search(terms_of(copy))}
            found += is_found
            told += is_found and agreement(Sighted(copy), sighted[at]) is not None
        figures[name] = found / len(pictures), told / len(pictures)
    return figures


def false_positives(groups: dict[str, list[scenes.Picture]]) -> dict[str, tuple[int, int, int]]:
    """For each group of different pictures: pairs, pairs that the index brings up, pairs taken for copies."""
    return {name: _mistaken(pictures) for name, pictures in groups.items()}


def _mistaken(pictures: list[scenes.Picture]) -> tuple[int, int, int]:
    thumbs = [greyscale(scenes.thumb(picture)) for picture in pictures]
    index = LikenessIndex()
    index.add([(UUID(int=at + 1), fingerprint(grey)) for at, grey in enumerate(thumbs)])
    sighted = [Sighted(grey) for grey in thumbs]
    brought = taken = 0
    for at, grey in enumerate(thumbs):
        others = [each.id.int - 1 for each in index.search(terms_of(grey)) if each.id.int - 1 != at]
        brought += len(others)
        taken += sum(agreement(sighted[at], sighted[other]) is not None for other in others)
    return len(pictures) * (len(pictures) - 1), brought, taken


def _print_figures(made: int) -> None:
    pictures = album(made)
    print(f"{len(pictures)} pictures\n\n| change | found by the index | told to be a copy |\n| --- | --- | --- |")
    for name, (found, told) in recall([picture for _, picture in pictures]).items():
        print(f"| {name} | {100 * found:.0f} % | {100 * told:.0f} % |")
    dice = random.Random(1)
    places = [picture for kind, picture in pictures if kind in ("clutter", "camera")]
    groups = {
        "all of these": [picture for _, picture in pictures],
        "work orders on one form": [scenes.work_order(seed) for seed in range(4 * made)],
        "dark rooms": [scenes.dark_room(seed) for seed in range(2 * made)],
        "plain walls": [scenes.wall(seed) for seed in range(2 * made)],
        "halls of one kind": [scenes.hall(seed) for seed in range(3 * made)],
        "one place on two days": [shot for place in places for shot in (place, scenes.second_shot(place, dice))],
    }
    print("\n| different pictures | pairs | brought up by the index | taken for copies |\n| --- | --- | --- | --- |")
    for name, (pairs, brought, taken) in false_positives(groups).items():
        print(f"| {name} | {pairs:,} | {brought:,} | {taken} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--speed"]:
        _speed(int(sys.argv[2]))
    else:
        _print_figures(int(sys.argv[1]) if len(sys.argv) > 1 else 16)
