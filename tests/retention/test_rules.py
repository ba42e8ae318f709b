"""The clocks' arithmetic."""

from datetime import date

from backend.retention.rules import due_on, starts_on

CLOSES_ON = date(2026, 6, 30)


def test_the_lock_starts_the_clock() -> None:
    assert starts_on(locked_on=date(2026, 8, 1), closes_on=CLOSES_ON) == date(2026, 8, 1)
    assert starts_on(locked_on=date(2026, 1, 1), closes_on=CLOSES_ON) == date(2026, 1, 1)


def test_a_wave_that_nobody_locks_starts_by_itself() -> None:
    assert starts_on(locked_on=None, closes_on=CLOSES_ON) == date(2026, 9, 28)


def test_days_are_counted_and_none_is_for_ever() -> None:
    assert due_on(date(2026, 8, 1), 90) == date(2026, 10, 30)
    assert due_on(date(2026, 8, 1), 1) == date(2026, 8, 2)
    assert due_on(date(2026, 8, 1), None) is None


def test_the_end_of_the_calendar_is_no_fault() -> None:
    assert starts_on(locked_on=None, closes_on=date.max) == date.max
    assert due_on(date(9999, 12, 1), 3660) == date.max
