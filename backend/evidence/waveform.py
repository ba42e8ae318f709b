"""How loud a recording is from its beginning to its end, read in constant memory.

Like video, it may meet hostile bytes only inside the studio's own process. The drawing is made in imaging.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.evidence.sniffing import MediaType, Reason, Unreadable
from backend.evidence.video import frames_of, opened, sound_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

COLUMNS = 400
# No more than an hour is decoded. Of a longer recording it is a part of every two seconds, so that whatever lasts as
# long is seen.
MOST_SECONDS = 3600
SLICE_SECONDS = 2
# What takes longer has no waveform: half of one would look like silence.
MOST_WORK_SECONDS = 45
# Below this part of full scale everything is noise, and is not blown up to fill the picture.
QUIET = 0.02


def levels(source: Path, media_type: MediaType, duration_ms: int) -> NDArray[np.float32]:
    """400 levels from 0 to 1 of the recording at `source`, which lasts `duration_ms`: its peaks against its loudest.

    Raises Unreadable if there is no sound, no duration, or if it takes too long.
    """
    with opened(source, media_type) as clip:
        sound = sound_of(clip)
        if sound is None or not duration_ms:
            raise Unreadable(Reason.BROKEN, {"detail": "no sound"})
        peaks = np.zeros(COLUMNS, np.float32)
        for frame in frames_of(_sampled(clip, sound, duration_ms / 1000)):
            _raise_to(peaks, frame, duration_ms / 1000)
    # The root lifts quiet speech beside a slammed door.
    loudness: NDArray[np.float32] = np.sqrt(peaks / max(QUIET, float(peaks.max())))
    return loudness


def _sampled(clip: "InputContainer", sound: "AudioStream", seconds: float) -> Iterator["Packet[Any]"]:
    """The packets to be decoded, evenly out of the whole recording."""
    end, share = time.monotonic() + MOST_WORK_SECONDS, min(1.0, MOST_SECONDS / seconds)
    for packet in clip.demux(sound):
        if time.monotonic() > end:
            raise Unreadable(Reason.TIMEOUT, {"seconds": MOST_WORK_SECONDS})
        at = float((packet.pts or 0) * packet.time_base) if packet.time_base else 0.0
        if at % SLICE_SECONDS <= SLICE_SECONDS * share:
            yield packet


def _raise_to(peaks: NDArray[np.float32], frame: "AudioFrame", seconds: float) -> None:
    """Puts the frame's samples where they belong; one may lie in many columns, or many in one."""
    if frame.time is None or not frame.sample_rate:
        return
    heard = _heard(frame)
    at = (frame.time + np.arange(heard.size) / frame.sample_rate) * (COLUMNS / seconds)
    np.maximum.at(peaks, np.clip(at, 0, COLUMNS - 1).astype(np.intp), heard)


def _heard(frame: "AudioFrame") -> NDArray[np.float32]:
    """The frame's samples without their signs, 0 to 1, each the loudest of its channels."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    heard: NDArray[np.float32] = np.abs(samples.astype(np.float32) - (128 if samples.dtype == np.uint8 else 0))
    full = 2 ** (8 * samples.itemsize - 1) if samples.dtype.kind in "iu" else 1
    loudest: NDArray[np.float32] = heard.max(axis=0) / full
    return np.nan_to_num(loudest).clip(0, 1)
