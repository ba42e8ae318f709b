"""The shape of a definition: what `checklist.schema.json` says, told as faults in our own words."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from backend.checklists.faults import Fault, place

SCHEMA: Final = Path(__file__).with_name("checklist.schema.json")

_CHECKPOINT: Final = re.compile(r"stages\[\d+\]\.checkpoints\[\d+\]")
_FRAME: Final = re.compile(r"(stages|modules|dimensions|areas|method|expected|scoring|evidence_rules)\b|$")
_LIMITS: Final = {
    "maxLength": "text-too-long",
    "minItems": "too-few",
    "maxItems": "too-many",
    "minimum": "too-small",
    "exclusiveMinimum": "not-above",
    "maximum": "too-large",
}
_TYPES: Final = {
    "string": "not-string",
    "number": "not-number",
    "integer": "not-integer",
    "boolean": "not-boolean",
    "array": "not-list",
    "object": "not-object",
}


def structural_faults(data: Any, *, limit: int) -> list[Fault]:
    """Where the data departs from the schema, in the order of the file; at most `limit` faults."""
    errors = islice(_validator().iter_errors(data), limit)
    # The library reports each missing key of an object by itself, and each report would name them all.
    found = {(fault.path, fault.code): fault for error in errors for fault in _faults(error)}
    return list(found.values())


def unsound_checkpoints(faults: Sequence[Fault]) -> frozenset[str]:
    """The paths of the checkpoints that have a fault of structure inside."""
    found = (_CHECKPOINT.match(fault.path) for fault in faults)
    return frozenset(match.group() for match in found if match)


def is_sound_enough(faults: Sequence[Fault]) -> bool:
    """Whether meaning can be checked: the frame holds, and faults sit inside checkpoints or in mere texts."""
    return all(_CHECKPOINT.match(fault.path) or not _FRAME.match(fault.path) for fault in faults)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _path(error: ValidationError) -> str:
    path = ""
    for step in error.absolute_path:
        path = place(path, step)
    return path


def _faults(error: ValidationError) -> Iterator[Fault]:
    path, rule, wanted = _path(error), str(error.validator), error.validator_value
    if rule == "required":
        yield from (Fault(place(path, key), "key-missing", {"key": key}) for key in wanted if key not in error.instance)
    elif rule == "additionalProperties":
        yield from _unknown_keys(error, path)
    else:
        yield _fault(path, rule, wanted)


def _fault(path: str, rule: str, wanted: Any) -> Fault:
    if rule in _LIMITS:
        return Fault(path, _LIMITS[rule], {"limit": wanted})
    if rule == "minLength":
        return Fault(path, "text-empty")
    if rule == "type":
        return Fault(path, "version-not-text" if path == "version" else _TYPES[wanted])
    if rule in ("enum", "const"):
        return Fault(path, "not-one-of", {"allowed": [_shown(value) for value in _listed(rule, wanted)]})
    return Fault(path, "version-malformed" if path == "version" else "code-malformed")


def _unknown_keys(error: ValidationError, path: str) -> Iterator[Fault]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key not in known:
            yield Fault(place(path, key), "key-unknown", {"key": key, "known": known})


def _listed(rule: str, wanted: Any) -> list[Any]:
    return [wanted] if rule == "const" else wanted


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
