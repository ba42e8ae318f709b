"""The titles of a checklist version's parts, in both languages, for the rows of reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from backend.checklists.queries import version_by_id
from backend.checklists.rules import Checkpoint

Title = Mapping[str, str]

# What groups checkpoints: the kind's name in an answer, and where a definition lists its titles.
LISTS: Final[Mapping[str, str]] = {"stage": "stages", "module": "modules", "dimension": "dimensions"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Titles by code, for checkpoints and for each kind of part."""

    checkpoints: Mapping[str, Title]
    parts: Mapping[str, Mapping[str, Title]]


@lru_cache(maxsize=256)
def labels_of(version_id: UUID) -> Labels:
    """The titles in a published version. Kept for the life of the process, as `compiled` is."""
    document = version_by_id(version_id).document
    checkpoints = (checkpoint for stage in document["stages"] for checkpoint in stage["checkpoints"])
    return Labels(_titles(checkpoints), {kind: _titles(document[plural]) for kind, plural in LISTS.items()})


def part_of(kind: str, checkpoint: Checkpoint) -> str | None:
    """The stage, module or dimension that a checkpoint belongs to."""
    return {"stage": checkpoint.stage, "module": checkpoint.module, "dimension": checkpoint.dimension}[kind]


def _titles(entries: Iterable[Mapping[str, Any]]) -> dict[str, Title]:
    return {entry["code"]: entry["title"] for entry in entries}
