"""The two reference checklists are what the programmes they reproduce demand, in both languages."""

import re
from collections import Counter
from pathlib import Path

import pytest

from backend.checklists.definition import parse

CHECKLISTS = Path(__file__).parents[2] / "checklists"
DOCUMENTS = {
    name: parse((CHECKLISTS / f"{name}.yaml").read_bytes()).document
    for name in ("experience-officer", "reception-and-facility")
}
EXPERIENCE, RECEPTION = DOCUMENTS.values()
CHINESE = re.compile(r"[\u3400-\u9fff]")


def checkpoints(document, dimension=None):
    stages = [stage for stage in document["stages"] if dimension in (None, stage.get("dimension"))]
    return [checkpoint for stage in stages for checkpoint in stage["checkpoints"]]


def texts(node):
    if isinstance(node, dict) and "zh-CN" in node:
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from texts(child)


def test_the_experience_officer_has_10_stages_78_checkpoints_and_5_modules():
    items = checkpoints(EXPERIENCE)
    assert (len(EXPERIENCE["stages"]), len(items)) == (10, 78)
    assert [module["code"] for module in EXPERIENCE["modules"]] == [
        "resource",
        "process",
        "attitude",
        "ability",
        "price",
    ]
    modules = Counter(item["module"] for item in items)
    assert modules == {"resource": 16, "process": 22, "attitude": 14, "ability": 16, "price": 10}
    assert sum(item["weight"] for item in items) == 100


def test_every_experience_item_is_proven_by_photo_or_video():
    for item in checkpoints(EXPERIENCE):
        assert any(each["kind"] in ("photo", "video") and each["required"] is True for each in item["evidence"])


def test_reception_has_7_steps_with_56_checkpoints_and_12_facilities():
    assert [len(stage["checkpoints"]) for stage in RECEPTION["stages"]] == [7, 9, 11, 8, 6, 10, 5, 12]
    assert len(checkpoints(RECEPTION, "software")) == 56
    areas = Counter(item["area"] for item in checkpoints(RECEPTION, "hardware"))
    assert areas == {"entrance": 3, "functional_area": 6, "toilet": 3}
    assert sum(item["weight"] for item in checkpoints(RECEPTION, "software")) == 80


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_both_languages_are_complete(document):
    for text in texts(document):
        assert CHINESE.search(text["zh-CN"])
        assert not CHINESE.search(text["en"])


@pytest.mark.parametrize("field", ["title", "guidance"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_two_checkpoints_read_alike(field, language):
    every = [item[field][language].lower() for document in DOCUMENTS.values() for item in checkpoints(document)]
    assert len(set(every)) == len(every) == 146


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_na_is_explained_wherever_it_is_allowed(document):
    for item in checkpoints(document):
        assert item["allow_na"] == ("na_when" in item)
