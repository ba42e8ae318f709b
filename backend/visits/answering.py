"""The shape of a visit in answers, as plain JSON values, for whoever reads it.

A page of visits costs the same few queries however many it has. Dealers read a visit without the person, the device,
the times and the proof. `EXTRA` holds what higher domains add to a single visit: its scorecard, ledger, waivers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from backend.accounts import queries as accounts
from backend.checklists import queries as checklists
from backend.core.actor import Actor
from backend.core.db import db
from backend.evidence import queries as evidence
from backend.evidence.models import Evidence, Rendition
from backend.evidence.problems import sentence_of
from backend.network.models import Store
from backend.visits import queries
from backend.visits.models import Visit
from backend.waves import queries as waves
from backend.waves.models import Programme, Wave

EXTRA: list[Callable[[Actor, Visit], dict[str, Any]]] = []

_NOTHING: Final[Mapping[str, Any]] = {"scorecard": None, "ledger": [], "waivers": [], "reviews": []}
_OWN: Final = ("id", "state", "method", "wave_id", "store_id", "auditor_id", "due_on", "fee", "window", "script",
               "visited_on", "taken_at", "submitted_at", "decided_at", "follow_up_due_at", "open_items", "flags", "round",
               "revision")
_STORE: Final = ("id", "code", "name", "city", "address", "lat", "lon", "datum")
_EVIDENCE: Final = ("id", "kind", "media_type", "detected_type", "size", "sha256", "state", "captured_at", "source",
                    "duration_ms", "width", "height")
# What a dealer reads instead of what would tell who came, when exactly, and with what proof.
_HIDDEN: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("auditor_id", "auditor", "due_on", "fee", "window", "script", "taken_at", "submitted_at", "decided_at",
                     "follow_up_due_at", "return", "reason")),
    **{name: [] for name in ("flags", "marks", "evidence", "waivers", "reviews", "holes")},
}
_HIDDEN_IN_LEDGER: Final = ("person", "person_id", "at")


def describe(actor: Actor, visit: Visit, *, full: bool = True) -> dict[str, Any]:
    """One visit for this actor, who may see it; with answers, evidence and extras, or as its line in a list."""
    line = _lines([visit])[0]
    if full:
        line |= _details(actor, visit)
    is_inside = visit.id in queries.seen_inside(actor, [visit.id])
    return line if is_inside else _redacted(line)


def describe_rows(actor: Actor, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """The lines of a list of visits, all of them visible to the actor."""
    inside = queries.seen_inside(actor, [visit.id for visit in visits])
    lines = zip(visits, _lines(visits), strict=True)
    return [line if visit.id in inside else _redacted(line) for visit, line in lines]


def plain(value: Any) -> Any:
    """The value as JSON knows it: ids and times as text, exact numbers as numbers."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _lines(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    if not visits:
        return []
    found = waves.waves_by_id({visit.wave_id for visit in visits})
    stores = _stores({visit.store_id for visit in visits})
    names = accounts.names({visit.auditor_id for visit in visits})
    files = evidence.counts([visit.id for visit in visits])
    return [
        _line(visit, found[visit.wave_id], stores[visit.store_id], names) | {"files": files[visit.id]._asdict()}
        for visit in visits
    ]


def _line(visit: Visit, wave: Wave, store: dict[str, Any], names: Mapping[UUID, str]) -> dict[str, Any]:
    version = checklists.compiled(visit.checklist_version_id)
    auditor = None if visit.auditor_id is None else {"id": str(visit.auditor_id), "name": names.get(visit.auditor_id)}
    own: dict[str, Any] = plain({name: getattr(visit, name) for name in _OWN})
    return own | {
        "checklist": version.code,
        "version": version.version,
        "wave": _wave(wave),
        "store": store,
        "auditor": auditor,
        "return": visit.returned,
    }


def _wave(wave: Wave) -> dict[str, Any]:
    named = ("id", "number", "name", "opens_on", "closes_on", "state", "gallery_allowed")
    return {name: plain(getattr(wave, name)) for name in named}


def _stores(store_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    columns = [getattr(Store, name) for name in _STORE]
    rows = db.session.execute(select(*columns).where(Store.id.in_(store_ids))).mappings()
    return {row["id"]: plain(dict(row)) for row in rows}


def _details(actor: Actor, visit: Visit) -> dict[str, Any]:
    extras = dict(_NOTHING)
    for add in EXTRA:
        extras |= plain(add(actor, visit))
    return {
        "answers": _answers(visit),
        "evidence": _evidence(actor, visit),
        "holes": list(visit.holes),
        "marks": list(visit.marks),
        "reason": visit.reason,
        "programme": _programme(visit),
        **extras,
    }


def _answers(visit: Visit) -> list[dict[str, Any]]:
    index = checklists.compiled(visit.checklist_version_id).index
    rows = sorted(queries.answer_rows(visit.id), key=lambda row: index.get(row.checkpoint, len(index)))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping.


def _programme(visit: Visit) -> dict[str, Any]:
    """What the visit is for: the purpose is shown to those who record."""
    columns = (Programme.code, Programme.name, Programme.purpose)
    rows = select(*columns).join(Wave, Wave.programme_id == Programme.id).where(Wave.id == visit.wave_id)
    return dict(db.session.execute(rows).mappings().one())


def _evidence(actor: Actor, visit: Visit) -> list[dict[str, Any]]:
    """All files for their uploader, submitted ones for everybody else who reads the visit as an insider."""
    rows = [each for each in evidence.of_visit(visit.id) if each.uploader_id == actor.id or each.is_submitted]
    renditions = _renditions([row.id for row in rows])
    return [_file(actor, row, renditions.get(row.id, [])) for row in rows]


def _file(actor: Actor, row: Evidence, renditions: list[str]) -> dict[str, Any]:
    problem = sentence_of(row.problem, row.problem_params) if row.problem else None
    position = row.position if evidence.sees_exact_place(actor, row) else None
    named: dict[str, Any] = plain({name: getattr(row, name) for name in _EVIDENCE})
    return named | {
        "problem": problem, "problem_code": row.problem, "position": position, "renditions": renditions,
    }


def _renditions(evidence_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    if evidence_ids:
        rows = select(Rendition.evidence_id, Rendition.name).where(Rendition.evidence_id.in_(evidence_ids))
        for evidence_id, name in db.session.execute(rows.order_by(Rendition.width, Rendition.name)):
            found.setdefault(evidence_id, []).append(name)
    return found


def _redacted(line: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {name: value for name, value in _HIDDEN.items() if name in line}
    shown = {**line, **hidden}
    if "answers" in line:
        shown["answers"] = [{**answer, "evidence": []} for answer in line["answers"]]
        shown["ledger"] = list(_without(line["ledger"], _HIDDEN_IN_LEDGER))
    return shown


def _without(rows: Iterable[Mapping[str, Any]], names: Collection[str]) -> Iterable[dict[str, Any]]:
    return ({name: value for name, value in row.items() if name not in names} for row in rows)
