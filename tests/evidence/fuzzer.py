"""Damages files in every way that bad storage, bad networks and bad people do, and develops them, many in one process.

Run as `python -m tests.evidence.fuzzer` it stands in for the studio's own process, under the same limits and with the
same code; only that one request names a whole batch of cases. A case is a sample and a number: the same damage each time.
"""

import json
import random
import signal
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.evidence import studio
from backend.evidence.sniffing import sniff

PNG = b"\x89PNG\r\n\x1a\n"
HEAD = 96
MOST_FLIPS = 24
WORST_LENGTHS = [0, 1, 7, 8, 0x7F, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


@dataclass(frozen=True, slots=True)
class Case:
    """One damaged file: which sample, and which of its endless damages."""

    sample: int
    number: int


def damaged(samples: Sequence[bytes], case: Case) -> bytes:
    """The sample after one to three blows, of which others of the samples may be a part."""
    chance = random.Random(f"{case.sample}/{case.number}")
    data = bytearray(samples[case.sample])
    for _ in range(chance.choice((1, 1, 2, 3))):
        if data:
            chance.choice(BLOWS)(data, chance, samples)
    if data.startswith(PNG) and chance.randrange(4):
        _mend_checksums(data)
    return bytes(data)


def _mend_checksums(data: bytearray) -> None:
    """A PNG's checksums would stop its decoder at the first blow; whoever means harm puts them right."""
    at = len(PNG)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big") if end + 4 <= len(data) else b""
        at = end + 4


def _somewhere(data: bytearray, chance: random.Random) -> int:
    """Half of all blows fall on the first or the last bytes, where the formats keep what they say of themselves."""
    part = chance.randrange(4)
    if part > 1:
        return chance.randrange(len(data))
    near = chance.randrange(min(len(data), 400))
    return near if part else len(data) - 1 - near


def _flip(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    for _ in range(chance.randint(1, MOST_FLIPS)):
        data[_somewhere(data, chance)] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    at = _somewhere(data, chance)
    data[at : at + 8] = chance.randbytes(min(8, len(data) - at))


def _truncate(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    del data[_somewhere(data, chance) :]


def _lie_about_length(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    width, order = chance.choice((1, 2, 3, 4, 8)), chance.choice(("big", "little"))
    at = max(0, _somewhere(data, chance) - width)
    value = chance.choice(WORST_LENGTHS) % (1 << 8 * width)
    data[at : at + width] = value.to_bytes(width, order)


def _lie_about_a_box(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    """Names of four letters follow their length in ISO media and PNG, and stand before it in RIFF."""
    names = [at for at in range(4, len(data) - 8) if data[at : at + 4].isalpha()]
    if names:
        at = chance.choice(names) + chance.choice((-4, 4))
        data[at : at + 4] = chance.choice(WORST_LENGTHS).to_bytes(4, chance.choice(("big", "little")))


def _splice(data: bytearray, chance: random.Random, samples: Sequence[bytes]) -> None:
    other = chance.choice(samples)
    start = chance.randrange(len(other))
    at = _somewhere(data, chance)
    data[at : at + chance.randrange(64)] = other[start : start + chance.randrange(600)]


def _swap_header(data: bytearray, chance: random.Random, samples: Sequence[bytes]) -> None:
    length = chance.randint(4, HEAD)
    data[:length] = chance.choice(samples)[:length]


def _repeat(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    at = _somewhere(data, chance)
    block = data[at : at + chance.randrange(1, 200)]
    data[at:at] = block * chance.randint(1, 20)


def _cut_out(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    at = _somewhere(data, chance)
    del data[at : at + chance.randrange(1, 200)]


def _blank(data: bytearray, chance: random.Random, _samples: Sequence[bytes]) -> None:
    at = _somewhere(data, chance)
    length = min(chance.randrange(1, 400), len(data) - at)
    data[at : at + length] = bytes([chance.choice((0, 255))]) * length


BLOWS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _flip, _flip, _overwrite, _truncate, _lie_about_length, _lie_about_a_box, _splice, _swap_header, _repeat, _cut_out,
    _blank,
)  # fmt: skip


def kind_for(data: bytes, kind: str) -> str:
    """As what to declare a damaged file of this kind: as what it looks like now, so that a decoder gets to see it."""
    found = sniff(data)
    if found is None or (found.kind == "photo") == (kind == "photo"):
        return kind
    return found.kind


def main() -> None:
    """The other side of the pipe: one line of batch, one line of what became of its cases."""
    replies = studio._confine(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        found = _developed(**json.loads(line))
        signal.setitimer(signal.ITIMER_REAL, 0)
        replies.write(json.dumps(found).encode() + b"\n")
        replies.flush()


def _developed(paths: list[str], kind: str, cases: list[list[int]], out: str, seconds_each: int, **_: float) -> dict:
    """How often each end was met, and which cases met a mistake of ours. The clock starts anew with each case."""
    samples = [Path(path).read_bytes() for path in paths]
    ends, mistakes, source = Counter(), [], Path(out) / "damaged"
    for sample, number in cases:
        data = damaged(samples, Case(sample, number))
        source.write_bytes(data)
        signal.setitimer(signal.ITIMER_REAL, seconds_each)
        answer = studio._answer("development", {"source": str(source), "kind": kind_for(data, kind), "out": out})
        end = "ready" if "development" in answer else answer.get("unreadable", ["failed"])[0]
        ends[end] += 1
        if end in ("failed", "crashed"):
            mistakes.append([sample, number, answer])
    return {"ends": ends, "mistakes": mistakes}


if __name__ == "__main__":
    main()
