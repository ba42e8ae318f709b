"""Loads the demo: network, people, checklists, nine finished waves, one that is running. One transaction, or none."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import count

from sqlalchemy import select

from backend.checklists.models import ChecklistVersion
from backend.checklists.queries import compiled
from backend.checklists.rules import Checkpoint, Result, checkpoints_for
from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.demo import network, people, results, visits, waves
from backend.demo.evidence import Album, Shots
from backend.demo.visits import Batch
from backend.network.models import Brand, Store
from backend.scores.packing import pack
from backend.settings import current
from backend.waves.models import Wave

PICTURED_VISITS = 60
PICTURES_A_VISIT = 5
# Visits of the running wave that wait for review, by number: whose picture is shown again, who was far, who shows it.
LENT, FAR, BORROWED, LAST = 0, 12, 24, 39
SCRIPT = {
    "persona": "35 岁车主，三年车龄，在保修期内",
    "need": "常规保养，预约时只说“想约个时间过来”",
    "symptom": "过减速带时有轻微异响",
    "refuse": "拒绝一次额外推荐的养护项目",
    "budget": "不超过 800 元",
}


def is_empty() -> bool:
    """Whether nothing was ever put into this database."""
    return db.session.scalars(select(Brand.id).limit(1)).first() is None


def load(say: Callable[[str], None]) -> None:
    """Loads everything, telling `say` what it is about to do; the caller has made sure the database is empty."""
    with transaction(writes=True):
        say("brand, regions, groups, stores, people")
        stores = network.build()
        people.build(stores[0].id)
        versions = waves.publish_checklists()
        survey, running = waves.build(versions)
        for wave in survey:
            say(f"survey, wave {wave.number}")
            _survey_wave(wave, stores)
        say("experience officers, the running wave")
        _running_wave(running, stores, versions["EO"])
        outbox.record(SYSTEM, "demo.loaded", network.BRAND)


def _survey_wave(wave: Wave, stores: list[Store]) -> None:
    version = compiled(wave.checklist_version_id)
    checkpoints = checkpoints_for(version, "covert")
    found = results.visits_of_wave(wave.number, [store.code for store in stores], checkpoints, 2)
    is_last = wave.number == len(results.RATES)
    batch, numbers = Batch(Album(0, [])), count()
    for store in stores:
        for turn, one in enumerate(found[store.code]):
            number = next(numbers)
            pictured = is_last and turn == 0 and number // 2 < PICTURED_VISITS
            _finished(batch, wave, store, turn, checkpoints, one, pictured=pictured, state=_state(wave))
        if is_last:
            _other_methods(batch, wave, store)
    batch.write()
    pack(wave.id)


def _state(wave: Wave) -> str:
    return "locked" if wave.locked_at else "published"


def _finished(
    batch: Batch, wave: Wave, store: Store, turn: object, checkpoints: tuple[Checkpoint, ...],
    found: results.Results, *, pictured: bool, state: str, method: str | None = None,
) -> None:  # fmt: skip
    seed = (wave.number, store.code, turn)
    auditor = people.shopper(random.Random(str(seed)).randint(0, 999)) if method is None else people.person_id("dan")  # noqa: S311
    visit = visits.planned(wave, store, auditor, turn, method=method or wave.headline_method)
    shots = Shots(_worth_a_picture(found, checkpoints) if pictured else frozenset(), store.code)
    visits.submitted(batch, visit, checkpoints, found, visits.day_of(wave, seed), shots)
    visits.approved(batch, visit, checkpoints, found)
    visit["state"] = state


def _worth_a_picture(found: results.Results, checkpoints: tuple[Checkpoint, ...]) -> frozenset[str]:
    """Fails first: they are what headquarters wants to see."""
    takes_photos = [each.code for each in checkpoints if any(need.kind == "photo" for need in each.evidence)]
    fails = [code for code in takes_photos if found[code] is Result.FAIL]
    passes = [code for code in takes_photos if found[code] is Result.PASS]
    return frozenset([*fails, *passes][:PICTURES_A_VISIT])


def _other_methods(batch: Batch, wave: Wave, store: Store) -> None:
    """The facility part once more: found by an unannounced audit, and as the store sees itself."""
    for method, level in (("unannounced", 0.88), ("self", 0.97)):
        checkpoints = checkpoints_for(compiled(wave.checklist_version_id), method)
        found = results.single_visit((wave.number, store.code, method), checkpoints, level)
        _finished(batch, wave, store, method, checkpoints, found, pictured=False, state="published", method=method)


def _position(store: Store) -> tuple[float, float]:
    if store.lat is None or store.lon is None:
        raise LookupError(store.code)
    return store.lat, store.lon


def _running_day(number: int) -> datetime:
    """A visit of the running wave: some day of the last weeks, in the daytime."""
    zone = current().time_zone
    day = clock.today(zone) - timedelta(days=3 + (LAST - number) % 15)
    return datetime.combine(day, time(9 + number % 7, 5), tzinfo=zone)


def _running_wave(wave: Wave, stores: list[Store], version: ChecklistVersion) -> None:
    """Some visits approved, some waiting for review, some open: six for the demo's shopper, two for its auditor.

    Two of those that wait have something for their reviewer to look into: one shows a picture that an earlier one
    brought, one was photographed at another store's place.
    """
    checkpoints = checkpoints_for(compiled(version.id), wave.headline_method)
    batch = Batch(Album(0, []))
    for number, store in enumerate(stores[:40]):
        found = results.single_visit(("EO", store.code), checkpoints, 0.74)
        visit = visits.planned(wave, store, people.shopper(number), 0, script=SCRIPT)
        shots = (
            Shots(_worth_a_picture(found, checkpoints), store.code, _position(store)) if number % 4 == 0 else Shots()
        )
        if number == LENT:
            lent = (visit["id"], store.code, min(shots.codes))
        if number == BORROWED:
            shots = replace(shots, codes=shots.codes | {lent[2]}, borrowed=lent)
        if number == FAR:
            shots = replace(shots, at=_position(stores[number + 1]))
        visits.submitted(batch, visit, checkpoints, found, _running_day(number), shots)
        if number % 3:
            visits.approved(batch, visit, checkpoints, found)
            visit["state"] = "approved"
    for number, store in enumerate(stores[40:48]):
        who = people.person_id("chelsea" if number < 6 else "dan")  # noqa: PLR2004 - six of the eight.
        taken = {"state": "taken", "taken_at": clock.now()} if number in {0, 6} else {}
        batch.visits.append(visits.planned(wave, store, who, 0, script=SCRIPT, **taken))
    batch.write()
