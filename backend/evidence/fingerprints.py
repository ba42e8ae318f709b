"""Fingerprints: what of a picture survives copying, as bits. No pictures are decoded here, no rows are read.

A fingerprint is seven hashes of 64 bits: one of the whole picture and six of its parts, cut out around the six spots
that stand out most, each as large as the spot is. A copy that was re-encoded, resized or brightened keeps the whole's
hash within a few bits. A crop loses it, but the parts inside the crop look as before and keep theirs, wherever they
lie and at whatever size. `docs/likeness.md` has the measured figures.

A hash is pHash: the 8 x 8 lowest frequencies of 32 x 32 grey levels, each above or below their median (after Zauner,
"Implementation and benchmarking of perceptual image hash functions", 2010). Measured against the cheaper gradient hash
it keeps two dark rooms and two plain walls apart. Spots are extrema of the difference of Gaussians over place and
scale (Lowe, "Distinctive image features from scale-invariant keypoints", 2004), without the rest of that method:
pictures here are upright, and near-equal shots are told from copies by `alignment`, not by descriptors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8] | NDArray[np.float32]
"""Grey levels, height x width."""

SIDE = 32
KEPT = 8
PARTS = 6
BYTES = 8 * (1 + PARTS)
NOTHING = 0
"""The hash of what says nothing: a surface of one grey. It is like nothing."""

# Spots are looked for in the picture at half its size, blurred this wide (in pixels there); a part is cut out this many
# times as far around its spot.
STEP = 1.26
SCALES = tuple(2.0 * STEP**step for step in range(9))
REACH = 3.5
# Steps of grey, of 255: a fainter spot is noise, and so is a picture whose levels spread no wider.
FAINTEST = 1.5
FLATTEST = 4.0


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture in its pixels: left, top, width, height; fractions are meant."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part that stands out, and its hash."""

    box: Box
    bits: int


def _cosines() -> NDArray[np.float64]:
    """The first rows of the DCT-II matrix, unscaled: row k holds cos(pi k (2n + 1) / 2N)."""
    frequency, place = np.arange(KEPT)[:, None], np.arange(SIDE)[None, :]
    waves: NDArray[np.float64] = np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE))
    return waves


COSINES = _cosines()


class Sums:
    """Sums over a picture from its corner on, from which the mean of any box is four look-ups."""

    def __init__(self, grey: Grey) -> None:
        self.height, self.width = grey.shape
        self._table = np.zeros((self.height + 1, self.width + 1))
        np.cumsum(np.cumsum(grey, axis=0, dtype=np.float64), axis=1, out=self._table[1:, 1:])

    def levels(self, box: Box, side: int = SIDE) -> NDArray[np.float64]:
        """The box squeezed into `side` x `side` grey levels, each the exact mean of its area."""
        rows = np.linspace(box.top, box.top + box.height, side + 1)
        columns = np.linspace(box.left, box.left + box.width, side + 1)
        sums = _between(_between(self._table, rows).T, columns).T
        areas = sums[1:, 1:] - sums[:-1, 1:] - sums[1:, :-1] + sums[:-1, :-1]
        cell = (box.height / side) * (box.width / side)
        levels: NDArray[np.float64] = areas / cell
        return levels

    @property
    def whole(self) -> Box:
        return Box(0, 0, self.width, self.height)


