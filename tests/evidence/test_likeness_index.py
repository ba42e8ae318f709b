"""The index finds whatever is within seven bits, for certain, whatever was sorted in and whatever was not yet."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evidence import likeness_index
from backend.evidence.fingerprints import NOTHING, PARTS
from backend.evidence.likeness_index import NEAR, LikenessIndex
from backend.evidence.resemblance import Terms

SLOTS = 1 + PARTS
bits = st.integers(1, 2**64 - 1)


def packed(*hashes: int) -> bytes:
    padded = [*hashes, *[NOTHING] * (SLOTS - len(hashes))]
    return b"".join(each.to_bytes(8, "big") for each in padded)


def ids(index: LikenessIndex, terms: Terms) -> list[int]:
    return [candidate.id.int for candidate in index.search(terms)]


@given(bits, st.sets(st.integers(0, 63), max_size=NEAR), st.booleans(), st.booleans())
def test_what_is_near_is_found(asked, flipped, is_whole, is_sorted):
    kept = asked
    for bit in flipped:
        kept ^= 1 << bit
    index = LikenessIndex()
    index.add([(UUID(int=1), packed(kept) if is_whole else packed(NOTHING, NOTHING, kept))])
    if is_sorted:
        strangers = range(2, likeness_index.FEWEST_UNSORTED + 3)
        index.add([(UUID(int=number), packed(number * 0x9E3779B97F4A7C15 % 2**64)) for number in strangers])
    terms = Terms([asked], []) if is_whole else Terms([], [asked])
    assert (1 in ids(index, terms)) == (kept != NOTHING)


@given(bits, st.sets(st.integers(0, 63), min_size=NEAR + 1, max_size=30))
def test_what_is_farther_is_not(asked, flipped):
    kept = asked
    for bit in flipped:
        kept ^= 1 << bit
    index = LikenessIndex()
    index.add([(UUID(int=1), packed(kept))])
    assert ids(index, Terms([asked], [])) == []


def test_a_whole_is_held_against_wholes_and_a_part_against_parts():
    index = LikenessIndex()
    index.add([(UUID(int=1), packed(0xABC)), (UUID(int=2), packed(0xF0F0F0F0F0F0F0F0, 0xABC))])
    assert ids(index, Terms([0xABC], [])) == [1]
    assert ids(index, Terms([], [0xABC])) == [2]


def test_what_says_nothing_is_like_nothing():
    index = LikenessIndex()
    index.add([(UUID(int=1), packed(NOTHING))])
    assert ids(index, Terms([NOTHING, 1], [NOTHING, 1])) == []


def test_the_picture_that_most_speaks_for_comes_first_and_no_more_are_given_than_asked():
    index = LikenessIndex()
    index.add([(UUID(int=9), packed(1 << 63, 0xFF00, 0xFF0000))])
    index.add([(UUID(int=number), packed(1 << 63, 0xFF00)) for number in range(10, 40)])
    found = index.search(Terms([], [0xFF00, 0xFF0000 << 8, 0xFF0000]), most=5)
    assert [candidate.id.int for candidate in found] == [9, 10, 11, 12, 13]
    assert (found[0].hits, found[0].distance) == (2, 0)


@pytest.mark.parametrize("count", [1, 5000, 20_000])
def test_sorting_in_loses_nothing(count):
    dice = np.random.default_rng(count)
    hashes = dice.integers(1, 2**63, (count, SLOTS), dtype=np.uint64)
    index = LikenessIndex()
    for start in range(0, count, 3000):
        rows = range(start, min(count, start + 3000))
        index.add([(UUID(int=row + 1), packed(*map(int, hashes[row]))) for row in rows])
        assert index.search(Terms([int(hashes[start, 0])], []))[0].id.int == start + 1
    assert len(index) == count
    for row in dice.integers(0, count, 20):
        assert index.search(Terms([int(hashes[row, 0]) ^ 1], []))[0].id.int == row + 1
        assert index.search(Terms([], [int(hashes[row, 4]) ^ 2]))[0].id.int == row + 1
