"""Hashes of copies are near, those of strangers are far."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageEnhance

from backend.evidence.fingerprints import SIDE, distance, perceptual_hash
from backend.evidence.imaging import greyscale, render
from backend.evidence.sniffing import MediaType


def scene(seed):
    """Coarse shapes over a slope of light, as in a photo."""
    random = np.random.default_rng(seed)
    image = Image.fromarray(random.integers(0, 255, (6, 8, 3), np.uint8)).resize((800, 600), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, w, h = random.integers(0, 700, 4)
        draw.ellipse((x, y, x + w // 4, y + h // 4), fill=tuple(int(each) for each in random.integers(0, 255, 3)))
    return image


def hashed(image, quality=85):
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return perceptual_hash(greyscale(render(out, MediaType.JPEG, sizes={"thumb": 320}).renditions[0].data, SIDE))


COPIES = {
    "encoded again": lambda image: image,
    "a quarter of the size": lambda image: image.resize((200, 150)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
    "in grey": lambda image: image.convert("L"),
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("seed", range(5))
def test_a_copy_is_near(name, seed):
    assert distance(hashed(scene(seed)), hashed(COPIES[name](scene(seed)), quality=40)) <= 8


def test_strangers_are_far():
    hashes = [hashed(scene(seed)) for seed in range(12)]
    apart = [distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(apart) > 12
    assert 26 < np.mean(apart) < 38


@given(arrays(np.uint8, (SIDE, SIDE)))
def test_a_hash_is_sixteen_hexadecimal_digits(pixels):
    digits = perceptual_hash(pixels)
    assert len(digits) == 16
    assert distance(digits, f"{int(digits, 16):016x}") == 0


def test_a_surface_of_one_grey_has_a_fixed_hash():
    assert perceptual_hash(np.full((SIDE, SIDE), 200, np.uint8)) == "8000000000000000"
    assert perceptual_hash(np.zeros((SIDE, SIDE), np.uint8)) == "0000000000000000"


def test_a_distance_counts_bits():
    assert distance("0000000000000000", "ffffffffffffffff") == 64
    assert distance("8000000000000001", "0000000000000000") == 2
    assert distance("00000000000000ff", "00000000000000ff") == 0


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="32 x 32"):
        perceptual_hash(np.zeros((8, 9), np.uint8))
