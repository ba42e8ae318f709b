"""Sixty files as a long visit brings them home: every kind that is taken, real ones where they are there, and rubbish."""

import io
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import pillow_heif
from PIL import Image

from tests.journeys.camera import MEDIA, Shot, clip, photo

_MOST_REAL = 2 * 1024 * 1024
_TYPES = {
    ".jpg": ("photo", "image/jpeg"),
    ".heic": ("photo", "image/heic"),
    ".heif": ("photo", "image/heif"),
    ".mov": ("video", "video/quicktime"),
    ".mp4": ("video", "video/mp4"),
    ".bin": ("photo", "image/jpeg"),
}
_BROKEN = ("broken", "fuzzed")


def album(number: int) -> dict[Shot, str]:
    """That many different files, and whether each should end as `ready` or as `unreadable`."""
    return dict(islice(_real_then_made(), number))


def _real_then_made() -> Iterator[tuple[Shot, str]]:
    for path in sorted(MEDIA.glob("*.*")):
        if path.suffix in _TYPES and path.stat().st_size <= _MOST_REAL:
            kind, media_type = _TYPES[path.suffix]
            is_broken = path.name.startswith(_BROKEN)
            yield Shot(path.name, kind, media_type, path.read_bytes()), "unreadable" if is_broken else "ready"
    for seed in count():
        for make in _MAKERS:
            shot = make(seed)
            yield shot, "unreadable" if shot.name.startswith(_BROKEN) else "ready"


def _picture(kind: str, seed: int) -> Shot:
    """Noise, so that no format makes it small."""
    pixels = np.random.default_rng(seed).integers(0, 256, (240, 320 + seed, 3), dtype=np.uint8)
    made = io.BytesIO()
    if kind == "heic":
        pillow_heif.from_pillow(Image.fromarray(pixels)).save(made, quality=60)
    else:
        Image.fromarray(pixels).save(made, kind.upper())
    return Shot(f"picture-{seed}.{kind}", "photo", f"image/{kind}", made.getvalue())


def _sound(seed: int) -> Shot:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sound.m4a"
        with av.open(str(path), "w", format="ipod") as film:
            track = film.add_stream("aac", rate=44100)
            noise = np.random.default_rng(seed).normal(0, 0.2, (1, 44100)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            frame.sample_rate = 44100
            film.mux(track.encode(frame))
            film.mux(track.encode())
        return Shot(f"sound-{seed}.m4a", "audio", "audio/mp4", path.read_bytes())


def _film(seed: int) -> Shot:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mov"
        with av.open(str(path), "w", format="mov") as film:
            pictures = film.add_stream("libx264", rate=10)
            pictures.width, pictures.height, pictures.pix_fmt = 160, 120, "yuv420p"
            dice = np.random.default_rng(seed)
            for _ in range(8):
                pixels = dice.integers(0, 256, (120, 160, 3), dtype=np.uint8)
                film.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            film.mux(pictures.encode())
        return Shot(f"film-{seed}.mov", "video", "video/quicktime", path.read_bytes())


def _broken(seed: int) -> Shot:
    """Begins as a JPEG and is none."""
    return Shot(
        f"broken-{seed}.jpg", "photo", "image/jpeg", b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(60_000)
    )


_MAKERS: tuple[Callable[[int], Shot], ...] = (
    photo,
    partial(_picture, "png"),
    partial(_picture, "webp"),
    partial(_picture, "heic"),
    clip,
    _film,
    _sound,
    _broken,
)
