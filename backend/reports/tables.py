"""Tables of one wave: its checkpoints, its stages, modules and dimensions, and its regions and dealer groups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np
from sqlalchemy import select

from backend.checklists.rules import Checkpoint, plain
from backend.checklists.scoring import shown
from backend.core.actor import Actor
from backend.core.db import db
from backend.network.models import Group, Region
from backend.reports.figures import ByUnit, Groups, gathered, pooled, spread, spreads
from backend.reports.headline import changes, moved, rate_dict, summarise
from backend.reports.labels import Labels, Title, labels_of, part_of
from backend.reports.loading import ParentKind, parent_by_key
from backend.reports.statistics import Counts, change_pp, differ, rate, wilson
from backend.reports.tallies import Key, Tallies, id_of, shared_rows
from backend.reports.waves import Filters, Pair, read_pair, table

# Below so many stores a region or group is greyed: method.md, section 5.8.
MIN_STORES: Final = 5

Kind = Literal["stage", "module", "dimension"]
Row = dict[str, Any]
Members = dict[UUID | None, list[int]]
"""Region or group -> the rows of its stores; None for stores without one."""
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Earlier:
    """The rate of a part, region or group in the wave before, and whether a change since then is shown."""

    rate: float | None = None
    is_shown: bool = False


_NO_EARLIER: Final = Earlier()


def checkpoints(actor: Actor, wave_id: UUID, filters: Filters) -> dict[str, Any]:
    """Every checkpoint the method asks, in checklist order: pooled over visits, with its Wilson interval."""
    pair = read_pair(actor, wave_id, filters)
    labels = labels_of(pair.now.wave.checklist_version_id)
    counts = pair.now.by_checkpoint().tolist()
    earlier = {} if pair.before is None else _counts_by_lineage(pair.before)
    chosen = [(pair.now.version.checkpoints[position], counts[position]) for position in pair.now.asked]
    return table(pair.now, [_checkpoint_row(each, found, labels, earlier) for each, found in chosen])


def _checkpoint_row(
    checkpoint: Checkpoint, counts: Sequence[int], labels: Labels, earlier: Mapping[str, Counts]
) -> Row:
    passed, failed, na = counts
    before = earlier.get(checkpoint.lineage)
    was = None if before is None else shown(rate(*before))
    value = shown(rate(passed, passed + failed))
    return {
        "checkpoint": checkpoint.code,
        "lineage": checkpoint.lineage,
        "title": labels.checkpoints[checkpoint.code],
        "stage": checkpoint.stage,
        "module": checkpoint.module,
        "dimension": checkpoint.dimension,
        "weight": plain(checkpoint.weight),
        "critical": checkpoint.critical,
        "visits": passed + failed + na,
        "passed": passed,
        "failed": failed,
        "na": na,
        "na_rate": shown(rate(na, passed + failed + na)),
        "na_interval": wilson(na, passed + failed + na),
        "applicable": passed + failed,
        "rate": value,
        "interval": wilson(passed, passed + failed),
        "change_pp": change_pp(value, was),
        "change_shown": before is not None and differ(before, (passed, passed + failed)),
        "earlier_rate": was,
        "earlier_applicable": None if before is None else before[1],
    }


def _counts_by_lineage(tallies: Tallies) -> dict[str, Counts]:
    """Lineage -> (passed, applicable)."""
    counts = zip(tallies.version.checkpoints, tallies.by_checkpoint().tolist(), strict=True)
    return {checkpoint.lineage: (passed, passed + failed) for checkpoint, (passed, failed, _) in counts}


def parts(actor: Actor, wave_id: UUID, filters: Filters, kind: Kind) -> dict[str, Any]:
    """Every stage, module or dimension with a checkpoint the method asks, in checklist order, from its items."""
    pair = read_pair(actor, wave_id, filters)
    titles = labels_of(pair.now.wave.checklist_version_id).parts[kind]
    members = members_of(pair.now, kind, titles)
    counts = {code: pair.now.by_store(positions) for code, positions in members.items()}
    earlier = {} if pair.before is None else _earlier_by_part(pair.before, pair.now, counts, kind)
    rows = [{kind: code, "title": titles[code], **_part_row(pair, positions, counts[code], earlier.get(code, _NO_EARLIER))}
            for code, positions in members.items()]  # fmt: skip
    return table(pair.now, rows)


def members_of(tallies: Tallies, kind: str, titles: Mapping[str, Title]) -> dict[str, list[int]]:
    """Part -> positions of its checkpoints that the method asks; parts without any are left out."""
    found: dict[str, list[int]] = {code: [] for code in titles}
    for position in tallies.asked:
        code = part_of(kind, tallies.version.checkpoints[position])
        if code is not None:
            found[code].append(position)
    return {code: positions for code, positions in found.items() if positions}


def _part_row(pair: Pair, positions: Sequence[int], counts: ByUnit, earlier: Earlier) -> Row:
    passed, applicable = counts
    rates = spread(passed, applicable)
    return {
        "checkpoints": len(positions),
        "stores": rates.n,
        "visits": int(pair.now.visits.sum()),
        "passed": int(passed.sum()),
        "applicable": int(applicable.sum()),
        "rate": rate_dict(rates, pooled(passed, applicable)),
        "score": spread(*pair.now.weighed_by_store(positions)).value,
        **_since(pair, earlier, rates.value),
    }


def _since(pair: Pair, earlier: Earlier, value: float | None) -> Row:
    """What a row says of its change since the wave before."""
    change = change_pp(value, earlier.rate)
    return {"change_pp": change, "change_shown": earlier.is_shown, "break": pair.has_break}


def _earlier_by_part(before: Tallies, now: Tallies, counts: Mapping[str, ByUnit], kind: str) -> dict[str, Earlier]:
    codes = {part_of(kind, before.version.checkpoints[position]) for position in before.asked}
    members = members_of(before, kind, {code: {} for code in codes if code is not None})
    held = {code: before.by_store(positions) for code, positions in members.items() if code in counts}
    both = shared_rows(before, now)
    return {
        code: Earlier(spread(*was).value, moved(both, was, counts[code]).excludes_zero) for code, was in held.items()
    }


def parents(actor: Actor, wave_id: UUID, filters: Filters, kind: ParentKind) -> dict[str, Any]:
    """Every region or dealer group with a visited store that the actor may read, by code.

    Stores that had no such parent on the wave's first day stand in a last row whose id is null: nothing is dropped.
    """
    pair = read_pair(actor, wave_id, filters, official=True)
    members = rows_by_parent(pair.now, kind)
    earlier = {} if pair.before is None else _earlier_by_parent(pair.before, pair.now, members, kind)
    names = named_parents(kind, [parent_id for parent_id in members if parent_id is not None])
    order = sorted(members, key=lambda parent_id: (parent_id not in names, names.get(parent_id)))
    summaries = summarise(pair.now, [members[each] for each in order])
    rows = [
        {
            f"{kind}_id": each,
            **dict(zip(("code", "name"), names.get(each, (None, None)), strict=True)),
            **summary.as_dict(),
            **_since(pair, earlier.get(each, _NO_EARLIER), summary.rate.value),
            "sample_ok": summary.stores >= MIN_STORES,
        }
        for each, summary in zip(order, summaries, strict=True)
    ]
    return table(pair.now, rows)


def rows_by_parent(tallies: Tallies, kind: ParentKind) -> Members:
    """The stores of every region or group, judged on the wave's first day."""
    known = parent_by_key(tallies.wave.opens_on, kind)
    found: dict[Key | None, list[int]] = {}
    for row, store in enumerate(tallies.keys):
        found.setdefault(known.get(store), []).append(row)
    return {None if key is None else id_of(key): rows for key, rows in found.items()}


