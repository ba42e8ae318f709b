"""What the report routes take and answer. Rates and scores are percentages with two decimals, changes pp with one."""

from typing import Any

from marshmallow import Schema as Answer
from marshmallow import fields

from backend.checklists.rules import METHODS
from backend.core.paging import PageQuery
from backend.core.schemas import Schema, length, one_of, text
from backend.network.rules import LENGTHS


class PartQuery(Schema):
    """The part of the network; `tag` is one that stores bear."""

    region = fields.UUID(load_default=None)
    group = fields.UUID(load_default=None)
    store = fields.UUID(load_default=None)
    tag = fields.String(load_default=None, validate=length(1, LENGTHS["tag"]))


class FilterQuery(PartQuery):
    """The part of the network, and the method instead of the wave's headline method."""

    method = fields.String(load_default=None, validate=one_of(*METHODS))


class StoreQuery(Schema):
    checklist = text(64, required=False)
    method = fields.String(load_default=None, validate=one_of(*METHODS))


class Counted(Answer):
    """The whole numbers beside every rate."""

    passed = fields.Integer()
    applicable = fields.Integer()


class Numbered(Counted):
    """The same where several visits are pooled."""

    visits = fields.Integer()


class OfWave(Answer):
    """A wave among those of its checklist, and the method it is read by; `stores` tells how many it holds."""

    wave_id = fields.UUID()
    programme = fields.String()
    number = fields.Integer()
    name = fields.String()
    opens_on = fields.Date()
    version = fields.String()
    method = fields.String()
    stores = fields.Integer()


def figure() -> fields.Float:
    return fields.Float(allow_none=True)


def bounds() -> fields.List[Any]:
    return fields.List(fields.Float(), allow_none=True)


def bilingual() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.String())


class Ready(fields.Nested):
    """Rows that hold what JSON takes already: to look at a thousand of them field by field costs 30 ms."""

    def serialize(self, attr: str, obj: Any, *_: Any, **__: Any) -> Any:
        return obj[attr]


class RateAnswer(Answer):
    """The mean of stores with its 95 % t-interval (null below two stores) over `n` stores; pooled beside it."""

    mean_of_stores = figure()
    pooled = figure()
    interval = bounds()
    n = fields.Integer()


class Framed(Answer):
    """What the answer is about: wave, method, and the version of the scoring rules."""

    wave_id = fields.UUID()
    method = fields.String()
    rule_version = fields.String()


class Table(Framed):
    next = fields.String(allow_none=True)
    total = fields.Integer()


class SummaryAnswer(Numbered):
    """`change_shown`: the 95 % paired t-interval of the change, over stores that were among these in both waves, excludes 0.

    `break`: the wave before asked other items, or by another method.
    """

    stores = fields.Integer()
    rate = fields.Nested(RateAnswer)
    official_score = figure()
    red_lines = fields.Integer()
    change_pp = figure()
    change_shown = fields.Boolean()
    break_ = fields.Boolean(data_key="break", attribute="break")


class HeadlineAnswer(SummaryAnswer, Framed):
    previous_wave_id = fields.UUID(allow_none=True)


class CheckpointRow(Numbered):
    """`change_pp` is since the wave before, on the same lineage, whose figures are `earlier_*`; null for a new one.

    `change_shown`: the 95 % interval of the difference of the two rates (Newcombe's, from both Wilson intervals)
    excludes 0.
    """

    checkpoint = fields.String()
    lineage = fields.String()
    title = bilingual()
    stage = fields.String()
    module = fields.String(allow_none=True)
    dimension = fields.String(allow_none=True)
    weight = fields.Float()
    critical = fields.Boolean()
    failed = fields.Integer()
    na = fields.Integer()
    na_rate = figure()
    na_interval = bounds()
    rate = figure()
    interval = bounds()
    change_pp = figure()
    change_shown = fields.Boolean()
    earlier_rate = figure()
    earlier_applicable = fields.Integer(allow_none=True)


class CheckpointTable(Table):
    items = Ready(CheckpointRow, many=True)


