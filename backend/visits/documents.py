"""What phones send, read by plain loops: answers with their links, time marks, and entries of evidence.

marshmallow is the contract at the edge, but 78 nested objects cost more than a millisecond of its time. These fields
are documented as its nested lists and read without them. What is wrong inside one answer is told by its checkpoint,
together with everything the checklist has against it; only what has no checkpoint is told by its place.
"""

import hashlib
import json
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from marshmallow import ValidationError, fields

from backend.evidence.rules import DATUMS, KINDS, SOURCES
from backend.evidence.schemas import FIRST_YEAR, LAST_YEAR, EvidenceEntry

MOST_ANSWERS: Final = 2000
MOST_LINKS: Final = 100
MOST_MARKS: Final = 1000
MOST_ENTRIES: Final = 2000
MOST_COMMENT: Final = 4000
MOST_NAME: Final = 64
MOST_MILLISECONDS: Final = 2**31 - 1
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[A-Za-z0-9.+-]{1,80}")
_ENTRY: Final = EvidenceEntry()
_Item = TypeVar("_Item")


class Link(NamedTuple):
    """Evidence that proves an answer, from a moment on where it is a recording (milliseconds)."""

    id: UUID
    at_ms: int | None


class Given(NamedTuple):
    """One answer as it was given: not judged yet. `fault` names what in it is of the wrong type."""

    checkpoint: str
    result: str | None
    value: Any
    comment: str | None
    evidence: tuple[Link, ...]
    fault: str | None


class _PlainList(fields.List[Any]):
    """Documented as a list of nested objects, read by `read`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_options: Any) -> list[Any]:  # noqa: ARG002 - its signature.
        return self.read(value)

    @abstractmethod
    def read(self, value: Any) -> list[Any]:
        """The items, or a ValidationError."""


class AnswersField(_PlainList):
    """A list of answers -> list[Given]."""

    def read(self, value: Any) -> list[Given]:
        return _each(value, MOST_ANSWERS, _given)


class MarksField(_PlainList):
    """A list of time marks -> list of `{"name", "at"}` with aware times."""

    def read(self, value: Any) -> list[dict[str, Any]]:
        return _each(value, MOST_MARKS, _mark)


class EntriesField(_PlainList):
    """A list of evidence entries, as `EvidenceEntry` loads them; one that is repeated word for word counts once."""

    def read(self, value: Any) -> list[dict[str, Any]]:
        first: dict[UUID, dict[str, Any]] = {}
        entries = _each(value, MOST_ENTRIES, _entry)
        return [
            entry for entry in entries if first.setdefault(entry["id"], entry) is entry or first[entry["id"]] != entry
        ]


def is_keepable(moment: datetime) -> bool:
    """Whether every database can keep the instant; a clock that is wrong by years still can be kept."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def in_utc(declared: dict[str, Any]) -> dict[str, Any]:
    """The declaration of a file as the database will give it back, so that a repeat is answered word for word."""
    captured_at = declared["captured_at"]
    return declared if captured_at is None else declared | {"captured_at": captured_at.astimezone(UTC)}


