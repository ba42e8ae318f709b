"""Bytes to plain data: what YAML and JSON may contain, and what is refused in which words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.faults import DefinitionFaults, Fault
from backend.checklists.source import DEPTH_LIMIT, SIZE_LIMIT, read
from backend.core import messages


def refused(source, media=None):
    with pytest.raises(DefinitionFaults) as caught:
        read(source, media=media)
    for fault in caught.value.faults:
        assert messages.say("backend.checklists", fault.code, dict(fault.params))
    return list(caught.value.faults)


def only(source, media=None):
    (fault,) = refused(source, media)
    return fault


def test_yaml_and_json_of_the_same_content_are_the_same_data():
    yaml = b"a: 1\nb: [x, 2.0, 0.5, null, true]\nc: {d: ' e '}\n"
    assert read(yaml) == read(b'{"a": 1, "b": ["x", 2, 5e-1, null, true], "c": {"d": "e"}}')
    assert json.dumps(read(b"n: 2.0")) == '{"n": 2}'


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "NO", "y", "1:30", "0x1f", "0o17", "1_000", "<<", "="])
def test_what_yaml_1_1_would_turn_into_something_else_stays_text(word):
    assert read(f"value: {word}".encode()) == {"value": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [("~", None), ("", None), ("True", True), ("FALSE", False), ("-7", -7), (".5", 0.5), ("1e2", 100)],
)
def test_plain_scalars_follow_the_core_rules_of_yaml_1_2(word, value):
    assert read(f"value: {word}".encode()) == {"value": value}


def test_quotes_make_text():
    assert read(b"a: '1'\nb: \"true\"\nc: '2026-05-31'\nd: |\n  two\n  lines\n") == {
        "a": "1",
        "b": "true",
        "c": "2026-05-31",
        "d": "two\nlines",
    }


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert read(b"\xef\xbb\xbfa: 1") == {"a": 1}
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_an_unquoted_date_is_named_with_its_place():
    assert refused(b"version: 2026-05-31\nstages:\n  - at: 2026-5-3T10:00:00Z\n") == [
        Fault("version", "date-unquoted", {"text": "2026-05-31"}),
        Fault("stages[0].at", "date-unquoted", {"text": "2026-5-3T10:00:00Z"}),
    ]


@pytest.mark.parametrize("source", [b"a: {b: 1, c: 2, b: 3}", b'{"a": {"b": 1, "c": 2, "b": 3}}'])
def test_a_repeated_key_is_named_with_its_place(source):
    assert refused(source) == [Fault("a", "key-twice", {"key": "b"})]


@pytest.mark.parametrize("source", [b"a: &x 1\nb: *x", b"a: *x", b"- &x [1]", b"&x a: 1"])
def test_anchors_and_aliases_are_refused(source):
    assert only(source).code == "yaml-alias"


def test_a_billion_laughs_cost_nothing():
    lines = ["a0: &a0 [lol, lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert only("\n".join(lines).encode()) == Fault("", "yaml-alias", {"line": 1})


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!str 1", "!x y", "! z", "!!binary aGk="])
def test_type_tags_are_refused(tag):
    assert only(f"a: {tag}".encode()) == Fault("", "yaml-tag", {"line": 1})


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"? [a]\n: 1", "yaml-key"),
        (b"a: 1\n---\nb: 2", "yaml-documents"),
        (b"# nothing", "yaml-documents"),
        (b"", "file-empty"),
        (b" \n\t ", "file-empty"),
        (b"a: [1", "yaml-unreadable"),
        (b"a: b: c", "yaml-unreadable"),
        (b"a: \x00", "yaml-characters"),
        (b'{"a": 1,}', "json-unreadable"),
        (b"a: \xff", "not-utf8"),
        ("a: é".encode("latin-1"), "not-utf8"),
        ("a: 1".encode("utf-16"), "not-utf8"),
    ],
)
def test_unreadable_files_say_why(source, code):
    assert only(source).code == code


def test_an_unreadable_place_is_given_by_line_and_column():
    assert only(b"a: 1\nb: [1\n").params["line"] == 3
    assert only(b'{"a": 1,\n "b" 2}') == Fault("", "json-unreadable", {"line": 2, "column": 6})


def test_the_media_decides_over_the_look():
    assert only(b"a: 1", "json").code == "json-unreadable"
    assert read(b'{"a": no}', media="yaml") == {"a": "no"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b'{"a": NaN}', "number-not-finite"),
        (b"a: .nan", "number-not-finite"),
        (b'{"a": Infinity}', "number-too-large"),
        (b"a: -.inf", "number-too-large"),
        (b'{"a": 1e999}', "number-too-large"),
        (b"a: " + b"9" * 5000, "number-too-large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number-too-large"),
        (b'{"a": "\\ud800"}', "text-unsafe"),
        (b'{"a": "\\u0000"}', "text-unsafe"),
        (b'a: "\\x1b[31m"', "text-unsafe"),
    ],
)
def test_values_without_a_place_in_a_definition_are_named(source, code):
    assert (only(source).path, only(source).code) == ("a", code)


@pytest.mark.parametrize("source", [b'{"\\u0000": 1}', b'{"' + b"k" * 101 + b'": 1}'])
def test_an_unreadable_key_does_not_become_a_place(source):
    assert only(source) == Fault("", "key-unreadable")


@pytest.mark.parametrize("media", ["json", "yaml"])
@pytest.mark.parametrize("depth", [DEPTH_LIMIT + 1, 5_000, 500_000])
def test_deep_nesting_is_refused_before_it_hurts(media, depth):
    assert only(b"[" * depth + b"]" * depth, media).code == "too-deep"


@pytest.mark.parametrize("media", ["json", "yaml"])
def test_nesting_up_to_the_limit_is_read(media):
    assert read(b"[" * DEPTH_LIMIT + b"1" + b"]" * DEPTH_LIMIT, media=media)


def test_size_and_number_of_values_are_limited():
    assert only(b"a" * (SIZE_LIMIT + 1)) == Fault("", "file-too-large", {"limit": SIZE_LIMIT})
    assert only(b"[" + b"0," * 200_000 + b"0]", "json").code == "too-many-values"


def test_every_bad_value_is_collected():
    assert len(refused(b"a: .nan\nb: 2026-01-01\nc: {d: 1, d: 2}\n")) == 3


@given(st.binary(max_size=200), st.sampled_from(["json", "yaml", None]))
def test_bytes_are_read_or_refused(source, media):
    try:
        read(source, media=media)
    except DefinitionFaults as refusal:
        assert refusal.faults


@given(st.text(alphabet="{}[]:,-&*!|>'\"%@`#?~ \n\tab1.\\xuU0", max_size=80), st.sampled_from(["json", "yaml"]))
def test_texts_of_syntax_are_read_or_refused(text, media):
    try:
        read(text.encode(), media=media)
    except DefinitionFaults as refusal:
        assert refusal.faults
