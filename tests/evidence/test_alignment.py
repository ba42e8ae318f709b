"""Copies are told to be copies, and different shots, however alike, are not."""

import random

import pytest

from backend.evidence.alignment import Sighted, agreement
from backend.evidence.imaging import greyscale
from backend.evidence.resemblance import PART, SAME
from backend.evidence.windows import windows
from tests import scenes


def sighted(picture):
    return Sighted(greyscale(scenes.thumb(picture)))


@pytest.mark.parametrize("name", [name for name in scenes.CHANGES if "," not in name or name == "screenshot, dark"])
def test_a_copy_is_recognised_and_how(name):
    picture, change = scenes.clutter(4), scenes.CHANGES[name]
    found = agreement(sighted(change.apply(picture, random.Random(2))), sighted(picture))
    assert found is not None
    if change.keeps_whole:
        assert found.how == SAME
    elif name != "5 % cut away":
        assert found.how == PART


def test_it_does_not_matter_which_is_the_copy():
    picture = scenes.clutter(5)
    shot, crop = sighted(picture), sighted(scenes.cropped(picture, 0.3, random.Random(1)))
    assert agreement(shot, crop).how == agreement(crop, shot).how == PART


@pytest.mark.parametrize("draw", [scenes.work_order, scenes.dark_room, scenes.wall, scenes.hall, scenes.clutter])
def test_different_shots_of_one_kind_are_not_copies(draw):
    shots = [sighted(draw(seed)) for seed in range(6)]
    assert [agreement(one, other) for at, one in enumerate(shots) for other in shots[:at]] == [None] * 15


def test_one_place_on_two_days_is_not_a_copy():
    for seed in range(4):
        place = scenes.clutter(seed)
        assert agreement(sighted(place), sighted(scenes.second_shot(place, random.Random(seed)))) is None


# White paper on a white screen ends nowhere: it is found by its parts, if at all.
@pytest.mark.parametrize(
    ("draw", "dark"),
    [
        (scenes.hall, True),
        (scenes.hall, False),
        (scenes.clutter, True),
        (scenes.clutter, False),
        (scenes.work_order, True),
    ],
)
def test_the_window_of_a_screenshot_is_found(draw, dark):
    picture = draw(3)
    grey = greyscale(scenes.thumb(scenes.screenshot(picture, random.Random(3), dark=dark)))
    scale = 148 / picture.width
    boxes = windows(grey)[:12]
    assert any(
        abs(box.width - picture.width * scale) <= 4 and abs(box.height - picture.height * scale) <= 4 for box in boxes
    )


def test_a_plain_photograph_has_few_windows():
    assert all(box.width * box.height < 320 * 240 for box in windows(greyscale(scenes.thumb(scenes.clutter(1)))))
