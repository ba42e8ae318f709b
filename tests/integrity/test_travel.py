"""Distances, positions that never move, and journeys nobody makes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.integrity import travel
from backend.integrity.places import GCJ_02, Place, in_bd09, in_gcj02
from tests.integrity.cases import OTHER, STORE, TEN, case, codes, file, file_id

DEGREE = 111_195
LATER = datetime(2026, 5, 20, 9, tzinfo=UTC)


def north(metres: float, accuracy: float = 0) -> Place:
    """So far north of the store."""
    return Place(STORE.lat + metres / DEGREE, STORE.lon, accuracy=accuracy)


@pytest.mark.parametrize(
    ("away", "accuracy", "expected"),
    [
        (0, 0, []),
        (990, 0, []),
        (1_020, 0, ["far-from-store"]),
        (1_400, 500, []),
        (9_900, 0, ["far-from-store"]),
        (10_100, 0, ["far-away"]),
        (800_000, 0, ["far-away"]),
    ],
)
def test_far_from_the_store(away: float, accuracy: float, expected: list[str]) -> None:
    assert codes(travel.far_from_store(case(file(1, place=north(away, accuracy))))) == expected


def test_all_far_captures_are_one_signal_with_the_farthest_first() -> None:
    files = (file(1), file(2, place=north(2_000)), file(3, place=north(5_000)), file(4, place=None))
    (found,) = travel.far_from_store(case(*files))
    assert (found.evidence, found.params["files"], found.params["of"]) == ((file_id(3), file_id(2)), 2, 3)
    assert abs(found.params["metres"] - 5_000) < 10


@pytest.mark.parametrize("convert", [in_gcj02, in_bd09])
def test_a_store_on_a_chinese_map_is_where_its_phone_is(convert) -> None:
    assert not list(travel.signals(case(file(1, place=STORE), store=convert(STORE))))


def test_nobody_is_far_where_the_store_has_no_position_or_nobody_went() -> None:
    away = file(1, place=north(5_000))
    assert not list(travel.far_from_store(case(away, store=None)))
    assert not list(travel.far_from_store(case(away, method="remote")))


def test_the_files_own_position_counts_where_the_capture_record_has_none() -> None:
    assert codes(travel.far_from_store(case(file(1, place=None, written_place=north(3_000))))) == ["far-from-store"]


def test_a_file_that_was_elsewhere_is_a_signal_of_its_own() -> None:
    (found,) = travel.placed_otherwise(case(file(1), file(2, place=STORE, written_place=north(40_000))))
    assert (found.code, found.evidence) == ("file-placed-otherwise", (file_id(2),))
    assert abs(found.params["metres"] - 40_000) < 50


def test_phones_may_write_the_datum_of_chinese_maps_into_their_files() -> None:
    shown = in_gcj02(Place(STORE.lat, STORE.lon))
    written = Place(shown.lat + 700 / DEGREE, shown.lon)
    assert not list(travel.placed_otherwise(case(file(1, place=STORE, written_place=written))))
    assert list(
        travel.placed_otherwise(case(file(1, place=STORE, written_place=Place(written.lat + 0.01, written.lon))))
    )


def still(count: int, minutes: float):
    return [file(n, minutes=n * minutes, place=Place(31.2, 121.4, accuracy=20)) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("count", "minutes", "expected"), [(5, 4, ["same-position"]), (4, 20, []), (9, 1, []), (8, 2.2, ["same-position"])]
)
def test_a_position_that_never_moves(count: int, minutes: float, expected: list[str]) -> None:
    assert codes(travel.same_position(case(*still(count, minutes)))) == expected


def test_a_trembling_position_is_a_receiver() -> None:
    assert not list(travel.same_position(case(*[file(n, minutes=5 * n) for n in range(1, 12)])))


@pytest.mark.parametrize(
    ("away", "minutes", "expected"),
    [(5_000, 1, ["fast-travel"]), (5_000, 3, []), (1_900, 0, []), (60_000, 0, ["fast-travel"]), (60_000, 30, [])],
)
def test_journeys_inside_a_visit(away: float, minutes: float, expected: list[str]) -> None:
    found = list(travel.fast_travel(case(file(1, place=STORE), file(2, minutes=minutes, place=north(away)))))
    assert codes(found) == expected
    assert all(each.evidence == (file_id(2), file_id(1)) for each in found)


def elsewhere(number: int, away: float, minutes: float, **changed):
    return file(number, minutes=minutes, place=north(away), visit_id=OTHER, is_on_site=False, **changed)


@pytest.mark.parametrize(
    ("away", "minutes", "expected"),
    [
        (400_000, 60, ["fast-travel-elsewhere"]),
        (400_000, 90, []),
        (400_000, -60, ["fast-travel-elsewhere"]),
        (3_000, 0, ["fast-travel-elsewhere"]),
        (3_000, 30, []),
        (0, 0, []),
    ],
)
def test_journeys_between_two_visits_of_one_person(away: float, minutes: float, expected: list[str]) -> None:
    found = list(travel.fast_travel(case(file(20, place=STORE), elsewhere=(elsewhere(2, away, minutes),))))
    assert codes(found) == expected
    assert all((each.other_id, each.other_visit_id) == (file_id(2), OTHER) for each in found)


def test_only_the_visit_that_came_later_explains() -> None:
    mine, theirs = file(20, place=STORE), elsewhere(2, 400_000, 10, declared_at=LATER)
    assert not list(travel.fast_travel(case(mine, elsewhere=(theirs,))))


def test_a_visit_says_the_worst_of_its_journeys_only() -> None:
    files = [file(n, minutes=n, place=north(5_000 * n * (n % 2))) for n in range(1, 8)]
    (found,) = travel.fast_travel(case(*files))
    assert found.evidence == (file_id(7), file_id(6))


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 600)), max_size=8))
def test_any_positions_give_signals_about_this_visits_files(places: list) -> None:
    files = [file(n, minutes=m, place=Place(lat, lon, GCJ_02)) for n, (lat, lon, m) in enumerate(places, 1)]
    found = list(travel.signals(case(*files)))
    assert {each for one in found for each in one.evidence} <= {one.id for one in files}
    assert found == list(travel.signals(case(*reversed(files))))


def test_captures_without_time_or_place_are_passed_over() -> None:
    files = (file(1, captured_at=None), file(2, place=None), file(3, captured_at=TEN + timedelta(days=1)))
    assert not list(travel.signals(case(*files)))
