"""What the comparison of methods answers."""

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.reports.schemas import Counted, Numbered, bilingual, bounds, figure


class MethodCell(Counted):
    """What one method found, over the common checkpoints; `gap_pp` is its rate less the base's, null for the base."""

    method = fields.String()
    rate = figure()
    gap_pp = figure()


class StoreByMethod(MethodCell, Numbered):
    sample_ok = fields.Boolean()


class MethodMean(Answer):
    """Means of those stores that this method and the base visited; `interval` is that of their paired gaps, in pp."""

    method = fields.String()
    stores = fields.Integer()
    sample_ok = fields.Boolean()
    rate = figure()
    base_rate = figure()
    gap_pp = figure()
    interval = bounds()


class Compared(Answer):
    """One store by each method that visited it; `gap_pp` is the widest gap, `common` how many checkpoints count."""

    cells = fields.List(fields.Nested(StoreByMethod))
    gap_pp = figure()
    common = fields.Integer()


class ComparedStore(Compared):
    store_id = fields.UUID()
    code = fields.String()
    name = fields.String()
    region_id = fields.UUID(allow_none=True)


class ComparedRegion(Answer):
    region_id = fields.UUID(allow_none=True)
    name = fields.String(allow_none=True)
    means = fields.List(fields.Nested(MethodMean))


class ComparedCheckpoint(Answer):
    checkpoint = fields.String()
    title = bilingual()
    critical = fields.Boolean()
    cells = fields.List(fields.Nested(MethodCell))
    gap_pp = figure()


class ByMethods(Answer):
    """The methods used in the wave, and the one that the others are compared with."""

    wave_id = fields.UUID()
    rule_version = fields.String()
    methods = fields.List(fields.String())
    base = fields.String()


class WaveMethods(ByMethods):
    means = fields.List(fields.Nested(MethodMean))
    regions = fields.List(fields.Nested(ComparedRegion))
    items = fields.List(fields.Nested(ComparedStore))
    next = fields.String(allow_none=True)
    total = fields.Integer()


class StoreMethods(ByMethods, Compared):
    checkpoints = fields.List(fields.Nested(ComparedCheckpoint))
