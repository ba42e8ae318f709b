"""Figures in reports are written as on the screens: half up from the value shown, signs and units never mixed."""

import pytest

from backend.exports import written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (83.45, "83.5\u00a0%"),
        (83.44, "83.4\u00a0%"),
        (0.05, "0.1\u00a0%"),
        (0.0, "0.0\u00a0%"),
        (100.0, "100.0\u00a0%"),
        (None, None),
    ],
)
def test_a_rate_has_one_decimal_half_up_from_two(value, text):
    assert written.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(30.8, "+30.8\u00a0pp"), (-0.3, "−0.3\u00a0pp"), (0.0, "+0.0\u00a0pp"), (None, None)]
)
def test_a_change_has_a_sign_and_is_in_points(value, text):
    assert written.points(value) == text


def test_a_change_that_is_not_shown_stands_in_brackets():
    assert written.change({"change_pp": 1.2, "change_shown": True}) == "+1.2\u00a0pp"
    assert written.change({"change_pp": -1.2, "change_shown": False}) == "(−1.2\u00a0pp)"
    assert written.change({"change_pp": None, "change_shown": False}) is None


def test_scores_intervals_ranks_and_bars():
    assert (written.score(75.6), written.score(None)) == ("75.60", None)
    assert (written.interval((69.9, 97.25)), written.interval(None)) == ("[69.9, 97.3]", None)
    assert (written.ranks((61, 84)), written.ranks((3, 3)), written.ranks(None)) == ("61-84", "3", None)
    assert (written.bar(50.0), written.bar(None)) == ({"bar": 50.0}, None)
