"""A decision as it was sent, in one form for one content: what is compared with repeats, and what is kept."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from backend.checklists.rules import Result
from backend.reviews.rules import Change


@dataclass(frozen=True, slots=True)
class Returned:
    """A checkpoint to be answered again, and what is needed."""

    checkpoint: str
    note: str


@dataclass(frozen=True, slots=True)
class Waived:
    """A hole or a missing file let pass: one of `checkpoint` and `evidence_id` is None."""

    checkpoint: str | None
    evidence_id: UUID | None
    reason: str


@dataclass(frozen=True)
class Decision:
    """What one review says. `round` is None for the current submission."""

    verdict: str
    reason: str | None
    deadline: datetime | None
    changes: tuple[Change, ...]
    returned: tuple[Returned, ...]
    waived: tuple[Waived, ...]
    round: int | None

    @cached_property
    def document(self) -> dict[str, Any]:
        """The content as JSON knows it; the order in which places are named says nothing, nor does the round."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "deadline": None if self.deadline is None else self.deadline.astimezone(UTC).isoformat(),
            "changes": _sorted(_change(each) for each in self.changes),
            "returned": _sorted({"checkpoint": each.checkpoint, "note": each.note} for each in self.returned),
            "waived": _sorted(_waiver(each) for each in self.waived),
        }

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(_text(self.document).encode()).hexdigest()


def read_decision(body: Mapping[str, Any]) -> Decision:
    """The decision in a `ReviewBody`."""
    reason = (body["reason"] or "").strip()
    return Decision(
        verdict=body["verdict"],
        reason=reason or None,
        deadline=body["deadline"],
        changes=tuple(
            Change(each["checkpoint"], Result(each["result"]), each["reason"].strip(), each["value"])
            for each in body["changes"]
        ),
        returned=tuple(Returned(each["checkpoint"], each["note"].strip()) for each in body["returned"]),
        waived=tuple(
            Waived(each.get("checkpoint"), each.get("evidence"), each["reason"].strip()) for each in body["waived"]
        ),
        round=body["round"],
    )


def _change(change: Change) -> dict[str, Any]:
    named = {"checkpoint": change.checkpoint, "result": str(change.result), "reason": change.reason}
    return named if change.value is None else named | {"value": change.value}


def _waiver(waived: Waived) -> dict[str, Any]:
    place = {"checkpoint": waived.checkpoint} if waived.evidence_id is None else {"evidence": str(waived.evidence_id)}
    return place | {"reason": waived.reason}


def _sorted(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=_text)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
