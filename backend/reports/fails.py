"""The wall of one checkpoint in one wave: every visit that failed it, with what was said of it and its pictures.

Found by the tallies and the packed results of the wave's own scorecards, so that its cost grows neither with history nor
with the wave. Whoever may not see evidence reads the same rows without pictures.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Select, and_, bindparam, func, select

from backend.checklists.queries import compiled
from backend.checklists.rules import Result
from backend.checklists.scoring import BYTES, NOT_ASKED
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.paging import page
from backend.core.problems import NotFound
from backend.evidence import queries as evidence
from backend.network import queries as network
from backend.network.models import Store
from backend.reports.labels import labels_of
from backend.reports.loading import Request, load
from backend.reports.scope import leaves_all, within
from backend.reports.waves import Filters, named
from backend.reviews.models import AnswerChange
from backend.scores.models import ScorecardRow
from backend.visits.models import Answer
from backend.waves import queries as waves
from backend.waves.models import Wave

MOST_PICTURES: Final = 3
"""How many pictures one fail shows; the visit has them all."""

_FAILED: Final = bytes([BYTES[Result.FAIL]])
_OTHERS: Final = [bytes([byte]) for byte in (NOT_ASKED, BYTES[Result.PASS], BYTES[Result.NA])]
_COLUMNS: Final[tuple[Any, ...]] = (
    ScorecardRow.id, ScorecardRow.visit_id, ScorecardRow.store_id, ScorecardRow.visited_on, ScorecardRow.created_at,
    Store.code, Store.name,
)  # fmt: skip
# The changes of an answer in their order, so that the last one stays.
_ANSWERS: Final = (
    select(Answer.visit_id, Answer.comment, Answer.evidence, AnswerChange.reason)
    .outerjoin(
        AnswerChange, and_(AnswerChange.visit_id == Answer.visit_id, AnswerChange.checkpoint == Answer.checkpoint)
    )
    .where(Answer.visit_id.in_(bindparam("visits", expanding=True)), Answer.checkpoint == bindparam("code"))
    .order_by(AnswerChange.at, AnswerChange.id)
)

Row = dict[str, Any]


class Said(NamedTuple):
    """What an answer says of its checkpoint, why a reviewer last changed it if one did, and the evidence it links."""

    comment: str | None
    reason: str | None
    links: Sequence[UUID]


_NOTHING_SAID: Final = Said(None, None, ())


def fails(actor: Actor, wave_id: UUID, code: str, filters: Filters, *, after: str | None, limit: int) -> dict[str, Any]:
    """A page of the approved visits that failed the checkpoint, the latest decision first.

    Raises NotFound for a hidden wave and for a checkpoint that is not in its checklist.
    """
    wave = waves.wave_visible(actor, wave_id)
    position = compiled(wave.checklist_version_id).index.get(code)
    if position is None:
        raise NotFound
    cards = _failing(actor, wave, filters, position, limit)
    found = page(cards, ScorecardRow.created_at, ScorecardRow.id, after=after, limit=limit, descending=True)
    return {
        **named(wave, filters.method_of(wave)),
        "checkpoint": code,
        "title": labels_of(wave.checklist_version_id).checkpoints[code],
        "items": _rows(actor, code, found.items),
        "next": found.next,
    }


def _failing(actor: Actor, wave: Wave, filters: Filters, position: int, limit: int) -> Select[Any]:
    """The current scorecards of the wave whose result at this place of the vector is a fail.

    Of a checkpoint that many failed the first page is soon found, whichever stores it is from; else only the stores that
    failed it, as their tallies tell, are looked through.
    """
    method, where = filters.method_of(wave), within(actor, wave, filters.part)
    (tallies,) = load([Request(wave, method, where)], official=False, named=False)
    held = network.membership_on(wave.opens_on).c
    cards = (
        select(*_COLUMNS, held.region_id, held.group_id)
        .join(Store, Store.id == ScorecardRow.store_id)
        .outerjoin(held.store_id.table, held.store_id == ScorecardRow.store_id)
        .where(
            ScorecardRow.wave_id == wave.id,
            ScorecardRow.checklist_version_id == wave.checklist_version_id,
            ScorecardRow.method == method,
            ScorecardRow.is_current,
        )
    )
    result = func.substr(ScorecardRow.results, position + 1, 1)
    failed = tallies.counts[:, position, 1]
    visits, rows = tallies.visits, np.flatnonzero(failed)
    if leaves_all(where) and limit * visits.sum() < failed.sum() * visits[rows].sum():
        # Not `==`, of which PostgreSQL expects 1 in 200, and then sorts the whole wave for a page.
        return cards.where(result.not_in(_OTHERS))
    return cards.where(result == _FAILED, ScorecardRow.store_id.in_([tallies.store_ids[row] for row in rows.tolist()]))


def _rows(actor: Actor, code: str, cards: Sequence[Any]) -> list[Row]:
    answers = _answers([card.visit_id for card in cards], code)
    seen = evidence.thumbs_visible(actor, {link for said in answers.values() for link in said.links})
    return [
        {
            "visit_id": card.visit_id,
            "visited_on": card.visited_on,
            "store_id": card.store_id,
            "code": card.code,
            "name": card.name,
            "region_id": card.region_id,
            "group_id": card.group_id,
            **_told(answers.get(card.visit_id, _NOTHING_SAID), seen),
        }
        for card in cards
    ]


def _told(said: Said, seen: Mapping[UUID, str]) -> Row:
    """The comment of whoever was there, and the first pictures that the reader may see."""
    shown = list(dict.fromkeys(link for link in said.links if link in seen))
    return {"comment": said.comment, "reason": said.reason, "files": len(shown), "pictures": shown[:MOST_PICTURES]}


def _answers(visit_ids: Collection[UUID], code: str) -> dict[UUID, Said]:
    found = db.session.execute(_ANSWERS, {"visits": list(visit_ids), "code": code})
    return {
        visit_id: Said(comment, reason, [UUID(link["id"]) for link in links])
        for visit_id, comment, links, reason in found
    }
