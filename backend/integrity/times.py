"""Signals of time: the phone's clock against ours, a file's own date against its capture record, days and windows.

A phone whose clock is wrong is wrong in everything it says: that is one light signal, `clock`, and no suspicion. What
weighs is one file that disagrees with the others of its visit. Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final

from backend.integrity.facts import Case, File, Found
from backend.visits.rules import is_off

FEW: Final = 3
"""From so many dated files on, a shift that they share is the camera's clock or time zone."""

CLOSE: Final = timedelta(minutes=10)
NIGHT: Final = timedelta(hours=6)
"""How far before and after its day a visit may reach."""


def signals(case: Case) -> Iterator[Found]:
    yield from clock(case)
    yield from dated_otherwise(case)
    yield from another_day(case)
    yield from outside(case)


def clock(case: Case) -> Iterator[Found]:
    """The phone's clock is off: the time of sending says so, or, where there is none, every capture does."""
    said = [case.finished_at] if case.finished_at else [file.captured_at for file in case.files]
    moments = [moment for moment in said if moment is not None]
    if moments and all(is_off(moment, case.received_at) for moment in moments):
        off = min((moment - case.received_at for moment in moments), key=abs)
        yield Found("clock", params={"seconds": int(abs(off.total_seconds())), "ahead": off > timedelta(0)})


def dated_otherwise(case: Case) -> Iterator[Found]:
    """A file whose own date is not that of its capture record, beyond the shift that all files of the visit share."""
    dated = [(file, shift) for file in case.files if (shift := _shift(file)) is not None]
    shared = _shared([shift for _, shift in dated])
    for file, shift in dated:
        off = shift - shared
        if abs(off) > CLOSE + file.duration:
            params = {"seconds": int(abs(off.total_seconds())), "written_at": _iso(file.written_at)}
            yield Found("file-dated-otherwise", (file.id,), params=params | {"captured_at": _iso(file.captured_at)})


def another_day(case: Case) -> Iterator[Found]:
    """On-site proof captured on another day than the visit's."""
    begin = datetime.combine(case.visited_on, time.min, case.zone)
    first, last = begin - NIGHT, begin + timedelta(days=1) + NIGHT
    captured = [(file.captured_at, file) for file in case.on_site if file.captured_at is not None]
    strangers = [(moment, file) for moment, file in captured if not first <= moment <= last]
    if strangers:
        strangers.sort(key=lambda pair: (-abs(pair[0] - begin), pair[1].id))
        params = {"files": len(strangers), "of": len(captured), "captured_at": _iso(strangers[0][0])}
        ids = tuple(file.id for _, file in strangers)
        yield Found("another-day", ids, params=params | {"day": case.visited_on.isoformat()})


def outside(case: Case) -> Iterator[Found]:
    """A visit on a day outside the wave's or its own window. A clock that is off says nothing about days."""
    if next(clock(case), None) is not None:
        return
    for code, window in (("outside-wave", case.wave_window), ("outside-window", case.own_window)):
        first, last = window
        if (first and case.visited_on < first) or (last and case.visited_on > last):
            yield Found(code, params={"day": case.visited_on.isoformat(), "first": _day(first), "last": _day(last)})


def _shift(file: File) -> timedelta | None:
    """By how much the file's own date is ahead of its capture record."""
    if file.written_at is None or file.captured_at is None:
        return None
    return file.written_at - file.captured_at


def _shared(shifts: Iterable[timedelta]) -> timedelta:
    """The shift that most of a visit's files share; none where they are few, or agree on none."""
    known = list(shifts)
    if len(known) < FEW:
        return timedelta(0)
    middle = timedelta(seconds=median(shift.total_seconds() for shift in known))
    agreeing = sum(abs(shift - middle) <= CLOSE for shift in known)
    return middle if 2 * agreeing > len(known) else timedelta(0)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
