"""What a reviewer may decide in which state, and what an answer becomes when a reviewer changes it. Standard library only."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from backend.checklists.rules import AnswerFault, Checkpoint, Result, judge
from backend.visits.rules import APPROVED, IN_PROGRESS, IN_REVIEW, PUBLISHED, SUBMITTED

APPROVE, RETURN, VOID = "approved", "returned", "void"
VERDICTS: Final = (APPROVE, RETURN, VOID)

# A return that names no deadline is due this long after it.
RETURN_TIME: Final = timedelta(days=3)

_WAITING: Final = frozenset({SUBMITTED, IN_REVIEW})
# A visit that was returned is in progress again; it and an approved one can still turn out to be void.
_VOIDABLE: Final = _WAITING | {IN_PROGRESS, APPROVED, PUBLISHED}


@dataclass(frozen=True, slots=True)
class Change:
    """What a reviewer makes of an answer. Without a value the present one stays where it says the same."""

    checkpoint: str
    result: Result
    reason: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Present:
    """An answer as it stands; `is_open` where none has come yet, because it is owed after the visit."""

    result: Result | None
    value: Any = None
    is_open: bool = False


def may_decide(verdict: str, state: str, round_: int) -> bool:
    """Whether a visit of this state can be given the verdict; what was never submitted cannot."""
    return round_ > 0 and state in (_VOIDABLE if verdict == VOID else _WAITING)


def changed(checkpoint: Checkpoint, present: Present, change: Change) -> Present | AnswerFault:
    """The answer after the change, or why it cannot be.

    NA needs a checkpoint that can be NA, unless its answer never came: then nothing is known of it. Nothing that
    never came can pass. A numeric or choice answer may lose its value: the reviewer saw the result, not the number.
    """
    if change.value is not None:
        outcome = judge(checkpoint, change.result, change.value)
        return outcome if isinstance(outcome, AnswerFault) else Present(outcome, change.value)
    if present.is_open:
        return _of_open(checkpoint, change)
    if change.result is Result.NA and not checkpoint.may_be_na:
        return AnswerFault(checkpoint.code, "na-not-allowed")
    agrees = present.value is not None and judge(checkpoint, None, present.value) == change.result
    return replace(present, result=change.result, value=present.value if agrees else None)


def _of_open(checkpoint: Checkpoint, change: Change) -> Present | AnswerFault:
    if change.result is Result.PASS:
        return AnswerFault(checkpoint.code, "open-item-passed")
    return Present(change.result)
