"""The defaults of a definition, filled into a copy, so that every reader of a document finds every field."""

from collections.abc import Container
from typing import Any, Final

from backend.checklists.faults import place

_SCORING: Final = {"na": "excluded", "rate": "passed/(passed+failed)", "score": "earned_weight/applicable_weight"}
_CRITICAL: Final = {"effect": "cap", "cap": 59}
_ABSENCE: Final = {"allowed_on": "fail", "requires": "comment", "qc_confirmation": True}


def with_defaults(data: dict[str, Any], skip: Container[str] = ()) -> dict[str, Any]:
    """The document with every default; the file's own keys keep their order. Paths in `skip` are left as they are."""
    stages = [
        _stage(stage, data["method"], place("stages", number), skip) for number, stage in enumerate(data["stages"])
    ]
    filled = _filled(data, schema_version=1, modules=[], dimensions=[], areas=[], scoring={}, evidence_rules={})
    scoring, evidence_rules = filled["scoring"], filled["evidence_rules"]
    return filled | {
        "scoring": _filled(scoring, **_SCORING) | {"critical": _filled(scoring.get("critical", {}), **_CRITICAL)},
        "evidence_rules": _filled(evidence_rules, shared_media=True)
        | {"absence": _filled(evidence_rules.get("absence", {}), **_ABSENCE)},
        "stages": stages,
    }


def _stage(stage: dict[str, Any], method: str, path: str, skip: Container[str]) -> dict[str, Any]:
    filled = _filled(stage, capture="onsite", methods=[stage.get("method", method)])
    inside = place(path, "checkpoints")
    checkpoints = [
        checkpoint if place(inside, number) in skip else _checkpoint(checkpoint, filled["capture"])
        for number, checkpoint in enumerate(stage["checkpoints"])
    ]
    return filled | {"checkpoints": checkpoints}


def _checkpoint(checkpoint: dict[str, Any], capture: str) -> dict[str, Any]:
    filled = _filled(
        checkpoint,
        lineage=checkpoint["code"],
        capture=capture,
        answer={"type": "pass_fail"},
        evidence_mode="all",
        evidence=[],
        weight=1,
        critical=False,
        allow_na=False,
        privacy=[],
    )
    return filled | {"evidence": [_filled(requirement, required=True, min=1) for requirement in filled["evidence"]]}


def _filled(given: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    return given | {key: value for key, value in defaults.items() if key not in given}
