"""Signals of place: far from the store, a file that was elsewhere, a position that never moves, journeys nobody makes.

Every distance is what is left after both accuracies, in one datum. Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from backend.integrity.facts import Case, File, Found
from backend.integrity.places import GCJ_02, WGS_84, Place, metres_at_least

FAR_METRES: Final = 1_000
"""Beyond a store's yard, a wrong pin of its map and a network position that is not honest about its accuracy."""

VERY_FAR_METRES: Final = 10_000
SAME_CAPTURES, SAME_SPAN = 5, timedelta(minutes=15)
ROAD_KMH: Final = 150
"""During one visit, a test drive on a motorway included."""

JOURNEY_KMH: Final = 350
"""Between two visits: the fastest train at full speed, and more than a flight makes from door to door."""

NEAR_METRES: Final = 2_000
"""Shorter leaps are what network positions do by themselves."""

WITHOUT_STORE: Final = frozenset({"remote"})
"""Methods whose person is not at the store."""


class Stop(NamedTuple):
    """Where a phone was when, by a file's capture record."""

    at: datetime
    place: Place
    file: File


def signals(case: Case) -> Iterator[Found]:
    yield from far_from_store(case)
    yield from placed_otherwise(case)
    yield from same_position(case)
    yield from fast_travel(case)


def far_from_store(case: Case) -> Iterator[Found]:
    """One signal for all captures away from the store; `far-away` when one is beyond 10 km."""
    if case.store is None or case.method in WITHOUT_STORE:
        return
    placed = [(metres_at_least(place, case.store), file) for file in case.on_site if (place := _place_of(file))]
    far = sorted(((away, file) for away, file in placed if away > FAR_METRES), key=lambda pair: (-pair[0], pair[1].id))
    if far:
        code = "far-away" if far[0][0] > VERY_FAR_METRES else "far-from-store"
        params = {"metres": round(far[0][0]), "files": len(far), "of": len(placed)}
        yield Found(code, tuple(file.id for _, file in far), params=params)


def placed_otherwise(case: Case) -> Iterator[Found]:
    """A file that says of itself that it was taken elsewhere than its capture record says."""
    for file in case.on_site:
        if file.place and file.written_place:
            away = min(metres_at_least(file.place, each) for each in _readings(file.written_place))
            if away > FAR_METRES:
                yield Found("file-placed-otherwise", (file.id,), params={"metres": round(away)})


def same_position(case: Case) -> Iterator[Found]:
    """The same position to the last digit over many minutes: a real receiver trembles."""
    by_position: dict[tuple[float, float], list[Stop]] = {}
    for stop in _stops(case.on_site):
        by_position.setdefault((stop.place.lat, stop.place.lon), []).append(stop)
    for stops in by_position.values():
        span = stops[-1].at - stops[0].at
        if len(stops) >= SAME_CAPTURES and span >= SAME_SPAN:
            params = {"files": len(stops), "seconds": int(span.total_seconds())}
            yield Found("same-position", tuple(stop.file.id for stop in stops), params=params)


def fast_travel(case: Case) -> Iterator[Found]:
    """The most impossible journey between captures that follow each other, inside the visit and to another one."""
    legs = [leg for pair in pairwise(_stops([*case.files, *case.elsewhere])) if (leg := _leg(case, *pair))]
    fastest: dict[str, Found] = {}
    for _, found in sorted(legs, key=lambda leg: leg[0]):
        fastest[found.code] = found
    yield from fastest.values()


def _leg(case: Case, one: Stop, other: Stop) -> tuple[float, Found] | None:
    """Kilometres an hour and the signal, if the pair is this visit's to explain and too fast."""
    mine = [stop for stop in (one, other) if stop.file.visit_id == case.visit_id]
    away = metres_at_least(one.place, other.place)
    if not mine or away <= NEAR_METRES:
        return None
    foreign = next((stop.file for stop in (one, other) if stop.file.visit_id != case.visit_id), None)
    seconds = (other.at - one.at).total_seconds()
    speed = away / 1000 / max(seconds / 3600, 1 / 3600)
    if speed <= (ROAD_KMH if foreign is None else JOURNEY_KMH) or (foreign and _came_later(foreign, mine[0].file)):
        return None
    params = {"metres": round(away), "seconds": int(seconds)}
    if foreign is None:
        return speed, Found("fast-travel", (other.file.id, one.file.id), params=params)
    return speed, Found("fast-travel-elsewhere", (mine[0].file.id,), foreign.id, foreign.visit_id, params=params)


def _came_later(foreign: File, mine: File) -> bool:
    """Of two visits the one that came to us later explains, so that the order of judging does not matter."""
    return (foreign.declared_at, foreign.id) > (mine.declared_at, mine.id)


def _stops(files: Iterable[File]) -> list[Stop]:
    stops = [Stop(file.captured_at, file.place, file) for file in files if file.captured_at and file.place]
    return sorted(stops, key=lambda stop: (stop.at, stop.file.id))


def _place_of(file: File) -> Place | None:
    """By the capture record, else by the file itself."""
    return file.place or file.written_place


def _readings(place: Place) -> tuple[Place, Place]:
    """EXIF means WGS-84, but phones made for China also write GCJ-02 into it: whichever fits is taken."""
    return tuple(Place(place.lat, place.lon, datum, place.accuracy) for datum in (WGS_84, GCJ_02))  # type: ignore[return-value]
