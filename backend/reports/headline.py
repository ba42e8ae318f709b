"""The figures of a set of stores in one wave: the headline of a wave, of a region, of a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.checklists.scoring import shown
from backend.core.actor import Actor
from backend.reports.figures import ByUnit, Spread, Whole, differences, gathered, mean_of, pooled, spread, spreads
from backend.reports.statistics import change_pp
from backend.reports.tallies import Tallies, shared_rows
from backend.reports.waves import Filters, frame, read_pair


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of the stores of `tallies`. The rate is the mean of stores, each counting once; pooled stands beside it.

    `red_lines` counts stores with a visit that crossed a red line.
    """

    stores: int
    visits: int
    passed: int
    applicable: int
    rate: Spread
    pooled: float | None
    official_score: float | None
    red_lines: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "stores": self.stores,
            "visits": self.visits,
            "passed": self.passed,
            "applicable": self.applicable,
            "rate": rate_dict(self.rate, self.pooled),
            "official_score": self.official_score,
            "red_lines": self.red_lines,
        }


def headline(actor: Actor, wave_id: UUID, filters: Filters) -> dict[str, Any]:
    """The headline of a wave, with its change since the wave before."""
    pair = read_pair(actor, wave_id, filters, official=True)
    (summary,) = summarise(pair.now, [range(pair.now.stores)])
    earlier = None if pair.before is None else spread(pair.before.passed, pair.before.applicable).value
    return {
        **frame(pair.now),
        **summary.as_dict(),
        "change_pp": change_pp(summary.rate.value, earlier),
        "change_shown": pair.before is not None and paired(pair.before, pair.now).excludes_zero,
        "previous_wave_id": None if pair.before is None else pair.before.wave.id,
        "break": pair.has_break,
    }


def summarise(tallies: Tallies, members: Sequence[Sequence[int]]) -> list[Summary]:
    """The summaries of some sets of stores, each the rows of its own."""
    rows, groups = gathered(members)
    rates = spreads(tallies.passed[rows], tallies.applicable[rows], groups)
    return [_summary(tallies, list(held), rate) for held, rate in zip(members, rates, strict=True)]


def _summary(tallies: Tallies, rows: list[int], rate: Spread) -> Summary:
    passed, applicable = tallies.passed[rows], tallies.applicable[rows]
    officials = [score for row in rows if (score := tallies.officials[row]) is not None]
    return Summary(
        stores=len(rows),
        visits=int(tallies.visits[rows].sum()),
        passed=int(passed.sum()),
        applicable=int(applicable.sum()),
        rate=rate,
        pooled=pooled(passed, applicable),
        official_score=shown(mean_of(officials)),
        red_lines=int((tallies.red_lines[rows] > 0).sum()),
    )


def rate_dict(rate: Spread, pooled_rate: float | None) -> dict[str, Any]:
    """A rate over stores as every answer gives it."""
    return {"mean_of_stores": rate.value, "pooled": pooled_rate, "interval": rate.interval, "n": rate.n}


def paired(before: Tallies, now: Tallies) -> Spread:
    """The mean change in pp of the rates of stores present in both waves, with its paired t-interval."""
    return moved(shared_rows(before, now), (before.passed, before.applicable), (now.passed, now.applicable))


def moved(rows: tuple[Whole, Whole], was: ByUnit, now: ByUnit) -> Spread:
    """`paired`, of what was counted at these rows of the earlier and of the later wave."""
    return spread(*changes(rows, was, now))


def changes(rows: tuple[Whole, Whole], was: ByUnit, now: ByUnit) -> ByUnit:
    """The change of each store at these rows, as parts of wholes."""
    earlier, later = rows
    return differences((was[0][earlier], was[1][earlier]), (now[0][later], now[1][later]))
