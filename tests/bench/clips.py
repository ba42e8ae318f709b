"""How long the silent preview of a clip and the waveform of a recording take, in seconds of one core."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import av
import numpy as np

from backend.evidence import preview, waveform
from backend.evidence.sniffing import MediaType
from tests.bench.table import Row

FILMS = {"1080p H.264": ("libx264", (1920, 1080)), "1080p HEVC": ("libx265", (1920, 1080))}
FRAMES_PER_SECOND, FILM_SECONDS, HERTZ = 30, 10, 48_000


def measure(folder: Path, *, quick: bool) -> list[Row]:
    rows = [_preview(name, folder / "clip.mp4", rounds=1 if quick else 5) for name in FILMS]
    return [*rows, _waveform(folder / "sound.m4a", minutes=2 if quick else 20, rounds=1 if quick else 5)]


def _preview(name: str, path: Path, *, rounds: int) -> Row:
    _film(path, *FILMS[name])
    target = path.with_name("preview.mp4")
    spent = _seconds(lambda: preview.record(path, MediaType.MP4, target), rounds)
    what = f"preview of 8 s of a {name} clip at {FRAMES_PER_SECOND} frames a second, one core"
    return Row(
        "5", what, f"{spent:.2f} s, {target.stat().st_size / 1000:.0f} kB", "as long as it plays: 8 s", 8 / spent
    )


def _waveform(path: Path, *, minutes: int, rounds: int) -> Row:
    _talk(path, minutes * 60)
    spent = _seconds(lambda: waveform.levels(path, MediaType.M4A, minutes * 60_000), rounds)
    what = f"waveform of {minutes} minutes of AAC, one core"
    return Row("5", what, f"{spent:.2f} s", f"as long as it plays: {minutes * 60} s", minutes * 60 / spent)


def _film(path: Path, coder: str, size: tuple[int, int]) -> None:
    """A pattern that drifts under noise: neither a still nor a storm."""
    pattern = np.random.default_rng(1).integers(40, 200, (size[1] // 8, size[0] // 8, 3), np.uint8)
    pattern = pattern.repeat(8, axis=0).repeat(8, axis=1)
    with av.open(str(path), "w") as film:
        pictures = film.add_stream(coder, rate=FRAMES_PER_SECOND, options={"preset": "ultrafast"})
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv420p"
        for at in range(FILM_SECONDS * FRAMES_PER_SECOND):
            frame = av.VideoFrame.from_ndarray(np.roll(pattern, 3 * at, axis=1), format="rgb24")
            film.mux(pictures.encode(frame))
        film.mux(pictures.encode())


def _talk(path: Path, seconds: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1, 20 * HERTZ)).astype(np.float32)
    with av.open(str(path), "w", format="ipod") as sound:
        track = sound.add_stream("aac", rate=HERTZ, layout="mono")
        for at in range(seconds // 20):
            frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = HERTZ, at * noise.size
            sound.mux(track.encode(frame))
        sound.mux(track.encode())


def _seconds(work: Callable[[], object], rounds: int) -> float:
    """Of the processor, so that a neighbour on the machine does not count."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return median(spent)
