"""A signal as a sentence in the caller's language, its figures in units that people read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from backend import settings
from backend.core.messages import say

_PACKAGE: Final = "backend.integrity"
_KILOMETRE: Final = 1000
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONG: Final = 2
"""From so many of a unit on a span is told in it: 119 seconds, then minutes."""


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """What was noticed, with its figures. A clock has a sentence for each direction."""
    key = f"clock-{'ahead' if params['ahead'] else 'behind'}" if code == "clock" else code
    return say(_PACKAGE, key, {name: _told(name, value) for name, value in params.items()})


def _told(name: str, value: Any) -> Any:
    if value is None:
        return "…"
    if name == "metres":
        return _distance(value)
    if name == "seconds":
        return _span(value)
    if name.endswith("_at"):
        return datetime.fromisoformat(value).astimezone(settings.current().time_zone).strftime("%Y-%m-%d %H:%M")
    return say(_PACKAGE, f"result-{value}", {}) if name == "result" else value


def _distance(metres: int) -> str:
    if metres < _KILOMETRE:
        return say(_PACKAGE, "metres", {"n": metres})
    return say(_PACKAGE, "kilometres", {"n": f"{metres / _KILOMETRE:,.1f}"})


def _span(seconds: int) -> str:
    units = (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE))
    name, size = next((unit for unit in units if seconds >= _LONG * unit[1]), ("seconds", 1))
    return say(_PACKAGE, name, {"n": round(seconds / size)})
