"""What the map of stores answers."""

from marshmallow import fields

from backend.reports.schemas import Ready, StoreRow, Table, figure


class PlacedStore(StoreRow):
    """A store with its city and its place in degrees of GCJ-02, the datum of Chinese maps."""

    city = fields.String(allow_none=True)
    lat = figure()
    lon = figure()


class StoreMap(Table):
    items = Ready(PlacedStore, many=True)
