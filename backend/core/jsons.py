"""JSON as it comes in and goes out: no duplicate keys, no NaN, no bottomless nesting; UUIDs and times as text."""

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider

from backend.core import messages
from backend.core.problems import BodyUnreadable

_PACKAGE = "backend.core"


class StrictJSONProvider(DefaultJSONProvider):
    """Flask's JSON, refusing what two readers could understand differently."""

    sort_keys = False
    ensure_ascii = False
    compact = True

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return loads(s)


def loads(source: str | bytes) -> Any:
    """The value of a JSON text; raises BodyUnreadable with the reason."""
    try:
        return json.loads(source, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except RecursionError:
        raise _unreadable("reason-depth") from None
    except UnicodeDecodeError:
        raise _unreadable("reason-text") from None
    except ValueError:
        raise _unreadable("reason-json") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _unreadable("reason-duplicate-key", key=next(key for key in keys if keys.count(key) > 1))
    return found


def _no_constant(_name: str) -> NoReturn:
    raise _unreadable("reason-number")


def _unreadable(reason: str, **params: Any) -> BodyUnreadable:
    return BodyUnreadable(reason=messages.say(_PACKAGE, reason, params))
