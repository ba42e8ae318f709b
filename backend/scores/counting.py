"""How the scorecards of one store add up: pure counting over packed result vectors, and exact fractions as text.

Knows no database. What a single visit's results come to is `backend.checklists.scoring`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

COUNT_TYPE: Final = np.dtype("<i4")
_NUMBERS: Final = ("passed", "failed", "na", "unproven")
VISIT_TYPE: Final = np.dtype([("auditor", "V16"), *((name, "<u2") for name in _NUMBERS)])
"""One visit of a tally: the id of who went there (zeros where nobody is known), answers by result, fails without proof."""
NUMBERED_TYPE: Final = np.dtype([("person", "<u4"), *((name, "<u2") for name in _NUMBERS)])
"""The same where who went there is a place in a list of people."""
CELL_TYPE: Final = np.dtype([
    ("person", "<u4"), ("answers", "<u2"), ("applicable", "<u2"), ("visits", "<u4"), ("passed", "<u4"),
    ("passed_squares", "<u8"), ("unproven", "<u4"),
])  # fmt: skip
"""Those visits of a person that have equally many answers, of which equally many apply: how many, and their sums."""
FIGURES: Final = ("visits", "red_lines", "scored")
"""The whole numbers of a tally that a wave tally keeps side by side, in this order."""
KINDS: Final = 3
_RESULT_BYTES: Final = (1, 2, 3)
_NOBODY: Final = bytes(16)


class Card(NamedTuple):
    """What a scorecard gives to its tally: packed results, official score as text (None without one), red line,
    who went there, and how many fails stand without a proof.
    """

    results: bytes
    official: str | None
    red_line: bool
    auditor_id: UUID | None = None
    unproven: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of a tally; see `Tally` for their meaning."""

    visits: int
    red_lines: int
    counts: bytes
    scored: int
    official_sum: str
    official_squares: str
    by_visit: bytes


def count(cards: Sequence[Card], checkpoints: int) -> Count:
    """Adds up the cards of one store, wave, version and method; `checkpoints` is the length of each result vector."""
    scores = [Fraction(card.official) for card in cards if card.official is not None]
    vectors = np.frombuffer(b"".join(card.results for card in cards), dtype=np.uint8).reshape(len(cards), checkpoints)
    hits = [vectors == byte for byte in _RESULT_BYTES]
    return Count(
        visits=len(cards),
        red_lines=sum(card.red_line for card in cards),
        counts=np.stack([hit.sum(axis=0) for hit in hits], axis=1).astype(COUNT_TYPE).tobytes(),
        scored=len(scores),
        official_sum=fraction_text(sum(scores, Fraction(0))),
        official_squares=fraction_text(sum((score * score for score in scores), Fraction(0))),
        by_visit=_by_visit(cards, [hit.sum(axis=1) for hit in hits]),
    )


def counts_array(blobs: Sequence[bytes], checkpoints: int) -> NDArray[np.int32]:
    """Kept count vectors as one array of shape (len(blobs), checkpoints, 3): passed, failed, na. Read-only."""
    return np.frombuffer(b"".join(blobs), dtype=COUNT_TYPE).reshape(len(blobs), checkpoints, KINDS)


def fraction_text(value: Fraction) -> str:
    """`numerator/denominator`, in lowest terms; read it back with `Fraction(text)`."""
    return f"{value.numerator}/{value.denominator}"


def pack_counts(counts: NDArray[np.int32]) -> bytes:
    """An array of shape (stores, checkpoints, 3) in the fewest bytes a number that hold them all: 1, 2 or 4.

    Kept result by result, so that adding up one of them reads on without gaps.
    """
    narrow = np.min_scalar_type(int(counts.max(initial=0))).newbyteorder("<")
    return np.ascontiguousarray(counts.transpose(2, 0, 1), dtype=narrow).tobytes()


def unpack_counts(blob: bytes, stores: int, checkpoints: int) -> NDArray[np.int32]:
    """What `pack_counts` was given."""
    numbers = KINDS * stores * checkpoints
    width = len(blob) // numbers if numbers else 1
    read = np.frombuffer(blob, dtype=f"<u{width}").reshape(KINDS, stores, checkpoints)
    return read.astype(np.int32).transpose(1, 2, 0)


def numbered(by_visit: bytes) -> tuple[bytes, NDArray[Any]]:
    """Who is in the visits of one tally or of many (ids in order, 16 bytes each), and the visits of `NUMBERED_TYPE`."""
    visits = np.frombuffer(by_visit, dtype=VISIT_TYPE)
    # An id as two numbers: comparing those takes a tenth of the time that comparing bytes does.
    high, low = np.ascontiguousarray(visits["auditor"]).view(">u8").reshape(-1, 2).astype(np.uint64).T
    order = np.lexsort((low, high))
    high, low = high[order], low[order]
    is_first = np.append(True, (high[1:] != high[:-1]) | (low[1:] != low[:-1]))[: len(visits)]
    made = np.zeros(len(visits), dtype=NUMBERED_TYPE)
    made["person"][order] = np.cumsum(is_first) - 1
    for name in _NUMBERS:
        made[name] = visits[name]
    return visits["auditor"][order][is_first].tobytes(), made


def in_cells(visits: NDArray[Any]) -> NDArray[Any]:
    """Visits of `NUMBERED_TYPE` as `CELL_TYPE`, by person, answers and applicable.

    Nothing is lost to a report of people, since shares over equal wholes add up as whole numbers, and a wave of many
    visits has no more cells than persons have different numbers of answers that apply.
    """
    passed = visits["passed"].astype(np.int64)
    applicable = passed + visits["failed"]
    answers = applicable + visits["na"]
    keys, place = np.unique(
        (visits["person"].astype(np.int64) << 32) + (answers << 16) + applicable, return_inverse=True
    )
    made = np.zeros(len(keys), dtype=CELL_TYPE)
    made["person"], made["answers"], made["applicable"] = keys >> 32, keys >> 16 & 0xFFFF, keys & 0xFFFF
    summed = {
        "visits": np.ones_like(passed),
        "passed": passed,
        "passed_squares": passed**2,
        "unproven": visits["unproven"],
    }
    for name, values in summed.items():
        made[name] = np.bincount(place, weights=values, minlength=len(keys))
    return made


def _by_visit(cards: Sequence[Card], totals: Sequence[NDArray[np.int64]]) -> bytes:
    """The visits in the order of their own bytes: the same cards make the same tally in whatever order they are read."""
    made = np.zeros(len(cards), dtype=VISIT_TYPE)
    for name, total in zip(("passed", "failed", "na"), totals, strict=True):
        made[name] = total
    made["unproven"] = [card.unproven for card in cards]
    ids = b"".join(_NOBODY if card.auditor_id is None else card.auditor_id.bytes for card in cards)
    made["auditor"] = np.frombuffer(ids, dtype="V16")
    return b"".join(sorted(each.tobytes() for each in made))
