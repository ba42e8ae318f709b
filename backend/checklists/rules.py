"""What a published version asks of a visit, and how one answer becomes pass, fail or not applicable.

Works on a version's document with every default filled in; knows neither database nor evidence.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Literal

METHODS: Final = ("covert", "unannounced", "announced", "remote", "self")


class Result(StrEnum):
    """What one checkpoint came to in one visit."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    NA = "na"


@dataclass(frozen=True, slots=True)
class PassFail:
    """An answer that is the result itself."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `minimum` to `maximum` in steps counted from `minimum`; it passes from `low` to `high`, all inclusive."""

    unit: str
    minimum: Fraction
    maximum: Fraction
    step: Fraction | None
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options, each with its outcome."""

    outcomes: Mapping[str, Result]


Answer = PassFail | Number | Choice


@dataclass(frozen=True, slots=True)
class Requirement:
    """So many pieces of one kind of evidence: always, never (welcome only), or when the checkpoint failed."""

    kind: str
    required: bool | Literal["on_fail"]
    minimum: int

    def applies_to(self, result: Result) -> bool:
        if self.required == "on_fail":
            return result is Result.FAIL
        return self.required and result is not Result.NA


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One thing to judge. `needs` holds the requirements in force, by result."""

    code: str
    lineage: str
    stage: str
    module: str | None
    dimension: str | None
    area: str | None
    weight: Fraction
    critical: bool
    allow_na: bool
    capture: str
    methods: frozenset[str]
    answer: Answer
    evidence_mode: str
    evidence: tuple[Requirement, ...]
    privacy: frozenset[str]
    needs: Mapping[Result, tuple[Requirement, ...]]

    @property
    def is_after_visit(self) -> bool:
        return self.capture == "after_visit"

    @property
    def may_be_na(self) -> bool:
        return self.allow_na or (isinstance(self.answer, Choice) and Result.NA in self.answer.outcomes.values())


@dataclass(frozen=True, slots=True)
class RedLine:
    """What a failed critical checkpoint does to the official score: nothing, a cap (points 0-100), or zero."""

    effect: str
    cap: Fraction


