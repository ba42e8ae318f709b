"""Renditions per second of one core, against Pillow decoding the whole picture and resizing that for each size.

And against pyvips, where it is installed (`pip install "pyvips[binary]"`); nothing of the product needs it.
"""

import io
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from PIL import Image

try:
    import pyvips
except (ImportError, OSError):
    pyvips = None

from backend.evidence.imaging import QUALITY, SIZES, fitted, render
from backend.evidence.sniffing import MediaType
from tests.bench.table import Row, judged

TARGET_RATIO, TARGET_PYVIPS = 3, 1.2
WIDTH, HEIGHT = 4000, 3000


def measure(*, quick: bool) -> list[Row]:
    picture = _photo()
    rows = [_compared("full decode", _full_decode, TARGET_RATIO, picture, rounds=3 if quick else 15)]
    if pyvips:
        rows.append(_compared("pyvips", _pyvips, TARGET_PYVIPS, picture, rounds=3 if quick else 15))
    return rows


def _compared(name: str, other: Callable[[bytes], None], target: float, picture: bytes, *, rounds: int) -> Row:
    """Ours and the other in turn, so that both meet the same machine."""
    pairs = [(_seconds(_ours, picture), _seconds(other, picture)) for _ in range(rounds)]
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(slow / quick for quick, slow in pairs)
    return Row(
        "5", f"renditions 1600 + 320 px of a 12-megapixel JPEG ({len(picture) / 1e6:.1f} MB), one core",
        f"{1 / ours:.1f} /s, {ours * 1000:.0f} ms", f"{name} {1 / theirs:.1f} /s, {theirs * 1000:.0f} ms", ratio,
        judged(f"at least {target}", met=ratio >= target),
    )  # fmt: skip


def _photo() -> bytes:
    """Slow colours under some noise: it compresses about as a phone's picture does."""
    across, down = np.meshgrid(np.linspace(0, 9, WIDTH), np.linspace(0, 7, HEIGHT))
    noise = np.random.default_rng(1).normal(0, 3, (HEIGHT, WIDTH))
    channels = [127 + 100 * np.sin(across * turn + down) + noise for turn in (1.0, 1.3, 1.7)]
    made = io.BytesIO()
    Image.fromarray(np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8)).save(made, "JPEG", quality=88)
    return made.getvalue()


def _seconds(make: Callable[[bytes], None], picture: bytes) -> float:
    """Of the processor, so that a neighbour on the machine does not count."""
    began = time.process_time()
    make(picture)
    return time.process_time() - began


def _ours(picture: bytes) -> None:
    render(io.BytesIO(picture), MediaType.JPEG)


def _full_decode(picture: bytes) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        for side in SIZES.values():
            resized = image.resize(fitted(image.size, side), Image.Resampling.LANCZOS)
            resized.save(io.BytesIO(), "JPEG", quality=QUALITY)


def _pyvips(picture: bytes) -> None:
    """Its own fastest way: it shrinks while it decodes, and the smaller picture is made of the larger."""
    image = pyvips.Image.thumbnail_buffer(picture, SIZES["screen"], height=SIZES["screen"], size="down")
    screen = image.copy_memory()
    screen.jpegsave_buffer(Q=QUALITY, keep="none")
    thumb = screen.thumbnail_image(SIZES["thumb"], height=SIZES["thumb"], size="down")
    thumb.jpegsave_buffer(Q=QUALITY, keep="none")
