"""The stores of a wave on a map: their figures, and where they lie. All places are given in one datum, GCJ-02."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, type_coerce

from backend.core.actor import Actor
from backend.core.db import PackedId, db
from backend.network.distance import Place, in_gcj
from backend.network.models import Store
from backend.reports.ranking import ranked
from backend.reports.scope import within
from backend.reports.tallies import Key
from backend.reports.waves import Filters, table

Row = dict[str, Any]


def store_map(actor: Actor, wave_id: UUID, filters: Filters) -> Row:
    """The rows of `ranking.stores`, each with its city and place; both are null where nobody entered them."""
    found = ranked(actor, wave_id, filters)
    places = _places(within(actor, found.tallies.wave, filters.part))
    return table(found.tallies, [row | places[row["store_id"].bytes] for row in found.rows])


def _places(where: ColumnElement[bool]) -> dict[Key, Row]:
    store = Store.__table__.c
    columns = (type_coerce(store.id, PackedId), store.city, store.lat, store.lon, store.datum)
    found = db.session.execute(select(*columns).where(where)).all()
    return {key: {"city": city, **_degrees(lat, lon, datum)} for key, city, lat, lon, datum in found}


def _degrees(lat: float | None, lon: float | None, datum: str | None) -> Row:
    if lat is None or lon is None:
        return {"lat": None, "lon": None}
    north, east = in_gcj(Place(lat, lon, datum or "WGS-84"))
    return {"lat": round(north, 6), "lon": round(east, 6)}