def content_hash(document: Mapping[str, Any]) -> str:
    """sha256 in hex over the document as canonical JSON: what makes two documents the same content."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _each(value: Any, most: int, read: Callable[[Any], _Item]) -> list[_Item]:
    """Every item read, or one ValidationError that names each item that could not be."""
    if not isinstance(value, list):
        raise ValidationError("not-list")
    if len(value) > most:
        raise ValidationError("bad-length")
    items: list[_Item] = []
    faults: dict[int, Any] = {}
    for number, item in enumerate(value):
        try:
            items.append(read(item))
        except ValidationError as fault:
            faults[number] = fault.messages
    if faults:
        raise ValidationError(faults)
    return items


def _given(item: Any) -> Given:
    if not isinstance(item, dict):
        raise ValidationError("not-object")
    code = item.get("checkpoint")
    if not isinstance(code, str) or not 0 < len(code) <= MOST_NAME:
        raise ValidationError({"checkpoint": ["required" if code is None else "not-string"]})
    result, value, comment = item.get("result"), item.get("value"), item.get("comment")
    links = _links(item.get("evidence"))
    fault = _type_fault(result, value, comment, links)
    if fault or links is None:
        return Given(code, None, None, None, (), fault)
    return Given(code, result, value, comment, links, None)


def _type_fault(result: Any, value: Any, comment: Any, links: tuple[Link, ...] | None) -> str | None:
    if not (result is None or isinstance(result, str)):
        return "result-not-text"
    if not (value is None or isinstance(value, str | int | float)):
        return "value-malformed"
    if not (comment is None or isinstance(comment, str)):
        return "comment-not-text"
    if comment is not None and len(comment) > MOST_COMMENT:
        return "comment-too-long"
    return "links-malformed" if links is None else None


def _links(items: Any) -> tuple[Link, ...] | None:
    """The links of one answer, none where it has none; None when they are not well formed."""
    if items is None:
        return ()
    if not isinstance(items, list) or len(items) > MOST_LINKS:
        return None
    links = [_link(item) for item in items]
    return None if None in links else tuple(link for link in links if link is not None)


def _link(item: Any) -> Link | None:
    id_ = _uuid(item.get("id")) if isinstance(item, dict) else None
    at_ms = item.get("at_ms") if id_ else None
    if id_ is None or not (at_ms is None or (type(at_ms) is int and 0 <= at_ms <= MOST_MILLISECONDS)):
        return None
    return Link(id_, at_ms)


def _mark(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ValidationError("not-object")
    name, moment = item.get("name"), instant(item.get("at"))
    if not isinstance(name, str) or not 0 < len(name) <= MOST_NAME:
        raise ValidationError({"name": ["not-string"]})
    if moment is None:
        raise ValidationError({"at": ["not-datetime"]})
    return {"name": name, "at": moment}


def _entry(item: Any) -> dict[str, Any]:
    """What is plainly well formed is read here; whatever else there is, the schema reads or names what is wrong."""
    if not isinstance(item, dict):
        raise ValidationError("not-object")
    plain = _plain_entry(item)
    if plain is None:
        return in_utc(_ENTRY.load(item))
    return plain


def _plain_entry(item: Mapping[str, Any]) -> dict[str, Any] | None:
    id_, captured_at, size = _uuid(item.get("id")), instant(item.get("captured_at")), item.get("size")
    position = _plain_position(item.get("position"))
    is_plain = (
        id_ is not None
        and (captured_at is not None or item.get("captured_at") is None)
        and type(size) is int
        and 0 < size < 2**53
        and item.get("kind") in KINDS
        and item.get("source") in SOURCES
        and _matches(_SHA256, item.get("sha256"))
        and _matches(_MEDIA_TYPE, item.get("media_type"))
        and (position is not None or item.get("position") is None)
        and item.get("device") is None
    )
    if not is_plain:
        return None
    kept = {name: item[name] for name in ("kind", "media_type", "size", "sha256", "source")}
    return kept | {"id": id_, "captured_at": captured_at, "position": position, "device": None}


def _plain_position(position: Any) -> dict[str, Any] | None:
    if not isinstance(position, dict):
        return None
    lat, lon, accuracy = position.get("lat"), position.get("lon"), position.get("accuracy")
    is_plain = (
        _is_number(lat, -90, 90)
        and _is_number(lon, -180, 180)
        and (accuracy is None or _is_number(accuracy, 0, MOST_MILLISECONDS))
        and position.get("datum") in DATUMS
    )
    if not is_plain or lat is None or lon is None:
        return None
    radius = None if accuracy is None else float(accuracy)
    return {"lat": float(lat), "lon": float(lon), "accuracy": radius, "datum": position["datum"]}


def _is_number(value: Any, low: float, high: float) -> bool:
    return type(value) in {int, float} and low <= value <= high


def _matches(pattern: re.Pattern[str], text: Any) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def instant(text: Any) -> datetime | None:
    """The moment that the text names with its offset, in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or not is_keepable(moment):
        return None
    return moment.astimezone(UTC)
