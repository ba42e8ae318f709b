"""Holds given answers against the checklist version and the files that were declared, and names every fault at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from backend.checklists.completeness import Answered, Phase, examine
from backend.checklists.rules import AnswerFault, Result, Version, judge_answers
from backend.core.problems import Fault
from backend.visits.documents import Given
from backend.visits.problems import AnswersInvalid

_CHECKLISTS: Final = "backend.checklists"
_VISITS: Final = "backend.visits"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document must answer.

    `owed` names the only checkpoints it may and must answer (a return, a follow-up), None for a whole submission;
    `stray` is the fault of answering another one. `kept` holds the answers that the visit has already.
    """

    version: Version
    method: str
    phase: Phase
    kept: Mapping[str, tuple[Result, str | None]] = field(default_factory=dict)
    owed: frozenset[str] | None = None
    stray: str = "not-returned"


@dataclass(frozen=True, slots=True)
class Examined:
    """Answers that hold: their results by checkpoint, which of them are holes, and what is still open."""

    results: Mapping[str, Result]
    holes: tuple[str, ...]
    open_items: tuple[str, ...]


def examined(
    asked: Asked, given: Collection[Given], kinds: Mapping[UUID, str], faults: Iterable[Fault] = ()
) -> Examined:
    """The answers judged; `kinds` knows every file of the visit. Raises AnswersInvalid with `faults` and all of its own."""
    judgement = judge_answers(
        asked.version, asked.method, [(each.checkpoint, each.result, each.value) for each in given]
    )
    found = [*_own_faults(asked, given, kinds)]
    malformed = {each.checkpoint for each in given if each.fault}
    found += [_fault(each, _CHECKLISTS) for each in judgement.faults if each.checkpoint not in malformed]
    faulty = {fault.where["checkpoint"] for fault in found}
    examination = examine(asked.version, asked.method, _answered(asked, given, judgement.results, kinds), asked.phase)
    found += [
        _fault(each, _CHECKLISTS)
        for each in examination.faults
        if each.checkpoint not in faulty and _concerns(asked, given, each.checkpoint)
    ]
    every = [*faults, *_in_order(asked.version, found)]
    if every:
        raise AnswersInvalid(faults=every, count=len(every))
    codes = {each.checkpoint for each in given}
    holes = tuple(code for code in examination.holes if code in codes)
    return Examined(judgement.results, holes, examination.open_items)


def _own_faults(asked: Asked, given: Collection[Given], kinds: Mapping[UUID, str]) -> Iterable[Fault]:
    for each in given:
        if each.fault:
            yield Fault({"checkpoint": each.checkpoint}, _VISITS, each.fault)
        if asked.owed is not None and each.checkpoint in asked.version.index and each.checkpoint not in asked.owed:
            yield Fault({"checkpoint": each.checkpoint}, _VISITS, asked.stray)
        if any(link.id not in kinds for link in each.evidence):
            yield Fault({"checkpoint": each.checkpoint}, _VISITS, "evidence-not-declared")
    answered = {each.checkpoint for each in given}
    for code in (asked.owed or frozenset()) - answered:
        yield Fault({"checkpoint": code}, _CHECKLISTS, "answer-missing")


def _answered(
    asked: Asked, given: Collection[Given], results: Mapping[str, Result], kinds: Mapping[UUID, str]
) -> dict[str, Answered]:
    """Everything answered so far. One file counts once for an answer, however many moments of it are marked."""
    answered: dict[str, Answered] = {code: (result, comment, ()) for code, (result, comment) in asked.kept.items()}
    for each in given:
        if each.checkpoint in results:
            linked = {link.id for link in each.evidence}
            files = [kinds[id_] for id_ in linked if id_ in kinds]
            answered[each.checkpoint] = (results[each.checkpoint], each.comment, files)
    return answered


def _concerns(asked: Asked, given: Collection[Given], code: str) -> bool:
    """Whether a fault is this document's: what was kept has been examined when it came."""
    if asked.owed is not None:
        return code in asked.owed
    return code not in asked.kept or any(each.checkpoint == code for each in given)


def _in_order(version: Version, faults: Iterable[Fault]) -> list[Fault]:
    """By checkpoint as in the checklist, unknown ones first."""
    return sorted(faults, key=lambda fault: version.index.get(_code(fault), -1))


def _code(fault: Fault) -> Any:
    return fault.where["checkpoint"]


def _fault(found: AnswerFault, package: str) -> Fault:
    return Fault({"checkpoint": found.checkpoint}, package, found.code, found.params)
