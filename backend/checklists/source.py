"""Bytes of a checklist file to plain data, from YAML or JSON. What the data means is not known here."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

from backend.checklists.faults import DefinitionFaults, Fault, place

Media = Literal["json", "yaml"]

SIZE_LIMIT: Final = 2 * 1024 * 1024
DEPTH_LIMIT: Final = 32
NODE_LIMIT: Final = 100_000
KEY_LIMIT: Final = 100
DIGIT_LIMIT: Final = 19
# Above this a JavaScript number is no longer exact, and the phone reads the same document.
NUMBER_LIMIT: Final = 2**53

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?")
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WORDS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "-.inf"), math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


def read(source: bytes, *, media: Media | None = None) -> Any:
    """Plain data (dict, list, str, int, float, bool, None) of the file, or `DefinitionFaults`.

    Without `media`, a text that begins with a brace is JSON. Texts come without surrounding blanks, whole floats as
    integers, so that the same definition in YAML and in JSON is the same data.
    """
    text = _text(source)
    raw = _from_json(text) if (media or _guess(text)) == "json" else _from_yaml(text)
    cleaner = _Cleaner()
    data = cleaner.clean(raw, "", 0)
    if cleaner.faults:
        raise DefinitionFaults(cleaner.faults)
    return data


def _text(source: bytes) -> str:
    if len(source) > SIZE_LIMIT:
        raise _refusal("file-too-large", limit=SIZE_LIMIT)
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal("not-utf8", offset=error.start) from error
    if not text.strip():
        raise _refusal("file-empty")
    return text


def _guess(text: str) -> Media:
    return "json" if text.lstrip().startswith("{") else "yaml"


def _refusal(code: str, **params: Any) -> DefinitionFaults:
    return DefinitionFaults([Fault("", code, params)])


class _Pairs(list[tuple[str, Any]]):
    """A mapping as read, with keys that may repeat."""


@dataclass(frozen=True, slots=True)
class _Date:
    """A plain scalar that YAML 1.1 readers take for a date: refused until it is quoted."""

    text: str


def _from_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Pairs, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise _refusal("json-unreadable", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise _refusal("too-deep", limit=DEPTH_LIMIT) from error


def _integer(digits: str) -> int | float:
    # Python refuses to convert thousands of digits; a float is enough to see that the number is too large.
    return int(digits) if len(digits) <= DIGIT_LIMIT else float(digits)


@dataclass(slots=True)
class _Frame:
    """A collection being filled from parser events."""

    items: list[Any]
    key: str | None = None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.items, _Pairs) and self.key is None

    def add(self, value: Any) -> None:
        if not isinstance(self.items, _Pairs):
            self.items.append(value)
        elif self.key is None:
            self.key = value
        else:
            self.items.append((self.key, value))
            self.key = None


def _from_yaml(text: str) -> Any:
    """One YAML document read from parser events with a stack of our own, so that no input can exhaust Python's."""
    frames = [_Frame([])]
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            _take(event, frames)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _refusal("yaml-unreadable", line=line, column=column) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _refusal("yaml-characters") from error
    documents = frames[0].items
    if len(documents) != 1:
        raise _refusal("yaml-documents", found=len(documents))
    return documents[0]


def _take(event: yaml.Event, frames: list[_Frame]) -> None:
    if isinstance(event, yaml.NodeEvent):
        _check_node(event, frames)
    if isinstance(event, yaml.ScalarEvent):
        frames[-1].add(event.value if frames[-1].wants_key else _scalar(event))
    elif isinstance(event, yaml.CollectionStartEvent):
        frames.append(_Frame(_Pairs() if isinstance(event, yaml.MappingStartEvent) else []))
    elif isinstance(event, yaml.CollectionEndEvent):
        done = frames.pop()
        frames[-1].add(done.items)


def _check_node(event: yaml.NodeEvent, frames: list[_Frame]) -> None:
    line = event.start_mark.line + 1 if event.start_mark else 1
    if event.anchor is not None:
        raise _refusal("yaml-alias", line=line)
    if getattr(event, "tag", None) is not None:
        raise _refusal("yaml-tag", line=line)
    if isinstance(event, yaml.CollectionStartEvent):
        if frames[-1].wants_key:
            raise _refusal("yaml-key", line=line)
        if len(frames) > DEPTH_LIMIT:
            raise _refusal("too-deep", limit=DEPTH_LIMIT)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """The value under the core rules of YAML 1.2: `no` is a text, `1:30` is a text, dates are marked."""
    text: str = event.value
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _Date(text) if _DATE.fullmatch(text) else text


@dataclass(slots=True)
class _Cleaner:
    """Turns what was read into plain data and notes every value that has no place in a definition."""

    faults: list[Fault] = field(default_factory=list)
    nodes: int = 0

    def clean(self, raw: Any, path: str, depth: int) -> Any:
        self.nodes += 1
        if depth >= DEPTH_LIMIT and isinstance(raw, list):
            raise _refusal("too-deep", limit=DEPTH_LIMIT)
        if self.nodes > NODE_LIMIT:
            raise _refusal("too-many-values", limit=NODE_LIMIT)
        if isinstance(raw, _Pairs):
            return self._mapping(raw, path, depth)
        if isinstance(raw, list):
            return [self.clean(item, place(path, number), depth + 1) for number, item in enumerate(raw)]
        return self._scalar(raw, path)

    def _mapping(self, pairs: _Pairs, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, raw in pairs:
            if len(key) > KEY_LIMIT or _UNSAFE.search(key):
                self.faults.append(Fault(path, "key-unreadable"))
                continue
            if key in found:
                self.faults.append(Fault(path, "key-twice", {"key": key}))
            found[key] = self.clean(raw, place(path, key), depth + 1)
        return found

    def _scalar(self, raw: Any, path: str) -> Any:
        if isinstance(raw, str):
            return self._words(raw, path)
        if isinstance(raw, _Date):
            self.faults.append(Fault(path, "date-unquoted", {"text": raw.text[:KEY_LIMIT]}))
            return raw.text
        if isinstance(raw, bool) or raw is None:
            return raw
        return self._number(raw, path)

    def _words(self, raw: str, path: str) -> str:
        text = raw.replace("\r\n", "\n").strip()
        if _UNSAFE.search(text):
            self.faults.append(Fault(path, "text-unsafe"))
        return text

    def _number(self, raw: float, path: str) -> int | float:
        if math.isnan(raw):
            self.faults.append(Fault(path, "number-not-finite"))
            return 0
        if abs(raw) > NUMBER_LIMIT:
            self.faults.append(Fault(path, "number-too-large", {"limit": NUMBER_LIMIT}))
            return 0
        return int(raw) if raw == int(raw) else raw
