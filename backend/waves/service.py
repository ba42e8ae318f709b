"""Planning: programmes and waves, and the two steps that open a wave to dealers and close it for good.

Whether a wave's visits allow a step is asked by `visits`, which knows them: it registers itself in `VERSION_CHANGES`
and owns the routes that publish and lock.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.checklists import queries as checklists
from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import checkpoints_for
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault
from backend.network.models import Brand
from backend.waves import queries, rules
from backend.waves.models import Programme, Wave
from backend.waves.problems import NumberTaken, StateNotNext, WaveInvalid, WaveIsDraft, WaveLocked

_PACKAGE = "backend.waves"

# Called with the wave and the id of its new version before the change; raises when visits stand against it.
VERSION_CHANGES: list[Callable[[Actor, Wave, UUID], None]] = []


def put_programme(actor: Actor, code: str, body: Mapping[str, Any]) -> tuple[Programme, bool]:
    """Creates the programme or replaces what is said of it; whether it is new."""
    if not rules.is_code(code):
        raise _invalid(code="code-malformed")
    wanted = {"name": body["name"], "purpose": body["purpose"], "brand_id": body["brand_id"]}
    _require_brand(body["brand_id"])
    row = queries.find_programme(code)
    if row is None:
        row = Programme(id=new_id(), code=code, revision=1, **wanted)
        db.session.add(row)
        outbox.record(actor, "programme.created", row.id, code=code)
        return row, True
    if _apply(row, wanted):
        row.revision += 1
        outbox.record(actor, "programme.changed", row.id, code=code)
    return row, False


def put_wave(actor: Actor, wave_id: UUID, body: Mapping[str, Any]) -> tuple[Wave, bool]:
    """Creates the wave or replaces its plan; whether it is new. The same content again changes nothing.

    Without a `state` a new wave is open and an old one stays as it is. Raises WaveInvalid, NumberTaken, WaveLocked,
    StateNotNext, and what `VERSION_CHANGES` has against another checklist version.
    """
    row = queries.wave_locked_for_change(wave_id)
    wanted = _wanted(body, row)
    if row is not None and not _differs(row, wanted):
        return row, False
    _require_free_number(wave_id, wanted["programme_id"], wanted["number"])
    if row is None:
        return _create(actor, wave_id, wanted), True
    _change(actor, row, wanted)
    return row, False


def publish_wave(actor: Actor, wave: Wave, **about: int) -> bool:
    """Opens the wave to regions, groups and stores, and says whether that was news. Its visits are the caller's.

    `about` goes into the audit line. A locked wave is open already and does not change.
    """
    if wave.state == rules.DRAFT:
        raise WaveIsDraft
    if wave.published_at is not None or wave.state == rules.LOCKED:
        return False
    wave.published_at = clock.now()
    wave.revision += 1
    outbox.record(actor, "wave.published", wave.id, **about)
    return True


def lock_wave(actor: Actor, wave: Wave, **about: int) -> bool:
    """Closes the wave for good, published if it was not, and says whether that was news.

    The caller has seen that every visit is decided; `about` goes into the audit lines.
    """
    if wave.state == rules.LOCKED:
        return False
    if not rules.may_be_locked(wave.state):
        raise WaveIsDraft
    publish_wave(actor, wave, **about)
    wave.state, wave.locked_at = rules.LOCKED, clock.now()
    wave.revision += 1
    outbox.record(actor, "wave.locked", wave.id, **about)
    return True


def _require_brand(brand_id: UUID | None) -> None:
    if brand_id is not None and db.session.get(Brand, brand_id) is None:
        raise _invalid(brand_id="brand-unknown")


def _wanted(body: Mapping[str, Any], row: Wave | None) -> dict[str, Any]:
    """The columns the body asks for; faults for what it names and nobody knows."""
    programme = queries.find_programme(body["programme"])
    version = checklists.find_version(body["checklist"], body["version"])
    if programme is None or version is None:
        names = {
            "programme": programme is None and "programme-unknown",
            "version": version is None and "version-unknown",
        }
        raise _invalid(**{field: code for field, code in names.items() if code})
    headline = body["headline_method"] or checklists.compiled(version.id).method
    _require_sense(body, version, headline)
    return {
        "programme_id": programme.id,
        "number": body["number"],
        "name": body["name"],
        "checklist_version_id": version.id,
        "opens_on": body["opens_on"],
        "closes_on": body["closes_on"],
        "state": body["state"] or (row.state if row else rules.OPEN),
        "headline_method": headline,
        "quota": body["quota"],
        "target_rate": body["target_rate"],
        "gallery_allowed": body["gallery_allowed"],
        **{name: body[name] for name in rules.CLOCKS},
    }


def _require_sense(body: Mapping[str, Any], version: ChecklistVersion, headline: str) -> None:
    compiled = checklists.compiled(version.id)
    uncovered = [method for method in (body["quota"] or {}) if not checkpoints_for(compiled, method)]
    faults = {
        "closes_on": body["closes_on"] < body["opens_on"] and "closes-before-opening",
        "headline_method": not checkpoints_for(compiled, headline) and "method-not-covered",
        "quota": bool(uncovered) and "method-not-covered",
    }
    if any(faults.values()):
        raise _invalid(**{field: code for field, code in faults.items() if code})


def _invalid(**codes: str) -> WaveInvalid:
    return WaveInvalid(faults=[Fault({"field": field}, _PACKAGE, code) for field, code in codes.items()])


def _require_free_number(wave_id: UUID, programme_id: UUID, number: int) -> None:
    taken = select(Wave.id).where(Wave.programme_id == programme_id, Wave.number == number, Wave.id != wave_id)
    if db.session.scalar(taken) is not None:
        raise NumberTaken(number=number)


def _create(actor: Actor, wave_id: UUID, wanted: dict[str, Any]) -> Wave:
    if wanted["state"] == rules.LOCKED:
        raise StateNotNext
    row = Wave(id=wave_id, revision=1, published_at=None, locked_at=None, **wanted)
    db.session.add(row)
    outbox.record(actor, "wave.created", wave_id, state=row.state)
    return row


def _change(actor: Actor, row: Wave, wanted: dict[str, Any]) -> None:
    if row.state == rules.LOCKED and _changed(row, wanted) - set(rules.CLOCKS):
        raise WaveLocked
    if not rules.may_become(row.state, wanted["state"]):
        raise StateNotNext
    if wanted["checklist_version_id"] != row.checklist_version_id:
        for allow in VERSION_CHANGES:
            allow(actor, row, wanted["checklist_version_id"])
    before = row.state
    _apply(row, wanted)
    row.revision += 1
    outbox.record(actor, "wave.changed", row.id, state=row.state, before=before)


def _differs(row: Any, wanted: Mapping[str, Any]) -> bool:
    return bool(_changed(row, wanted))


def _changed(row: Any, wanted: Mapping[str, Any]) -> set[str]:
    return {name for name, value in wanted.items() if getattr(row, name) != value}


def _apply(row: Any, wanted: Mapping[str, Any]) -> bool:
    changed = _differs(row, wanted)
    for name, value in wanted.items():
        setattr(row, name, value)
    return changed
