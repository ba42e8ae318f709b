"""Long series in pieces."""

from itertools import count, islice

import pytest

from backend.core.batches import batches


@pytest.mark.parametrize(
    ("items", "wanted"), [([], []), ([1], [[1]]), ([1, 2], [[1, 2]]), ([1, 2, 3, 4, 5], [[1, 2], [3, 4], [5]])]
)
def test_everything_comes_in_its_order(items: list[int], wanted: list[list[int]]) -> None:
    assert list(batches(items, 2)) == wanted


def test_no_more_is_taken_than_is_asked_for() -> None:
    assert list(islice(batches(count(), 3), 2)) == [[0, 1, 2], [3, 4, 5]]