def named_parents(kind: ParentKind, ids: Collection[UUID]) -> dict[UUID | None, tuple[str, str]]:
    """Region or group -> (code, name)."""
    model = Region if kind == "region" else Group
    found = db.session.execute(select(model.id, model.code, model.name).where(model.id.in_(ids)))
    return {parent_id: (code, name) for parent_id, code, name in found}


def _earlier_by_parent(before: Tallies, now: Tallies, members: Members, kind: ParentKind) -> dict[UUID | None, Earlier]:
    held = rows_by_parent(before, kind)
    rows, groups = gathered(held.values())
    rates = spreads(before.passed[rows], before.applicable[rows], groups)
    proven = shown_by_parent(before, held, now, members)
    return {each: Earlier(rate.value, each in proven) for each, rate in zip(held, rates, strict=True)}


def shown_by_parent(before: Tallies, held: Members, now: Tallies, members: Members) -> set[UUID | None]:
    """The regions or groups whose change is shown, paired over the stores that were theirs in both waves."""
    was, is_ = np.full(before.stores, _NONE), np.full(now.stores, _NONE)
    for number, (each, rows) in enumerate(members.items()):
        was[held.get(each, [])] = number
        is_[rows] = number
    earlier, later = shared_rows(before, now)
    stayed = was[earlier] == is_[later]
    both = earlier[stayed], later[stayed]
    sides = changes(both, (before.passed, before.applicable), (now.passed, now.applicable))
    found = spreads(*sides, Groups(is_[both[1]], len(members)))
    return {each for each, change in zip(members, found, strict=True) if change.excludes_zero}
