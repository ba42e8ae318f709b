"""A checklist definition: read from bytes, checked as a whole, defaults filled in, and named by its hash.

Nothing here knows of the database; what a published version asks and how it judges is in `rules`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from backend.checklists.consistency import inconsistencies
from backend.checklists.defaults import with_defaults
from backend.checklists.faults import DefinitionFaults, Fault
from backend.checklists.source import Media, read
from backend.checklists.structure import is_sound_enough, structural_faults, unsound_checkpoints

__all__ = ["FAULT_LIMIT", "Definition", "DefinitionFaults", "Fault", "Media", "canonical", "parse"]

FAULT_LIMIT: Final = 200


@dataclass(frozen=True)
class Definition:
    """A definition without faults. `document` is the file's own structure with every default filled in, JSON-able."""

    document: Mapping[str, Any]

    @property
    def code(self) -> str:
        return str(self.document["code"])

    @property
    def version(self) -> str:
        return str(self.document["version"])

    @cached_property
    def sha256(self) -> str:
        """Hex digest over the document as canonical JSON: the same for YAML and JSON, and for any order of keys."""
        return sha256(canonical(self.document)).hexdigest()


def parse(source: bytes, *, media: Media | None = None) -> Definition:
    """The definition in `source`, or `DefinitionFaults` with all that is wrong, at most `FAULT_LIMIT` of it.

    No input raises anything else. Mistakes of structure outside the checkpoints hide mistakes of meaning, because a
    broken frame gives references nothing to point at; mistakes inside one checkpoint hide only that checkpoint's.
    """
    data = read(source, media=media)
    faults = structural_faults(data, limit=FAULT_LIMIT)
    if is_sound_enough(faults):
        skip = unsound_checkpoints(faults)
        document = with_defaults(data, skip)
        faults += inconsistencies(document, skip)
    if faults:
        raise DefinitionFaults(faults[:FAULT_LIMIT])
    return Definition(document)


def canonical(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no blanks, in UTF-8: one byte sequence for one document."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()
