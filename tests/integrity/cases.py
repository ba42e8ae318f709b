"""Builds cases for the rules: an ordinary visit, from which a test changes what it is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.ids import named_id
from backend.integrity.facts import Case, File, Told
from backend.integrity.places import Place

ZONE = ZoneInfo("Asia/Shanghai")
VISIT, OTHER = named_id("case", "visit"), named_id("case", "other visit")
TEN = datetime(2026, 5, 20, 10, tzinfo=ZONE)
STORE = Place(31.2, 121.4)


def file_id(number: int) -> UUID:
    return UUID(int=number)


def file(number: int = 1, *, minutes: float = 0, **changed: Any) -> File:
    """A picture taken in the app at the store, `minutes` after ten; files differ in the last digits of their position."""
    place = Place(31.2 + number / 1e6, 121.4, accuracy=15)
    moment = TEN + timedelta(minutes=minutes)
    own = {"captured_at": moment, "place": place, "declared_at": datetime(2026, 5, 20, 4, tzinfo=UTC)}
    return File(file_id(number), **{"visit_id": VISIT, "source": "camera"} | own | changed)


def case(*files: File, **changed: Any) -> Case:
    """An honest visit on 20 May 2026, received at noon."""
    known: dict[str, Any] = {
        "visit_id": VISIT,
        "method": "covert",
        "zone": ZONE,
        "received_at": datetime(2026, 5, 20, 4, tzinfo=UTC),
        "visited_on": date(2026, 5, 20),
        "wave_window": (date(2026, 5, 1), date(2026, 5, 31)),
        "store": STORE,
        "files": files,
    }
    return Case(**known | changed)


def told(*results: str, comment: str | None = None) -> tuple[Told, ...]:
    return tuple(Told(f"C-{number}", result, comment) for number, result in enumerate(results))


def codes(found: Any) -> list[str]:
    return [each.code for each in found]
