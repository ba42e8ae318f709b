"""Random networks: planted as rows, and read back from raw answers as the plain world of `recount`."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select

from backend.accounts.models import Person
from backend.checklists.models import ChecklistVersion
from backend.core.actor import ScopeKind
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.network.models import Group, Region, Store, StoreMembership
from backend.scores import packing
from backend.scores.service import withdraw
from backend.visits.models import Answer, Visit
from backend.waves.models import Programme, Wave
from tests import world
from tests.reports import recount
from tests.scores import rows

CHECKLIST = "RANDOM"
WORDS = {"P": "pass", "F": "fail", "N": "na"}
LETTERS = {word: letter for letter, word in WORDS.items()}
METHODS = ("covert", "announced")
AUDITORS = (world.person_id("chelsea"), world.person_id("grace"), world.person_id("dan"), None)
COUNTED = ("approved", "published", "locked")


@dataclass
class Reader:
    """A person, and which stores of which waves this person's reports are about."""

    login: str
    headquarters: object
    dealer: object

    def may_see(self, wave, store):
        return self.headquarters(wave, store) or (wave.released and self.dealer(wave, store))


def nothing(_wave, _store):
    return False


def in_part(place, part):
    return lambda wave, store: store.parents(wave.opens_on)[place] == part


READERS = {
    "alice": Reader("alice", lambda _wave, _store: True, nothing),
    "hank": Reader("hank", in_part(0, world.WEST), lambda _wave, store: store.id == world.ONE),
    "frank": Reader("frank", nothing, in_part(0, world.EAST)),
    "gina": Reader("gina", nothing, in_part(1, world.SUN)),
    "erin": Reader("erin", nothing, lambda _wave, store: store.id == world.ONE),
}


def plant(seed):
    """Fills the database with a random network of four waves and three versions, from one seed.

    Of odd seeds the locked waves are kept in one row each, of even ones they wait for it.
    """
    dice = random.Random(seed)
    # Hank analyses the west and manages a store of the east: two scopes, two ways to see a wave.
    hank = ((Role.ANALYST, ScopeKind.REGION, world.WEST), (Role.STORE_MANAGER, ScopeKind.STORE, world.ONE))
    world._person("hank", hank)
    programme = rows.programme("RANDOM")
    versions = plant_versions(dice)
    stores = [*world.STORES.values(), *(plant_store(dice, number) for number in range(dice.randint(4, 10)))]
    for number in range(1, 5):
        released = {"published_at": datetime(2026, 6, 1, tzinfo=UTC)} if number < 3 else {}
        state = {"state": "locked", "target_rate": Decimal("82.50")} if number in {2, 3} else {}
        wave = rows.wave(programme, number, versions[(0, 0, 1, 2)[number - 1]], **released, **state)
        for store_id in stores:
            for method in METHODS:
                for _ in range(dice.choice([0, 1, 2, 2, 3]) if method == "covert" else dice.choice([0, 0, 1, 2])):
                    plant_visit(dice, wave, store_id, method)
    if seed % 2:
        packing.pack_all()


def plant_versions(dice):
    """Three versions: the second keeps most lineages, the third few of the weight."""
    items = {
        f"C{number}": {
            "stage": f"S{number % 3}",
            "weight": dice.choice([1, 1, 2, 0.5, 1.25, 0.375]),
            "critical": dice.random() < 0.15,
            "allow_na": dice.random() < 0.5,
            "module": f"m{number % 2}",
            "dimension": "soft" if number % 3 else "hard",
            "methods": list(METHODS) if number % 3 else ["covert"],
        }
        for number in range(dice.randint(8, 14))
    }
    second = {code: dict(item) for code, item in items.items() if code != "C4"}
    second["C1"]["weight"] = 3
    second["D1"] = {**items["C2"], "lineage": "C2x"}
    second["E1"] = {**second.pop("C2"), "lineage": "C2"}
    third = {code: {**item, "lineage": code if dice.random() < 0.4 else f"{code}n"} for code, item in second.items()}
    effects = [
        {},
        {"scoring": {"critical": {"effect": "zero"}}},
        {"scoring": {"critical": {"cap": dice.randint(20, 90)}}},
    ]
    found = zip((items, second, third), ("1", "2", "3"), effects, strict=True)
    return [rows.publish(rows.document(CHECKLIST, version, each, **effect)) for each, version, effect in found]


def plant_store(dice, number):
    """A store that may have moved to other parents between two waves."""
    regions, groups = (world.EAST, world.WEST, None), (world.SUN, world.MOON, None)
    store_id = rows.store(f"R{number:02d}", dice.choice(regions), dice.choice(groups))
    if dice.random() < 0.4:
        moved = date(2026, dice.randint(1, 4), 1)
        first = db.session.scalars(select(StoreMembership).where(StoreMembership.store_id == store_id)).one()
        first.ends_on = moved
        db.session.add(StoreMembership(id=new_id(), store_id=store_id, region_id=dice.choice(regions),
                                       group_id=dice.choice(groups), starts_on=moved))  # fmt: skip
    return store_id


