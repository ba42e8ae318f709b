"""What every report of one wave begins with: the wave, the wave before it, and their tallies as the actor may read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from backend.checklists.scoring import RULE_VERSION
from backend.core.actor import Actor
from backend.reports.loading import Request, load
from backend.reports.scope import Part, within, within_each
from backend.reports.tallies import Tallies
from backend.waves import queries as waves
from backend.waves.models import Wave


@dataclass(frozen=True, slots=True)
class Filters:
    """What the caller asked for: a part of the network, and a method in place of the wave's own."""

    part: Part
    method: str | None = None

    def method_of(self, wave: Wave) -> str:
        return self.method or wave.headline_method


@dataclass(frozen=True, slots=True)
class Pair:
    """A wave's tallies, and those of the wave before it by the same method; None where there is none."""

    now: Tallies
    before: Tallies | None

    @property
    def has_break(self) -> bool:
        return self.before is not None and is_break(self.before, self.now)


def is_break(before: Tallies, now: Tallies) -> bool:
    """Whether the two waves asked different things: another checklist version, or another method."""
    return (before.version.code, before.version.version, before.method) != (
        now.version.code, now.version.version, now.method,
    )  # fmt: skip


def requests_of(actor: Actor, found: Sequence[Wave], filters: Filters) -> list[Request]:
    """What to load of several waves within what the actor may read."""
    conditions = within_each(actor, found, filters.part)
    return [Request(wave, filters.method_of(wave), where) for wave, where in zip(found, conditions, strict=True)]


def read_one(actor: Actor, wave_id: UUID, filters: Filters, *, named: bool) -> Tallies:
    """The tallies of a wave, within what the actor may read; NotFound for a hidden wave. No official scores."""
    wave = waves.wave_visible(actor, wave_id)
    request = Request(wave, filters.method_of(wave), within(actor, wave, filters.part))
    return load([request], official=False, named=named)[0]


def read_pair(actor: Actor, wave_id: UUID, filters: Filters, *, official: bool = False) -> Pair:
    """The tallies of a wave and of the one before it, within what the actor may read; NotFound for a hidden wave.

    Without names of stores. Each wave is judged by the network of its own first day. What the actor may not read of the earlier wave is
    left out of it; an earlier wave that is hidden as a whole is none.
    """
    wave = waves.wave_visible(actor, wave_id)
    earlier = waves.previous_visible(actor, wave)
    asked = [each for each in (wave, earlier) if each is not None]
    requests = requests_of(actor, asked, replace(filters, method=filters.method_of(wave)))
    loaded = load(requests, official=official, named=False)
    return Pair(loaded[0], loaded[1] if earlier is not None else None)


def frame(tallies: Tallies) -> dict[str, Any]:
    """What every answer about one wave says of itself."""
    return named(tallies.wave, tallies.method)


def named(wave: Wave, method: str) -> dict[str, Any]:
    """The same where no tallies are read."""
    return {"wave_id": wave.id, "method": method, "rule_version": str(RULE_VERSION)}


def table(tallies: Tallies, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A report table: whole, at most `MOST_ROWS` rows; `total` tells how many there were."""
    return {**frame(tallies), "items": rows[:MOST_ROWS], "next": None, "total": len(rows)}


MOST_ROWS = 2000
