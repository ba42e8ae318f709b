"""Clocks, dates and windows: a wrong clock is a wrong clock, one odd file is a signal."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.integrity import times
from tests.integrity.cases import TEN, ZONE, case, codes, file, file_id


def dated(number: int, off: timedelta = timedelta(0), **changed):
    """A file that dates itself `off` later than its capture record."""
    plain = file(number, minutes=3 * number, **changed)
    return file(number, minutes=3 * number, written_at=plain.captured_at + off, **changed)


def test_an_ordinary_visit_has_nothing() -> None:
    assert not list(times.signals(case(dated(1), dated(2), dated(3), file(4), finished_at=TEN + timedelta(hours=1))))


@pytest.mark.parametrize(("off", "ahead"), [(timedelta(days=365), True), (timedelta(days=-365), False)])
def test_a_phone_a_year_off_is_a_clock_and_nothing_else(off: timedelta, ahead: bool) -> None:
    """Its pictures, marks and files all agree; the day of the visit comes from the same clock."""
    files = [file(n, captured_at=TEN + off + timedelta(minutes=n), written_at=TEN + off) for n in range(1, 5)]
    visited_on = (TEN + off).date()
    found = list(times.signals(case(*files, finished_at=TEN + off + timedelta(hours=1), visited_on=visited_on)))
    assert codes(found) == ["clock"]
    assert found[0].params["ahead"] is ahead


def test_one_old_picture_is_not_a_clock() -> None:
    old = file(2, captured_at=TEN - timedelta(days=60))
    assert codes(times.signals(case(file(1), old))) == ["another-day"]


def test_without_a_time_of_sending_all_captures_must_be_off() -> None:
    off = [file(n, captured_at=TEN + timedelta(days=40)) for n in (1, 2)]
    assert codes(times.clock(case(*off))) == ["clock"]
    assert codes(times.clock(case(*off, file(3)))) == []
    assert codes(times.clock(case())) == []


def test_a_camera_whose_time_zone_is_another_shares_its_shift() -> None:
    shifted = [dated(n, timedelta(hours=-8)) for n in range(1, 5)]
    assert not list(times.dated_otherwise(case(*shifted)))


@pytest.mark.parametrize("off", [timedelta(days=-30), timedelta(hours=-2), timedelta(hours=3), timedelta(minutes=11)])
def test_one_file_that_dates_itself_otherwise_is_a_signal(off: timedelta) -> None:
    (found,) = times.dated_otherwise(case(dated(1), dated(2), dated(3), dated(4, off)))
    assert (found.code, found.evidence) == ("file-dated-otherwise", (file_id(4),))
    assert found.params["seconds"] == abs(off.total_seconds())


@given(st.timedeltas(timedelta(days=-4000), timedelta(days=4000)), st.integers(3, 8))
def test_a_shift_that_all_share_is_never_a_signal(off: timedelta, number: int) -> None:
    assert not list(times.dated_otherwise(case(*[dated(n, off) for n in range(1, number + 1)])))


@given(st.permutations(range(1, 7)))
def test_the_order_of_files_does_not_matter(order: list[int]) -> None:
    files = {n: dated(n, timedelta(days=-n if n > 4 else 0)) for n in range(1, 7)}
    found = {each.evidence for each in times.dated_otherwise(case(*[files[n] for n in order]))}
    assert found == {(file_id(5),), (file_id(6),)}


def test_two_files_are_too_few_to_agree_on_a_shift() -> None:
    found = list(times.dated_otherwise(case(dated(1, timedelta(days=-3)), dated(2, timedelta(days=-3)))))
    assert len(found) == 2


def test_a_clip_may_be_dated_at_either_end() -> None:
    clip = dated(1, timedelta(minutes=-28), duration=timedelta(minutes=20))
    assert not list(times.dated_otherwise(case(clip)))


def test_pictures_of_another_day_are_one_signal_with_the_farthest_first() -> None:
    strangers = [file(n, captured_at=TEN - timedelta(days=n)) for n in (2, 5, 3)]
    (found,) = times.another_day(case(file(1), *strangers))
    assert found.evidence == (file_id(5), file_id(3), file_id(2))
    assert (found.params["files"], found.params["of"], found.params["day"]) == (3, 4, "2026-05-20")


@pytest.mark.parametrize("hour", [-6, 0, 24, 29.9])
def test_a_visit_may_begin_before_and_end_after_midnight(hour: float) -> None:
    midnight = datetime(2026, 5, 20, tzinfo=ZONE)
    assert not list(times.another_day(case(file(1), file(2, captured_at=midnight + timedelta(hours=hour)))))


def test_what_is_captured_before_or_after_the_visit_has_its_own_day() -> None:
    call = file(2, captured_at=TEN - timedelta(days=3), is_on_site=False)
    assert not list(times.another_day(case(file(1), call)))


@pytest.mark.parametrize(
    ("day", "own", "expected"),
    [
        (date(2026, 5, 1), (None, None), []),
        (date(2026, 5, 31), (None, None), []),
        (date(2026, 4, 30), (None, None), ["outside-wave"]),
        (date(2026, 6, 1), (None, None), ["outside-wave"]),
        (date(2026, 5, 9), (date(2026, 5, 10), None), ["outside-window"]),
        (date(2026, 5, 9), (None, date(2026, 5, 8)), ["outside-window"]),
        (date(2026, 6, 9), (date(2026, 5, 8), date(2026, 5, 8)), ["outside-wave", "outside-window"]),
    ],
)
def test_a_day_outside_a_window(day: date, own: tuple, expected: list[str]) -> None:
    assert codes(times.outside(case(visited_on=day, own_window=own))) == expected


def test_a_clock_that_is_off_says_nothing_about_windows() -> None:
    off = {"visited_on": date(2030, 1, 1), "finished_at": datetime(2030, 1, 1, tzinfo=ZONE)}
    assert codes(times.signals(case(**off))) == ["clock"]
