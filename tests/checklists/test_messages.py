"""Every fault has its sentence, and the sentence gets what it names. That both languages agree is a house rule."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from backend.core import messages

PACKAGE = Path(__file__).parents[2] / "backend" / "checklists"
SENTENCES = yaml.safe_load((PACKAGE / "messages.yaml").read_text(encoding="utf-8"))
PURE = ("source", "structure", "consistency", "rules", "completeness")
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")
NOT_CODES = {"utf-8", "utf-8-sig", "evidence-missing-"}


def codes_in(module):
    """Every text in a module that looks like the key of a sentence."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if CODE.fullmatch(text)} - NOT_CODES


@pytest.mark.parametrize("module", PURE)
def test_every_code_has_a_sentence(module):
    assert codes_in(module) <= set(SENTENCES["en"])


@pytest.mark.parametrize("code", ["evidence-missing-photo", "evidence-missing-video", "evidence-missing-audio"])
def test_every_kind_of_evidence_has_a_sentence(code):
    assert code in SENTENCES["en"]


@pytest.mark.parametrize("key", ["module", "area", "dimension"])
def test_every_reference_has_a_sentence(key):
    assert f"{key}-unknown" in SENTENCES["en"]


def test_every_fault_of_the_shared_cases_can_be_said():
    cases = json.loads((Path(__file__).parents[1] / "cases" / "completeness.json").read_text(encoding="utf-8"))
    faults = [case["fault"] for case in cases["judging"] if "fault" in case]
    faults += [fault for case in (*cases["lists"], *cases["cases"]) for fault in case["faults"]]
    for fault in faults:
        for language in messages.LOCALES:
            assert "{" not in messages.say("backend.checklists", fault["code"], fault["params"], language)
