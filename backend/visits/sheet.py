"""The field auditor's sheet: what this store failed again and again, with the last pictures of it, to read before an open audit.

Only for the person whose audit it is, and only until it is handed in. It rests on approved visits and says of each in
which wave it was made, never by whom, with what device or on which day.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select

from backend.checklists import queries as checklists
from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import Result
from backend.checklists.scoring import unpack_results
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.evidence.models import Evidence, Rendition
from backend.scores.models import ScorecardRow
from backend.visits import queries, rules
from backend.visits.models import Answer, Visit
from backend.waves.models import Wave

MIN_REPEATS: Final = 2
"""A checkpoint fails again when it failed in this many of the last waves on end."""

MOST_ROWS: Final = 20
MOST_PICTURES: Final = 2
_MOST_CARDS: Final = 200
_SHOWN: Final = ("screen", "poster")
_READ_IN: Final = frozenset({rules.TAKEN, rules.IN_PROGRESS})

Card = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Repeat:
    """One checkpoint that failed in each of `waves`, the latest first; the last time as `code` in the visits given."""

    version_id: UUID
    code: str
    waves: tuple[int, ...]
    visits: frozenset[UUID]


def sheet_of(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """The sheet of the actor's own open visit; NotFound for everybody else's, for covert ones, and once it is handed in."""
    visit = _readable(actor, visit_id)
    cards = _cards(visit.store_id)
    versions = _versions({card.checklist_version_id for card in cards} | {visit.checklist_version_id})
    repeats = _most_telling(_repeats(cards), versions, visit)
    pictures = _pictures(repeats[:MOST_ROWS])
    return {
        "visit_id": visit.id,
        "waves": len({card.wave_id for card in cards}),
        "left_out": max(0, len(repeats) - MOST_ROWS),
        "repeats": [_row(each, versions, visit, pictures) for each in repeats[:MOST_ROWS]],
    }


def picture_of(actor: Actor, visit_id: UUID, evidence_id: UUID) -> tuple[Evidence, Rendition]:
    """A picture on the sheet of this visit; NotFound for any other."""
    on_sheet = {picture for row in sheet_of(actor, visit_id)["repeats"] for picture in row["pictures"]}
    if evidence_id not in on_sheet:
        raise NotFound
    shown = select(Evidence, Rendition).join(Rendition, Rendition.evidence_id == Evidence.id)
    evidence, rendition = db.session.execute(
        shown.where(Evidence.id == evidence_id, Rendition.name.in_(_SHOWN)).order_by(Rendition.name.desc()).limit(1)
    ).one()
    return evidence, rendition


def _readable(actor: Actor, visit_id: UUID) -> Visit:
    visit = queries.get_own(actor, visit_id, lock=False)
    if visit.method not in rules.SELF_MADE_METHODS or visit.state not in _READ_IN:
        raise NotFound
    return visit


def _cards(store_id: UUID) -> Sequence[Card]:
    """The scorecards that count for the store, of its latest waves first."""
    of_store = (ScorecardRow.store_id == store_id, ScorecardRow.is_current, Visit.state.in_(rules.DECIDED))
    rows = (
        select(
            ScorecardRow.visit_id,
            ScorecardRow.checklist_version_id,
            ScorecardRow.results,
            Wave.id.label("wave_id"),
            Wave.number,
            Wave.programme_id,
            ChecklistVersion.code,
        )
        .join(Wave, Wave.id == ScorecardRow.wave_id)
        .join(ChecklistVersion, ChecklistVersion.id == ScorecardRow.checklist_version_id)
        .join(Visit, Visit.id == ScorecardRow.visit_id)
        .where(*of_store)
        .order_by(Wave.opens_on.desc(), Wave.number.desc(), ScorecardRow.created_at.desc(), ScorecardRow.id)
        .limit(_MOST_CARDS)
    )
    return db.session.execute(rows).all()


def _versions(ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    rows = select(ChecklistVersion.id, ChecklistVersion.document).where(ChecklistVersion.id.in_(list(ids)))
    return {version_id: document for version_id, document in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def _repeats(cards: Iterable[Card]) -> list[Repeat]:
    """What failed wave after wave: each programme's checklist is a line of waves of its own."""
    lines: dict[tuple[UUID, str], dict[UUID, list[Card]]] = defaultdict(lambda: defaultdict(list))
    for card in cards:
        lines[card.programme_id, card.code][card.wave_id].append(card)
    return [repeat for waves in lines.values() for repeat in _repeats_in(list(waves.values()))]


