"""Where two checklist documents differ, as paths: what a refused second publication is told."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from backend.checklists.faults import place

_ABSENT = object()


def differences(published: Any, given: Any, *, limit: int) -> list[str]:
    """The first `limit` paths at which the documents differ, in the order of the published one."""
    return list(islice(_differing(published, given, ""), limit))


def _differing(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            yield from _differing(old.get(key, _ABSENT), new.get(key, _ABSENT), place(path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differing(one, other, place(path, number))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path
