"""The states of a wave and which of them a planner may set. Standard library only."""

import re
from typing import Final

DRAFT, OPEN, CLOSED, LOCKED = "draft", "open", "closed", "locked"
STATES: Final = (DRAFT, OPEN, CLOSED, LOCKED)

# A locked wave changes in nothing but how long its media are kept: that was never part of its result.
CLOCKS: Final = ("originals_days", "renditions_days")

_CODE: Final = re.compile(r"\w[\w.-]{0,63}")

# Locking is a step of its own, because it first asks whether every visit is decided.
_NEXT: Final = {DRAFT: {OPEN}, OPEN: {CLOSED}, CLOSED: {OPEN}, LOCKED: set[str]()}


def may_become(state: str, wanted: str) -> bool:
    """Whether a planner may put a wave of this state into the wanted one; staying as it is is always allowed."""
    return wanted == state or wanted in _NEXT[state]


def may_be_locked(state: str) -> bool:
    return state in {OPEN, CLOSED}


def is_code(text: str) -> bool:
    """Whether a programme may be called so: letters and digits of any language, dots, dashes and underscores."""
    return _CODE.fullmatch(text) is not None
