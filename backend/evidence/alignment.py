"""Whether two pictures show the very same shot: one is laid over the other and they are compared place by place.

Hashes find what may be a copy; here it is decided. A copy agrees almost everywhere, however it was re-encoded, cropped
or framed. Two shots of one place, two papers on one form, two dark rooms agree in much and differ somewhere. Pure
arithmetic over grey levels of thumbnails; nothing is decoded here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.evidence.fingerprints import NOTHING, Box, Grey, Sums, distance, hash_of, parts
from backend.evidence.resemblance import PART, SAME, Terms
from backend.evidence.windows import windows

GRID = 64
BLOCK = 8
# A block with less spread of grey says nothing; it takes so many that say something to decide.
TEXTURE = 3.0
FEWEST_BLOCKS = 12
BLOCK_AGREES = 0.8
SHARE_AGREES = 0.8
# Of the smaller picture, or of the window in which it is shown, so much must lie under the other.
SMALLEST_OVERLAP = 0.3
# How many windows and parts of a new picture are looked up: each costs some tenths of a millisecond at a million pictures.
WINDOWS_ASKED, PARTS_ASKED = 12, 20
# Two pictures that cover one another to within this share are the same picture, not a part.
WHOLE = 0.93

PARTS_TRIED = 40
NEAR_BITS = 12
MOST_TRIALS = 24
# As they are guessed, two copies correlate by more than this; the most promising guesses are mended.
LEAST_PROMISE = 0.2
MOST_MENDED = 6
# The first guess is off by some hundredths of the picture; it is mended in ever smaller steps.
FIRST_STEP, LAST_STEP = 0.05, 0.002


@dataclass(frozen=True, slots=True)
class Map:
    """Where a place of the first picture lies in the second: stretched, then moved (pixels)."""

    across: float
    down: float
    right: float
    below: float

    def of(self, box: Box) -> Box:
        return Box(
            box.left * self.across + self.right,
            box.top * self.down + self.below,
            box.width * self.across,
            box.height * self.down,
        )

    def back(self, box: Box) -> Box:
        return Box(
            (box.left - self.right) / self.across,
            (box.top - self.below) / self.down,
            box.width / self.across,
            box.height / self.down,
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two pictures agree under a map: the share of telling blocks, and whether they cover one another."""

    share: float
    how: str


class Sighted:
    """A picture made ready for comparing it with others."""

    def __init__(self, grey: Grey) -> None:
        self.sums = Sums(grey)
        self.whole = self.sums.whole
        self.windows = windows(grey)
        self.parts = parts(grey, PARTS_TRIED)


def terms_of(grey: Grey) -> Terms:
    """What an index is asked to find copies of the picture: the whole and its windows, and the parts."""
    sums = Sums(grey)
    boxes = [sums.whole, *windows(grey)[:WINDOWS_ASKED]]
    return Terms([hash_of(sums.levels(box)) for box in boxes], [part.bits for part in parts(grey, PARTS_ASKED)])


def agreement(first: Sighted, second: Sighted) -> Agreement | None:
    """How the two pictures are one shot, or None where nothing shows that they are."""
    best: Agreement | None = None
    for guess in _guesses(first, second):
        found = _judged(first, second, _mended(first, second, guess))
        if found and (best is None or found.share > best.share):
            best = found
        if best and best.share > (1 + SHARE_AGREES) / 2:
            break
    return best


def _guesses(first: Sighted, second: Sighted) -> Iterator[Map]:
    """Maps worth trying, the most promising first: whole on whole, whole in window, part on part."""
    boxes = [(first.whole, second.whole)]
    boxes += [(window, second.whole) for window in first.windows if _is_like(first, window, second, second.whole)]
    boxes += [(first.whole, window) for window in second.windows if _is_like(first, first.whole, second, window)]
    pairs = sorted(
        (distance(one.bits, other.bits), index, at)
        for index, one in enumerate(first.parts)
        for at, other in enumerate(second.parts)
        if distance(one.bits, other.bits) <= NEAR_BITS
    )
    boxes += [(first.parts[index].box, second.parts[at].box) for _, index, at in pairs]
    maps = [_map(one, other) for one, other in boxes[:MOST_TRIALS]]
    promise = {lay: _likeness(first, second, lay) for lay in maps}
    yield from sorted((lay for lay in maps if promise[lay] > LEAST_PROMISE), key=lambda lay: -promise[lay])[
        :MOST_MENDED
    ]