@dataclass(frozen=True, slots=True)
class Absence:
    """Whether a fail may stand on its comment where there was nothing to record, and whether a reviewer must confirm it."""

    allowed: bool
    needs_confirmation: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A checklist version ready for judging. Checkpoints are in document order; `index` gives a code's position."""

    code: str
    version: str
    method: str
    checkpoints: tuple[Checkpoint, ...]
    index: Mapping[str, int]
    stages: tuple[str, ...]
    modules: tuple[str, ...]
    dimensions: tuple[str, ...]
    red_line: RedLine
    absence: Absence
    by_method: Mapping[str, tuple[Checkpoint, ...]]


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """Why an answer cannot be taken: the checkpoint's code, the key of the sentence, and the values in it."""

    checkpoint: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The results of the answers that hold, and the faults of those that do not."""

    results: Mapping[str, Result]
    faults: tuple[AnswerFault, ...]


def compile_version(document: Mapping[str, Any]) -> Version:
    """The version of a document with defaults, as `definition.parse` gives it. Costs about 2 ms: keep the result."""
    checkpoints = tuple(_checkpoint(item, stage) for stage in document["stages"] for item in stage["checkpoints"])
    critical, absence = document["scoring"]["critical"], document["evidence_rules"]["absence"]
    return Version(
        code=document["code"],
        version=document["version"],
        method=document["method"],
        checkpoints=checkpoints,
        index={checkpoint.code: position for position, checkpoint in enumerate(checkpoints)},
        stages=_codes(document["stages"]),
        modules=_codes(document["modules"]),
        dimensions=_codes(document["dimensions"]),
        red_line=RedLine(critical["effect"], exact(critical["cap"])),
        absence=Absence(absence["allowed_on"] == "fail", absence["qc_confirmation"]),
        by_method={method: tuple(each for each in checkpoints if method in each.methods) for method in METHODS},
    )


def checkpoints_for(version: Version, method: str) -> tuple[Checkpoint, ...]:
    """What a visit of this method is asked, in document order; empty when the version does not cover the method."""
    return version.by_method.get(method, ())


def judge(checkpoint: Checkpoint, result: str | None, value: object) -> Result | AnswerFault:
    """The result of one answer. The value decides where the answer has one; a given result must then agree.

    `na` without a value is NA for every type of answer, where the checkpoint can be NA at all.
    """
    if value is not None:
        return _agreed(checkpoint, result, _outcome(checkpoint, value))
    if result == Result.NA:
        return Result.NA if checkpoint.may_be_na else AnswerFault(checkpoint.code, "na-not-allowed")
    if not isinstance(checkpoint.answer, PassFail):
        return AnswerFault(checkpoint.code, "value-missing")
    if result == Result.PASS:
        return Result.PASS
    if result == Result.FAIL:
        return Result.FAIL
    return AnswerFault(checkpoint.code, "result-missing" if result is None else "result-unknown")


def judge_answers(version: Version, method: str, answers: Iterable[tuple[str, str | None, object]]) -> Judgement:
    """Judges (checkpoint code, result, value) one by one. Also faults codes that are unknown, repeated or not asked."""
    results: dict[str, Result] = {}
    faults: list[AnswerFault] = []
    seen: set[str] = set()
    for code, result, value in answers:
        outcome = _taken(version, method, code, seen) or judge(version.checkpoints[version.index[code]], result, value)
        if isinstance(outcome, AnswerFault):
            faults.append(outcome)
        else:
            results[code] = outcome
    return Judgement(results, tuple(faults))


def exact(number: float) -> Fraction:
    """The decimal as it is written, not the binary fraction nearest to it."""
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def plain(number: Fraction) -> int | float:
    """The number for JSON: an integer when it is whole."""
    return int(number) if number.denominator == 1 else float(number)


def _taken(version: Version, method: str, code: str, seen: set[str]) -> AnswerFault | None:
    if code not in version.index:
        return AnswerFault(code, "checkpoint-unknown")
    if code in seen:
        return AnswerFault(code, "answered-twice")
    seen.add(code)
    if method not in version.checkpoints[version.index[code]].methods:
        return AnswerFault(code, "not-in-method", {"method": method})
    return None


def _outcome(checkpoint: Checkpoint, value: object) -> Result | AnswerFault:
    answer = checkpoint.answer
    if isinstance(answer, Number):
        return _number_outcome(checkpoint.code, answer, value)
    if isinstance(answer, Choice):
        return _choice_outcome(checkpoint.code, answer, value)
    return AnswerFault(checkpoint.code, "value-unexpected")


def _number_outcome(code: str, answer: Number, value: object) -> Result | AnswerFault:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return AnswerFault(code, "not-a-number")
    if isinstance(value, float) and not math.isfinite(value):
        return AnswerFault(code, "not-a-number")
    number = exact(value)
    if not answer.minimum <= number <= answer.maximum:
        return AnswerFault(code, "out-of-range", {"min": plain(answer.minimum), "max": plain(answer.maximum)})
    if answer.step and (number - answer.minimum) % answer.step:
        return AnswerFault(code, "off-step", {"min": plain(answer.minimum), "step": plain(answer.step)})
    return Result.PASS if answer.low <= number <= answer.high else Result.FAIL


def _choice_outcome(code: str, answer: Choice, value: object) -> Result | AnswerFault:
    if not isinstance(value, str) or value not in answer.outcomes:
        return AnswerFault(code, "option-unknown", {"options": list(answer.outcomes)})
    return answer.outcomes[value]


def _agreed(checkpoint: Checkpoint, result: str | None, outcome: Result | AnswerFault) -> Result | AnswerFault:
    if isinstance(outcome, AnswerFault) or result is None or result == outcome:
        return outcome
    if result not in tuple(Result):
        return AnswerFault(checkpoint.code, "result-unknown")
    return AnswerFault(checkpoint.code, "contradiction", {"given": str(result), "derived": str(outcome)})


def _codes(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(entry["code"] for entry in entries)


def _checkpoint(item: Mapping[str, Any], stage: Mapping[str, Any]) -> Checkpoint:
    evidence = tuple(Requirement(each["kind"], each["required"], each["min"]) for each in item["evidence"])
    return Checkpoint(
        code=item["code"],
        lineage=item["lineage"],
        stage=stage["code"],
        module=item.get("module"),
        dimension=stage.get("dimension"),
        area=item.get("area"),
        weight=exact(item["weight"]),
        critical=item["critical"],
        allow_na=item["allow_na"],
        capture=item["capture"],
        methods=frozenset(stage["methods"]),
        answer=_answer(item["answer"]),
        evidence_mode=item["evidence_mode"],
        evidence=evidence,
        privacy=frozenset(item["privacy"]),
        needs={result: tuple(each for each in evidence if each.applies_to(result)) for result in Result},
    )


def _answer(answer: Mapping[str, Any]) -> Answer:
    if answer["type"] == "number":
        return _number(answer)
    if answer["type"] == "single_choice":
        return Choice({option["value"]: Result(option["outcome"]) for option in answer["options"]})
    return PassFail()


def _number(answer: Mapping[str, Any]) -> Number:
    minimum, maximum, step = exact(answer["min"]), exact(answer["max"]), answer.get("step")
    rule = answer["pass_when"]
    low, high = minimum, maximum
    if rule["op"] == "between":
        low, high = exact(rule["min"]), exact(rule["max"])
    elif rule["op"] == "gte":
        low = exact(rule["value"])
    else:
        high = exact(rule["value"])
    return Number(answer["unit"], minimum, maximum, None if step is None else exact(step), low, high)
