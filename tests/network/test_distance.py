"""Distances across datums: the same spot told three ways is one spot, and outside China nothing is shifted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.network.distance import Place, metres_between

# One spot at Tiananmen as maps of the three datums show it.
WGS = Place(39.908823, 116.397470, "WGS-84")
GCJ = Place(39.910226, 116.403714, "GCJ-02")
BAIDU = Place(39.916527, 116.410130, "BD-09")


@pytest.mark.parametrize(("one", "other"), [(WGS, GCJ), (GCJ, BAIDU), (WGS, BAIDU)])
def test_the_same_spot_in_two_datums_lies_within_a_few_metres(one: Place, other: Place) -> None:
    assert metres_between(one, other) < 15


def test_ignoring_the_datum_would_be_wrong_by_hundreds_of_metres() -> None:
    assert 400 < metres_between(WGS, GCJ._replace(datum="WGS-84")) < 700


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert metres_between(Place(48, 11, "WGS-84"), Place(49, 11, "WGS-84")) == pytest.approx(111_195, abs=1)


def test_outside_china_the_datum_changes_nothing() -> None:
    assert metres_between(Place(48, 11, "WGS-84"), Place(48, 11, "BD-09")) == 0


_PLACES = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(("WGS-84", "GCJ-02", "BD-09")))


@given(_PLACES, _PLACES)
def test_it_is_the_same_both_ways_and_never_longer_than_half_the_earth(one: Place, other: Place) -> None:
    there, back = metres_between(one, other), metres_between(other, one)
    assert there == pytest.approx(back, abs=1e-3)
    assert 0 <= there <= 20_016_000
