"""The addresses of the reports: they parse, ask one report, and answer."""

from typing import Any
from uuid import UUID

from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.permissions import Permission
from backend.reports import (
    fail_schemas,
    fails,
    headline,
    map_schemas,
    matrix,
    matrix_schemas,
    method_schemas,
    methods,
    people,
    people_schemas,
    places,
    ranking,
    schemas,
    store_visits,
    stores,
    tables,
    trend,
    trend_schemas,
)
from backend.reports.scope import Part
from backend.reports.waves import Filters

blp = Blueprint("reports", __name__, description="Rates, scores, ranks and trends over approved visits")
BLUEPRINTS = (blp,)

READ = Permission.REPORTS_READ
Query = dict[str, Any]


def _filters(query: Query) -> Filters:
    part = Part(region=query["region"], group=query["group"], store=query["store"], tag=query["tag"])
    return Filters(part, query["method"])


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>", permission=READ, query=schemas.FilterQuery,
              answer=schemas.HeadlineAnswer)  # fmt: skip
def get_headline(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """The wave in one look: its rate as the mean of stores, score, red lines, and the change since the wave before."""
    return headline.headline(actor, wave_id, _filters(query))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/checkpoints", permission=READ, query=schemas.FilterQuery,
              answer=schemas.CheckpointTable)  # fmt: skip
def get_checkpoints(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every checkpoint, pooled over visits."""
    return tables.checkpoints(actor, wave_id, _filters(query))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/checkpoints/<string:code>/fails", permission=READ,
              query=fail_schemas.FailsQuery, answer=fail_schemas.FailPage)  # fmt: skip
def get_fails(actor: Actor, query: Query, wave_id: UUID, code: str) -> Query:
    """The visits that failed one checkpoint, with their pictures for those who may see them."""
    return fails.fails(actor, wave_id, code, _filters(query), after=query["after"], limit=query["limit"])


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/stores", permission=READ, query=schemas.FilterQuery,
              answer=schemas.StoreTable)  # fmt: skip
def get_stores(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every store you may read, with its rank among all stores of the wave."""
    return ranking.stores(actor, wave_id, _filters(query))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/stages", permission=READ, query=schemas.FilterQuery,
              answer=schemas.StageTable)  # fmt: skip
def get_stages(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every stage, from its items."""
    return tables.parts(actor, wave_id, _filters(query), "stage")


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/modules", permission=READ, query=schemas.FilterQuery,
              answer=schemas.ModuleTable)  # fmt: skip
def get_modules(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every module, from its items."""
    return tables.parts(actor, wave_id, _filters(query), "module")


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/dimensions", permission=READ, query=schemas.FilterQuery,
              answer=schemas.DimensionTable)  # fmt: skip
def get_dimensions(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every dimension, such as software and hardware, from its items."""
    return tables.parts(actor, wave_id, _filters(query), "dimension")


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/regions", permission=READ, query=schemas.FilterQuery,
              answer=schemas.RegionTable)  # fmt: skip
def get_regions(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every region, over those of its stores that you may read."""
    return tables.parents(actor, wave_id, _filters(query), "region")


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/groups", permission=READ, query=schemas.FilterQuery,
              answer=schemas.GroupTable)  # fmt: skip
def get_groups(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every dealer group, over those of its stores that you may read."""
    return tables.parents(actor, wave_id, _filters(query), "group")


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/people", permission=Permission.INTEGRITY_READ,
              query=schemas.FilterQuery, answer=people_schemas.PeopleTable)  # fmt: skip
def get_people(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Everybody who visited, with how often they answered "not applicable": a signal of quality, for headquarters."""
    return people.people(actor, wave_id, _filters(query))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/matrix", permission=READ, query=matrix_schemas.MatrixQuery,
              answer=matrix_schemas.MatrixTable)  # fmt: skip
def get_matrix(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Stores, regions or groups by stages, modules, dimensions or checkpoints."""
    shape = matrix.Shape(query["rows"], query["columns"], query.get("column"))
    return matrix.matrix(actor, wave_id, _filters(query), shape)


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/map", permission=READ, query=schemas.FilterQuery,
              answer=map_schemas.StoreMap)  # fmt: skip
def get_map(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """Every store you may read, with its figures and where it lies."""
    return places.store_map(actor, wave_id, _filters(query))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/methods", permission=READ, query=schemas.PartQuery,
              answer=method_schemas.WaveMethods)  # fmt: skip
def get_methods(actor: Actor, query: Query, wave_id: UUID) -> Query:
    """The stores that several methods visited: what each found, over common checkpoints, the widest gap first."""
    return methods.wave_methods(actor, wave_id, _filters({**query, "method": None}))


@blp.endpoint("GET", "/reports/waves/<uuid:wave_id>/stores/<uuid:store_id>/methods", permission=READ,
              answer=method_schemas.StoreMethods)  # fmt: skip
def get_store_methods(actor: Actor, wave_id: UUID, store_id: UUID) -> Query:
    """One store by every method of a wave, checkpoint by checkpoint, the widest gap first."""
    return methods.store_methods(actor, wave_id, store_id)


@blp.endpoint(
    "GET", "/reports/trend", permission=READ, query=trend_schemas.TrendQuery, answer=trend_schemas.TrendAnswer
)
def get_trend(actor: Actor, query: Query) -> Query:
    """One figure over the waves of a checklist, with like-for-like beside it."""
    is_part = query["level"] in trend.NETWORK_LEVELS
    subject = trend.Subject(
        checklist=query["checklist"],
        level=query["level"],
        part_id=UUID(query["id"]) if is_part else None,
        code="" if is_part else query.get("id", ""),
        programme=query.get("programme"),
    )
    return trend.trend(actor, subject, _filters(query))


@blp.endpoint("GET", "/reports/stores/<uuid:store_id>", permission=READ, query=schemas.StoreQuery,
              answer=schemas.StoreAnswer)  # fmt: skip
def get_store(actor: Actor, query: Query, store_id: UUID) -> Query:
    """One store over the waves: its places, parts, and what keeps failing."""
    return stores.store_report(actor, _asked(store_id, query))


@blp.endpoint("GET", "/reports/stores/<uuid:store_id>/visits", permission=READ, query=schemas.StoreVisitQuery,
              answer=schemas.StoreVisitPage)  # fmt: skip
def get_store_visits(actor: Actor, query: Query, store_id: UUID) -> Query:
    """The scored visits of those waves, the latest first, without who went there and when."""
    return store_visits.store_visits(actor, _asked(store_id, query), after=query["after"], limit=query["limit"])


def _asked(store_id: UUID, query: Query) -> stores.Asked:
    return stores.Asked(store_id, query["method"], query.get("checklist"))
