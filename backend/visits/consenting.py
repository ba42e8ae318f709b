"""What a person's consents do not cover of what their phone sends: places go before anything is kept, recordings are flagged.

Whoever withdrew their consent sends neither by our app. An older one, or another program, may; and a withdrawal may be
told after what was captured behind it. Nothing is refused for that: the file is proof all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.accounts import consents
from backend.accounts.rules import Agreement, is_covered
from backend.core import clock
from backend.visits.documents import instant

POSITION_DROPPED: Final = "position_dropped"
RECORDED_UNCONSENTED: Final = "recorded_unconsented"
_WITH_VOICE: Final = frozenset({"audio", "video"})

Fields = Mapping[str, Any]
Agreements = Sequence[Agreement]


def covered(person_id: UUID, body: Fields) -> tuple[Fields, set[str]]:
    """The body of a submission with the places that its person's consents cover, and what is to be flagged."""
    entries, check_in = body["evidence"], body["check_in"]
    if not (check_in and check_in["position"]) and not any(map(_is_personal, entries)):
        return body, set()
    agreements = consents.agreements_of(person_id)
    kept = [_placed(entry, entry["captured_at"], agreements) for entry in entries]
    placed = check_in and _placed(check_in, check_in["at"], agreements)
    dropped = kept != entries or placed != check_in
    flags = {POSITION_DROPPED} if dropped else set()
    return {**body, "evidence": kept, "check_in": placed}, flags | _recorded(entries, agreements)


def covered_entry(person_id: UUID, entry: Fields) -> tuple[Fields, set[str]]:
    """The same for the declaration of one file."""
    if not _is_personal(entry):
        return entry, set()
    agreements = consents.agreements_of(person_id)
    kept = _placed(entry, entry["captured_at"], agreements)
    return kept, ({POSITION_DROPPED} if kept != entry else set()) | _recorded([entry], agreements)


def covered_document(agreements: Agreements, document: dict[str, Any]) -> dict[str, Any]:
    """The phone's own JSON with the places that these consents cover; a draft's may hold anything. Itself where nothing goes."""
    entries, check_in = document.get("evidence"), document.get("check_in")
    found = {}
    if isinstance(entries, list):
        found["evidence"] = [_placed_raw(entry, "captured_at", agreements) for entry in entries]
    if check_in is not None:
        found["check_in"] = _placed_raw(check_in, "at", agreements)
    return document if all(document[name] == value for name, value in found.items()) else {**document, **found}


def _is_personal(entry: Fields) -> bool:
    return entry["position"] is not None or entry["kind"] in _WITH_VOICE


def _recorded(entries: Sequence[Fields], agreements: Agreements) -> set[str]:
    recorded = (entry["captured_at"] or clock.now() for entry in entries if entry["kind"] in _WITH_VOICE)
    return set() if all(is_covered(agreements, at) for at in recorded) else {RECORDED_UNCONSENTED}


def _placed(claim: Fields, at: datetime | None, agreements: Agreements) -> Fields:
    is_kept = claim.get("position") is None or is_covered(agreements, at or clock.now(), position=True)
    return claim if is_kept else {**claim, "position": None}


def _placed_raw(claim: Any, when: str, agreements: Agreements) -> Any:
    return _placed(claim, instant(claim.get(when)), agreements) if isinstance(claim, dict) else claim
