"""How figures are written in a report: as on the screens, one decimal for rates and changes, two for scores."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from backend.checklists.scoring import round_half_up

# No line ends between a figure and its unit.
_GAP: Final = "\u00a0"


def percent(value: float | None) -> str | None:
    """`83.5 %`."""
    return None if value is None else f"{_decimal(value)}{_GAP}%"


def points(value: float | None) -> str | None:
    """`+30.8 pp`, with a sign always."""
    if value is None:
        return None
    text = _decimal(abs(value))
    return f"{'−' if value < 0 else '+'}{text}{_GAP}pp"


def change(row: Mapping[str, Any]) -> str | None:
    """The points of a row's change, in brackets where the sample does not show one: `(+1.2 pp)`."""
    text = points(row["change_pp"])
    return text if text is None or row["change_shown"] else f"({text})"


def score(value: float | None) -> str | None:
    """`75.62`."""
    return None if value is None else f"{value:.2f}"


def interval(bounds: Sequence[float] | None) -> str | None:
    """`[69.9, 97.2]`."""
    return None if bounds is None else f"[{_decimal(bounds[0])}, {_decimal(bounds[1])}]"


def ranks(band: Sequence[int] | None) -> str | None:
    """`61-84`, or one rank alone."""
    if band is None:
        return None
    return str(band[0]) if band[0] == band[1] else f"{band[0]}-{band[1]}"


def bar(value: float | None) -> dict[str, float] | None:
    """A bar of so many percent."""
    return None if value is None else {"bar": value}


def _decimal(value: float) -> str:
    return f"{round_half_up(Fraction(str(value)), 1)}"