def _between(table: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of the table at fractional places: sums grow evenly within a pixel."""
    places = np.clip(places, 0, len(table) - 1)
    below = np.minimum(places.astype(int), len(table) - 2)
    share = (places - below)[:, None]
    rows: NDArray[np.float64] = table[below] * (1 - share) + table[below + 1] * share
    return rows


def hash_of(levels: NDArray[np.float64]) -> int:
    """64 bits of 32 x 32 grey levels, or NOTHING where they hardly differ.

    Read row by row, the first frequency being the highest bit; the mean level, which says nothing, is the first one.
    """
    if levels.shape != (SIDE, SIDE):
        message = f"expected {SIDE} x {SIDE} grey levels, not {levels.shape}"
        raise ValueError(message)
    if levels.std() < FLATTEST:
        return NOTHING
    # Rounded, so that a coefficient of zero is a zero on every machine.
    waves = np.round(COSINES @ levels @ COSINES.T, 3)
    bits = (waves > np.median(waves)).astype(np.uint8)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def fingerprint(grey: Grey) -> bytes:
    """The picture's fingerprint, 56 bytes: the whole's hash and those of its parts, most outstanding first.

    `grey` is the picture at the size of a thumbnail, 320 pixels on its longer side. Parts that are missing are NOTHING.
    """
    sums = Sums(grey)
    hashes = [hash_of(sums.levels(sums.whole)), *(part.bits for part in parts(grey, PARTS))]
    return b"".join(bits.to_bytes(8, "big") for bits in (*hashes, *[NOTHING] * PARTS)[: 1 + PARTS])


def hashes_of(fingerprint: bytes) -> list[int]:
    """The seven hashes of a fingerprint, the whole's first."""
    return [int.from_bytes(fingerprint[at : at + 8], "big") for at in range(0, BYTES, 8)]


def distance(first: int, second: int) -> int:
    """Bits, 0 to 64, in which two hashes differ. Strangers are near 32."""
    return (first ^ second).bit_count()


def parts(grey: Grey, most: int) -> list[Part]:
    """Up to so many parts of the picture that stand out, the most outstanding first, each with its hash."""
    sums = Sums(grey)
    found: list[Part] = []
    for box in _spots(grey):
        bits = hash_of(sums.levels(box))
        if bits != NOTHING:
            found.append(Part(box, bits))
        if len(found) == most:
            break
    return found


def _spots(grey: Grey) -> list[Box]:
    """The squares around all spots that lie wholly inside the picture, the most outstanding first."""
    half = _halved(grey)
    height, width = half.shape
    scales = [scale for scale in SCALES if 2 * REACH * scale <= min(height, width)]
    if len(scales) < 3:  # noqa: PLR2004 - a scale between two others is needed.
        return []
    strength = np.abs(np.diff(_blurred(half, [*scales, scales[-1] * STEP]), axis=0))
    levels, rows, columns = _peaks(strength)
    reach = 2 * REACH * scales[0] * STEP ** (levels + _beyond(strength, levels, rows, columns))
    middle_x, middle_y = 2 * columns + 1, 2 * rows + 1
    inside = (reach <= np.minimum(middle_y, 2 * height - middle_y)) & (
        reach <= np.minimum(middle_x, 2 * width - middle_x)
    )
    order = np.argsort(-strength[levels, rows, columns], kind="stable")
    return [
        Box(
            float(middle_x[at] - reach[at]), float(middle_y[at] - reach[at]), float(2 * reach[at]), float(2 * reach[at])
        )
        for at in order
        if inside[at]
    ]


def _halved(grey: Grey) -> NDArray[np.float64]:
    """The picture at half its size; a last odd row or column is left out."""
    height, width = grey.shape[0] // 2, grey.shape[1] // 2
    halved: NDArray[np.float64] = grey[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))
    return halved


def _beyond(strength: NDArray[np.float64], *peak: NDArray[np.intp]) -> NDArray[np.float64]:
    """How far, -0.5 to 0.5 of a step, the true scale lies beyond the peak's: the top of a parabola through three."""
    levels, rows, columns = peak
    below, top, above = (strength[levels + step, rows, columns] for step in (-1, 0, 1))
    return 0.5 * (below - above) / (below - 2 * top + above)


def _blurred(grey: NDArray[np.float64], scales: list[float]) -> NDArray[np.float64]:
    """The picture under Gaussians of these widths; its edges are mirrored, so that they are no spots."""
    height, width = grey.shape
    mirrored = np.pad(grey, ((0, height), (0, width)), mode="symmetric")
    waves = np.fft.rfft2(mirrored)
    down = np.fft.fftfreq(2 * height)[:, None] ** 2
    across = np.fft.rfftfreq(2 * width)[None, :] ** 2
    softened = [waves * np.exp(-2 * np.pi**2 * scale**2 * (down + across)) for scale in scales]
    return np.stack([np.fft.irfft2(each, s=mirrored.shape)[:height, :width] for each in softened])


def _peaks(strength: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where the strength is above its 26 neighbours in scale and place: three rows, level, row and column.

    Of equal neighbours the first counts, or an even spot between two pixels would be none.
    """
    middle = strength[1:-1, 1:-1, 1:-1]
    highest = middle > FAINTEST
    for level in range(3):
        for row in range(3):
            for column in range(3):
                if (level, row, column) != (1, 1, 1):
                    beside = strength[
                        level : level + middle.shape[0],
                        row : row + middle.shape[1],
                        column : column + middle.shape[2],
                    ]
                    is_earlier = (level, row, column) < (1, 1, 1)
                    highest &= middle > beside if is_earlier else middle >= beside
    return np.array(np.nonzero(highest)) + 1
