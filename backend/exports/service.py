"""Asking for an export, cancelling or dropping one, and what the worker writes down about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import update

from backend.core import clock, outbox
from backend.core.actor import SYSTEM, Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.exports import queries, rules
from backend.exports.models import Export
from backend.exports.problems import ExportGone, ExportNotReady, Stopped, TooManyExports, WaveNotLocked
from backend.network import queries as network
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from media_store import Content

log = structlog.get_logger()


def ask(actor: Actor, kind: str, format_: str, filters: Mapping[str, Any], locale: str) -> Export:
    """Queues an export of what the actor may read now. Raises NotFound, WaveNotLocked, TooManyExports."""
    _require_subject(actor, kind, filters)
    if queries.count_unfinished(actor) >= rules.MOST_UNFINISHED:
        raise TooManyExports(most=rules.MOST_UNFINISHED)
    export = Export(
        id=new_id(),
        kind=kind,
        format=format_,
        filters={name: str(value) for name, value in filters.items() if value is not None},
        locale=locale,
        person_id=actor.person_id,
        scope=queries.frozen(actor.memberships),
        state=rules.QUEUED,
        attempt=0,
        written=0,
        asked_at=clock.now(),
    )
    db.session.add(export)
    outbox.record(actor, "export.asked", export.id, kind=kind, format=format_, filters=export.filters)
    outbox.queue(rules.MAKE, export.id)
    return export


def drop(actor: Actor, export_id: UUID) -> Export:
    """Cancels an unfinished export, lets the file of a finished one go; again it changes nothing."""
    export = queries.get_own(actor, export_id, lock=True)
    if export.state in rules.UNFINISHED:
        _let_go(actor, export, rules.CANCELLED)
    elif export.state == rules.DONE:
        _let_go(actor, export, rules.EXPIRED)
    return export


def fetch(actor: Actor, export_id: UUID) -> Export:
    """The finished export, its being fetched written down. Raises NotFound, ExportNotReady, ExportGone.

    Whoever has lost a role since is not given what that role allowed.
    """
    export = queries.get_own(actor, export_id)
    if export.state in rules.UNFINISHED:
        raise ExportNotReady
    if export.state != rules.DONE or not holds(actor, export):
        raise ExportGone
    outbox.record(actor, "export.fetched", export.id, sha256=export.sha256)
    return export


def holds(actor: Actor, export: Export) -> bool:
    """Whether the actor still holds every role under which the export was asked for."""
    return set(queries.thawed(export.scope)) <= set(actor.memberships)


def expire() -> None:
    """Lets the files go whose time is over."""
    rows = queries.overdue().with_for_update(skip_locked=True)
    for export in db.session.scalars(rows).all():
        _let_go(SYSTEM, export, rules.EXPIRED)


def claim(export_id: UUID) -> Export | None:
    """Begins an export, or begins it again after a breakdown; None when there is nothing to make any more."""
    export = db.session.get(Export, export_id, with_for_update=True, populate_existing=True)
    if export is None or export.state not in rules.UNFINISHED:
        return None
    export.state, export.attempt = rules.RUNNING, export.attempt + 1
    export.expected, export.written = None, 0
    return export


def advance(export: Export, **columns: Any) -> None:
    """Writes progress of this attempt. Raises Stopped when it was cancelled or taken over."""
    mine = (Export.id == export.id, Export.state == rules.RUNNING, Export.attempt == export.attempt)
    if not db.session.execute(update(Export).where(*mine).values(**columns)).rowcount:  # type: ignore[attr-defined]
        raise Stopped


def finish(export: Export, name: str, key: str, content: Content) -> None:
    """Says that the file is there; if the export was cancelled at the last moment, that the file must go."""
    now = clock.now()
    made: dict[str, datetime] = {"made_at": now, "expires_at": now + rules.KEPT}
    try:
        advance(export, state=rules.DONE, name=name, key=key, size=content.size, sha256=content.sha256, **made)
    except Stopped:
        outbox.queue("exports.dispose", export.id)
        return
    outbox.record(SYSTEM, "export.made", export.id, sha256=content.sha256, size=content.size)


def fail(export: Export, code: str) -> None:
    """Gives the export up and keeps why."""
    try:
        advance(export, state=rules.FAILED, fault=code)
    except Stopped:
        return
    outbox.record(SYSTEM, "export.failed", export.id, fault=code)
    outbox.queue("exports.dispose", export.id)


def _require_subject(actor: Actor, kind: str, filters: Mapping[str, Any]) -> None:
    if kind == rules.STORE_PDF:
        network.get_visible(actor, filters["store"])
        return
    wave = waves.wave_visible(actor, filters["wave"])
    if kind == rules.BONUS and wave.state != wave_states.LOCKED:
        raise WaveNotLocked


def _let_go(actor: Actor, export: Export, state: str) -> None:
    export.state = state
    outbox.record(actor, "export.dropped", export.id, state=state)
    log.info("export let go", export=str(export.id), state=state)
