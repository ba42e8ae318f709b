"""What a schema cannot say of a definition: unique codes, references that exist, thresholds inside their range."""

from collections.abc import Container, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from backend.checklists.faults import Fault, place
from backend.checklists.rules import exact, plain

WEIGHT_PLACES: Final = 3


class _Placed(NamedTuple):
    """A checkpoint with its path and its stage."""

    path: str
    item: Mapping[str, Any]
    stage: Mapping[str, Any]


def inconsistencies(document: Mapping[str, Any], skip: Container[str] = ()) -> list[Fault]:
    """Every contradiction in a document with defaults. Checkpoints whose path is in `skip` are not looked at."""
    every = list(_placed(document))
    checkpoints = [placed for placed in every if placed.path not in skip]
    faults = [*_frame(document), *_codes(checkpoints), *_references(document, checkpoints)]
    for placed in checkpoints:
        faults += [*_answer(placed), *_evidence(placed), *_rest(placed)]
    if len(checkpoints) == len(every):
        faults += _expectations(document, checkpoints)
    return faults


def _placed(document: Mapping[str, Any]) -> Iterator[_Placed]:
    for i, stage in enumerate(document["stages"]):
        inside = place(place("stages", i), "checkpoints")
        for j, item in enumerate(stage["checkpoints"]):
            yield _Placed(place(inside, j), item, stage)


def _frame(document: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("modules", "dimensions", "areas", "stages"):
        entries = ((place(place(name, number), "code"), entry["code"]) for number, entry in enumerate(document[name]))
        yield from _repeated(entries, "code-twice")


def _codes(checkpoints: Iterable[_Placed]) -> Iterator[Fault]:
    checkpoints = list(checkpoints)
    yield from _repeated(((f"{each.path}.code", each.item["code"]) for each in checkpoints), "code-twice")
    yield from _repeated(((f"{each.path}.lineage", each.item["lineage"]) for each in checkpoints), "lineage-twice")


def _repeated(entries: Iterable[tuple[str, str]], code: str) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for path, value in entries:
        if value in first:
            yield Fault(path, code, {"code": value, "first": first[value]})
        first.setdefault(value, path)


def _repeated_in_list(values: list[str], path: str) -> Iterator[Fault]:
    yield from _repeated(((place(path, number), value) for number, value in enumerate(values)), "listed-twice")


def _references(document: Mapping[str, Any], checkpoints: Iterable[_Placed]) -> Iterator[Fault]:
    known = {name: [entry["code"] for entry in document[name]] for name in ("modules", "dimensions", "areas")}
    for number, stage in enumerate(document["stages"]):
        path = place("stages", number)
        yield from _reference(stage, "dimension", known["dimensions"], path)
        yield from _repeated_in_list(stage["methods"], f"{path}.methods")
    for placed in checkpoints:
        yield from _reference(placed.item, "module", known["modules"], placed.path)
        yield from _reference(placed.item, "area", known["areas"], placed.path)
        if known["modules"] and "module" not in placed.item:
            yield Fault(f"{placed.path}.module", "key-missing", {"key": "module"})


def _reference(holder: Mapping[str, Any], key: str, known: list[str], path: str) -> Iterator[Fault]:
    if key in holder and holder[key] not in known:
        yield Fault(place(path, key), f"{key}-unknown", {"code": holder[key], "known": known})


def _answer(placed: _Placed) -> Iterator[Fault]:
    answer, path = placed.item["answer"], f"{placed.path}.answer"
    if answer["type"] == "number":
        yield from _number(answer, path)
    elif answer["type"] == "single_choice":
        yield from _choice(answer["options"], f"{path}.options")


def _number(answer: Mapping[str, Any], path: str) -> Iterator[Fault]:
    low, high, rule = answer["min"], answer["max"], answer["pass_when"]
    if low >= high:
        yield Fault(f"{path}.min", "range-empty", {"min": low, "max": high})
    elif "step" in answer and exact(answer["step"]) > exact(high) - exact(low):
        yield Fault(f"{path}.step", "step-too-large", {"min": low, "max": high})
    for key in ("value", "min", "max"):
        if key in rule and not low <= rule[key] <= high:
            yield Fault(f"{path}.pass_when.{key}", "threshold-outside", {"value": rule[key], "min": low, "max": high})
    if rule["op"] == "between" and rule["min"] > rule["max"]:
        yield Fault(f"{path}.pass_when.min", "threshold-reversed", {"min": rule["min"], "max": rule["max"]})


def _choice(options: list[Mapping[str, Any]], path: str) -> Iterator[Fault]:
    values = ((f"{place(path, number)}.value", option["value"]) for number, option in enumerate(options))
    yield from _repeated(values, "option-twice")
    if not {"pass", "fail"} <= {option["outcome"] for option in options}:
        yield Fault(path, "outcomes-one-sided")


def _evidence(placed: _Placed) -> Iterator[Fault]:
    path, kinds = f"{placed.path}.evidence", [requirement["kind"] for requirement in placed.item["evidence"]]
    yield from _repeated(((f"{place(path, number)}.kind", kind) for number, kind in enumerate(kinds)), "kind-twice")
    yield from _repeated_in_list(placed.item["privacy"], f"{placed.path}.privacy")
    if "private_space" in placed.item["privacy"]:
        for number, kind in enumerate(kinds):
            if kind != "photo":
                yield Fault(f"{place(path, number)}.kind", "private-space-photo-only", {"kind": kind})


def _rest(placed: _Placed) -> Iterator[Fault]:
    item = placed.item
    if "na_when" in item and not item["allow_na"]:
        yield Fault(f"{placed.path}.na_when", "na-when-not-allowed")
    if (exact(item["weight"]) * 10**WEIGHT_PLACES).denominator != 1:
        yield Fault(f"{placed.path}.weight", "weight-places", {"places": WEIGHT_PLACES})


def _expectations(document: Mapping[str, Any], checkpoints: list[_Placed]) -> Iterator[Fault]:
    found = _counts(document, checkpoints)
    for key, expected in document.get("expected", {}).items():
        path = place("expected", key)
        if key not in found:
            yield Fault(path, "key-unknown", {"key": key, "known": sorted(found)})
        elif found[key] != exact(expected):
            yield Fault(path, "count-differs", {"expected": expected, "found": plain(found[key])})


def _counts(document: Mapping[str, Any], checkpoints: list[_Placed]) -> dict[str, Fraction]:
    """What `expected` may name: totals, and per dimension D `D_steps`, `D_checkpoints` and `D_weight`."""
    counts = {
        "stages": Fraction(len(document["stages"])),
        "checkpoints": Fraction(len(checkpoints)),
        "total_weight": _weight(checkpoints),
    }
    for code in (dimension["code"] for dimension in document["dimensions"]):
        part = [placed for placed in checkpoints if placed.stage.get("dimension") == code]
        counts[f"{code}_steps"] = Fraction(sum(stage.get("dimension") == code for stage in document["stages"]))
        counts[f"{code}_checkpoints"] = Fraction(len(part))
        counts[f"{code}_weight"] = _weight(part)
    return counts


def _weight(checkpoints: list[_Placed]) -> Fraction:
    return sum((exact(placed.item["weight"]) for placed in checkpoints), Fraction(0))
