"""Pictures that came before with another visit, galleries, cameras."""

import pytest

from backend.integrity import pictures
from backend.integrity.facts import Twin
from tests.integrity.cases import OTHER, case, codes, file, file_id


def twin(how: str, other: int = 50, visit=OTHER, mine: int = 1) -> Twin:
    return Twin(file_id(mine), how, file_id(other), visit)


@pytest.mark.parametrize(
    ("how", "code"), [("same-bytes", "reused-file"), ("same-picture", "same-picture"), ("part", "part-of-picture")]
)
def test_a_picture_of_an_earlier_visit_is_a_signal_with_both(how: str, code: str) -> None:
    (found,) = pictures.signals(case(file(1), twins=(twin(how),)))
    assert (found.code, found.evidence, found.other_id, found.other_visit_id) == (
        code,
        (file_id(1),),
        file_id(50),
        OTHER,
    )
    assert found.params == {"visits": 1}


def test_many_likes_of_one_file_are_one_signal_by_the_most_alike() -> None:
    twins = (twin("part", 9), twin("same-bytes", 70, file_id(3)), twin("same-picture", 8), twin("same-bytes", 60))
    (found,) = pictures.signals(case(file(1), twins=twins))
    assert (found.code, found.other_id, found.params) == ("reused-file", file_id(60), {"visits": 2})
    assert list(pictures.signals(case(file(1), twins=tuple(reversed(twins))))) == [found]


def test_each_reused_file_is_a_signal_of_its_own() -> None:
    twins = (twin("same-bytes", 60, mine=2), twin("same-bytes", 61, mine=1))
    found = list(pictures.signals(case(file(1), file(2), twins=twins)))
    assert [each.evidence for each in found] == [(file_id(1),), (file_id(2),)]


@pytest.mark.parametrize(("allowed", "code"), [(True, "gallery"), (False, "gallery-not-allowed")])
def test_a_gallery_weighs_more_where_the_wave_does_not_allow_it(allowed: bool, code: str) -> None:
    files = (file(1), file(2, source="gallery"), file(3, source="file"), file(4, source="gallery", is_on_site=False))
    (found,) = pictures.signals(case(*files, gallery_allowed=allowed))
    assert (found.code, found.evidence, found.params) == (code, (file_id(2), file_id(3)), {"files": 2, "of": 3})


def test_the_camera_and_what_came_after_the_visit_are_no_gallery() -> None:
    assert not list(pictures.signals(case(file(1), file(2, source="gallery", is_on_site=False))))


def test_two_cameras_in_one_visit_are_noticed_and_files_that_name_none_are_not() -> None:
    files = (file(1, camera="A 1"), file(2, camera="B 2"), file(3, camera="B 2"), file(4))
    (found,) = pictures.signals(case(*files))
    assert (found.code, found.evidence, found.params) == (
        "cameras-differ",
        (file_id(2), file_id(1)),
        {"cameras": ["B 2", "A 1"]},
    )
    assert codes(pictures.signals(case(file(1, camera="A 1"), file(2)))) == []
