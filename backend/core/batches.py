"""Long series in pieces that a statement can take."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in their order, `size` at a time; never more than one batch is held."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
