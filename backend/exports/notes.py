"""What every file says of itself: what it is about, who made it when, and how its figures are reckoned."""

from collections.abc import Iterator
from typing import Any

from backend import settings
from backend.checklists.queries import compiled
from backend.checklists.rules import Version
from backend.checklists.scoring import RULE_VERSION
from backend.core.db import db
from backend.exports.orders import Order
from backend.network.models import Group, Region
from backend.waves.models import Programme, Wave

RULES = ("rate", "score", "mean", "intervals", "rank", "sample", "change", "rounding", "discipline")
"""The sentences on method, in their order."""


def about(order: Order, wave: Wave) -> list[tuple[str, str]]:
    """(name, value) lines on one wave's file, inside a transaction."""
    version = version_of(wave)
    programme = db.session.get_one(Programme, wave.programme_id)
    method = order.filters.method_of(wave)
    return [
        (order.say("about-programme"), f"{programme.name} ({programme.code})"),
        (order.say("about-wave"), f"{wave.number} · {wave.name}"),
        (order.say("about-window"), f"{wave.opens_on.isoformat()} – {wave.closes_on.isoformat()}"),
        (order.say("about-state"), order.say(f"state-{wave.state}")),
        (order.say("about-checklist"), f"{version.code} {version.version}"),
        (order.say("about-method"), order.say(f"method-{method}")),
        *((order.say(f"about-{name}"), value) for name, value in _parts(order)),
        *making(order),
    ]


def version_of(wave: Wave) -> Version:
    """The checklist version that the wave asks."""
    return compiled(wave.checklist_version_id)


def making(order: Order) -> list[tuple[str, str]]:
    """Who made the file, when, where, and by which rules."""
    here = settings.current()
    moment = order.made_at.astimezone(here.time_zone)
    return [
        (order.say("about-rule-version"), str(RULE_VERSION)),
        (order.say("about-made-at"), f"{moment:%Y-%m-%d %H:%M} ({here.time_zone.key})"),
        (order.say("about-made-by"), order.actor.name),
        (order.say("about-server"), here.public_url),
        (order.say("about-export"), str(order.export_id)),
    ]


def method_notes(order: Order) -> list[str]:
    """How the figures are reckoned, one sentence a rule."""
    return [order.say(f"note-{name}") for name in RULES]


def _parts(order: Order) -> Iterator[tuple[str, str]]:
    asked: tuple[tuple[str, Any, Any], ...] = (
        ("region", Region, order.filters.part.region),
        ("group", Group, order.filters.part.group),
    )
    for name, model, part_id in asked:
        found = None if part_id is None else db.session.get(model, part_id)
        if found is not None:
            yield name, f"{found.name} ({found.code})"
    if order.filters.part.tag:
        yield "tag", order.filters.part.tag
