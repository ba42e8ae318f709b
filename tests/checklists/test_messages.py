"""Every fault has its sentence in both languages, and every sentence gets what it names."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

PACKAGE = Path(__file__).parents[2] / "backend" / "checklists"
SENTENCES = yaml.safe_load((PACKAGE / "messages.yaml").read_text(encoding="utf-8"))
PURE = ("source", "structure", "consistency", "rules", "completeness")
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")
NOT_CODES = {"utf-8-sig", "evidence-missing-"}


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


def test_both_languages_say_the_same_things():
    assert list(SENTENCES) == ["zh-CN", "en"]
    assert list(SENTENCES["zh-CN"]) == list(SENTENCES["en"])
    for key, english in SENTENCES["en"].items():
        assert fields(english) == fields(SENTENCES["zh-CN"][key]), key


def fields(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
