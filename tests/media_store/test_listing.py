"""Two listings side by side."""

from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_store.listing import Unsorted, paired


class Line(NamedTuple):
    key: str
    number: int = 0


def lines(*keys: str) -> list[Line]:
    return [Line(key, number) for number, key in enumerate(keys)]


def seen(lefts: list[Line], rights: list[Line]) -> list[tuple[str | None, str | None]]:
    return [(one and one.key, other and other.key) for one, other in paired(lefts, rights)]


def test_what_both_have_comes_together() -> None:
    assert seen(lines("a", "b", "d"), lines("b", "c", "d")) == [("a", None), ("b", "b"), (None, "c"), ("d", "d")]
    assert seen([], lines("a")) == [(None, "a")]
    assert seen(lines("a"), []) == [("a", None)]
    assert seen([], []) == []


def test_several_on_the_left_share_one_on_the_right() -> None:
    assert seen(lines("a", "b", "b", "c"), lines("b", "c")) == [("a", None), ("b", "b"), ("b", "b"), ("c", "c")]
    assert seen(lines("b", "b"), lines("b")) == [("b", "b"), ("b", "b")]


@pytest.mark.parametrize(("lefts", "rights"), [(["b", "a"], ["a"]), (["a"], ["c", "a"])])
def test_a_listing_out_of_order_is_refused_rather_than_misread(lefts: list[str], rights: list[str]) -> None:
    with pytest.raises(Unsorted, match="is listed after"):
        list(paired(lines(*lefts), lines(*rights)))


@given(st.lists(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_nothing_is_lost_and_nothing_is_told_twice(left: list[str], right: set[str]) -> None:
    found = list(paired(lines(*sorted(left)), lines(*sorted(right))))
    assert sorted(one.key for one, _ in found if one) == sorted(left)
    assert {other.key for _, other in found if other} == right
    assert [other.key for one, other in found if one is None and other] == sorted(right - set(left))
    keys = [(one or other).key for one, other in found if one or other]
    assert all(before <= after for before, after in pairwise(keys))
