"""Hashes of copies are near, those of strangers are far, and what says nothing is like nothing."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.evidence.fingerprints import (
    BYTES,
    NOTHING,
    PARTS,
    SIDE,
    Box,
    Sums,
    distance,
    fingerprint,
    hash_of,
    hashes_of,
    parts,
)
from backend.evidence.imaging import greyscale
from tests import scenes


def grey(picture):
    return greyscale(scenes.thumb(picture))


def whole(picture):
    return hashes_of(fingerprint(grey(picture)))[0]


KEPT = [name for name, change in scenes.CHANGES.items() if change.keeps_whole]


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("seed", range(3))
def test_a_copy_is_near(name, seed):
    picture = scenes.clutter(seed)
    copy = scenes.CHANGES[name].apply(picture, random.Random(seed))
    assert distance(whole(picture), whole(copy)) <= 7


@given(quality=st.integers(40, 95), seed=st.integers(0, 30))
def test_a_picture_encoded_anew_is_near_at_any_quality(quality, seed):
    picture = scenes.clutter(seed)
    assert distance(whole(picture), whole(scenes.encoded(picture, quality))) <= 7


def test_strangers_are_far():
    hashes = [whole(scenes.clutter(seed)) for seed in range(12)]
    apart = [distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(apart) > 7
    assert 26 < np.mean(apart) < 38


@pytest.mark.parametrize("seed", range(6))
def test_a_crop_keeps_parts(seed):
    picture = scenes.clutter(seed)
    kept = hashes_of(fingerprint(grey(picture)))[1:]
    crop = parts(grey(scenes.cropped(picture, 0.1, random.Random(seed))), 20)
    assert min(distance(one, part.bits) for one in kept for part in crop) <= 7


def test_parts_lie_inside_and_the_most_outstanding_comes_first():
    levels = np.full((240, 320), 120, np.uint8)
    levels[100:140, 60:100] = 250
    levels[100:140, 200:240] = 140
    found = parts(levels, 2)
    assert 70 < found[0].box.left + found[0].box.width / 2 < 90
    for part in parts(grey(scenes.clutter(1)), 40):
        assert part.box.left >= 0
        assert part.box.top >= 0
        assert part.box.left + part.box.width <= 320
        assert part.box.top + part.box.height <= 240


def test_a_surface_of_one_grey_says_nothing():
    for level in (0, 200):
        assert fingerprint(np.full((240, 320), level, np.uint8)) == bytes(BYTES)


@given(arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_any_picture_has_a_fingerprint(levels):
    hashes = hashes_of(fingerprint(levels))
    assert len(hashes) == 1 + PARTS
    assert all(0 <= bits < 2**64 for bits in hashes)


@given(arrays(np.uint8, (40, 60)), st.floats(0, 20), st.floats(0, 20), st.floats(4, 40), st.floats(4, 20))
def test_the_levels_of_a_box_have_the_mean_of_its_area(levels, left, top, width, height):
    found = Sums(levels).levels(Box(left, top, width, height), 8)
    fine = Sums(levels).levels(Box(left, top, width, height), 16)
    assert found.mean() == pytest.approx(fine.mean(), abs=1e-6)
    assert levels.min() - 1e-6 <= found.min()
    assert found.max() <= levels.max() + 1e-6


def test_a_distance_counts_bits():
    assert distance(0, 2**64 - 1) == 64
    assert distance(0x8000000000000001, 0) == 2
    assert distance(0xFF, 0xFF) == 0


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="32 x 32"):
        hash_of(np.zeros((8, 9)))
    assert hash_of(np.zeros((SIDE, SIDE))) == NOTHING
