"""When media are due for deletion. Standard library only.

The clock of a wave starts on the day it is locked: until then answers can still be judged, and need their proof. A
wave that nobody locks must not keep faces and voices for ever, so that its clock starts by itself some time after it
closed. A visit that waits for a decision is left alone in either case.
"""

from datetime import date, timedelta
from typing import Final

ORIGINALS, RENDITIONS = "originals", "renditions"
MEDIA: Final = (ORIGINALS, RENDITIONS)

APPEAL, LEGAL, OTHER = "appeal", "legal", "other"
HOLD_CODES: Final = (APPEAL, LEGAL, OTHER)

RETENTION: Final = "retention"
"""The reason that is written down with what the clock deleted."""

# Follow-ups take a week, returns and appeals some weeks more; a wave unlocked after that was forgotten.
UNLOCKED_GRACE: Final = timedelta(days=90)


def starts_on(*, locked_on: date | None, closes_on: date) -> date:
    """The day from which a wave's retention days count."""
    return locked_on or _later(closes_on, UNLOCKED_GRACE)


def due_on(start: date, days: int | None) -> date | None:
    """The first day on which media may be deleted; None where they are kept for ever."""
    return None if days is None else _later(start, timedelta(days))


def _later(day: date, time: timedelta) -> date:
    return day + time if date.max - day > time else date.max
