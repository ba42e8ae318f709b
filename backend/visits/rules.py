"""The states of a visit, what is possible in which, its date and its flags. Standard library only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

PLANNED, TAKEN, IN_PROGRESS, SUBMITTED = "planned", "taken", "in_progress", "submitted"
IN_REVIEW, APPROVED, PUBLISHED, LOCKED = "in_review", "approved", "published", "locked"
DECLINED, EXPIRED, ABORTED, VOID = "declined", "expired", "aborted", "void"
STATES: Final = (
    PLANNED,
    TAKEN,
    IN_PROGRESS,
    SUBMITTED,
    IN_REVIEW,
    APPROVED,
    PUBLISHED,
    LOCKED,
    DECLINED,
    EXPIRED,
    ABORTED,
    VOID,
)

ASSIGNABLE: Final = frozenset({PLANNED, TAKEN, DECLINED, EXPIRED})
# An expired visit may still be filled in: what a shopper brings is taken and flagged, never refused for being late.
FILLABLE: Final = frozenset({PLANNED, TAKEN, IN_PROGRESS, EXPIRED})
UNDECIDED: Final = frozenset({IN_PROGRESS, SUBMITTED, IN_REVIEW})
"""With a round above 0. A returned visit is in progress again."""
DECIDED: Final = frozenset({APPROVED, PUBLISHED, LOCKED})
RELEASED: Final = frozenset({PUBLISHED, LOCKED})
"""What regions, groups and stores read."""

SELF_MADE_METHODS: Final = frozenset({"announced", "unannounced"})
"""What a field auditor may begin on the spot without a planner."""

UNSEEN_METHODS: Final = frozenset({"covert", "remote"})
"""In which the store does not learn who comes."""

FOLLOW_UP_TIME: Final = timedelta(days=7)
MOST_AHEAD: Final = timedelta(minutes=10)
MOST_BEHIND: Final = timedelta(days=30)

# What may be noticed about a submission that is taken all the same, in the order in which it is shown.
FLAGS: Final = (
    "clock_off",
    "outside_window",
    "late",
    "late_follow_up",
    "gallery",
    "wave_closed",
    "wave_locked",
    "elsewhere",
    "position_dropped",
    "recorded_unconsented",
)


BANDS: Final = ("clear", "look", "doubt")
"""What a visit's integrity may come to; `integrity.rules` says when."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known when a document arrives. Days are local dates; `claimed` holds every time the phone says it was."""

    received_at: datetime
    visited_on: date
    claimed: tuple[datetime, ...]
    windows: tuple[tuple[date | None, date | None], ...]
    due_on: date | None
    deadline: datetime | None
    gallery: bool
    gallery_allowed: bool
    wave_state: str


def flags(found: Circumstances) -> set[str]:
    """What is noticed about a submission. Nothing of it refuses the submission."""
    noticed = {
        "clock_off": any(is_off(moment, found.received_at) for moment in found.claimed),
        "outside_window": any(not _is_within(found.visited_on, window) for window in found.windows),
        "late": _is_late(found),
        "gallery": found.gallery and not found.gallery_allowed,
        "wave_closed": found.wave_state == "closed",
        "wave_locked": found.wave_state == "locked",
    }
    return {name for name, holds in noticed.items() if holds}


def in_order(noticed: Iterable[str]) -> list[str]:
    """Flags in the order in which they are shown; ones added by others come last."""
    found = set(noticed)
    return [name for name in FLAGS if name in found] + sorted(found.difference(FLAGS))


def is_off(moment: datetime, received_at: datetime) -> bool:
    """Whether a phone's time cannot be: more than ten minutes ahead of ours, or more than thirty days behind."""
    return moment > received_at + MOST_AHEAD or moment < received_at - MOST_BEHIND


def visit_date(
    marks: Iterable[Mapping[str, Any]], on_site_captures: Iterable[datetime], received_at: datetime, zone: ZoneInfo
) -> date:
    """The local date of the first `arrived` mark, else of the earliest on-site capture, else of receipt."""
    arrived = [mark["at"] for mark in marks if mark["name"] == "arrived"]
    moment = min(arrived, default=None) or min(on_site_captures, default=None) or received_at
    return moment.astimezone(zone).date()


def window_dates(window: Mapping[str, Any] | None) -> tuple[date | None, date | None]:
    """The days of a visit's own window, as far as it says them as ISO dates; it may be free text."""
    given = window or {}
    return _day(given.get("from")), _day(given.get("until") or given.get("to"))


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None


def _is_within(day: date, window: tuple[date | None, date | None]) -> bool:
    first, last = window
    return (first is None or day >= first) and (last is None or day <= last)


def _is_late(found: Circumstances) -> bool:
    after_due = found.due_on is not None and found.visited_on > found.due_on
    return after_due or (found.deadline is not None and found.received_at > found.deadline)
