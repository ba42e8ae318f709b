"""The scored visits of one store, the latest wave first. Neither who went there nor when: a store must not learn it here."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select

from backend.checklists.scoring import RULE_VERSION, shown
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.paging import page
from backend.reports.statistics import rate
from backend.reports.stores import Asked, own_waves
from backend.scores import queries as scores
from backend.scores.models import ScorecardRow
from backend.waves.models import Wave

_ORDER: Final = (Wave.opens_on, Wave.number, ScorecardRow.visit_id)
_COLUMNS: Final[tuple[Any, ...]] = (
    ScorecardRow.visit_id, ScorecardRow.wave_id, ScorecardRow.method, ScorecardRow.passed, ScorecardRow.applicable,
    ScorecardRow.official, ScorecardRow.red_line,
)  # fmt: skip

Row = dict[str, Any]


def store_visits(actor: Actor, asked: Asked, *, after: str | None, limit: int) -> Row:
    """A page of the visits, by whatever method, of the waves that the store's report tells of.

    NotFound for a store the actor may not read.
    """
    waves = _by_id(actor, asked)

    def place(card: Any) -> tuple[Any, ...]:
        wave = waves[card.wave_id]
        return wave.opens_on, wave.number, card.visit_id

    found = page(_cards(waves, asked), *_ORDER, after=after, limit=limit, descending=True, key_of=place)
    return {"rule_version": str(RULE_VERSION), "items": _rows(waves, found.items), "next": found.next}


def every_visit(actor: Actor, asked: Asked) -> list[Row]:
    """All of them."""
    waves = _by_id(actor, asked)
    cards = _cards(waves, asked).order_by(*(key.desc() for key in _ORDER))
    return _rows(waves, db.session.execute(cards))


def _by_id(actor: Actor, asked: Asked) -> dict[UUID, Wave]:
    return {wave.id: wave for wave in own_waves(actor, asked)}


def _cards(waves: dict[UUID, Wave], asked: Asked) -> Select[Any]:
    cards = scores.current_of(waves, asked.store_id).with_only_columns(*_COLUMNS)
    return cards.join(Wave, Wave.id == ScorecardRow.wave_id)


def _rows(waves: dict[UUID, Wave], cards: Iterable[Any]) -> list[Row]:
    return [
        {
            "visit_id": card.visit_id,
            "wave_id": card.wave_id,
            "number": waves[card.wave_id].number,
            "method": card.method,
            "passed": card.passed,
            "applicable": card.applicable,
            "rate": shown(rate(card.passed, card.applicable)),
            "official_score": None if card.official is None else shown(Fraction(card.official)),
            "red_line": card.red_line,
        }
        for card in cards
    ]
