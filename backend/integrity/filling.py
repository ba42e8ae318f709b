"""Signals of how the form was filled in: faster than it can be read, all the same, with another visit's words. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from backend.integrity.facts import Case, Found

READING: Final = timedelta(seconds=2)
"""What an item takes at the least, read and tapped by somebody who knows the list by heart."""

FEW_ANSWERS, MANY_ANSWERS = 10, 20
SHORTEST_STAY: Final = timedelta(minutes=5)
LONG_COMMENT: Final = 20
"""Shorter ones are what everybody writes: "not done", "nobody came"."""

FEW_COPIES: Final = 2


def signals(case: Case) -> Iterator[Found]:
    yield from filled_fast(case)
    yield from short_stay(case)
    yield from same_answers(case)
    yield from comments_copied(case)


def filled_fast(case: Case) -> Iterator[Found]:
    if case.started_at is None or case.finished_at is None or len(case.answers) < FEW_ANSWERS:
        return
    spent = case.finished_at - case.started_at
    if timedelta(0) <= spent < READING * len(case.answers):
        yield Found("filled-fast", params={"seconds": int(spent.total_seconds()), "answers": len(case.answers)})


def short_stay(case: Case) -> Iterator[Found]:
    if case.arrived_at is None or case.left_at is None or len(case.answers) < FEW_ANSWERS:
        return
    stayed = case.left_at - case.arrived_at
    if timedelta(0) <= stayed < SHORTEST_STAY:
        yield Found("short-stay", params={"seconds": int(stayed.total_seconds()), "answers": len(case.answers)})


def same_answers(case: Case) -> Iterator[Found]:
    """One result throughout and not a word beside it. A store may be so good: the signal is light."""
    results = {answer.result for answer in case.answers}
    is_silent = not any(answer.comment for answer in case.answers)
    if len(case.answers) >= MANY_ANSWERS and len(results) == 1 and is_silent:
        yield Found("same-answers", params={"answers": len(case.answers), "result": results.pop()})


def comments_copied(case: Case) -> Iterator[Found]:
    """Comments of some length that stand word for word in an earlier visit of the same person, held against one."""
    own = {text for answer in case.answers if (text := worth_comparing(answer.comment))}
    shared = {visit_id: len(own & earlier) for visit_id, earlier in case.earlier_comments.items()}
    most = max(shared, key=lambda visit_id: (shared[visit_id], visit_id), default=None)
    if most is not None and shared[most] >= FEW_COPIES:
        yield Found("comments-copied", other_visit_id=most, params={"comments": shared[most]})


def worth_comparing(comment: str | None) -> str | None:
    """The comment without differences of spacing, None where it is too short to say anything."""
    text = " ".join((comment or "").split())
    return text if len(text) >= LONG_COMMENT else None
