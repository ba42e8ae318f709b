"""How the scorecards of one store add up: pure counting over packed result vectors, and exact fractions as text.

Knows no database. What a single visit's results come to is `backend.checklists.scoring`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

COUNT_TYPE: Final = np.dtype("<i4")
KINDS: Final = 3
_RESULT_BYTES: Final = (1, 2, 3)


class Card(NamedTuple):
    """What a scorecard gives to its tally: packed results, official score as text (None without one), red line."""

    results: bytes
    official: str | None
    red_line: bool


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of a tally; see `Tally` for their meaning."""

    visits: int
    red_lines: int
    counts: bytes
    scored: int
    official_sum: str
    official_squares: str


def count(cards: Sequence[Card], checkpoints: int) -> Count:
    """Adds up the cards of one store, wave, version and method; `checkpoints` is the length of each result vector."""
    scores = [Fraction(card.official) for card in cards if card.official is not None]
    return Count(
        visits=len(cards),
        red_lines=sum(card.red_line for card in cards),
        counts=_counts(cards, checkpoints).tobytes(),
        scored=len(scores),
        official_sum=fraction_text(sum(scores, Fraction(0))),
        official_squares=fraction_text(sum((score * score for score in scores), Fraction(0))),
    )


def counts_array(blobs: Sequence[bytes], checkpoints: int) -> NDArray[np.int32]:
    """Kept count vectors as one array of shape (len(blobs), checkpoints, 3): passed, failed, na. Read-only."""
    return np.frombuffer(b"".join(blobs), dtype=COUNT_TYPE).reshape(len(blobs), checkpoints, KINDS)


def fraction_text(value: Fraction) -> str:
    """`numerator/denominator`, in lowest terms; read it back with `Fraction(text)`."""
    return f"{value.numerator}/{value.denominator}"


def _counts(cards: Sequence[Card], checkpoints: int) -> NDArray[np.int32]:
    vectors = np.frombuffer(b"".join(card.results for card in cards), dtype=np.uint8).reshape(len(cards), checkpoints)
    columns = [(vectors == byte).sum(axis=0) for byte in _RESULT_BYTES]
    return np.stack(columns, axis=1).astype(COUNT_TYPE)
