"""The shape of a visit in answers, as plain JSON values, for whoever reads it.

A page of visits costs the same few queries however many it has. Dealers read a visit without the person, the device,
the times and the proof, and of a covert or remote one without the words. `EXTRA` holds what higher domains add to a single visit: its scorecard, ledger, waivers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from backend.checklists import queries as checklists
from backend.core.actor import Actor
from backend.evidence import ledger
from backend.evidence import queries as evidence
from backend.evidence.models import Evidence
from backend.evidence.problems import sentence_of
from backend.evidence.rules import READY
from backend.visits import queries, rules
from backend.visits.models import Visit
from backend.visits.surroundings import PROGRAMME, STORE, WAVE, Beside, beside

EXTRA: list[Callable[[Actor, Visit], dict[str, Any]]] = []

_NOTHING: Final[Mapping[str, Any]] = {"scorecard": None, "ledger": [], "waivers": [], "reviews": []}
_OWN: Final = (
    "id",
    "state",
    "method",
    "wave_id",
    "store_id",
    "auditor_id",
    "due_on",
    "fee",
    "window",
    "script",
    "visited_on",
    "taken_at",
    "submitted_at",
    "decided_at",
    "follow_up_due_at",
    "open_items",
    "flags",
    "round",
    "revision",
)
_EVIDENCE: Final = (
    "id",
    "kind",
    "media_type",
    "detected_type",
    "size",
    "sha256",
    "state",
    "captured_at",
    "source",
    "duration_ms",
    "width",
    "height",
    "original_deleted_at",
    "renditions_deleted_at",
)
# What a dealer reads instead of what would tell who came, when exactly, and with what proof.
_HIDDEN: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        (
            "auditor_id",
            "auditor",
            "due_on",
            "fee",
            "window",
            "script",
            "visited_on",
            "taken_at",
            "submitted_at",
            "decided_at",
            "follow_up_due_at",
            "return",
            "reason",
            "check_in",
            "sign_off",
        )
    ),
    **{name: [] for name in ("flags", "marks", "evidence", "waivers", "reviews", "holes")},
}
_HIDDEN_IN_LEDGER: Final = ("person", "person_id", "at")
_NO_FILES: Final[Mapping[str, Any]] = ledger.Files()._asdict()


def describe(
    actor: Actor,
    visit: Visit,
    *,
    around: Beside | None = None,
    answers: list[dict[str, Any]] | None = None,
    files: list[Evidence] | None = None,
) -> dict[str, Any]:
    """One visit whole for this actor, who may see it: its line, answers, evidence and extras.

    The rest is for a caller who has these at hand already; what is None is read.
    """
    around = around or beside([visit.id])[visit.id]
    held = evidence.of_visit(visit.id) if files is None else files
    whole = _line(visit, around, judged=visit.id in queries.seen_as_judge(actor, [visit.id])) | {
        "answers": _answers(visit) if answers is None else answers,
        "files": _sums(ledger.of_visits([visit.id])[visit.id]),
        "evidence": _evidence(actor, held),
        "holes": list(visit.holes),
        "marks": list(visit.marks),
        "check_in": visit.check_in,
        "sign_off": visit.sign_off,
        "reason": visit.reason,
        "programme": {name: getattr(around, f"programme_{name}") for name in PROGRAMME},
    }
    whole |= _extras(actor, visit)
    return whole if visit.id in queries.seen_inside(actor, [visit.id]) else _redacted(whole)


def describe_rows(actor: Actor, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """The lines of a list of visits, all of them visible to the actor."""
    if not visits:
        return []
    ids = [visit.id for visit in visits]
    inside, around, files = queries.seen_inside(actor, ids), beside(ids), ledger.of_visits(ids)
    judged = queries.seen_as_judge(actor, ids)
    lines = [
        _line(visit, around[visit.id], judged=visit.id in judged) | {"files": _sums(files[visit.id])}
        for visit in visits
    ]
    return [line if id_ in inside else _redacted(line) for id_, line in zip(ids, lines, strict=True)]


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


def _sums(files: ledger.Files) -> dict[str, Any]:
    counted: dict[str, Any] = plain(files._asdict())
    return counted


def _line(visit: Visit, around: Beside, *, judged: bool) -> dict[str, Any]:
    """A visit's own columns and what stands beside it; its band where the reader is one of its judges."""
    version = checklists.compiled(visit.checklist_version_id)
    auditor = None if visit.auditor_id is None else {"id": str(visit.auditor_id), "name": around.auditor_name}
    own: dict[str, Any] = {name: plain(getattr(visit, name)) for name in _OWN}
    return own | {
        "checklist": version.code,
        "version": version.version,
        "wave": {name: plain(getattr(around, f"wave_{name}")) for name in WAVE},
        "store": {name: plain(getattr(around, f"store_{name}")) for name in STORE},
        "auditor": auditor,
        "return": visit.returned,
        "band": visit.band if judged else None,
    }


def _extras(actor: Actor, visit: Visit) -> dict[str, Any]:
    extras = dict(_NOTHING)
    for add in EXTRA:
        extras |= plain(add(actor, visit))
    return extras


def _answers(visit: Visit) -> list[dict[str, Any]]:
    index = checklists.compiled(visit.checklist_version_id).index
    rows = sorted(queries.answer_rows(visit.id), key=lambda row: index.get(row.checkpoint, len(index)))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping.


def _evidence(actor: Actor, files: Iterable[Evidence]) -> list[dict[str, Any]]:
    """All files for their uploader, submitted ones for everybody else who reads the visit as an insider."""
    rows = [each for each in files if each.uploader_id == actor.id or each.is_submitted]
    provisional = evidence.provisional([row.id for row in rows if row.state != READY])
    renditions = evidence.rendition_names([row.id for row in rows if row.state == READY or row.id in provisional])
    placed = evidence.placed_for(actor, rows)
    return [
        _file(row, renditions.get(row.id, []), is_placed=row.id in placed) | {"is_provisional": row.id in provisional}
        for row in rows
    ]


def _file(row: Evidence, renditions: list[str], *, is_placed: bool) -> dict[str, Any]:
    problem = sentence_of(row.problem, row.problem_params) if row.problem else None
    position = row.position if is_placed else None
    named: dict[str, Any] = plain({name: getattr(row, name) for name in _EVIDENCE})
    return named | {
        "problem": problem,
        "problem_code": row.problem,
        "position": position,
        "renditions": renditions,
    }


def _redacted(line: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {name: value for name, value in _HIDDEN.items() if name in line}
    shown = {**line, **hidden, "files": _NO_FILES}
    if "answers" in line:
        # What a shopper wrote may tell who they are: their car, when they called, whom they met.
        silent = {"comment": None} if line["method"] in rules.UNSEEN_METHODS else {}
        shown["answers"] = [{**answer, "evidence": [], **silent} for answer in line["answers"]]
        shown["ledger"] = list(_without(line["ledger"], _HIDDEN_IN_LEDGER))
    return shown


def _without(rows: Iterable[Mapping[str, Any]], names: Collection[str]) -> Iterable[dict[str, Any]]:
    return ({name: value for name, value in row.items() if name not in names} for row in rows)
