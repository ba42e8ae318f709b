"""The wall of one checkpoint in one wave: every visit that failed it, with what was said of it and its pictures.

Found by the tallies and the packed results of the wave's own scorecards, so that its cost grows neither with history nor
with the wave. Whoever may not see evidence reads the same rows without pictures.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only

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

Row = dict[str, Any]


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
        "items": _rows(actor, wave, code, found.items),
        "next": found.next,
    }


def _failing(actor: Actor, wave: Wave, filters: Filters, position: int, limit: int) -> Select[ScorecardRow]:
    """The current scorecards of the wave whose result at this place of the vector is a fail.

    Of a checkpoint that many failed the first page is soon found, whichever stores it is from; else only the stores that
    failed it, as their tallies tell, are looked through.
    """
    method, where = filters.method_of(wave), within(actor, wave, filters.part)
    (tallies,) = load([Request(wave, method, where)], official=False, named=False)
    columns = (ScorecardRow.id, ScorecardRow.visit_id, ScorecardRow.store_id, ScorecardRow.visited_on,
               ScorecardRow.created_at)  # fmt: skip
    cards = (
        select(ScorecardRow)
        .options(load_only(*columns))
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


def _rows(actor: Actor, wave: Wave, code: str, cards: Sequence[ScorecardRow]) -> list[Row]:
    visit_ids, store_ids = [card.visit_id for card in cards], {card.store_id for card in cards}
    answers, words = _answers(visit_ids, code), _words(visit_ids, code)
    stores = _stores(store_ids)
    parents = network.parents_on(wave.opens_on, store_ids)
    seen = evidence.thumbs_visible(actor, {UUID(link["id"]) for answer in answers.values() for link in answer.evidence})
    return [
        {
            "visit_id": card.visit_id,
            "visited_on": card.visited_on,
            "store_id": card.store_id,
            **stores[card.store_id],
            **_place(parents.get(card.store_id, network.NO_PARENTS)),
            **_said(answers.get(card.visit_id), seen),
            "reason": words.get(card.visit_id),
        }
        for card in cards
    ]


def _place(parents: network.Parents) -> Row:
    return {"region_id": parents.region_id, "group_id": parents.group_id}


def _said(answer: Answer | None, seen: Mapping[UUID, str]) -> Row:
    """The comment of whoever was there, and the first pictures that the reader may see."""
    if answer is None:
        return {"comment": None, "files": 0, "pictures": []}
    links = [UUID(link["id"]) for link in answer.evidence]
    shown = list(dict.fromkeys(link for link in links if link in seen))
    return {"comment": answer.comment, "files": len(shown), "pictures": shown[:MOST_PICTURES]}


def _answers(visit_ids: Collection[UUID], code: str) -> dict[UUID, Answer]:
    rows = select(Answer).where(Answer.visit_id.in_(visit_ids), Answer.checkpoint == code)
    return {answer.visit_id: answer for answer in db.session.scalars(rows)}


def _words(visit_ids: Collection[UUID], code: str) -> dict[UUID, str]:
    """Visit -> why a reviewer last changed this answer; visits whose answer stands as given are left out."""
    rows = select(AnswerChange.visit_id, AnswerChange.reason).where(
        AnswerChange.visit_id.in_(visit_ids), AnswerChange.checkpoint == code
    )
    ordered = db.session.execute(rows.order_by(AnswerChange.at, AnswerChange.id))
    return {visit_id: reason for visit_id, reason in ordered}  # noqa: C416 - Rows, not pairs.


def _stores(store_ids: Collection[UUID]) -> dict[UUID, Row]:
    rows = select(Store.id, Store.code, Store.name).where(Store.id.in_(store_ids))
    return {store_id: {"code": code, "name": name} for store_id, code, name in db.session.execute(rows)}