def _is_like(first: Sighted, one: Box, second: Sighted, other: Box) -> bool:
    bits = hash_of(first.sums.levels(one)), hash_of(second.sums.levels(other))
    return NOTHING not in bits and distance(*bits) <= NEAR_BITS


def _map(one: Box, other: Box) -> Map:
    across, down = other.width / one.width, other.height / one.height
    return Map(across, down, other.left - one.left * across, other.top - one.top * down)


def _overlap(first: Sighted, second: Sighted, lay: Map) -> Box | None:
    """What of the first picture lies over the second, in the first one's pixels."""
    other = lay.back(second.whole)
    left, top = max(0.0, other.left), max(0.0, other.top)
    right = min(first.whole.width, other.left + other.width)
    bottom = min(first.whole.height, other.top + other.height)
    return Box(left, top, right - left, bottom - top) if right - left > GRID / 4 and bottom - top > GRID / 4 else None


def _mended(first: Sighted, second: Sighted, lay: Map) -> Map:
    """The map after small moves and stretches, each kept when the pictures agree better with it."""
    best, step = _likeness(first, second, lay), FIRST_STEP
    while step >= LAST_STEP:
        better = False
        for moved in _moves(second, lay, step):
            found = _likeness(first, second, moved)
            if found > best:
                lay, best, better = moved, found, True
        step = step if better else step / 2
    return lay


def _moves(second: Sighted, lay: Map, step: float) -> Iterator[Map]:
    width, height = second.whole.width, second.whole.height
    for way in (-step, step):
        yield replace(lay, right=lay.right + way * width)
        yield replace(lay, below=lay.below + way * height)
        yield replace(
            lay,
            across=lay.across * (1 + way),
            down=lay.down * (1 + way),
            right=lay.right - way * width / 2,
            below=lay.below - way * height / 2,
        )


def _likeness(first: Sighted, second: Sighted, lay: Map) -> float:
    """Correlation of the two over their overlap, -1 to 1."""
    box = _overlap(first, second, lay)
    if box is None:
        return -1.0
    one, other = first.sums.levels(box), second.sums.levels(lay.of(box))
    return float(_correlation(one[None], other[None])[0])


def _judged(first: Sighted, second: Sighted, lay: Map) -> Agreement | None:
    box = _overlap(first, second, lay)
    if box is None:
        return None
    seen = box.width * box.height
    shares = seen / _area(first.whole), seen * lay.across * lay.down / _area(second.whole)
    if max(shares) < SMALLEST_OVERLAP:
        return None
    one, other = _blocks(first.sums.levels(box, GRID)), _blocks(second.sums.levels(lay.of(box), GRID))
    said, answered = one.std(axis=(1, 2)), other.std(axis=(1, 2))
    telling = (said > TEXTURE) & (answered > TEXTURE)
    counted = telling | ((said > 2 * TEXTURE) ^ (answered > 2 * TEXTURE))
    if telling.sum() < FEWEST_BLOCKS:
        return None
    agrees = telling & (_correlation(one, other) > BLOCK_AGREES)
    share = float(agrees.sum() / counted.sum())
    return Agreement(share, SAME if min(shares) > WHOLE else PART) if share >= SHARE_AGREES else None


def _area(box: Box) -> float:
    return box.width * box.height


def _slopes() -> NDArray[np.float64]:
    """An orthonormal basis of even light over a block: level, across, down."""
    ramp = np.arange(BLOCK) - (BLOCK - 1) / 2
    flat = np.ones((BLOCK, BLOCK))
    raw = np.stack([flat, np.broadcast_to(ramp, flat.shape), np.broadcast_to(ramp[:, None], flat.shape)]).reshape(3, -1)
    basis: NDArray[np.float64] = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    return basis


SLOPES = _slopes()


def _blocks(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The grid cut into blocks of 8 x 8, each without its even slope of light, which any two walls share."""
    count = GRID // BLOCK
    blocks = levels.reshape(count, BLOCK, count, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)
    return (blocks - blocks @ SLOPES.T @ SLOPES).reshape(-1, BLOCK, BLOCK)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's correlation of each block with its counterpart."""
    one = one - one.mean(axis=(1, 2), keepdims=True)
    other = other - other.mean(axis=(1, 2), keepdims=True)
    below = np.sqrt((one**2).sum(axis=(1, 2)) * (other**2).sum(axis=(1, 2)))
    found: NDArray[np.float64] = (one * other).sum(axis=(1, 2)) / np.maximum(below, 1e-9)
    return found
