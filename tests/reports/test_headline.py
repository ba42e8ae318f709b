"""The change between two waves, paired by store: shown where its interval excludes zero, and only there."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.checklists.scoring import shown
from backend.reports.headline import paired
from backend.reports.tables import shown_by_parent
from backend.reports.tallies import Tallies

PERCENTAGES = st.fractions(0, 100, max_denominator=500)
NONE = np.array([], dtype=np.int64)


def tallies(rates):
    """The tallies of stores that were asked one checkpoint, by store key; a rate is a percentage, exact."""
    shares = [rate / 100 for rate in rates.values()]
    counts = [[[each.numerator, each.denominator - each.numerator, 0]] for each in shares]
    return Tallies(
        None, "covert", None, list(rates), [], [], NONE, NONE,
        np.array(counts, dtype=np.int32).reshape(len(rates), 1, 3), NONE, [], [],
    )  # fmt: skip


def change(pairs):
    """The change of stores whose (earlier, later) rates are given."""
    earlier, later = ({store: pair[side] for store, pair in enumerate(pairs)} for side in (0, 1))
    return paired(tallies(earlier), tallies(later))


def ends(found):
    """Both ends of the interval, which for a change does not stop at 0 or 100."""
    return shown(Fraction(found.mean - found.half)), shown(Fraction(found.mean + found.half))


def test_a_change_that_every_store_made_is_shown():
    found = change([(Fraction(70), Fraction(80)), (Fraction(60), Fraction(69)), (Fraction(90), Fraction(99))])
    # Differences 10, 9, 9: mean 28/3, s = 0.5774, t(2) = 4.303, half width 1.434.
    assert (found.n, found.value, ends(found)) == (3, 9.33, (7.9, 10.77))
    assert found.excludes_zero


def test_a_change_up_here_and_down_there_is_not():
    found = change([(Fraction(70), Fraction(80)), (Fraction(80), Fraction(72))])
    assert found.value == 1
    assert not found.excludes_zero


def test_a_store_in_one_of_the_waves_has_no_change():
    before, now = tallies({"A": Fraction(10), "B": Fraction(20)}), tallies({"B": Fraction(25), "C": Fraction(90)})
    assert (paired(before, now).n, paired(before, now).value) == (1, 5)


@pytest.mark.parametrize("pairs", [[], [(Fraction(1), Fraction(90))]])
def test_fewer_than_two_stores_show_no_change(pairs):
    found = change(pairs)
    assert (found.n, found.half) == (len(pairs), None)
    assert not found.excludes_zero


@given(st.lists(st.tuples(PERCENTAGES, PERCENTAGES), min_size=2, max_size=30))
def test_a_change_turned_round_is_its_mirror(pairs):
    there, back = change(pairs), change([(later, earlier) for earlier, later in pairs])
    assert there.mean == -back.mean
    assert there.excludes_zero == back.excludes_zero
    assert ends(there) == pytest.approx([-end for end in reversed(ends(back))], abs=1e-9)


def test_a_region_s_change_is_that_of_the_stores_that_stayed_in_it():
    rose = [(Fraction(70), Fraction(80)), (Fraction(60), Fraction(69)), (Fraction(90), Fraction(99))]
    earlier = tallies({store: pair[0] for store, pair in enumerate([*rose, (Fraction(90), Fraction(5))])})
    later = tallies({store: pair[1] for store, pair in enumerate([*rose, (Fraction(90), Fraction(5))])})
    stayed, moved = {"east": [0, 1, 2, 3]}, {"east": [0, 1, 2], None: [3]}
    assert shown_by_parent(earlier, stayed, later, stayed) == set()
    assert shown_by_parent(earlier, stayed, later, moved) == {"east"}
    assert shown_by_parent(earlier, moved, later, stayed) == {"east"}
    assert shown_by_parent(earlier, {}, later, stayed) == set()


def test_no_change_anywhere_excludes_nothing():
    assert not change([(Fraction(50), Fraction(50))] * 4).excludes_zero
