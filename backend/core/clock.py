"""The one clock. Tests set it; nothing else asks the operating system for the time of day."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC) + _shift.get()


def today(zone: ZoneInfo) -> date:
    """The present date where `zone` is."""
    return now().astimezone(zone).date()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Runs the block as if it began at `moment`; time goes on from there."""
    token = _shift.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)
