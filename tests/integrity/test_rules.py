"""Score and bands."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.messages import catalogue
from backend.integrity import rules

SOURCES = Path(rules.__file__).parent


@pytest.mark.parametrize(
    ("weights", "score", "band"),
    [
        ([], 100, "clear"),
        ([10], 90, "clear"),
        ([5, 5], 90, "clear"),
        ([10, 1], 89, "look"),
        ([30], 70, "look"),
        ([30, 10], 60, "look"),
        ([45], 55, "doubt"),
        ([45, 45, 45], 0, "doubt"),
    ],
)
def test_the_score_is_what_is_left_of_100(weights: list[int], score: int, band: str) -> None:
    assert rules.score(weights) == score
    assert rules.band(score) == band


@given(st.lists(st.sampled_from(sorted(rules.WEIGHTS.values()))), st.sampled_from(sorted(rules.WEIGHTS.values())))
def test_another_signal_never_raises_the_score(weights: list[int], more: int) -> None:
    assert 0 <= rules.score([*weights, more]) <= rules.score(weights) <= 100


@pytest.mark.parametrize("code", sorted(rules.WEIGHTS))
def test_every_signal_has_a_sentence_and_a_line_in_the_docs(code: str) -> None:
    keys = ("clock-ahead", "clock-behind") if code == "clock" else (code,)
    assert set(keys) <= set(catalogue("backend.integrity")["en"])
    page = (SOURCES.parents[1] / "docs" / "integrity.md").read_text(encoding="utf-8")
    assert re.search(rf"\| `{code}` \| {rules.WEIGHTS[code]} \|", page), code


def test_every_weight_has_a_rule() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py") if path.name != "rules.py")
    assert {code for code in rules.WEIGHTS if f'"{code}"' not in text} == set()


@pytest.mark.parametrize(
    "code", ["clock", "same-answers", "gallery", "same-position", "cameras-differ", "outside-wave"]
)
def test_what_may_well_be_honest_leaves_a_visit_clear_by_itself(code: str) -> None:
    assert rules.band(rules.score([rules.WEIGHTS[code]])) == "clear"
