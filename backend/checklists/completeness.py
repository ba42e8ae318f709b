"""Whether a visit's answers are complete and proven, as the version demands. The phone asks the same, from the same cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.checklists.rules import AnswerFault, Checkpoint, Requirement, Result, Version, checkpoints_for

Phase = Literal["submission", "follow_up"]

# Result, comment, and the kind of each linked piece of evidence (one entry per piece).
Answered = tuple[Result, str | None, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Examination:
    """What stands in the way of taking the answers, and what does not but is noted.

    `holes` are fails that stand on their comment alone, to be waived by a reviewer; `open_items` are checkpoints whose
    answers may still arrive in the follow-up. Both hold codes, all three are in document order.
    """

    faults: tuple[AnswerFault, ...]
    holes: tuple[str, ...]
    open_items: tuple[str, ...]


def examine(version: Version, method: str, answers: Mapping[str, Answered], phase: Phase) -> Examination:
    """Examines judged answers against everything the method asks.

    `answers` is all that has been answered so far: in the phase `follow_up` the submission's answers and the follow-up's
    together. An after-visit checkpoint may be absent from the submission and must be present after the follow-up.
    """
    faults: list[AnswerFault] = []
    holes: list[str] = []
    open_items: list[str] = []
    for checkpoint in checkpoints_for(version, method):
        answered = answers.get(checkpoint.code)
        if answered is not None:
            found, is_hole = _examined(version, checkpoint, answered)
            faults.extend(found)
            if is_hole:
                holes.append(checkpoint.code)
        elif checkpoint.is_after_visit and phase == "submission":
            open_items.append(checkpoint.code)
        else:
            faults.append(AnswerFault(checkpoint.code, "answer-missing"))
    return Examination(tuple(faults), tuple(holes), tuple(open_items))


def _examined(version: Version, checkpoint: Checkpoint, answered: Answered) -> tuple[list[AnswerFault], bool]:
    """The faults of one answer, and whether it is a hole."""
    result, comment, evidence = answered
    faults = _intruding(checkpoint, evidence)
    if result is Result.NA:
        return faults if _says(comment) else [*faults, AnswerFault(checkpoint.code, "na-needs-comment")], False
    lacking = _lacking(checkpoint, result, evidence)
    if lacking and result is Result.FAIL and version.absence.allowed and _says(comment) and _is_absence(lacking):
        return faults, version.absence.needs_confirmation and not faults
    return [*faults, *lacking], False


def _intruding(checkpoint: Checkpoint, evidence: Sequence[str]) -> list[AnswerFault]:
    """In a private space nobody may be filmed or recorded, whatever else the evidence would show."""
    if "private_space" in checkpoint.privacy and any(kind != "photo" for kind in evidence):
        return [AnswerFault(checkpoint.code, "photos-only")]
    return []


def _lacking(checkpoint: Checkpoint, result: Result, evidence: Sequence[str]) -> list[AnswerFault]:
    needs = checkpoint.needs[result]
    short = [need for need in needs if evidence.count(need.kind) < need.minimum]
    if not short:
        return []
    if checkpoint.evidence_mode == "all":
        return [_shortage(checkpoint.code, need, evidence) for need in short]
    if len(short) < len(needs):
        return []
    kinds = [need.kind for need in needs]
    have = sum(evidence.count(kind) for kind in kinds)
    return [AnswerFault(checkpoint.code, "evidence-missing-any", {"kinds": kinds, "have": have})]


def _shortage(code: str, need: Requirement, evidence: Sequence[str]) -> AnswerFault:
    # One sentence per kind, because Chinese counts photos, videos and recordings with different words.
    have = {"kind": need.kind, "have": evidence.count(need.kind), "need": need.minimum}
    return AnswerFault(code, f"evidence-missing-{need.kind}", have)


def _is_absence(lacking: Sequence[AnswerFault]) -> bool:
    """Nothing at all of what is lacking: there was nothing to record. One photo of two is a shortage instead."""
    return all(fault.params["have"] == 0 for fault in lacking)


def _says(comment: str | None) -> bool:
    return bool(comment and comment.strip())
