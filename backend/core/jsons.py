"""JSON as it comes in and goes out: no duplicate keys, no NaN, no bottomless nesting; UUIDs and times as text."""

import json
import re
from math import isfinite
from typing import Any, NoReturn

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider

from backend.core import messages
from backend.core.problems import BodyUnreadable

_PACKAGE = "backend.core"
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class StrictJSONProvider(DefaultJSONProvider):
    """Flask's JSON, refusing what two readers could understand differently; written by orjson, since tables are long."""

    sort_keys = False
    ensure_ascii = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(self._text(self._prepare_response_obj(args, kwargs)), mimetype=self.mimetype)

    def _text(self, value: Any) -> str | bytes:
        try:
            return orjson.dumps(value, default=self.default, option=orjson.OPT_NON_STR_KEYS)
        except orjson.JSONEncodeError:
            # A whole number beyond 64 bits, as it may stand in what a planner wrote into a scenario.
            return self.dumps(value)

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return loads(s)


def loads(source: str | bytes) -> Any:
    """The value of a JSON text; raises BodyUnreadable with the reason."""
    try:
        text = source.decode() if isinstance(source, bytes) else source
        value = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant, parse_float=_finite
        )
        _check_escapes(text, value)
    except RecursionError:
        raise _unreadable("reason-depth") from None
    except UnicodeError:
        raise _unreadable("reason-text") from None
    except ValueError:
        raise _unreadable("reason-json") from None
    return value


def _check_escapes(text: str, value: Any) -> None:
    """Escapes can smuggle in what no database keeps as text: NUL and halves of a surrogate pair."""
    if _NUL.search(text):
        raise _unreadable("reason-text")
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()


def _require_text(value: Any) -> None:
    """Refuses the zero byte and lone surrogates, wherever in the value they stand."""
    if isinstance(value, str):
        value.encode()
        if "\x00" in value:
            raise _unreadable("reason-text")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _require_text(key)
            _require_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_text(inner)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _unreadable("reason-duplicate-key", key=next(key for key in keys if keys.count(key) > 1))
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_constant(digits)


def _no_constant(_name: str) -> NoReturn:
    raise _unreadable("reason-number")


def _unreadable(reason: str, **params: Any) -> BodyUnreadable:
    return BodyUnreadable(reason=messages.say(_PACKAGE, reason, params))
