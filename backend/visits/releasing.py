"""The two steps of a wave that move its visits: publishing opens the approved ones to dealers, locking ends them all."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from backend.accounts import queries as accounts
from backend.core import outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.visits import queries, rules
from backend.visits.models import Visit
from backend.visits.problems import VisitsUndecided
from backend.waves import queries as waves
from backend.waves import service as planning
from backend.waves.models import Wave


def outlook(actor: Actor, wave_id: UUID) -> dict[str, Any]:
    """What publishing or locking the wave would do: what opens, to how many people, and what is still open."""
    waves.wave_visible(actor, wave_id)
    decided = queries.decided_by_state(wave_id)
    return {
        "wave_id": wave_id,
        "approved": decided.get(rules.APPROVED, 0),
        "released": sum(decided.get(state, 0) for state in rules.RELEASED),
        **_open(wave_id),
        "stores": queries.stores_decided(wave_id),
        "readers": accounts.count_by_role(queries.DEALER_ROLES),
    }


def publish(actor: Actor, wave_id: UUID) -> Wave:
    """Publishes the wave and its approved visits. Again it changes nothing but visits approved meanwhile.

    What is still open does not hold it up: the planner was shown it, and it stands in the audit line.
    """
    waves.wave_visible(actor, wave_id)
    wave = _hold(wave_id, {rules.APPROVED})
    planning.publish_wave(actor, wave, **_open(wave_id))
    _move(actor, wave_id, {rules.APPROVED}, rules.PUBLISHED)
    return wave


def lock(actor: Actor, wave_id: UUID) -> Wave:
    """Locks the wave and its decided visits for good, and publishes them if nobody did.

    Raises VisitsUndecided while any visit waits for a decision. One that was never submitted does not hold it up.
    """
    waves.wave_visible(actor, wave_id)
    wave = _hold(wave_id, {rules.APPROVED, rules.PUBLISHED})
    if wave.state != rules.LOCKED and (waiting := queries.undecided(wave_id)):
        raise VisitsUndecided(count=waiting)
    if planning.lock_wave(actor, wave, not_begun=queries.not_begun(wave_id)):
        _move(actor, wave_id, {rules.APPROVED, rules.PUBLISHED}, rules.LOCKED)
    return wave


def state_after_approval(wave: Wave) -> str:
    """The state of a visit that is approved now: published at once in a published wave.

    Keeps the wave from being published until the transaction ends, so that no visit is left between the two.
    """
    held = waves.waves_by_id([wave.id], shared=True)[wave.id]
    return rules.PUBLISHED if held.published_at is not None else rules.APPROVED


def _open(wave_id: UUID) -> dict[str, int]:
    return {"undecided": queries.undecided(wave_id), "not_begun": queries.not_begun(wave_id)}


def _hold(wave_id: UUID, states: Collection[str]) -> Wave:
    """Locks the visits, then the wave: the order in which an approval locks them, so that neither waits in a circle."""
    db.session.scalars(_in_states(wave_id, states)).all()
    wave = waves.wave_locked_for_change(wave_id)
    if wave is None:
        raise LookupError(wave_id)
    return wave


def _move(actor: Actor, wave_id: UUID, states: Collection[str], state: str) -> None:
    for visit in db.session.scalars(_in_states(wave_id, states)).all():
        visit.state = state
        outbox.record(actor, f"visit.{state}", visit.id)


def _in_states(wave_id: UUID, states: Collection[str]) -> Select[Visit]:
    return (
        select(Visit)
        .where(Visit.wave_id == wave_id, Visit.state.in_(states))
        .order_by(Visit.id)
        .with_for_update(of=Visit)
        .execution_options(populate_existing=True)
    )
