"""Routes of programmes and waves. Publishing and locking are routes of `visits`, which must look at the visits first."""

from typing import Any
from uuid import UUID

from backend.core.actor import Actor
from backend.core.api import Blueprint, check_revision, revision_tag
from backend.core.paging import PageQuery, page
from backend.core.permissions import Permission
from backend.waves import queries, service
from backend.waves.models import Programme, Wave
from backend.waves.schemas import (
    ProgrammeAnswer,
    ProgrammeBody,
    ProgrammePage,
    WaveAnswer,
    WaveBody,
    WavePage,
    WaveQuery,
    wave_line,
    wave_lines,
)

blp = Blueprint("waves", __name__, description="Programmes and their waves.")

BLUEPRINTS = (blp,)


@blp.endpoint("GET", "/programmes", permission=Permission.WAVES_READ, query=PageQuery, answer=ProgrammePage)
def get_programmes(actor: Actor, query: dict[str, Any]) -> Any:
    """The programmes the caller may see, by code."""
    return page(queries.programmes_visible(actor), Programme.code, after=query["after"], limit=query["limit"])


@blp.endpoint("GET", "/programmes/<code>", permission=Permission.WAVES_READ, answer=ProgrammeAnswer)
def get_programme(actor: Actor, code: str) -> Any:
    row = queries.programme_visible(actor, code)
    return row, 200, {"ETag": revision_tag(row.revision)}


@blp.endpoint("PUT", "/programmes/<code>", permission=Permission.WAVES_PLAN, body=ProgrammeBody, answer=ProgrammeAnswer)
def put_programme(actor: Actor, body: dict[str, Any], code: str) -> Any:
    """Creates a programme (201) or replaces what is said of it (200)."""
    row, created = service.put_programme(actor, code, body)
    return row, 201 if created else 200, {"ETag": revision_tag(row.revision)}


@blp.endpoint("GET", "/waves", permission=Permission.WAVES_READ, query=WaveQuery, answer=WavePage)
def get_waves(actor: Actor, query: dict[str, Any]) -> Any:
    """The waves the caller may see, newest window first."""
    rows = queries.waves_listed(actor, programme=query["programme"], state=query["state"])
    found = page(rows, Wave.opens_on, Wave.id, after=query["after"], limit=query["limit"], descending=True)
    return {"items": wave_lines(found.items, actor), "next": found.next}


@blp.endpoint("GET", "/waves/<uuid:wave_id>", permission=Permission.WAVES_READ, answer=WaveAnswer)
def get_wave(actor: Actor, wave_id: UUID) -> Any:
    wave = queries.wave_visible(actor, wave_id)
    return wave_line(wave, actor), 200, {"ETag": revision_tag(wave.revision)}


@blp.endpoint("PUT", "/waves/<uuid:wave_id>", permission=Permission.WAVES_PLAN, body=WaveBody, answer=WaveAnswer)
def put_wave(actor: Actor, body: dict[str, Any], wave_id: UUID) -> Any:
    """Creates a wave (201) or replaces its plan (200); the same content again changes nothing."""
    present = queries.find_wave(wave_id)
    if present is not None:
        check_revision(present.revision, required=False)
    wave, created = service.put_wave(actor, wave_id, body)
    return wave_line(wave, actor), 201 if created else 200, {"ETag": revision_tag(wave.revision)}
