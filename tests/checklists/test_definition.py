"""A whole definition: defaults, identity, and that nothing but its faults ever comes out of a broken one."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.definition import FAULT_LIMIT, DefinitionFaults, Fault, parse
from backend.checklists.rules import compile_version

CHECKLISTS = Path(__file__).parents[2] / "checklists"


def taken(document):
    return parse(json.dumps(document).encode())


def test_defaults_are_filled_in(small):
    document = taken(small).document
    assert document["schema_version"] == 1
    assert document["scoring"] == {
        "na": "excluded",
        "rate": "passed/(passed+failed)",
        "score": "earned_weight/applicable_weight",
        "critical": {"effect": "cap", "cap": 59},
    }
    assert document["evidence_rules"] == {
        "shared_media": True,
        "absence": {"allowed_on": "fail", "requires": "comment", "qc_confirmation": True},
    }
    stage = document["stages"][0]
    assert (stage["capture"], stage["methods"]) == ("onsite", ["covert"])
    assert stage["checkpoints"][0] == {
        **small["stages"][0]["checkpoints"][0],
        "lineage": "C1",
        "capture": "onsite",
        "answer": {"type": "pass_fail"},
        "evidence_mode": "all",
        "evidence": [],
        "weight": 1,
        "critical": False,
        "allow_na": False,
        "privacy": [],
    }


def test_what_is_written_wins_over_the_default(small):
    small["scoring"] = {"critical": {"effect": "zero"}}
    small["stages"][0] |= {"capture": "before_visit", "method": "remote"}
    small["stages"][0]["checkpoints"][1] |= {"capture": "after_visit", "weight": 2.5, "evidence": [{"kind": "photo"}]}
    document = taken(small).document
    stage = document["stages"][0]
    assert document["scoring"]["critical"] == {"effect": "zero", "cap": 59}
    assert stage["methods"] == ["remote"]
    assert [checkpoint["capture"] for checkpoint in stage["checkpoints"]] == ["before_visit", "after_visit"]
    assert stage["checkpoints"][1]["weight"] == 2.5
    assert stage["checkpoints"][1]["evidence"] == [{"kind": "photo", "required": True, "min": 1}]


def test_a_document_with_its_defaults_is_its_own_definition(small):
    first = taken(small)
    assert taken(first.document).document == first.document
    assert taken(first.document).sha256 == first.sha256


def test_parsing_leaves_no_trace_in_the_order_of_the_file(small):
    assert list(taken(small).document)[: len(small)] == list(small)


def test_the_hash_names_the_content_not_the_writing(small):
    in_yaml = parse(yaml.safe_dump(small, allow_unicode=True, sort_keys=True).encode())
    spelled_out = copy.deepcopy(small)
    spelled_out["stages"][0]["checkpoints"][0]["weight"] = 1.0
    assert in_yaml.sha256 == taken(small).sha256 == taken(spelled_out).sha256
    spelled_out["stages"][0]["checkpoints"][0]["weight"] = 2
    assert taken(spelled_out).sha256 != taken(small).sha256


def test_code_and_version_stand_at_hand(small):
    definition = taken(small)
    assert (definition.code, definition.version) == ("T", "1.0.0")


def test_faults_of_structure_and_of_meaning_are_collected_together(small, faults_of):
    small["titel"] = "x"
    small["stages"][0]["checkpoints"][0]["weight"] = "heavy"
    small["stages"][0]["checkpoints"][1]["module"] = "nowhere"
    assert faults_of(small) == [
        Fault("stages[0].checkpoints[0].weight", "not-number"),
        Fault("stages[0].checkpoints[1].module", "module-unknown", {"code": "nowhere", "known": ["m"]}),
        Fault("titel", "key-unknown", {"key": "titel", "known": faults_of(small)[2].params["known"]}),
    ]


def test_the_number_of_faults_is_bounded(small):
    small |= {f"extra{number}": 1 for number in range(FAULT_LIMIT * 2)}
    with pytest.raises(DefinitionFaults) as caught:
        taken(small)
    assert len(caught.value.faults) == FAULT_LIMIT


@pytest.mark.parametrize("source", [b"[]", b"1", b"null", b"text", b'"text"', b"{}"])
def test_something_else_entirely_is_refused(source, faults_of):
    assert faults_of(source)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("aZ1-. 车\n", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=5,
)


def sample():
    """A number, a choice, a private space: one checkpoint of each in three stages."""
    document = yaml.safe_load((CHECKLISTS / "reception-and-facility.yaml").read_text(encoding="utf-8"))
    del document["expected"]
    wanted = {"RF-04-01", "RF-07-03", "RF-HW-10"}
    for stage in document["stages"]:
        stage["checkpoints"] = [each for each in stage["checkpoints"] if each["code"] in wanted]
    document["stages"] = [stage for stage in document["stages"] if stage["checkpoints"]]
    return document


def places(node, path=()):
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


SAMPLE = sample()
PLACES = [path for path in places(SAMPLE) if path]


def test_the_sample_to_be_mutated_is_sound(faults_of):
    assert faults_of(SAMPLE) == []


@given(st.data())
def test_a_mutated_definition_is_taken_or_refused_with_its_faults(data):
    document = copy.deepcopy(SAMPLE)
    for path in data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        holder = document
        try:
            for key in path[:-1]:
                holder = holder[key]
            if data.draw(st.booleans()):
                holder[path[-1]] = data.draw(VALUES)
            else:
                del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    try:
        compile_version(parse(json.dumps(document).encode()).document)
    except DefinitionFaults as refusal:
        assert refusal.faults


@given(st.data())
def test_a_file_with_damaged_bytes_is_taken_or_refused_with_its_faults(data):
    source = bytearray(yaml.safe_dump(SAMPLE, allow_unicode=True).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(source) - 1))
        source[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=3))
    try:
        compile_version(parse(bytes(source), media="yaml").document)
    except DefinitionFaults as refusal:
        assert refusal.faults
