"""What a schema cannot say: codes, references, thresholds, counts."""

import pytest

from backend.checklists.definition import Fault

AT = "stages[0].checkpoints[0]"
NUMBER = {"type": "number", "unit": "minute", "min": 0, "max": 60, "step": 1, "pass_when": {"op": "lte", "value": 10}}


def checkpoint(document, number=0):
    return document["stages"][0]["checkpoints"][number]


def option(value, outcome):
    return {"value": value, "label": {"zh-CN": "选项", "en": "Option"}, "outcome": outcome}


def test_the_small_definition_has_no_fault(small, faults_of):
    assert faults_of(small) == []


def test_codes_are_unique_over_all_stages(small, faults_of):
    small["stages"].append({**small["stages"][0], "code": "S2", "checkpoints": [checkpoint(small)]})
    path, first = "stages[1].checkpoints[0]", "stages[0].checkpoints[0]"
    assert faults_of(small) == [
        Fault(f"{path}.code", "code-twice", {"code": "C1", "first": f"{first}.code"}),
        Fault(f"{path}.lineage", "lineage-twice", {"code": "C1", "first": f"{first}.lineage"}),
    ]


@pytest.mark.parametrize("name", ["modules", "dimensions", "areas", "stages"])
def test_codes_of_groups_are_unique(small, faults_of, name):
    small[name] *= 2
    assert (f"{name}[1].code", "code-twice") in [(fault.path, fault.code) for fault in faults_of(small)]


def test_two_checkpoints_cannot_continue_one_lineage(small, faults_of):
    checkpoint(small)["lineage"] = "C2"
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [
        ("stages[0].checkpoints[1].lineage", "lineage-twice")
    ]


@pytest.mark.parametrize("key", ["module", "area"])
def test_references_exist(small, faults_of, key):
    checkpoint(small)[key] = "nowhere"
    assert faults_of(small) == [Fault(f"{AT}.{key}", f"{key}-unknown", {"code": "nowhere", "known": [key[0]]})]


def test_a_stage_belongs_to_a_dimension_that_exists(small, faults_of):
    small["stages"][0]["dimension"] = "nowhere"
    assert [fault.code for fault in faults_of(small)] == ["dimension-unknown"]


def test_a_module_is_needed_where_there_are_modules(small, faults_of):
    del checkpoint(small)["module"]
    assert faults_of(small) == [Fault(f"{AT}.module", "key-missing", {"key": "module"})]
    del small["modules"], checkpoint(small, 1)["module"]
    assert faults_of(small) == []


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"min": 60}, "min", "range-empty"),
        ({"step": 61}, "step", "step-too-large"),
        ({"pass_when": {"op": "lte", "value": 61}}, "pass_when.value", "threshold-outside"),
        ({"pass_when": {"op": "gte", "value": -1}}, "pass_when.value", "threshold-outside"),
        ({"pass_when": {"op": "between", "min": -1, "max": 5}}, "pass_when.min", "threshold-outside"),
        ({"pass_when": {"op": "between", "min": 1, "max": 65}}, "pass_when.max", "threshold-outside"),
        ({"pass_when": {"op": "between", "min": 9, "max": 5}}, "pass_when.min", "threshold-reversed"),
    ],
)
def test_ranges_and_thresholds_fit(small, faults_of, change, path, code):
    checkpoint(small)["answer"] = NUMBER | change
    assert (f"{AT}.answer.{path}", code) in [(fault.path, fault.code) for fault in faults_of(small)]


def test_a_threshold_may_stand_on_the_bound(small, faults_of):
    checkpoint(small)["answer"] = NUMBER | {"pass_when": {"op": "between", "min": 0, "max": 60}}
    assert faults_of(small) == []


def test_options_differ_and_can_pass_and_fail(small, faults_of):
    options = [option("a", "pass"), option("a", "na")]
    checkpoint(small)["answer"] = {"type": "single_choice", "options": options}
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [
        (f"{AT}.answer.options", "outcomes-one-sided"),
        (f"{AT}.answer.options[1].value", "option-twice"),
    ]


def test_a_kind_of_evidence_stands_once(small, faults_of):
    checkpoint(small)["evidence"] = [{"kind": "photo"}, {"kind": "photo", "required": "on_fail"}]
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [(f"{AT}.evidence[1].kind", "kind-twice")]


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_private_space_takes_photos_only(small, faults_of, kind):
    checkpoint(small).update(
        {"privacy": ["private_space"], "evidence": [{"kind": "photo"}, {"kind": kind, "required": False}]}
    )
    assert faults_of(small) == [Fault(f"{AT}.evidence[1].kind", "private-space-photo-only", {"kind": kind})]


def test_saying_when_na_applies_needs_na_to_be_allowed(small, faults_of):
    checkpoint(small)["na_when"] = {"zh-CN": "没有时", "en": "None there"}
    assert faults_of(small) == [Fault(f"{AT}.na_when", "na-when-not-allowed")]
    checkpoint(small)["allow_na"] = True
    assert faults_of(small) == []


@pytest.mark.parametrize(("weight", "is_taken"), [(1, True), (0.5, True), (0.125, True), (0.1, True), (0.0625, False)])
def test_weights_have_at_most_three_places(small, faults_of, weight, is_taken):
    checkpoint(small)["weight"] = weight
    assert [fault.code for fault in faults_of(small)] == ([] if is_taken else ["weight-places"])


def test_a_method_and_a_privacy_mark_are_listed_once(small, faults_of):
    small["stages"][0]["methods"] = ["covert", "covert"]
    checkpoint(small)["privacy"] = ["face", "voice", "face"]
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [
        (f"{AT}.privacy[2]", "listed-twice"),
        ("stages[0].methods[1]", "listed-twice"),
    ]


def test_counts_agree_with_what_is_expected(small, faults_of):
    small["expected"] = {
        "stages": 1,
        "checkpoints": 2,
        "total_weight": 2,
        "d_steps": 1,
        "d_checkpoints": 2,
        "d_weight": 2,
    }
    assert faults_of(small) == []
    small["expected"] |= {"checkpoints": 3, "d_weight": 2.5, "tables": 1}
    assert [(fault.path, fault.code) for fault in faults_of(small)] == [
        ("expected.checkpoints", "count-differs"),
        ("expected.d_weight", "count-differs"),
        ("expected.tables", "key-unknown"),
    ]


def test_counts_are_not_judged_while_a_checkpoint_is_broken(small, faults_of):
    small["expected"] = {"total_weight": 99}
    checkpoint(small)["weight"] = "1"
    assert [fault.code for fault in faults_of(small)] == ["not-number"]
