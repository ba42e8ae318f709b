"""Two sorted listings side by side, so that millions of names are compared while two are held."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from media_store.store import StoreError


class Named(Protocol):
    """What can be compared: anything that tells its key."""

    @property
    def key(self) -> str: ...


Left = TypeVar("Left", bound=Named)
Right = TypeVar("Right", bound=Named)


class Unsorted(StoreError):
    """A listing is not in the order of its keys, so that nothing can be said about what it lacks."""


def paired(lefts: Iterable[Left], rights: Iterable[Right]) -> Iterator[tuple[Left | None, Right | None]]:
    """Everything of both, what has the same key together, what is on one side only beside None.

    On the left a key may come several times, all of them beside the one on the right. Raises `Unsorted`.
    """
    left, right = _in_order(lefts), _in_order(rights)
    one, other = next(left, None), next(right, None)
    met = ""
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            yield one, None
            one = next(left, None)
        elif one is not None and one.key == other.key:
            yield one, other
            met = other.key
            one = next(left, None)
        else:
            if other.key != met:
                yield None, other
            other = next(right, None)


def _in_order(items: Iterable[Left]) -> Iterator[Left]:
    last = ""
    for item in items:
        if item.key < last:
            message = f"{item.key!r} is listed after {last!r}"
            raise Unsorted(message)
        last = item.key
        yield item