class PartRow(Numbered):
    """`change_shown`: the 95 % paired t-interval of the change, over stores in both waves, excludes 0. `break` as above."""

    title = bilingual()
    checkpoints = fields.Integer()
    stores = fields.Integer()
    rate = fields.Nested(RateAnswer)
    score = figure()
    change_pp = figure()
    change_shown = fields.Boolean()
    break_ = fields.Boolean(data_key="break", attribute="break")


class StageRow(PartRow):
    stage = fields.String()


class ModuleRow(PartRow):
    module = fields.String()


class DimensionRow(PartRow):
    dimension = fields.String()


class StageTable(Table):
    items = Ready(StageRow, many=True)


class ModuleTable(Table):
    items = Ready(ModuleRow, many=True)


class DimensionTable(Table):
    items = Ready(DimensionRow, many=True)


class ParentRow(SummaryAnswer):
    code = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    sample_ok = fields.Boolean()


class RegionRow(ParentRow):
    region_id = fields.UUID(allow_none=True)


class GroupRow(ParentRow):
    group_id = fields.UUID(allow_none=True)


class RegionTable(Table):
    items = Ready(RegionRow, many=True)


class GroupTable(Table):
    items = Ready(GroupRow, many=True)


class StoreFigures(Numbered):
    """`rank` from 1 among all ranked stores of the wave; `band` the first and last rank not told apart from it."""

    rate = figure()
    official_score = figure()
    score_interval = bounds()
    red_line = fields.Boolean()
    rank = fields.Integer(allow_none=True)
    band = fields.List(fields.Integer(), allow_none=True)
    sample_ok = fields.Boolean()
    change_pp = figure()


class StoreRow(StoreFigures):
    store_id = fields.UUID()
    code = fields.String()
    name = fields.String()
    region_id = fields.UUID(allow_none=True)
    group_id = fields.UUID(allow_none=True)


class StoreTable(Table):
    items = Ready(StoreRow, many=True)
    ranked = fields.Integer()


class StoreHead(Answer):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    city = fields.String(allow_none=True)
    brand_id = fields.UUID()
    region_id = fields.UUID(allow_none=True)
    group_id = fields.UUID(allow_none=True)


class BesideOthers(Answer):
    """Means of the stores of its region and of all stores, its own among them; null below five of them."""

    region_rate = figure()
    region_stores = fields.Integer()
    network_rate = figure()
    network_stores = fields.Integer()


class StoreWave(OfWave, StoreFigures, BesideOthers):
    """The store in one wave; `stores` and `ranked` tell among how many."""

    ranked = fields.Integer()


class StorePart(Counted, BesideOthers):
    """A stage, module or dimension of the store's latest wave."""

    stage = fields.String()
    module = fields.String()
    dimension = fields.String()
    title = bilingual()
    rate = figure()
    score = figure()


class RepeatFail(Answer):
    """A checkpoint that failed in all of `waves`, which end with the latest."""

    checkpoint = fields.String()
    title = bilingual()
    critical = fields.Boolean()
    waves = fields.List(fields.Integer())
    failed = fields.Integer()
    applicable = fields.Integer()


class StoreVisitQuery(PageQuery, StoreQuery):
    """A page of a store's visits."""


class StoreVisit(Counted):
    visit_id = fields.UUID()
    wave_id = fields.UUID()
    number = fields.Integer()
    method = fields.String()
    rate = figure()
    official_score = figure()
    red_line = fields.Boolean()


class StoreAnswer(Answer):
    rule_version = fields.String()
    store = fields.Nested(StoreHead)
    checklist = fields.String(allow_none=True)
    checklists = fields.List(fields.String())
    waves = Ready(StoreWave, many=True)
    stages = Ready(StorePart, many=True)
    modules = Ready(StorePart, many=True)
    dimensions = Ready(StorePart, many=True)
    repeat_fails = Ready(RepeatFail, many=True)


class StoreVisitPage(Answer):
    rule_version = fields.String()
    items = Ready(StoreVisit, many=True)
    next = fields.String(allow_none=True)
