"""One figure over the waves of a checklist: official values, each under its own version, and like-for-like beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select

from backend.checklists.models import ChecklistVersion
from backend.checklists.rules import Checkpoint, Version
from backend.checklists.scoring import RULE_VERSION, shown
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound
from backend.network import queries as network
from backend.network.models import Brand, Group, Region, Store
from backend.reports.figures import ByUnit, Whole, spread
from backend.reports.headline import moved
from backend.reports.labels import LISTS, part_of
from backend.reports.loading import load
from backend.reports.scope import Part
from backend.reports.statistics import Interval, change_pp, differ, rate, wilson
from backend.reports.tallies import Tallies, shared_rows
from backend.reports.waves import Filters, is_break, requests_of
from backend.waves import queries as waves
from backend.waves import rules as wave_states
from backend.waves.models import Programme, Wave

Level = Literal["nation", "brand", "region", "group", "store", "checkpoint", "stage", "module", "dimension"]
LEVELS: Final[tuple[Level, ...]] = (
    "nation", "brand", "region", "group", "store", "checkpoint", "stage", "module", "dimension",
)  # fmt: skip
NETWORK_LEVELS: Final = ("brand", "region", "group", "store")

# Like for like needs common checkpoints of this share of the older version's weight: method.md, section 5.11.
MIN_COMMON_WEIGHT: Final = Fraction(70, 100)

Positions = Callable[[Tallies], Sequence[int]]
Rows = tuple[Whole, Whole]
"""The rows of the stores in both waves, as `shared_rows` tells them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate, its interval, and how many units it rests on."""

    rate: float | None
    interval: Interval | None
    n: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a trend follows: which checkpoints of a wave, and how (passed, applicable) by store make a figure.

    `is_shown` tells from those of two waves whether a change is shown; None where it is not tested.
    """

    positions: Positions
    figure: Callable[[Whole, Whole], Figure]
    is_shown: Callable[[Rows, ByUnit, ByUnit], bool] | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The tallies of a wave, and (passed, applicable) by store of what the question follows."""

    tallies: Tallies
    counts: ByUnit


@dataclass(frozen=True, slots=True)
class Subject:
    """What a trend is about: a checklist, in one programme or all, and one level of it or of the network.

    `part_id` names a part of the network, `code` a checkpoint, stage, module or dimension; the nation needs neither.
    """

    checklist: str
    level: Level = "nation"
    part_id: UUID | None = None
    code: str = ""
    programme: str | None = None


def trend(actor: Actor, subject: Subject, filters: Filters) -> dict[str, Any]:
    """The points of every wave of the checklist that the actor may read, by programme and number; drafts are none.

    Rates of parts of the network and of stages, modules and dimensions are means of stores with their t-interval and
    n stores; a checkpoint's is pooled over visits with its Wilson interval and n answers; a store's pools its visits,
    has no interval (the items of a visit are no independent repeats), and n visits. `like_for_like` is the rate on the
    checkpoints in common with the point before, over stores in both waves; compare it with `like_for_like_base`,
    the earlier wave's on the same. Both are null where the common checkpoints hold less than 70 % of the older weight.
    `change_shown` tells whether the 95 % interval of the change excludes 0: paired over stores in both waves for means,
    Newcombe's for a checkpoint; null for a store, whose visits are too few to tell.
    Raises NotFound for a checklist, part or code that the actor cannot know.
    """
    found = waves_of(actor, subject.checklist, subject.programme)
    loaded = _loaded(actor, found, _narrowed(filters, subject))
    _require_known(actor, subject, loaded)
    question = _question(subject, [tallies.version for tallies in loaded])
    return {"rule_version": str(RULE_VERSION), "points": _points(loaded, question, programme_codes(found))}


def waves_of(actor: Actor, checklist: str, programme: str | None = None) -> list[Wave]:
    """The actor's waves of a checklist that are no drafts, by number; NotFound for an unknown checklist."""
    versions = select(ChecklistVersion.id).where(ChecklistVersion.code == checklist)
    if db.session.scalar(versions.limit(1)) is None:
        raise NotFound
    rows = waves.waves_listed(actor, programme=programme, state=None).where(
        Wave.checklist_version_id.in_(versions), Wave.state != wave_states.DRAFT
    )
    return list(db.session.scalars(rows.order_by(Wave.number)))


