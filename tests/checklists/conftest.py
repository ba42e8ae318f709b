"""Small definitions to start from, and what parsing them finds. No database."""

import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.checklists.definition import DefinitionFaults, Fault, parse
from backend.checklists.rules import Version, compile_version
from backend.core import messages

CHECKLISTS = Path(__file__).parents[2] / "checklists"
CASES = Path(__file__).parents[1] / "cases"

Document = dict[str, Any]


def _label(text: str) -> dict[str, str]:
    return {"zh-CN": f"名称{text}", "en": f"Name {text}"}


_SMALL: Document = {
    "code": "T",
    "version": "1.0.0",
    "title": _label("T"),
    "method": "covert",
    "modules": [{"code": "m", "title": _label("m")}],
    "dimensions": [{"code": "d", "title": _label("d")}],
    "areas": [{"code": "a", "title": _label("a")}],
    "stages": [
        {
            "code": "S1",
            "title": _label("S1"),
            "dimension": "d",
            "checkpoints": [
                {"code": "C1", "title": _label("C1"), "module": "m"},
                {"code": "C2", "title": _label("C2"), "module": "m", "area": "a"},
            ],
        }
    ],
}


@pytest.fixture
def small() -> Document:
    """A definition with as little as may be written: one stage, two checkpoints. Yours to change."""
    return copy.deepcopy(_SMALL)


@pytest.fixture(scope="session")
def faults_of() -> Callable[[Any], list[Fault]]:
    """What is wrong with a document (an object, or the bytes of a file), sorted by place; empty when it is taken.

    Says every fault in both languages on the way, so that no sentence lacks a value.
    """

    def find(document: Any) -> list[Fault]:
        source = document if isinstance(document, bytes) else json.dumps(document).encode()
        try:
            parse(source)
        except DefinitionFaults as refusal:
            for fault, language in itertools.product(refusal.faults, messages.LOCALES):
                assert messages.say("backend.checklists", fault.code, dict(fault.params), language)
            return sorted(refusal.faults, key=lambda fault: (fault.path, fault.code))
        return []

    return find


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Version]:
    """A reference checklist of the repository, compiled."""
    versions: dict[str, Version] = {}

    def load(name: str) -> Version:
        if name not in versions:
            versions[name] = compile_version(parse((CHECKLISTS / f"{name}.yaml").read_bytes()).document)
        return versions[name]

    return load


@pytest.fixture(scope="session")
def cases() -> Callable[[str], Document]:
    """The cases shared with the phone, and their versions compiled under `compiled`."""

    def load(name: str) -> Document:
        loaded: Document = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
        loaded["compiled"] = {key: compile_version(document) for key, document in loaded["versions"].items()}
        return loaded

    return load
