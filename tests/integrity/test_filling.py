"""How a form was filled in."""

from datetime import timedelta

import pytest

from backend.integrity import filling
from backend.integrity.facts import Told
from tests.integrity.cases import OTHER, TEN, case, codes, file_id, told

LONG = "前台没有人主动问好，等了十分钟之后才有一位顾问走过来接待。"
OTHER_LONG = "休息区的饮水机没有水，也没有人来处理，直到我离开时仍然如此。"


@pytest.mark.parametrize(
    ("answers", "seconds", "expected"),
    [
        (78, 155, ["filled-fast"]),
        (78, 156, []),
        (78, 0, ["filled-fast"]),
        (78, -60, []),
        (9, 1, []),
        (10, 19, ["filled-fast"]),
    ],
)
def test_faster_than_reading(answers: int, seconds: int, expected: list[str]) -> None:
    spent = {"started_at": TEN, "finished_at": TEN + timedelta(seconds=seconds)}
    assert codes(filling.filled_fast(case(answers=told(*["pass"] * answers), **spent))) == expected


def test_without_both_times_nobody_was_fast() -> None:
    answers = told(*["pass"] * 78)
    assert not list(filling.filled_fast(case(answers=answers, started_at=TEN)))
    assert not list(filling.filled_fast(case(answers=answers, finished_at=TEN)))


@pytest.mark.parametrize(("minutes", "expected"), [(4.9, ["short-stay"]), (5, []), (-3, []), (90, [])])
def test_a_short_stay(minutes: float, expected: list[str]) -> None:
    stay = {"arrived_at": TEN, "left_at": TEN + timedelta(minutes=minutes), "answers": told(*["pass"] * 12)}
    assert codes(filling.short_stay(case(**stay))) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (told(*["pass"] * 20), ["same-answers"]),
        (told(*["na"] * 30), ["same-answers"]),
        (told(*["pass"] * 19), []),
        (told(*["pass"] * 19, "fail"), []),
        (told(*["pass"] * 20, comment="很好"), []),
    ],
)
def test_the_same_answer_throughout(answers: tuple, expected: list[str]) -> None:
    assert codes(filling.same_answers(case(answers=answers))) == expected


def test_comments_of_an_earlier_visit_are_counted_against_the_one_with_most() -> None:
    answers = (Told("A", "fail", LONG), Told("B", "fail", f"  {OTHER_LONG}\n"), Told("C", "fail", "没有做到。"))
    earlier = {OTHER: frozenset({LONG, OTHER_LONG, "x" * 30}), file_id(9): frozenset({LONG})}
    (found,) = filling.comments_copied(case(answers=answers, earlier_comments=earlier))
    assert (found.code, found.other_visit_id, found.params) == ("comments-copied", OTHER, {"comments": 2})


@pytest.mark.parametrize("earlier", [{}, {OTHER: frozenset()}, {OTHER: frozenset({LONG})}])
def test_one_sentence_in_common_is_nobodys_copy(earlier: dict) -> None:
    assert not list(filling.comments_copied(case(answers=(Told("A", "fail", LONG),), earlier_comments=earlier)))


@pytest.mark.parametrize(
    ("text", "expected"), [(None, None), ("", None), ("没有做到。", None), ("a " * 12, "a a a a a a a a a a a a")]
)
def test_only_comments_of_some_length_are_compared(text: str | None, expected: str | None) -> None:
    assert filling.worth_comparing(text) == expected
