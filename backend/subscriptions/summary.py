"""The weekly summary: the running waves' figures as the person's own report pages would show them at this moment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_

from backend.core.actor import Actor
from backend.core.db import db
from backend.network import queries as network
from backend.reports.headline import headline
from backend.reports.scope import HEADQUARTERS, WHOLE
from backend.reports.waves import Filters
from backend.subscriptions import redlines
from backend.visits import progress
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from backend.waves.models import Wave

MOST_WAVES: Final = 10
MOST_RED_LINES: Final = 10
_FIGURES: Final = (
    "stores", "visits", "passed", "applicable", "rate", "official_score", "red_lines", "change_pp", "change_shown", "break",
)  # fmt: skip


def facts(actor: Actor, programme_id: UUID | None, since: datetime, until: datetime) -> dict[str, Any] | None:
    """What the summary says to this person; None when no wave of theirs is running."""
    found = [each for wave in _running(actor, programme_id, since) if (each := _of_wave(actor, wave, since))]
    day = network.day_of(since).isoformat()
    return {"since": since.isoformat(), "since_day": day, "until": until.isoformat(), "waves": found} if found else None


def _running(actor: Actor, programme_id: UUID | None, since: datetime) -> Iterable[Wave]:
    """The waves that are open or closed, and those locked since; the newest first."""
    running = Wave.state.in_((wave_states.OPEN, wave_states.CLOSED))
    rows = waves.waves_visible(actor).where(or_(running, Wave.locked_at >= since))
    if programme_id is not None:
        rows = rows.where(Wave.programme_id == programme_id)
    return db.session.scalars(rows.order_by(Wave.opens_on.desc(), Wave.number.desc(), Wave.id).limit(MOST_WAVES)).all()


def _of_wave(actor: Actor, wave: Wave, since: datetime) -> dict[str, Any] | None:
    """The wave's part; None for one in which a dealer has no visits."""
    figures, plans = headline(actor, wave.id, Filters(WHOLE)), bool(actor.scopes(*HEADQUARTERS))
    if not plans and not figures["visits"]:
        return None
    crossed = redlines.since(actor, wave, since)
    return {
        **redlines.wave_facts(wave),
        "state": wave.state,
        "method": figures["method"],
        "figures": {name: _plain(figures[name]) for name in _FIGURES},
        "progress": _progress(actor, wave) if plans else None,
        "crossed": len(crossed),
        "crossings": redlines.told(crossed[-MOST_RED_LINES:]),
    }


def _progress(actor: Actor, wave: Wave) -> dict[str, Any]:
    """How far the wave is, and how many files are still on phones."""
    found = progress.of_wave(actor, wave.id)
    files = found["files"]
    return {
        "visits": found["visits"],
        "by_state": found["by_state"],
        "stores_without": found["stores"],
        "files_missing": files.expected - files.stored - files.lost,
        "visits_missing": found["visits_missing"],
    }


def _plain(value: Any) -> Any:
    """The figure as JSON keeps it."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value