def programme_codes(found: Sequence[Wave]) -> dict[UUID, str]:
    """Programme id -> code."""
    rows = select(Programme.id, Programme.code).where(Programme.id.in_({wave.programme_id for wave in found}))
    return {programme_id: code for programme_id, code in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def _narrowed(filters: Filters, subject: Subject) -> Filters:
    """The filters, narrowed to the part of the network that the trend follows; both conditions hold."""
    if subject.level not in NETWORK_LEVELS:
        return filters
    held = getattr(filters.part, subject.level)
    if held not in {None, subject.part_id}:
        raise NotFound
    return replace(filters, part=_at(filters.part, subject))


def _at(part: Part, subject: Subject) -> Part:
    at: dict[str, Any] = {subject.level: subject.part_id}
    return replace(part, **at)


def _loaded(actor: Actor, found: Sequence[Wave], filters: Filters) -> list[Tallies]:
    asked = requests_of(actor, found, filters)
    return load(asked, official=False, named=False, single=filters.part.store is not None)


def _require_known(actor: Actor, subject: Subject, loaded: Sequence[Tallies]) -> None:
    """NotFound for a part of the network that the actor sees neither today nor in any of the waves."""
    if subject.level not in NETWORK_LEVELS or any(tallies.stores for tallies in loaded):
        return
    visible: Mapping[str, Callable[[], Any]] = {
        "brand": lambda: network.brands_visible(actor).where(Brand.id == subject.part_id),
        "region": lambda: network.regions_visible(actor).where(Region.id == subject.part_id),
        "group": lambda: network.groups_visible(actor).where(Group.id == subject.part_id),
        "store": lambda: network.visible_to(actor).where(Store.id == subject.part_id),
    }
    if db.session.scalar(visible[subject.level]()) is None:
        raise NotFound


def _question(subject: Subject, versions: Sequence[Version]) -> Question:
    level, code = subject.level, subject.code
    if level == "checkpoint":
        lineage = _lineage(code, versions)
        return Question(lambda tallies: _matching(tallies, lambda each: each.lineage == lineage), _pooled, _differ)
    if level in LISTS:
        _require_part(level, code, versions)
        return Question(lambda tallies: _matching(tallies, lambda each: part_of(level, each) == code), _mean, _moved)
    if level == "store":
        return Question(lambda tallies: tallies.asked, _of_store, None)
    return Question(lambda tallies: tallies.asked, _mean, _moved)


def _lineage(code: str, versions: Sequence[Version]) -> str:
    """The lineage of the newest checkpoint with this code, else the lineage of this name."""
    for version in reversed(versions):
        if code in version.index:
            return version.checkpoints[version.index[code]].lineage
    if versions and all(each.lineage != code for version in versions for each in version.checkpoints):
        raise NotFound
    return code


def _require_part(kind: str, code: str, versions: Sequence[Version]) -> None:
    if versions and all(part_of(kind, each) != code for version in versions for each in version.checkpoints):
        raise NotFound


def _matching(tallies: Tallies, matches: Callable[[Checkpoint], bool]) -> list[int]:
    return [position for position in tallies.asked if matches(tallies.version.checkpoints[position])]


def _mean(passed: Whole, applicable: Whole) -> Figure:
    found = spread(passed, applicable)
    return Figure(found.value, found.interval, found.n)


def _pooled(passed: Whole, applicable: Whole) -> Figure:
    sums = int(passed.sum()), int(applicable.sum())
    return Figure(shown(rate(*sums)), wilson(*sums), sums[1])


def _of_store(passed: Whole, applicable: Whole) -> Figure:
    sums = int(passed.sum()), int(applicable.sum())
    return Figure(shown(rate(*sums)), None, sums[1])


def _moved(shared: Rows, was: ByUnit, now: ByUnit) -> bool:
    return moved(shared, was, now).excludes_zero


def _differ(_: Rows, was: ByUnit, now: ByUnit) -> bool:
    earlier, later = ((int(passed.sum()), int(applicable.sum())) for passed, applicable in (was, now))
    return differ(earlier, later)


def _points(loaded: Sequence[Tallies], question: Question, codes: Mapping[UUID, str]) -> list[dict[str, Any]]:
    points = []
    before: Measured | None = None
    shown_before: float | None = None
    for tallies in sorted(loaded, key=lambda each: (codes[each.wave.programme_id], each.wave.number)):
        if before is not None and before.tallies.wave.programme_id != tallies.wave.programme_id:
            before, shown_before = None, None
        now = Measured(tallies, tallies.by_store(question.positions(tallies)))
        figures = _figures(now, question)
        points.append(
            {
                **_head(tallies, codes),
                **figures,
                "change_pp": change_pp(figures["rate"], shown_before),
                **_comparison(before, now, question),
            }
        )
        before, shown_before = now, figures["rate"]
    return points


def _head(tallies: Tallies, codes: Mapping[UUID, str]) -> dict[str, Any]:
    wave = tallies.wave
    return {
        "wave_id": wave.id,
        "programme": codes[wave.programme_id],
        "number": wave.number,
        "name": wave.name,
        "opens_on": wave.opens_on,
        "version": tallies.version.version,
        "method": tallies.method,
        "target_rate": None if wave.target_rate is None else float(wave.target_rate),
    }


def _figures(measured: Measured, question: Question) -> dict[str, Any]:
    tallies, (passed, applicable) = measured.tallies, measured.counts
    figure = question.figure(passed, applicable)
    return {
        "rate": figure.rate,
        "interval": figure.interval,
        "n": int(tallies.visits.sum()) if question.figure is _of_store else figure.n,
        "stores": tallies.stores,
        "visits": int(tallies.visits.sum()),
        "passed": int(passed.sum()),
        "applicable": int(applicable.sum()),
    }


def _comparison(before: Measured | None, now: Measured, question: Question) -> dict[str, Any]:
    if before is None:
        return {"change_shown": None, "break": False, "like_for_like": None, "like_for_like_base": None}
    shared = shared_rows(before.tallies, now.tallies)
    base, alike = _like_for_like(before.tallies, now.tallies, shared, question)
    return {
        "change_shown": None if question.is_shown is None else question.is_shown(shared, before.counts, now.counts),
        "break": is_break(before.tallies, now.tallies),
        "like_for_like": alike,
        "like_for_like_base": base,
    }


def _like_for_like(
    before: Tallies, now: Tallies, shared: Rows, question: Question
) -> tuple[float | None, float | None]:
    """(earlier, later) rates on the common checkpoints over the stores in both waves; None, both, where not comparable."""
    common = _common(before, now, question)
    if before.method != now.method or not common or not len(shared[0]):
        return None, None
    rates = []
    for side, tallies in enumerate((before, now)):
        passed, applicable = tallies.by_store([pair[side] for pair in common])
        rates.append(question.figure(passed[shared[side]], applicable[shared[side]]).rate)
    return rates[0], rates[1]


def _common(before: Tallies, now: Tallies, question: Question) -> list[tuple[int, int]]:
    """(earlier, later) positions of the same lineages; empty where they hold too little of the older weight."""
    older, newer = question.positions(before), question.positions(now)
    of_lineage = {now.version.checkpoints[position].lineage: position for position in newer}
    checkpoints = before.version.checkpoints
    pairs = [(each, of_lineage[checkpoints[each].lineage]) for each in older if checkpoints[each].lineage in of_lineage]
    covered = sum((checkpoints[each].weight for each, _ in pairs), Fraction(0))
    whole = sum((checkpoints[each].weight for each in older), Fraction(0))
    return pairs if covered >= MIN_COMMON_WEIGHT * whole else []
