"""The index of fingerprints: which of a million pictures have a hash within a few bits of one that is asked for.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing", 2012): a hash of
64 bits is four words of 16. Two hashes that differ in at most 7 bits have a word that differs in at most one, so it is
enough to look at the rows that share a word with the hash asked for, or one of its 16 neighbours. Plain arrays, one
process, no rows of a database; `likeness` fills it.
"""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.evidence.fingerprints import NOTHING, PARTS
from backend.evidence.resemblance import Terms

WORDS = 4
WORD_BITS = 16
NEAR = 7
"""The most bits in which two hashes may differ to be found for certain."""

# What came since the arrays were sorted is looked through one by one; sorting anew is due when it is so much.
FEWEST_UNSORTED = 2048
SHARE_UNSORTED = 0.02

MOST_CANDIDATES = 16

SLOTS = 1 + PARTS
WHOLE, ALL_PARTS = slice(0, 1), slice(1, SLOTS)
_NEIGHBOURS = np.array([0, *(1 << bit for bit in range(WORD_BITS))])

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture with hashes near to those asked for; how many of them, and by how many bits the nearest differs."""

    id: UUID
    hits: int
    distance: int


class LikenessIndex:
    """Grows by `add`; `search` may run in several threads at once."""

    def __init__(self) -> None:
        self._sorted = _Sorted(_Rows.none())
        self._fresh: list[_Rows] = []
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._sorted.rows) + sum(map(len, self._fresh))

    def add(self, rows: Sequence[tuple[UUID, bytes]]) -> None:
        """Takes pictures by their id and fingerprint. The caller sees to it that none comes twice."""
        with self._lock:
            taken = _Rows.of(rows)
            if self._fresh and len(self._fresh[-1]) < FEWEST_UNSORTED:
                taken = _Rows.joined([self._fresh.pop(), taken])
            self._fresh.append(taken)

    def search(self, terms: Terms, most: int = MOST_CANDIDATES) -> list[Candidate]:
        """The likeliest pictures first: those that most hashes speak for, then the nearest."""
        with self._lock:
            self._sort_when_due()
            shelves: list[_Sorted | _Rows] = [self._sorted, *self._fresh]
        hits: dict[UUID, list[int]] = {}
        for bits, slots in _asked(terms):
            for shelf in shelves:
                for one, difference in shelf.near(bits, slots).items():
                    hits.setdefault(one, []).append(difference)
        ranked = sorted(hits.items(), key=lambda item: (-len(item[1]), min(item[1]), item[0]))
        return [Candidate(one, len(bits), min(bits)) for one, bits in ranked[:most]]

    def _sort_when_due(self) -> None:
        if sum(map(len, self._fresh)) > max(FEWEST_UNSORTED, SHARE_UNSORTED * len(self)):
            self._sorted = _Sorted(_Rows.joined([self._sorted.rows, *self._fresh]))
            self._fresh = []


def _asked(terms: Terms) -> list[tuple[np.uint64, slice]]:
    """Each hash with the slots it is held against: wholes against wholes, parts against parts."""
    wholes = [(np.uint64(bits), WHOLE) for bits in terms.wholes if bits != NOTHING]
    return wholes + [(np.uint64(bits), ALL_PARTS) for bits in terms.parts if bits != NOTHING]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Pictures as arrays: ids of 16 bytes, and seven hashes for each."""

    ids: NDArray[np.void]
    hashes: Hashes

    @classmethod
    def none(cls) -> "_Rows":
        return cls(np.empty(0, "V16"), np.empty((0, SLOTS), np.uint64))

    @classmethod
    def of(cls, rows: Sequence[tuple[UUID, bytes]]) -> "_Rows":
        ids = _mapped(b"".join(one.bytes for one, _ in rows), "V16")
        hashes = np.frombuffer(b"".join(data for _, data in rows), ">u8").astype(np.uint64)
        return cls(ids, _mapped(hashes.tobytes(), "u8").reshape(-1, SLOTS))

    @classmethod
    def joined(cls, rows: Sequence["_Rows"]) -> "_Rows":
        return cls(np.concatenate([each.ids for each in rows]), np.concatenate([each.hashes for each in rows]))

    def __len__(self) -> int:
        return len(self.ids)

    def id_at(self, row: int) -> UUID:
        return UUID(bytes=bytes(self.ids[row]))

    def near(self, asked: np.uint64, slots: slice) -> dict[UUID, int]:
        """Every row looked at: for those few that are not sorted in yet."""
        hashes = self.hashes[:, slots]
        bits = np.where(hashes == NOTHING, 64, np.bitwise_count(hashes ^ asked)).min(axis=1, initial=64)
        return {self.id_at(row): int(bits[row]) for row in np.nonzero(bits <= NEAR)[0].tolist()}


class _Sorted:
    """For each of the four words: the places of all hashes in the order of that word, and where each value begins."""

    def __init__(self, rows: _Rows) -> None:
        self.rows = rows
        self._flat = rows.hashes.reshape(-1)
        self._orders = np.empty((WORDS, self._flat.size), np.uint32)
        self._starts: list[NDArray[np.uint32]] = []
        for word in range(WORDS):
            values = _word(self._flat, word)
            # A stable sort of 16-bit numbers is a radix sort: about a second for seven million.
            self._orders[word] = np.argsort(values, kind="stable")
            counts = np.bincount(values, minlength=1 << WORD_BITS)
            self._starts.append(np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32))

    def near(self, asked: np.uint64, slots: slice) -> dict[UUID, int]:
        """The pictures with a hash in these slots near the one asked for, each with the fewest bits of difference."""
        places = self._places(asked)
        found = self._flat[places]
        bits = np.bitwise_count(found ^ asked)
        near = (bits <= NEAR) & (found != NOTHING) & ((places % SLOTS == 0) == (slots is WHOLE))
        best: dict[int, int] = {}
        for row, difference in zip((places[near] // SLOTS).tolist(), bits[near].tolist(), strict=True):
            best[row] = min(difference, best.get(row, NEAR))
        return {self.rows.id_at(row): difference for row, difference in best.items()}

    def _places(self, asked: np.uint64) -> NDArray[np.uint32]:
        """Where hashes stand that share a word with the one asked for, to within one bit."""
        runs: list[NDArray[np.uint32]] = []
        for word, (order, starts) in enumerate(zip(self._orders, self._starts, strict=True)):
            values = int(_word(np.array([asked]), word)[0]) ^ _NEIGHBOURS
            runs += [order[starts[value] : starts[value + 1]] for value in values.tolist()]
        return np.concatenate(runs)


def _mapped(data: bytes, kind: str) -> NDArray[Any]:
    """An array in pages of its own, which go back to the system when it is sorted in.

    On the heap some tens of pieces would leave as many holes: some 90 MiB at a million pictures, measured.
    """
    pages = mmap.mmap(-1, max(len(data), 1))
    pages[: len(data)] = data
    return np.frombuffer(pages, kind, len(data) // np.dtype(kind).itemsize)


def _word(hashes: Hashes, word: int) -> NDArray[np.uint16]:
    return (hashes >> np.uint64(WORD_BITS * word)).astype(np.uint16)
