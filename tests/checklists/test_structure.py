"""The schema's refusals in our own words, each with its place."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from backend.checklists.definition import Fault
from backend.checklists.structure import SCHEMA

SCHEMA_CONTENT = json.loads(SCHEMA.read_text(encoding="utf-8"))


def checkpoint(document, number=0):
    return document["stages"][0]["checkpoints"][number]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA_CONTENT)


def test_an_empty_definition_lacks_everything_at_once(faults_of):
    assert [(fault.path, fault.code) for fault in faults_of({})] == [
        (key, "key-missing") for key in ("code", "method", "stages", "title", "version")
    ]


@pytest.mark.parametrize("version", [1, 1.0, True])
def test_a_version_that_is_a_number_is_told_to_wear_quotes(small, faults_of, version):
    small["version"] = version
    assert faults_of(small) == [Fault("version", "version-not-text")]


@pytest.mark.parametrize("version", ["1/2", "../x", "", "1 0", "v" * 33, "一"])
def test_a_version_fits_into_an_address(small, faults_of, version):
    small["version"] = version
    assert faults_of(small) == [Fault("version", "version-malformed")]


@pytest.mark.parametrize("code", ["", "a b", "a/b", "-a", "检查", "c" * 65, "a\nb"])
def test_a_code_fits_into_an_address(small, faults_of, code):
    checkpoint(small)["code"] = code
    assert faults_of(small) == [Fault("stages[0].checkpoints[0].code", "code-malformed")]


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"weight": 0}, ".weight", "not-above"),
        ({"weight": -1}, ".weight", "not-above"),
        ({"weight": 1001}, ".weight", "too-large"),
        ({"weight": True}, ".weight", "not-number"),
        ({"critical": "yes"}, ".critical", "not-boolean"),
        ({"capture": "later"}, ".capture", "not-one-of"),
        ({"evidence": {}}, ".evidence", "not-list"),
        ({"evidence": [{"kind": "fax"}]}, ".evidence[0].kind", "not-one-of"),
        ({"evidence": [{"kind": "photo", "required": 1}]}, ".evidence[0].required", "not-one-of"),
        ({"evidence": [{"kind": "photo", "min": 0}]}, ".evidence[0].min", "too-small"),
        ({"evidence": [{"kind": "photo", "min": 1.5}]}, ".evidence[0].min", "not-integer"),
        ({"privacy": ["secret"]}, ".privacy[0]", "not-one-of"),
        ({"title": "text"}, ".title", "not-object"),
        ({"title": {"en": "x"}}, ".title.zh-CN", "key-missing"),
        ({"title": {"en": " ", "zh-CN": "名"}}, ".title.en", "text-empty"),
        ({"title": {"en": "x" * 201, "zh-CN": "名"}}, ".title.en", "text-too-long"),
        ({"module": None}, ".module", "not-string"),
        ({"answer": {"type": "stars"}}, ".answer.type", "not-one-of"),
        ({"answer": {}}, ".answer.type", "key-missing"),
        ({"answer": {"type": "pass_fail", "unit": "km"}}, ".answer.unit", "key-unknown"),
        ({"answer": {"type": "single_choice", "options": []}}, ".answer.options", "too-few"),
        ({"critcal": True}, ".critcal", "key-unknown"),
    ],
)
def test_each_departure_has_its_word_and_its_place(small, faults_of, change, path, code):
    checkpoint(small).update(change)
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [(f"stages[0].checkpoints[0]{path}", code)]


def test_a_number_needs_unit_range_and_threshold(small, faults_of):
    checkpoint(small)["answer"] = {"type": "number", "pass_when": {"op": "between", "value": 1}}
    assert [
        (fault.path.removeprefix("stages[0].checkpoints[0].answer."), fault.code) for fault in faults_of(small)
    ] == [
        ("max", "key-missing"),
        ("min", "key-missing"),
        ("pass_when.max", "key-missing"),
        ("pass_when.min", "key-missing"),
        ("pass_when.value", "key-unknown"),
        ("unit", "key-missing"),
    ]


def test_an_unknown_key_is_answered_with_the_known_ones(small, faults_of):
    small["scoring"] = {"critical": {"efect": "cap"}}
    assert faults_of(small) == [
        Fault("scoring.critical.efect", "key-unknown", {"key": "efect", "known": ["effect", "cap"]})
    ]


def test_allowed_values_are_listed_as_they_are_written(small, faults_of):
    checkpoint(small)["evidence"] = [{"kind": "photo", "required": "sometimes"}]
    (fault,) = faults_of(small)
    assert fault.params == {"allowed": ["true", "false", "on_fail"]}


@pytest.mark.parametrize("key", ["stages", "modules", "scoring", "evidence_rules", "expected"])
@pytest.mark.parametrize("value", [None, 1, "x", [1], {"x": []}])
def test_a_broken_frame_is_refused_without_looking_further(small, faults_of, key, value):
    small[key] = value
    assert faults_of(small)


def test_the_readme_names_every_key_of_the_format():
    readme = (SCHEMA.parents[2] / "checklists" / "README.md").read_text(encoding="utf-8")
    for definition in [SCHEMA_CONTENT, *SCHEMA_CONTENT["$defs"].values()]:
        for key in definition.get("properties", {}):
            assert re.search(rf"[`.]{key}[`.]|{key}: ", readme), key


def test_the_examples_of_the_readme_are_taken(faults_of):
    readme = (SCHEMA.parents[2] / "checklists" / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert examples
    assert [faults_of(example.encode()) for example in examples] == [[]] * len(examples)
