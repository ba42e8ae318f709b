"""The first seconds of a clip for every browser: H.264 in MP4, upright, small, silent, and without a word of the original.

Like video, it may meet hostile bytes only inside the studio's own process.
"""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import ColorRange

from backend.evidence.imaging import fitted
from backend.evidence.sniffing import MediaType, Reason, Unreadable
from backend.evidence.video import film_of, frames_of, opened, quarter_turns

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SECONDS = 8
FRAMES_PER_SECOND = 20
SIDE = 640
# A preview that would take longer to make ends where it has come to: the rest of the job needs its time too.
MOST_WORK_SECONDS = 30

# Main profile at 4:2:0 is what every browser and phone decodes. `faststart` puts the index in front of the pictures, and
# `bitexact` leaves out the writer's own name.
ENCODER = {"preset": "veryfast", "crf": "27", "profile": "main"}
CONTAINER = {"movflags": "+faststart", "fflags": "+bitexact"}


def record(source: Path, media_type: MediaType, target: Path) -> tuple[int, int]:
    """Writes the preview of the clip at `source` to the file `target`; answers its width and height.

    It ends early where the clip does, where it can no longer be decoded, or after half a minute of work. Raises
    Unreadable if there is nothing to show.
    """
    with (
        opened(source, media_type) as clip,
        av.open(str(target), "w", format="mp4", container_options=CONTAINER) as made,
    ):
        film = film_of(clip)
        if film is None:
            raise Unreadable(Reason.BROKEN, {"detail": "no pictures"})
        return _copy(_shown(clip, film), made)


def _copy(shown: Iterator[tuple[int, "VideoFrame"]], made: "OutputContainer") -> tuple[int, int]:
    """Encodes the frames, each at its place in time; all take the size and the turn of the first."""
    first = next(shown)
    lying, turns = _even(fitted((first[1].width, first[1].height), SIDE)), quarter_turns(first[1].rotation)
    stream = _stream(made, first[1], lying[::-1] if turns % 2 else lying)
    for place, frame in chain([first], shown):
        made.mux(stream.encode(_upright(frame, lying, turns, place)))
    made.mux(stream.encode())
    return stream.width, stream.height


def _shown(clip: "InputContainer", film: "VideoStream") -> Iterator[tuple[int, "VideoFrame"]]:
    """The frames of the first seconds with their places, twenty to a second and none filled twice, while time allows."""
    end, last, start = time.monotonic() + MOST_WORK_SECONDS, -1, None
    packets = takewhile(lambda _: time.monotonic() < end, clip.demux(film))
    for frame in frames_of(packets):
        if frame.time is None:
            continue
        start = frame.time if start is None else start
        place = int((frame.time - start) * FRAMES_PER_SECOND)
        if place >= SECONDS * FRAMES_PER_SECOND:
            return
        if place > last:
            last = place
            yield place, frame


def _even(size: tuple[int, int]) -> tuple[int, int]:
    """4:2:0 has one colour for two by two pixels."""
    return max(2, size[0] & ~1), max(2, size[1] & ~1)


def _stream(made: "OutputContainer", frame: "VideoFrame", size: tuple[int, int]) -> "VideoStream":
    stream = made.add_stream("libx264", rate=FRAMES_PER_SECOND, options=ENCODER)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    encoder = stream.codec_context
    encoder.thread_count, encoder.time_base = 1, Fraction(1, FRAMES_PER_SECOND)
    # The numbers of a wide-gamut or HDR clip mean what they meant in the original; only their range is settled.
    encoder.color_range = ColorRange.MPEG
    encoder.color_primaries, encoder.color_trc = frame.color_primaries, frame.color_trc
    encoder.colorspace = frame.colorspace
    return stream


def _upright(frame: "VideoFrame", lying: tuple[int, int], turns: int, place: int) -> "VideoFrame":
    """The frame brought to size and turned. The new one carries nothing of the old but its pixels."""
    width, height = lying
    small = frame.reformat(width, height, "yuv420p", interpolation="AREA", dst_color_range=ColorRange.MPEG)
    rows = small.to_ndarray()
    planes = rows[:height], *rows[height:].reshape(2, height // 2, width // 2)
    turned = np.concatenate([np.rot90(plane, turns).ravel() for plane in planes])
    upright = av.VideoFrame.from_ndarray(turned.reshape(-1, height if turns % 2 else width), "yuv420p")
    upright.pts, upright.time_base = place, Fraction(1, FRAMES_PER_SECOND)
    return upright
