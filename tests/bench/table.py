"""The one table a run prints: what was measured, against which baseline, and how it stands to its target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

HEADER = ("#", "what", "measured", "baseline of the same run", "ratio", "target")


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `ratio` is above 1 where ours is better than the baseline: rates are divided by it, times divide it."""

    number: str
    what: str
    measured: str
    baseline: str = "-"
    ratio: float | None = None
    target: str = "-"

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.number, self.what, self.measured, self.baseline, _three_digits(self.ratio), self.target)


def _three_digits(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3g}"


def judged(target: str, *, met: bool) -> str:
    """The target with whether this run met it: said, never asserted."""
    return f"{target}: {'met' if met else 'MISSED'}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The percentile of at least two values, interpolated between neighbours."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def milliseconds(values: Sequence[float]) -> str:
    """Seconds, told as the middle and the slow end."""
    middle, slow = (percentile(values, percent) * 1000 for percent in (50, 99))
    return f"p50 {middle:.1f} ms, p99 {slow:.1f} ms"


def markdown(rows: Iterable[Row]) -> str:
    """The table, in columns that also line up in a terminal."""
    lines = [HEADER, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    told = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([told[0], rule, *told[1:]])
