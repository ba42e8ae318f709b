"""A network of any size, written straight into the tables as the services leave them: visits, answers, scorecards, tallies.

Every store has as many visits in every wave as any other, give or take one, and at least two, so that each has an
interval and a rank at every size. What a visit answers is drawn by store, checkpoint and wave from a fixed seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Final
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from backend.accounts.models import Person
from backend.checklists.scoring import official_score, score_visit, unpack_results
from backend.core.ids import named_id, new_id
from backend.network.models import Group, Region, Store, StoreMembership
from backend.scores.counting import Card, count, fraction_text
from backend.scores.models import ScorecardRow, Tally
from backend.visits.models import Visit
from backend.waves.models import Programme, Wave
from tests import world

CHECKLIST, VERSION = world.COMPILED["EO"], world.VERSIONS["EO"]
ITEMS: Final = len(CHECKLIST.checkpoints)
PROGRAMME: Final = "SCALE"
REGIONS, GROUPS, AUDITORS = 20, 50, 100
LEAST_VISITS: Final = 2
_WEIGHTS = np.array([int(each.weight) for each in CHECKLIST.checkpoints])
_CRITICAL = np.array([each.critical for each in CHECKLIST.checkpoints])
_AT_ONCE = 2000
Results = NDArray[np.uint8]

_WORD = {
    "SQLite": "CASE substr(card.results, code.column1 + 1, 1) WHEN x'01' THEN 'pass' WHEN x'02' THEN 'fail' "
    "WHEN x'03' THEN 'na' END",
    "PostgreSQL": "CASE get_byte(card.results, code.column1) WHEN 1 THEN 'pass' WHEN 2 THEN 'fail' WHEN 3 THEN 'na' END",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """About so many answers over stores x waves: more visits a store, or fewer answers a visit where two are too many."""

    answers: int
    stores: int = 1000
    waves: int = 9

    @property
    def visits(self) -> int:
        """Visits of one wave."""
        return max(LEAST_VISITS * self.stores, round(self.answers / ITEMS / self.waves))

    @property
    def answered(self) -> float:
        """The mean number of checkpoints that a visit answers."""
        return min(float(ITEMS), self.answers / self.waves / self.visits)


def plant(connection: sa.Connection, engine: str, shape: Shape) -> list[UUID]:
    """Writes the network; the waves' ids by number. Each wave is committed."""
    dice = np.random.default_rng(shape.answers + shape.stores)
    stores = _network(connection, shape)
    levels = dice.beta(8, 2, size=(shape.stores, 1)) * dice.beta(9, 1, size=(1, ITEMS))
    return [_wave(connection, engine, shape, number, stores, levels, dice) for number in range(1, shape.waves + 1)]


def _network(connection: sa.Connection, shape: Shape) -> list[UUID]:
    regions = [named_id("scale", "region", number) for number in range(REGIONS)]
    groups = [named_id("scale", "group", number) for number in range(GROUPS)]
    stores = [named_id("scale", "store", number) for number in range(shape.stores)]
    for model, ids, letter in ((Region, regions, "R"), (Group, groups, "G")):
        rows = [{"id": id_, "brand_id": world.BRAND, "code": f"{letter}{number:03}", "name": f"{letter}{number:03} 区"}
                for number, id_ in enumerate(ids)]  # fmt: skip
        connection.execute(sa.insert(model.__table__), rows)
    made = {"brand_id": world.BRAND, "revision": 1, "updated_at": world.MADE_AT}
    coded = [(f"S{number:05}", id_) for number, id_ in enumerate(stores)]
    named = [made | {"id": id_, "code": code, "name": f"{code} 汽车服务店"} for code, id_ in coded]
    connection.execute(sa.insert(Store.__table__), named)
    held = [{"id": new_id(), "store_id": id_, "region_id": regions[number % REGIONS],
             "group_id": groups[number % GROUPS], "starts_on": date(2020, 1, 1)}
            for number, id_ in enumerate(stores)]  # fmt: skip
    connection.execute(sa.insert(StoreMembership.__table__), held)
    people = [{"id": _auditor(number), "login": f"shopper-{number:03}", "name": f"暗访员 {number:03}", "locale": "zh-CN",
               "is_active": True, "revision": 1, "created_at": world.MADE_AT} for number in range(AUDITORS)]  # fmt: skip
    connection.execute(sa.insert(Person.__table__), people)
    connection.execute(sa.insert(Programme.__table__), {"id": named_id("scale"), "code": PROGRAMME, "name": "规模",
                                                        "revision": 1})  # fmt: skip
    connection.commit()
    return stores


