"""Score, bands and weights of integrity signals. docs/integrity.md says why each weighs what it weighs.

The score is 100 less the weights of all signals that nobody cleared, never below 0. Pure.
"""

from collections.abc import Iterable
from typing import Final

from backend.visits.rules import BANDS

VERSION: Final = "1"
"""Kept with every judgement; it changes whenever a weight, a threshold or a rule does."""

BEST: Final = 100
CLEAR, LOOK, DOUBT = BANDS
CLEAR_FROM, LOOK_FROM = 90, 60

WEIGHTS: Final = {
    "reused-file": 45,
    "same-picture": 30,
    "part-of-picture": 25,
    "far-away": 30,
    "fast-travel": 25,
    "fast-travel-elsewhere": 25,
    "file-dated-otherwise": 25,
    "another-day": 20,
    "file-placed-otherwise": 20,
    "far-from-store": 15,
    "filled-fast": 15,
    "gallery-not-allowed": 15,
    "comments-copied": 15,
    "outside-wave": 10,
    "outside-window": 10,
    "same-position": 10,
    "cameras-differ": 10,
    "short-stay": 10,
    "clock": 5,
    "same-answers": 5,
    "gallery": 3,
}


def score(weights: Iterable[int]) -> int:
    """What is left of 100 after the signals that stand."""
    return max(0, BEST - sum(weights))


def band(points: int) -> str:
    """`clear` from 90, `look` from 60, else `doubt`: where to look first, not what somebody did."""
    if points >= CLEAR_FROM:
        return CLEAR
    return LOOK if points >= LOOK_FROM else DOUBT
