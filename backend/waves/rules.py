"""The states of a wave and which of them a planner may set. Standard library only."""

from typing import Final

DRAFT, OPEN, CLOSED, LOCKED = "draft", "open", "closed", "locked"
STATES: Final = (DRAFT, OPEN, CLOSED, LOCKED)

# Locking is a step of its own, because it first asks whether every visit is decided.
_NEXT: Final = {DRAFT: {OPEN}, OPEN: {CLOSED}, CLOSED: {OPEN}, LOCKED: set[str]()}


def may_become(state: str, wanted: str) -> bool:
    """Whether a planner may put a wave of this state into the wanted one; staying as it is is always allowed."""
    return wanted == state or wanted in _NEXT[state]


def may_be_locked(state: str) -> bool:
    return state in {OPEN, CLOSED}
