"""Clips and recordings made for tests: four coloured corners behind a black start, and tones."""

import av
import numpy as np

WIDTH, HEIGHT = 320, 180
# Top left, top right, bottom left, bottom right.
CORNERS = ((220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30))


def still():
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2], pixels[: HEIGHT // 2, WIDTH // 2 :] = CORNERS[:2]
    pixels[HEIGHT // 2 :, : WIDTH // 2], pixels[HEIGHT // 2 :, WIDTH // 2 :] = CORNERS[2:]
    return pixels


def make(
    path,
    form="mp4",
    *,
    film="libx264",
    sound=None,
    heard=None,
    rotation=0,
    metadata=None,
    options=None,
    frames=10,
    step=1,
    size=(WIDTH, HEIGHT),
    pix_fmt="yuv420p",
    paint=None,
):
    """A clip of ten frames a second, a recording, or both. `heard` are samples at 48 kHz; `paint` is a frame's pixels."""
    with av.open(str(path), "w", format=form, options=options or {}) as clip:
        clip.metadata.update(metadata or {})
        pictures = clip.add_stream(film, rate=10) if film else None
        noise = clip.add_stream(sound, rate=48000, layout="mono") if sound else None
        if pictures:
            # libvpx's threads wait for one another by spinning: with others at work that takes minutes.
            pictures.codec_context.thread_count = 1
            pictures.width, pictures.height = size
            pictures.pix_fmt = pix_fmt
            pictures.set_display_rotation(rotation)
            _write_pictures(clip, pictures, still() if paint is None else paint, range(0, frames * step, step))
        if noise:
            _write_sound(clip, noise, np.zeros(48000, np.float32) if heard is None else heard)
    return path


def _write_pictures(clip, stream, pixels, places):
    for at in places:
        # A black start, as many cameras make it.
        frame = av.VideoFrame.from_ndarray(pixels if at else np.zeros_like(pixels), format="rgb24")
        frame.pts = at
        clip.mux(stream.encode(frame))
    clip.mux(stream.encode())


def _write_sound(clip, stream, heard):
    frame = av.AudioFrame.from_ndarray(heard.astype(np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 48000, 0
    clip.mux(stream.encode(frame))
    clip.mux(stream.encode())


def corners_of(frame):
    low, right = frame.shape[0] - 20, frame.shape[1] - 20
    return [tuple(frame[y, x].astype(int)) for y, x in ((20, 20), (20, right), (low, 20), (low, right))]