def plant_visit(dice, wave, store_id, method):
    """A visit with its answers; most are approved and scored, some wait, some were made void after approval."""
    state = dice.choices(["approved", "submitted", "void"], [8, 1, 1])[0]
    visit = Visit(
        id=new_id(), wave_id=wave.id, store_id=store_id, checklist_version_id=wave.checklist_version_id, method=method,
        auditor_id=dice.choice(AUDITORS), state=state, due_on=None, script=None, fee=None, window=None, round=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC), taken_at=None, submitted_at=None, decided_at=None, visited_on=None,
        follow_up_due_at=None, reason=None, returned=None,
    )  # fmt: skip
    db.session.add(visit)
    db.session.flush()
    letters = answers_of(dice, wave, method)
    visit.holes = [code for code, letter in letters.items() if letter == "F" and dice.random() < 0.1]
    db.session.add_all(
        Answer(visit_id=visit.id, checkpoint=code, result=WORDS[letter], value=None, comment=None, evidence=[])
        for code, letter in letters.items()
    )
    if state != "submitted":
        rows.scored(wave, store_id, letters, visit_id=visit.id, method=method, auditor_id=visit.auditor_id,
                    unproven=len(visit.holes))  # fmt: skip
    if state == "void":
        withdraw(visit.id)


def answers_of(dice, wave, method):
    document = db.session.get(ChecklistVersion, wave.checklist_version_id).document
    level = dice.uniform(0.4, 1)
    asked = [item for stage in document["stages"] if method in stage["methods"] for item in stage["checkpoints"]]
    if dice.random() < 0.05:
        return {item["code"]: "N" for item in asked if item["allow_na"]} or {asked[0]["code"]: "P"}
    return {
        item["code"]: "N" if item["allow_na"] and dice.random() < 0.3 else "P" if dice.random() < level else "F"
        for item in asked
    }


def read_world(programme="RANDOM"):
    """The plain world of what is in the tables of waves, stores, visits and answers; scorecards are not looked at."""
    known = db.session.scalars(select(Programme.id).where(Programme.code == programme)).one()
    waves = db.session.scalars(select(Wave).where(Wave.programme_id == known).order_by(Wave.number)).all()
    found = recount.World(
        [_wave(wave, programme) for wave in waves], [_store(store) for store in db.session.scalars(select(Store))]
    )
    given = {}
    columns = (Answer.visit_id, Answer.checkpoint, Answer.result)
    for visit_id, checkpoint, result in db.session.execute(select(*columns).order_by(Answer.visit_id)):
        given.setdefault(visit_id, {})[checkpoint] = result
    for visit in db.session.scalars(select(Visit).where(Visit.state.in_(COUNTED))):
        found.visits.append(recount.Visit(visit.wave_id, visit.store_id, visit.method, given.get(visit.id, {}), visit.id,
                                          visit.auditor_id, len(visit.holes)))  # fmt: skip
    for model in (Region, Group):
        found.areas |= {each.id: (each.code, each.name) for each in db.session.scalars(select(model))}
    found.people = {each.id: each.name for each in db.session.scalars(select(Person))}
    return found


def _wave(wave, programme):
    document = db.session.get(ChecklistVersion, wave.checklist_version_id).document
    critical = document["scoring"]["critical"]
    made = recount.Wave(wave.id, wave.number, document["version"], _items(document), wave.opens_on, wave.headline_method,
                        critical["effect"], critical["cap"], wave.name, programme,
                        None if wave.target_rate is None else float(wave.target_rate),
                        wave.published_at is not None or wave.state == "locked")  # fmt: skip
    for kind in ("stage", "module", "dimension"):
        made.titles[kind] = {each["code"]: each["title"] for each in document[f"{kind}s"]}
    return made


def _items(document):
    found = []
    for stage in document["stages"]:
        for item in stage["checkpoints"]:
            made = recount.Item(item["code"], item["lineage"], stage["code"], item.get("module"), stage.get("dimension"),
                                Fraction(str(item["weight"])), item["critical"], tuple(stage["methods"]),
                                item["title"])  # fmt: skip
            found.append(made)
    return found


def _store(store):
    stays = db.session.scalars(select(StoreMembership).where(StoreMembership.store_id == store.id))
    held = [(s.starts_on, s.ends_on, s.region_id, s.group_id) for s in stays]
    return recount.Store(store.id, store.code, store.name, store.city, store.brand_id, held)


def part(name):
    """A filter's value as a reader would give it."""
    known: dict[str, UUID] = {"EAST": world.EAST, "WEST": world.WEST, "SUN": world.SUN, "MOON": world.MOON}
    return known[name]
