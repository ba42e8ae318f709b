"""The stores of a wave on a map: their figures, and where they lie. All places are given in one datum, GCJ-02."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.core.actor import Actor
from backend.core.db import db
from backend.network.distance import Place, in_gcj
from backend.network.models import Store
from backend.reports.ranking import ranked
from backend.reports.waves import Filters, table

Row = dict[str, Any]


def store_map(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """The rows of `ranking.stores`, each with its city and place; both are null where nobody entered them."""
    found = ranked(actor, wave_id, filters)
    places = _places({row["store_id"] for row in found.rows})
    return table(found.tallies, [row | places[row["store_id"]] for row in found.rows])


def _places(store_ids: set[UUID]) -> dict[UUID, Row]:
    rows = select(Store.id, Store.city, Store.lat, Store.lon, Store.datum).where(Store.id.in_(store_ids))
    found = db.session.execute(rows)
    return {store_id: {"city": city, **_degrees(lat, lon, datum)} for store_id, city, lat, lon, datum in found}


def _degrees(lat: float | None, lon: float | None, datum: str | None) -> Row:
    if lat is None or lon is None:
        return {"lat": None, "lon": None}
    north, east = in_gcj(Place(lat, lon, datum or "WGS-84"))
    return {"lat": round(north, 6), "lon": round(east, 6)}
