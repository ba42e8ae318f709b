"""How far two positions lie apart, whatever datum each is told in. Standard library only.

Chinese maps show degrees that are shifted by some hundred metres (GCJ-02), one of them once more (BD-09), while phones
tell WGS-84. Both positions are brought to GCJ-02, the way for which closed formulas exist: good to a few metres inside
China. Outside it nothing is shifted.
"""

from math import asin, atan2, cos, pi, radians, sin, sqrt
from typing import Final, NamedTuple

_EARTH: Final = 6_371_008.8
# The ellipsoid of which the shift is reckoned: its half axis in metres and its squared eccentricity.
_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.006_693_421_622_965_943
_CHINA: Final = ((0.8293, 55.8271), (72.004, 137.8347))
_SECOND_TURN: Final = pi * 3000.0 / 180.0


class Place(NamedTuple):
    """Degrees, and the datum in which they are told: WGS-84, GCJ-02 or BD-09."""

    lat: float
    lon: float
    datum: str


def metres_between(one: Place, other: Place) -> float:
    """The length of the great circle between the two."""
    first, second = in_gcj(one), in_gcj(other)
    lat1, lat2 = radians(first[0]), radians(second[0])
    half_lat, half_lon = (lat2 - lat1) / 2, radians(second[1] - first[1]) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * _EARTH * asin(min(1.0, sqrt(chord)))


def in_gcj(place: Place) -> tuple[float, float]:
    """Latitude and longitude in GCJ-02, the datum of Chinese maps; outside China as they are."""
    if not _is_in_china(place.lat, place.lon) or place.datum == "GCJ-02":
        return place.lat, place.lon
    return _from_baidu(place.lat, place.lon) if place.datum == "BD-09" else _shifted(place.lat, place.lon)


def _is_in_china(lat: float, lon: float) -> bool:
    (south, north), (west, east) = _CHINA
    return south <= lat <= north and west <= lon <= east


def _shifted(lat: float, lon: float) -> tuple[float, float]:
    """WGS-84 -> GCJ-02."""
    north, east = _waves(lon - 105.0, lat - 35.0)
    angle = radians(lat)
    flat = 1 - _ECCENTRICITY * sin(angle) ** 2
    return (
        lat + north * 180.0 / (_AXIS * (1 - _ECCENTRICITY) / (flat * sqrt(flat)) * pi),
        lon + east * 180.0 / (_AXIS / sqrt(flat) * cos(angle) * pi),
    )


def _waves(x: float, y: float) -> tuple[float, float]:
    """The shift in metres to the north and to the east, `x` degrees east of 105° and `y` north of 35°."""
    shared = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + shared
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)
    ) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + shared
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    return north, east


def _from_baidu(lat: float, lon: float) -> tuple[float, float]:
    """BD-09 -> GCJ-02."""
    x, y = lon - 0.0065, lat - 0.006
    radius = sqrt(x * x + y * y) - 0.00002 * sin(y * _SECOND_TURN)
    turn = atan2(y, x) - 0.000003 * cos(x * _SECOND_TURN)
    return radius * sin(turn), radius * cos(turn)