def _wave(
    connection: sa.Connection, engine: str, shape: Shape, number: int, stores: Sequence[UUID], levels: Any, dice: Any
) -> UUID:
    wave_id = named_id("scale", "wave", number)
    opens_on = date(2020, 1, 1) + timedelta(days=182 * number)
    connection.execute(
        sa.insert(Wave.__table__),
        {"id": wave_id, "programme_id": named_id("scale"), "number": number, "name": f"第 {number} 期",
         "checklist_version_id": VERSION, "opens_on": opens_on, "closes_on": opens_on + timedelta(days=181),
         "state": "locked", "headline_method": CHECKLIST.method, "gallery_allowed": False, "revision": 1,
         "published_at": datetime(2026, 1, 1, tzinfo=UTC)},
    )  # fmt: skip
    owners = np.sort(np.arange(shape.visits) % shape.stores)
    results = _results(shape, levels[owners] * (0.8 + 0.02 * number), dice)
    visits = list(_visits(wave_id, [stores[owner] for owner in owners], opens_on, dice))
    cards = list(_cards(visits, results))
    for start in range(0, len(visits), _AT_ONCE):
        connection.execute(sa.insert(Visit.__table__), visits[start : start + _AT_ONCE])
        connection.execute(sa.insert(ScorecardRow.__table__), cards[start : start + _AT_ONCE])
    connection.execute(sa.insert(Tally.__table__), list(_tallies(cards)))
    _answers(connection, engine, wave_id)
    connection.commit()
    return wave_id


def _results(shape: Shape, chances: Any, dice: Any) -> Results:
    """(visits, checkpoints): packed result vectors."""
    size = chances.shape
    found = np.where(dice.random(size) < 0.05, 3, np.where(dice.random(size) < chances, 1, 2)).astype(np.uint8)
    if shape.answered < ITEMS:
        # Places in a random order, of which the first are answered.
        places = dice.random(size).argsort(axis=1).argsort(axis=1)
        answered = np.floor(shape.answered + dice.random((size[0], 1)))
        found[places >= answered] = 0
    return found


def _visits(wave_id: UUID, stores: Sequence[UUID], opens_on: date, dice: Any) -> Iterator[dict[str, Any]]:
    auditors, days = dice.integers(AUDITORS, size=len(stores)), dice.integers(180, size=len(stores))
    for store_id, auditor, day in zip(stores, auditors.tolist(), days.tolist(), strict=True):
        yield {
            "id": new_id(), "wave_id": wave_id, "store_id": store_id, "checklist_version_id": VERSION,
            "method": CHECKLIST.method, "auditor_id": _auditor(auditor), "state": "locked", "round": 1, "revision": 1,
            "visited_on": opens_on + timedelta(days=day), "created_at": world.MADE_AT, "open_items": [], "holes": [],
            "flags": [], "marks": [],
        }  # fmt: skip


def _cards(visits: Sequence[dict[str, Any]], results: Results) -> Iterator[dict[str, Any]]:
    document = score_visit(CHECKLIST, unpack_results(CHECKLIST, results[0].tobytes())).as_dict()
    passed, failed = results == 1, results == 2
    columns = (passed.sum(1), (passed | failed).sum(1), passed @ _WEIGHTS, (passed | failed) @ _WEIGHTS,
               (failed & _CRITICAL).any(1))  # fmt: skip
    for visit, vector, *figures in zip(visits, results, *(column.tolist() for column in columns), strict=True):
        taken, applicable, earned, possible, red_line = figures
        yield {
            "id": new_id(), "visit_id": visit["id"], "sequence": 1, "is_current": True, "wave_id": visit["wave_id"],
            "store_id": visit["store_id"], "checklist_version_id": VERSION, "method": CHECKLIST.method,
            "rule_version": "1", "results": vector.tobytes(), "passed": taken, "applicable": applicable,
            "earned": fraction_text(Fraction(earned)), "possible": fraction_text(Fraction(possible)),
            "official": _official(earned, possible, red_line), "red_line": red_line,
            "auditor_id": visit["auditor_id"], "visited_on": visit["visited_on"], "unproven": 0, "document": document,
            "reason": "approved", "created_at": world.MADE_AT,
        }  # fmt: skip


@cache
def _official(earned: int, possible: int, red_line: bool) -> str | None:
    raw = Fraction(100 * earned, possible) if possible else None
    found = official_score(CHECKLIST.red_line, raw, red_line=red_line)
    return None if found is None else fraction_text(found)


def _tallies(cards: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    of_store: dict[UUID, list[Card]] = {}
    for card in cards:
        of_store.setdefault(card["store_id"], []).append(Card(*(card[name] for name in Card._fields)))
    key = {name: cards[0][name] for name in ("wave_id", "checklist_version_id", "method")}
    for store_id, held in of_store.items():
        yield key | {"store_id": store_id, "revision": 1} | asdict(count(held, ITEMS))


def _answers(connection: sa.Connection, engine: str, wave_id: UUID) -> None:
    """The wave's answers, unpacked by the database itself: ten million rows take it less time than us to send them."""
    codes = ", ".join(f"({position}, '{each.code}')" for position, each in enumerate(CHECKLIST.checkpoints))
    word = _WORD[engine]
    connection.execute(
        sa.text(
            "INSERT INTO answers (visit_id, checkpoint, result, value, comment, evidence) "
            f"SELECT card.visit_id, code.column2, {word}, 'null', NULL, '[]' "
            f"FROM scorecards AS card CROSS JOIN (VALUES {codes}) AS code "
            f"WHERE card.wave_id = :wave AND {word} IS NOT NULL ORDER BY card.visit_id, code.column2"
        ),
        {"wave": wave_id.hex if engine == "SQLite" else wave_id},
    )


def _auditor(number: int) -> UUID:
    return named_id("scale", "auditor", number)
