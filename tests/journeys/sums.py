"""What every figure must be, by plain arithmetic over the answers and the checklist's own file; no code of the product.

Rates and scores are exact fractions of 100 until `shown` rounds them, half-up, to two decimals.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

Z = 1.96
# Student's t, two-sided 95 %, by degrees of freedom.
T = {1: 12.706204736432095, 2: 4.302652729911275, 3: 3.182446305284263}


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    stage: str
    module: str | None
    weight: Fraction
    critical: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """Items of one visit, or of one store, added up."""

    passed: int
    applicable: int
    earned: Fraction
    possible: Fraction
    red_line: bool

    @property
    def rate(self) -> Fraction:
        return Fraction(100 * self.passed, self.applicable)

    @property
    def score(self) -> Fraction:
        return 100 * self.earned / self.possible

    @property
    def official(self) -> Fraction:
        return min(self.score, Fraction(59)) if self.red_line else self.score


def items_of(path: Path) -> list[Item]:
    """The checkpoints of a checklist file in their order."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Item(
            each["code"],
            stage["code"],
            each.get("module"),
            Fraction(str(each.get("weight", 1))),
            bool(each.get("critical")),
        )
        for stage in document["stages"]
        for each in stage["checkpoints"]
    ]


def results_of(answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {answer["checkpoint"]: answer["result"] for answer in answers}


def added(items: Iterable[Item], results: Mapping[str, str]) -> Sum:
    counted = [item for item in items if results.get(item.code) in {"pass", "fail"}]
    passed = [item for item in counted if results[item.code] == "pass"]
    return Sum(
        len(passed),
        len(counted),
        sum((item.weight for item in passed), Fraction(0)),
        sum((item.weight for item in counted), Fraction(0)),
        any(item.critical for item in counted if item not in passed),
    )


def shown(value: Fraction) -> float:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def interval(values: Sequence[Fraction]) -> list[float] | None:
    """The 95 % t-interval of a mean of percentages; None below two."""
    if len(values) < 2:
        return None
    middle = float(mean(values))
    spread = math.sqrt(sum((float(value) - middle) ** 2 for value in values) / (len(values) - 1))
    half = T[len(values) - 1] * spread / math.sqrt(len(values))
    return [max(middle - half, 0.0), min(middle + half, 100.0)]


def wilson(passed: int, count: int) -> list[float] | None:
    """The 95 % interval of passed among count, in percent."""
    if not count:
        return None
    share, square = passed / count, Z * Z
    half = Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    bottom = 1 + square / count
    return [100 * (share + square / (2 * count) - half) / bottom, 100 * (share + square / (2 * count) + half) / bottom]
