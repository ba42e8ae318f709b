"""Adding up packed vectors, against counting by hand."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.scores.counting import Card, count, counts_array, fraction_text

cards = st.integers(1, 12).flatmap(
    lambda width: st.lists(
        st.builds(
            Card,
            st.lists(st.sampled_from([0, 1, 2, 3]), min_size=width, max_size=width).map(bytes),
            st.one_of(st.none(), st.fractions(0, 100, max_denominator=300).map(fraction_text)),
            st.booleans(),
            st.one_of(st.none(), st.uuids()),
            st.integers(0, 99),
        ),
        max_size=6,
    ).map(lambda found: (width, found))
)


@given(cards)
def test_a_count_is_what_counting_by_hand_gives(case):
    width, found = case
    counted = count(found, width)
    array = counts_array([counted.counts], width)[0]
    for position in range(width):
        column = [card.results[position] for card in found]
        assert array[position].tolist() == [column.count(1), column.count(2), column.count(3)]
    scores = [Fraction(card.official) for card in found if card.official is not None]
    assert (counted.visits, counted.scored) == (len(found), len(scores))
    assert counted.red_lines == len([card for card in found if card.red_line])
    assert Fraction(counted.official_sum) == sum(scores)
    assert Fraction(counted.official_squares) == sum(score**2 for score in scores)


def test_the_vector_is_little_endian_int32_of_three_columns():
    counted = count([Card(bytes([1, 2, 3, 0]), "60/7", red_line=False)] * 2, 4)
    assert counted.counts == np.array([2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0], dtype="<i4").tobytes()
    assert counted.official_sum == "120/7"
    assert counted.official_squares == "7200/49"


def test_no_cards_make_an_empty_tally():
    counted = count([], 2)
    assert counted.counts == bytes(24)
    assert (counted.visits, counted.scored, counted.official_sum) == (0, 0, "0/1")


def test_many_vectors_make_one_array():
    blobs = [count([Card(bytes([byte]), None, red_line=False)], 1).counts for byte in (1, 2, 3)]
    assert counts_array(blobs, 1).tolist() == [[[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]]]
    assert counts_array([], 5).shape == (0, 5, 3)
