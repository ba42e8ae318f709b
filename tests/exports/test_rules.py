"""What a spreadsheet program might calculate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.exports import rules


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"])
def test_what_begins_like_a_formula_is_written_as_text(text):
    assert rules.as_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "店", "A-1", "1+1", "'=1", "EO-01-02", " =1"])
def test_everything_else_is_written_as_it_is(text):
    assert rules.as_text(text) == text


@given(st.text())
def test_no_text_is_left_to_be_calculated_and_none_is_lost(text):
    written = rules.as_text(text)
    assert not rules.is_formula(written)
    assert written.removeprefix("'") == text.removeprefix("'")


def test_every_kind_has_a_format_and_every_format_a_media_type():
    assert {each for formats in rules.FORMATS.values() for each in formats} <= set(rules.MEDIA_TYPES)
    assert all(rules.FORMATS.values())