def _repeats_in(waves: Sequence[Sequence[Card]]) -> Iterable[Repeat]:
    """The latest wave comes first; a wave in which a checkpoint did not fail ends its run."""
    failed = [_failed(cards) for cards in waves]
    for lineage, found in failed[0].items():
        run = 1
        while run < len(waves) and lineage in failed[run]:
            run += 1
        if run >= MIN_REPEATS:
            numbers = tuple(cards[0].number for cards in waves[:run])
            (version_id, code), visits = found
            yield Repeat(version_id, code, numbers, frozenset(visits))


def _failed(cards: Iterable[Card]) -> dict[str, tuple[tuple[UUID, str], set[UUID]]]:
    """Lineage -> what it is called in the latest version used, and the visits of the wave in which it failed."""
    found: dict[str, tuple[tuple[UUID, str], set[UUID]]] = {}
    for card in cards:
        version = checklists.compiled(card.checklist_version_id)
        for code, result in unpack_results(version, card.results).items():
            if result is Result.FAIL:
                lineage = version.checkpoints[version.index[code]].lineage
                found.setdefault(lineage, ((card.checklist_version_id, code), set()))[1].add(card.visit_id)
    return found


def _most_telling(repeats: Iterable[Repeat], versions: Mapping[UUID, Mapping[str, Any]], visit: Visit) -> list[Repeat]:
    """What this audit asks comes first, then red lines, then the longest run."""

    def rank(each: Repeat) -> tuple[bool, bool, int, str]:
        is_foreign = not _is_asked(each, versions, visit)
        return is_foreign, not _checkpoint(each).critical, -len(each.waves), each.code

    return sorted(repeats, key=rank)


def _is_asked(repeat: Repeat, versions: Mapping[UUID, Mapping[str, Any]], visit: Visit) -> bool:
    """Whether the audit at hand asks for this checkpoint, whatever it is called in its version."""
    if versions[repeat.version_id]["code"] != versions[visit.checklist_version_id]["code"]:
        return False
    asked = checklists.compiled(visit.checklist_version_id).by_method.get(visit.method, ())
    return _checkpoint(repeat).lineage in {each.lineage for each in asked}


def _checkpoint(repeat: Repeat) -> Any:
    version = checklists.compiled(repeat.version_id)
    return version.checkpoints[version.index[repeat.code]]


def _pictures(repeats: Sequence[Repeat]) -> Mapping[tuple[UUID, str], list[UUID]]:
    """(visit, checkpoint) -> the pictures that prove its fail, the last ones first."""
    links = _links(repeats)
    ids = {evidence_id for each in links.values() for evidence_id in each}
    rows = (
        select(Evidence.id)
        .join(Rendition, Rendition.evidence_id == Evidence.id)
        .where(Evidence.id.in_(ids), Evidence.is_submitted, Rendition.name.in_(_SHOWN))
    )
    there = set(db.session.scalars(rows))
    return {key: [each for each in reversed(linked) if each in there] for key, linked in links.items()}


def _links(repeats: Sequence[Repeat]) -> dict[tuple[UUID, str], list[UUID]]:
    visits = {visit_id for each in repeats for visit_id in each.visits}
    codes = {each.code for each in repeats}
    rows = select(Answer.visit_id, Answer.checkpoint, Answer.evidence).where(
        Answer.visit_id.in_(visits), Answer.checkpoint.in_(codes), Answer.result == Result.FAIL
    )
    found = db.session.execute(rows.order_by(Answer.visit_id))
    return {(visit_id, code): [UUID(str(link["id"])) for link in links or ()] for visit_id, code, links in found}


def _row(
    repeat: Repeat,
    versions: Mapping[UUID, Mapping[str, Any]],
    visit: Visit,
    pictures: Mapping[tuple[UUID, str], list[UUID]],
) -> dict[str, Any]:
    document = versions[repeat.version_id]
    titles = {each["code"]: each["title"] for stage in document["stages"] for each in stage["checkpoints"]}
    proven = [each for visit_id in sorted(repeat.visits) for each in pictures.get((visit_id, repeat.code), ())]
    return {
        "checklist": document["code"],
        "checklist_title": document["title"],
        "checkpoint": repeat.code,
        "title": titles[repeat.code],
        "critical": _checkpoint(repeat).critical,
        "is_asked": _is_asked(repeat, versions, visit),
        "waves": repeat.waves,
        "pictures": list(dict.fromkeys(proven))[:MOST_PICTURES],
    }
