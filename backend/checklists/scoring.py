"""One visit's results to its scorecard, exactly: counts, weights, pass rates, scores, red line, and the packed vector.

Pure: a version and results in, values out. Fractions inside, half-up to two decimals at the edge. The rules are those of
GB/T 27922 for items that do not apply (out of the denominator) with a red-line rule per version.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from backend.checklists.rules import Checkpoint, RedLine, Result, Version, plain

# Rises whenever the same answers would come to another scorecard; every scorecard keeps the one it was made under.
RULE_VERSION: Final = 1

NOT_ASKED: Final = 0
BYTES: Final[Mapping[Result, int]] = {Result.PASS: 1, Result.FAIL: 2, Result.NA: 3}
_RESULTS: Final[Mapping[int, Result]] = {byte: result for result, byte in BYTES.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """Counts and weights of a set of checkpoints. Rate and score are percentages 0-100, None where nothing applies."""

    passed: int
    applicable: int
    earned: Fraction
    possible: Fraction

    @property
    def rate(self) -> Fraction | None:
        """落实率: passed / (passed + failed), unweighted."""
        return Fraction(100 * self.passed, self.applicable) if self.applicable else None

    @property
    def score(self) -> Fraction | None:
        """Earned weight / applicable weight, before any red line."""
        return 100 * self.earned / self.possible if self.possible else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "applicable": self.applicable,
            "rate": shown(self.rate),
            "earned": plain(self.earned),
            "possible": plain(self.possible),
            "score": shown(self.score),
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What one visit came to. Parts hold only what was answered, by code, in document order."""

    total: Part
    official_score: Fraction | None
    red_line: bool
    stages: Mapping[str, Part]
    modules: Mapping[str, Part]
    dimensions: Mapping[str, Part]

    @property
    def passed(self) -> int:
        return self.total.passed

    @property
    def applicable(self) -> int:
        return self.total.applicable

    @property
    def rate(self) -> Fraction | None:
        return self.total.rate

    @property
    def earned(self) -> Fraction:
        return self.total.earned

    @property
    def possible(self) -> Fraction:
        return self.total.possible

    @property
    def raw_score(self) -> Fraction | None:
        return self.total.score

    def as_dict(self) -> dict[str, Any]:
        """The scorecard of API version 1: numbers 0-100 with two decimals, beside their integers."""
        return {
            "passed": self.passed,
            "applicable": self.applicable,
            "rate": shown(self.rate),
            "earned": plain(self.earned),
            "possible": plain(self.possible),
            "raw_score": shown(self.raw_score),
            "official_score": shown(self.official_score),
            "red_line": self.red_line,
            "stages": _as_dicts(self.stages),
            "modules": _as_dicts(self.modules),
            "dimensions": _as_dicts(self.dimensions),
        }


def score_visit(version: Version, results: Mapping[str, Result]) -> Scorecard:
    """The scorecard of a visit's results by checkpoint code. What is not in `results` does not exist.

    Every part, the total too, is computed from its items, never as a mean of parts. A code the version does not have is
    a programming error and raises KeyError.
    """
    answered = [version.checkpoints[position] for position in sorted(version.index[code] for code in results)]
    total = _part(answered, results)
    red_line = any(checkpoint.critical and results[checkpoint.code] is Result.FAIL for checkpoint in answered)
    return Scorecard(
        total=total,
        official_score=official_score(version.red_line, total.score, red_line=red_line),
        red_line=red_line,
        stages=_parts(version.stages, answered, results, lambda checkpoint: checkpoint.stage),
        modules=_parts(version.modules, answered, results, lambda checkpoint: checkpoint.module),
        dimensions=_parts(version.dimensions, answered, results, lambda checkpoint: checkpoint.dimension),
    )


def official_score(rule: RedLine, raw: Fraction | None, *, red_line: bool) -> Fraction | None:
    """The raw score after the version's red-line rule: as it is, at most the cap, or zero."""
    if raw is None or not red_line or rule.effect == "none":
        return raw
    return Fraction(0) if rule.effect == "zero" else min(raw, rule.cap)


def pack_results(version: Version, results: Mapping[str, Result]) -> bytes:
    """One byte per checkpoint in version order: 0 not asked, 1 pass, 2 fail, 3 na. An unknown code raises KeyError."""
    packed = bytearray(len(version.checkpoints))
    for code, result in results.items():
        packed[version.index[code]] = BYTES[result]
    return bytes(packed)


def unpack_results(version: Version, packed: bytes) -> dict[str, Result]:
    """The results that `pack_results` packed for this version; ValueError for a vector of another one."""
    if len(packed) != len(version.checkpoints):
        raise ValueError(f"{len(packed)} bytes for {len(version.checkpoints)} checkpoints")
    if packed.translate(None, bytes([NOT_ASKED, *_RESULTS])):
        raise ValueError("a byte that is no result")
    pairs = zip(version.checkpoints, packed, strict=True)
    return {checkpoint.code: _RESULTS[byte] for checkpoint, byte in pairs if byte != NOT_ASKED}


def round_half_up(value: Fraction, places: int = 2) -> Decimal:
    """The decimal nearest to the exact value; a tie goes away from zero."""
    units = _units(value, places)
    return Decimal((int(units < 0), Decimal(abs(units)).as_tuple().digits, -places))


def shown(value: Fraction | None, places: int = 2) -> float | None:
    """The rounded value as a JSON number, or None where there is no value."""
    return None if value is None else _units(value, places) / 10**places


def _units(value: Fraction, places: int) -> int:
    scaled: int = abs(value.numerator) * int(10**places)
    nearest: int = (2 * scaled + value.denominator) // (2 * value.denominator)
    return -nearest if value < 0 else nearest


def _part(checkpoints: Collection[Checkpoint], results: Mapping[str, Result]) -> Part:
    passed = [checkpoint for checkpoint in checkpoints if results[checkpoint.code] is Result.PASS]
    applicable = [checkpoint for checkpoint in checkpoints if results[checkpoint.code] is not Result.NA]
    return Part(len(passed), len(applicable), _weight(passed), _weight(applicable))


def _parts(
    codes: Iterable[str],
    answered: Collection[Checkpoint],
    results: Mapping[str, Result],
    belongs_to: Callable[[Checkpoint], str | None],
) -> dict[str, Part]:
    members: dict[str, list[Checkpoint]] = {code: [] for code in codes}
    for checkpoint in answered:
        code = belongs_to(checkpoint)
        if code is not None:
            members[code].append(checkpoint)
    return {code: _part(checkpoints, results) for code, checkpoints in members.items() if checkpoints}


def _weight(checkpoints: Iterable[Checkpoint]) -> Fraction:
    # Adding numerators per denominator is six times as fast as adding fractions, and a version has few denominators.
    numerators: Counter[int] = Counter()
    for checkpoint in checkpoints:
        numerators[checkpoint.weight.denominator] += checkpoint.weight.numerator
    return sum((Fraction(numerator, below) for below, numerator in numerators.items()), Fraction(0))


def _as_dicts(parts: Mapping[str, Part]) -> dict[str, dict[str, Any]]:
    return {code: part.as_dict() for code, part in parts.items()}
