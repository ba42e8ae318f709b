"""Builds what a phone sends: a complete, proven submission for any checklist version, and the bytes of its files."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backend.checklists.rules import (
    Checkpoint,
    Choice,
    Number,
    PassFail,
    Result,
    Version,
    checkpoints_for,
    judge,
    plain,
)
from backend.core import clock
from backend.core.ids import named_id, new_id

# A grey JPEG of 8x8 pixels; a comment segment after its first two bytes makes each copy a file of its own.
_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5mo"
    "q6T/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)
_MEDIA_TYPES = {"photo": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}
Wanted = str | Mapping[str, Any] | None


def submission_for(
    version: Version,
    results: Mapping[str, Wanted] | None = None,
    *,
    method: str | None = None,
    seed: object = None,
    only: Iterable[str] | None = None,
    after_visit: bool = False,
) -> dict[str, Any]:
    """The body of `PUT /visits/{id}/submission`: every checkpoint of the method passes, with the evidence it needs.

    `results` changes single checkpoints: "pass", "fail", "na", None to leave it out, or a dict laid over the answer.
    After-visit checkpoints are left out unless `after_visit`. `only` answers these codes and nothing else (a return, a
    follow-up). The same `seed` names the same files; without one the files are new.
    """
    asked = [
        each for each in checkpoints_for(version, method or version.method) if after_visit or not each.is_after_visit
    ]
    if only is not None:
        wanted = set(only)
        asked = [each for each in checkpoints_for(version, method or version.method) if each.code in wanted]
    files = _Files(seed or new_id())
    chosen = dict(results or {})
    answers = [answer for each in asked if (answer := _answer(each, chosen.get(each.code, "pass"), files))]
    moment = clock.now().isoformat()
    return {
        "answers": answers,
        "marks": [{"name": "arrived", "at": moment}, {"name": "left", "at": moment}],
        "evidence": files.entries(),
        "app_version": "1.0.0",
        "device": {"model": "test"},
        "started_at": moment,
        "finished_at": moment,
    }


def follow_up_for(version: Version, results: Mapping[str, Wanted] | None = None, **options: Any) -> dict[str, Any]:
    """The body of `PUT /visits/{id}/follow-up`: the after-visit checkpoints."""
    asked = checkpoints_for(version, options.get("method") or version.method)
    return submission_for(version, results, only=[each.code for each in asked if each.is_after_visit], **options)


def answer_to(submission: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The answer to one checkpoint inside a submission, to be changed in place."""
    return next(answer for answer in submission["answers"] if answer["checkpoint"] == code)


def file_bytes(evidence_id: UUID | str, kind: str = "photo") -> bytes:
    """The bytes that `submission_for` declared for one of its files; photos are real JPEG files."""
    name = str(evidence_id).encode()
    if kind != "photo":
        return b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + name
    comment = b"\xff\xfe" + (len(name) + 2).to_bytes(2, "big") + name
    return _JPEG[:2] + comment + _JPEG[2:]


class _Files:
    """The files of one submission: few, and shared by all checkpoints, as one clip is."""

    def __init__(self, seed: object) -> None:
        self._seed = seed
        self._kinds: dict[UUID, str] = {}

    def link(self, kind: str, count: int) -> list[dict[str, Any]]:
        ids = [named_id("test", "evidence", self._seed, kind, number) for number in range(count)]
        self._kinds |= dict.fromkeys(ids, kind)
        return [{"id": str(id_), "at_ms": 1000 if kind == "video" else None} for id_ in ids]

    def entries(self) -> list[dict[str, Any]]:
        return [entry_for(id_, kind) for id_, kind in self._kinds.items()]


def entry_for(evidence_id: UUID | str, kind: str = "photo", **changed: Any) -> dict[str, Any]:
    """One evidence entry of a submission, declaring `file_bytes` of the id."""
    content = file_bytes(evidence_id, kind)
    position = {"lat": 31.2, "lon": 121.4, "accuracy": 12.5, "datum": "WGS-84"}
    return {
        "id": str(evidence_id),
        "kind": kind,
        "media_type": _MEDIA_TYPES[kind],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "captured_at": clock.now().isoformat(),
        "source": "camera",
        "position": position,
    } | changed


def _answer(checkpoint: Checkpoint, wanted: Wanted, files: _Files) -> dict[str, Any] | None:
    if wanted is None:
        return None
    changed = {"result": wanted} if isinstance(wanted, str) else dict(wanted)
    result = Result(changed.get("result") or "pass")
    links = [link for kind, count in _needed(checkpoint, result) for link in files.link(kind, count)]
    return {
        "checkpoint": checkpoint.code,
        "result": str(result),
        "value": _value(checkpoint, result),
        "comment": None if result is Result.PASS else f"{result} at {checkpoint.code}",
        "evidence": links,
    } | changed


def _needed(checkpoint: Checkpoint, result: Result) -> list[tuple[str, int]]:
    needs = checkpoint.needs[result]
    return [(need.kind, need.minimum) for need in (needs[:1] if checkpoint.evidence_mode == "any" else needs)]


def _value(checkpoint: Checkpoint, result: Result) -> Any:
    if result is Result.NA or isinstance(checkpoint.answer, PassFail):
        return None
    return next(value for value in _values(checkpoint) if judge(checkpoint, None, value) is result)


def _values(checkpoint: Checkpoint) -> list[Any]:
    answer = checkpoint.answer
    if isinstance(answer, Number):
        bounds = (answer.low, answer.high, answer.minimum, answer.maximum)
        near = [bound + sign * (answer.step or 1) for bound in bounds for sign in (0, 1, -1)]
        return [plain(bound) for bound in near]
    return list(answer.outcomes) if isinstance(answer, Choice) else []
