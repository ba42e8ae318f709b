"""Datums: pairs that everybody's converters agree on, round trips, and distances."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.integrity.places import (
    BD_09,
    GCJ_02,
    WGS_84,
    Place,
    in_bd09,
    in_gcj02,
    in_wgs84,
    metres,
    metres_at_least,
)

IN_CHINA = st.builds(Place, st.floats(18.2, 53.5), st.floats(73.7, 134.9))
ANYWHERE = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([WGS_84, GCJ_02, BD_09]))
CONVERT = {WGS_84: in_wgs84, GCJ_02: in_gcj02, BD_09: in_bd09}


# What the published converters say of one point in Peking, to the last digit they print.
@pytest.mark.parametrize(
    ("given_in", "wanted_in", "lat", "lon", "within"),
    [
        (WGS_84, GCJ_02, 39.91640428150164, 116.41024449916938, 1e-9),
        (GCJ_02, BD_09, 39.92133699351021, 116.41036949371029, 2e-8),
        (BD_09, GCJ_02, 39.90865673957631, 116.39762729119315, 2e-8),
        # Theirs is one step back; ours goes on until it fits, 6 cm further.
        (GCJ_02, WGS_84, 39.91359571849836, 116.39775550083061, 1e-6),
    ],
)
def test_known_pairs(given_in: str, wanted_in: str, lat: float, lon: float, within: float) -> None:
    found = CONVERT[wanted_in](Place(39.915, 116.404, given_in))
    assert found.datum == wanted_in
    assert math.isclose(found.lat, lat, abs_tol=within)
    assert math.isclose(found.lon, lon, abs_tol=within)


@given(IN_CHINA)
def test_there_and_back_is_where_it_was(place: Place) -> None:
    assert metres(in_wgs84(in_gcj02(place)), place) < 0.01
    assert metres(in_wgs84(in_bd09(place)), place) < 1


@given(IN_CHINA)
def test_maps_in_china_are_shifted_by_50_to_1300_metres(place: Place) -> None:
    shifted = in_gcj02(place)
    assert 50 < metres(place, Place(shifted.lat, shifted.lon, WGS_84)) < 1300


@pytest.mark.parametrize(("lat", "lon"), [(48.8566, 2.3522), (-33.9, 18.4), (60.0, 100.0), (0.0, 0.0)])
def test_outside_china_nothing_is_shifted(lat: float, lon: float) -> None:
    place = Place(lat, lon)
    assert in_gcj02(place) == Place(lat, lon, GCJ_02)
    assert in_wgs84(Place(lat, lon, GCJ_02)) == place


@given(ANYWHERE, ANYWHERE)
def test_distances_are_distances(one: Place, other: Place) -> None:
    away = metres(one, other)
    assert 0 <= away <= 20_015_200
    assert math.isclose(away, metres(other, one), abs_tol=1e-3)
    assert metres(one, one) == 0


def test_the_same_place_in_three_datums_is_one_place() -> None:
    here = Place(31.2304, 121.4737)
    assert metres(here, in_gcj02(here)) < 0.01
    assert metres(here, in_bd09(here)) < 1
    assert metres(here, Place(here.lat, here.lon, GCJ_02)) > 400


def test_a_degree_of_latitude_is_111_km() -> None:
    assert math.isclose(metres(Place(50, 0), Place(51, 0)), 111_195, abs_tol=1)


def test_accuracy_is_taken_off_and_never_below_nothing() -> None:
    far, near = Place(31.01, 121, accuracy=100), Place(31, 121, accuracy=12)
    assert math.isclose(metres_at_least(far, near), metres(far, near) - 112)
    assert metres_at_least(Place(31, 121, accuracy=500), near) == 0
