"""Places on the earth in the three datums that Chinese phones and maps use, and how far apart two of them are.

GCJ-02, the datum of Chinese maps, shifts WGS-84 by 100 to 700 m; its formula was never published, but an approximation
within a few metres is known everywhere. BD-09 is Baidu's further shift of it. Compared in one datum only, an honest
phone in an honest store would seem half a kilometre away. Standard library only.
"""

import math
from dataclasses import dataclass
from typing import Final

WGS_84, GCJ_02, BD_09 = "WGS-84", "GCJ-02", "BD-09"
EARTH_RADIUS: Final = 6_371_008.8
"""Mean radius in metres."""

# The ellipsoid of Krasovsky (1940), which the approximation of GCJ-02 is built on.
_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.00669342162296594323
_BAIDU_TURN: Final = math.pi * 3000 / 180
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_MOST_STEPS: Final = 10
_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees in a datum; `accuracy` is the radius in metres within which a phone says it is."""

    lat: float
    lon: float
    datum: str = WGS_84
    accuracy: float = 0.0


def in_wgs84(place: Place) -> Place:
    """The same place in WGS-84."""
    lat, lon = place.lat, place.lon
    if place.datum == BD_09:
        lat, lon = _from_baidu(lat, lon)
    if place.datum in {BD_09, GCJ_02}:
        lat, lon = _from_gcj(lat, lon)
    return Place(lat, lon, WGS_84, place.accuracy)


def in_gcj02(place: Place) -> Place:
    """The same place in GCJ-02."""
    found = in_wgs84(place)
    return Place(*_to_gcj(found.lat, found.lon), GCJ_02, place.accuracy)


def in_bd09(place: Place) -> Place:
    """The same place in BD-09."""
    found = in_gcj02(place)
    return Place(*_to_baidu(found.lat, found.lon), BD_09, place.accuracy)


def metres(one: Place, other: Place) -> float:
    """The distance over the ground, whatever the datums: haversine on a sphere, within 0.6 % of the ellipsoid."""
    first, second = in_wgs84(one), in_wgs84(other)
    south, north = math.radians(first.lat), math.radians(second.lat)
    rise, turn = north - south, math.radians(second.lon - first.lon)
    chord = math.sin(rise / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(turn / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, chord)))


def metres_at_least(one: Place, other: Place) -> float:
    """How far apart two places are even if both are off by their accuracy to each other's side."""
    return max(0.0, metres(one, other) - one.accuracy - other.accuracy)


def _is_shifted(lat: float, lon: float) -> bool:
    """Whether maps are shifted here: in a rectangle around China, as everybody's approximation has it."""
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def _to_gcj(lat: float, lon: float) -> tuple[float, float]:
    if not _is_shifted(lat, lon):
        return lat, lon
    x, y = lon - 105, lat - 35
    slope = 1 - _ECCENTRICITY * math.sin(math.radians(lat)) ** 2
    north = _AXIS * (1 - _ECCENTRICITY) / slope**1.5
    east = _AXIS / math.sqrt(slope) * math.cos(math.radians(lat))
    return lat + math.degrees(_metres_north(x, y) / north), lon + math.degrees(_metres_east(x, y) / east)


def _from_gcj(lat: float, lon: float) -> tuple[float, float]:
    """The shift has no inverse in closed form; stepping back by the shift found converges in three or four steps."""
    if not _is_shifted(lat, lon):
        return lat, lon
    found_lat, found_lon = lat, lon
    for _ in range(_MOST_STEPS):
        shifted_lat, shifted_lon = _to_gcj(found_lat, found_lon)
        off_lat, off_lon = shifted_lat - lat, shifted_lon - lon
        found_lat, found_lon = found_lat - off_lat, found_lon - off_lon
        if abs(off_lat) < _CLOSE and abs(off_lon) < _CLOSE:
            break
    return found_lat, found_lon


def _metres_north(x: float, y: float) -> float:
    waves = _ripple(x) + _swell(y, 20, 1, 40, 3) + _swell(y, 160, 12, 320, 30)
    return -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves


def _metres_east(x: float, y: float) -> float:
    waves = _ripple(x) + _swell(x, 20, 1, 40, 3) + _swell(x, 150, 12, 300, 30)
    return 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves


def _ripple(x: float) -> float:
    return (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3


def _swell(at: float, first: float, first_span: float, second: float, second_span: float) -> float:
    """Two waves, each with its height and span. Spans are in degrees for half a wave."""
    return (first * math.sin(at / first_span * math.pi) + second * math.sin(at / second_span * math.pi)) * 2 / 3


def _to_baidu(lat: float, lon: float) -> tuple[float, float]:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BAIDU_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BAIDU_TURN)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _from_baidu(lat: float, lon: float) -> tuple[float, float]:
    """The well-known way back, which is off by less than a metre."""
    y, x = lat - 0.006, lon - 0.0065
    radius = math.hypot(x, y) - 0.00002 * math.sin(y * _BAIDU_TURN)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * _BAIDU_TURN)
    return radius * math.sin(angle), radius * math.cos(angle)
