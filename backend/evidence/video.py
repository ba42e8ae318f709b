"""Clips and sound: what their containers say, and one frame of a clip to show. Preview and waveform read them from here.

Like imaging, it may meet hostile bytes only inside the studio's own process. Pictures are encoded in imaging. These three
files alone know PyAV.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.evidence.imaging import fitted
from backend.evidence.sniffing import MediaType, Reason, Unreadable, decoding, is_cut_short, printable

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    Playable = TypeVar("Playable", VideoStream, AudioStream)

try:
    import av
    from av.stream import Disposition
except ImportError:
    VIDEO_INSTALLED = False
else:
    av.logging.set_level(av.logging.PANIC)
    VIDEO_INSTALLED = True

MAX_DURATION_MS = 3 * 60 * 60 * 1000
MAX_SIDE = 8192
# The picture is taken this far into a clip, or half way into a shorter one: the first frame is often black or a shoe.
# No more than so many frames are decoded on the way there, and nothing is skipped: not every recording can be wound.
POSTER_AT_SECONDS = 1.0
POSTER_FRAMES = 30

# Only the format that was recognised is tried: left to itself, FFmpeg would also follow play lists to other files.
FORMATS = {
    MediaType.MP4: "mov",
    MediaType.QUICKTIME: "mov",
    MediaType.M4A: "mov",
    MediaType.WEBM: "matroska",
    MediaType.WEBM_AUDIO: "matroska",
    MediaType.AAC: "aac",
    MediaType.MP3: "mp3",
    MediaType.WAV: "wav",
    MediaType.OGG: "ogg",
}


YEARS_OF_UNSET_CLOCKS = (1904, 1970)
MAX_LAT, MAX_LON = 90, 180

# The decoders' own guards: no other protocol, no frame larger than we take even if the header lied.
OPTIONS = {"protocol_whitelist": "file", "max_pixels": str(MAX_SIDE * MAX_SIDE)}
# A damaged start is common and does no harm as long as a frame follows within so many packets.
PACKETS_TRIED = 200


@dataclass(frozen=True, slots=True)
class Probe:
    """What a container says of itself, none of it proof.

    Width and height are as stored; a player turns the picture counter-clockwise by `rotation` degrees. `created_at` is
    ISO 8601, `lat` and `lon` are WGS-84 degrees.
    """

    duration_ms: int | None
    width: int | None
    height: int | None
    rotation: int
    video_codec: str | None
    audio_codec: str | None
    created_at: str | None
    make: str | None
    model: str | None
    lat: float | None
    lon: float | None

    @property
    def upright_size(self) -> tuple[int | None, int | None]:
        """Width and height as they are seen."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)


def probe(path: Path, media_type: MediaType) -> Probe:
    """What the clip or recording at `path` is. One frame is decoded, to know that it can be.

    Raises Unreadable if it is broken, cut short, without pictures and sound, longer than three hours or larger than
    8192 pixels a side.
    """
    _check_whole(path, media_type)
    with opened(path, media_type) as clip:
        film, sound = film_of(clip), sound_of(clip)
        duration_ms = _duration_ms(clip) or _duration_by_reading(path, media_type)
        _check_limits(duration_ms, film)
        lat, lon = _position(clip.metadata)
        return Probe(
            duration_ms=duration_ms,
            width=film.codec_context.width if film else None,
            height=film.codec_context.height if film else None,
            rotation=_first_rotation(clip, film or sound),
            video_codec=film.codec_context.codec.canonical_name if film else None,
            audio_codec=sound.codec_context.codec.canonical_name if sound else None,
            created_at=_created_at(clip.metadata),
            make=_said(clip.metadata, "com.apple.quicktime.make", "com.android.manufacturer"),
            model=_said(clip.metadata, "com.apple.quicktime.model", "com.android.model"),
            lat=lat,
            lon=lon,
        )


def poster(path: Path, media_type: MediaType, *, side: int) -> NDArray[np.uint8]:
    """One frame of the clip, upright, as height x width x 3 in RGB, fitted into a square of `side` pixels.

    It shows about the end of the first second. Raises Unreadable if no frame can be decoded.
    """
    with opened(path, media_type) as clip:
        film = film_of(clip)
        if film is None:
            raise Unreadable(Reason.BROKEN, {"detail": "no pictures"})
        frame = _frame_at(clip, film, min(POSTER_AT_SECONDS, (_duration_ms(clip) or 0) / 2000))
        width, height = fitted((frame.width, frame.height), side)
        pixels = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
        return np.ascontiguousarray(np.rot90(pixels, quarter_turns(frame.rotation)))


def _check_whole(path: Path, media_type: MediaType) -> None:
    if FORMATS.get(media_type) == "mov" and is_cut_short(path):
        raise Unreadable(Reason.TRUNCATED)


@contextmanager
def opened(path: Path, media_type: MediaType) -> Iterator["InputContainer"]:
    """The file's container; whatever fails while it is open is Unreadable."""
    if media_type not in FORMATS:
        raise Unreadable(Reason.FOREIGN_TYPE)
    with (
        decoding(),
        av.open(str(path), "r", format=FORMATS[media_type], options=OPTIONS, metadata_errors="replace") as clip,
    ):
        yield clip


def film_of(clip: "InputContainer") -> "VideoStream | None":
    """The moving pictures: a cover picture stored inside a song is none."""
    films = [stream for stream in clip.streams.video if not stream.disposition & Disposition.attached_pic]
    return next((_hardened(stream) for stream in films if stream.codec_context), None)


def sound_of(clip: "InputContainer") -> "AudioStream | None":
    """The first track of sound."""
    return next((_hardened(stream) for stream in clip.streams.audio if stream.codec_context), None)


def _hardened(stream: "Playable") -> "Playable":
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {"max_pixels": OPTIONS["max_pixels"]}
    return stream


def _check_limits(duration_ms: int | None, film: "VideoStream | None") -> None:
    if duration_ms and duration_ms > MAX_DURATION_MS:
        raise Unreadable(Reason.TOO_LONG, {"minutes": duration_ms // 60_000, "limit": MAX_DURATION_MS // 60_000})
    width, height = (film.codec_context.width, film.codec_context.height) if film else (0, 0)
    if max(width, height) > MAX_SIDE:
        limit = MAX_SIDE * MAX_SIDE // 10**6
        raise Unreadable(Reason.TOO_MANY_PIXELS, {"width": width, "height": height, "limit": limit})


def _duration_ms(clip: "InputContainer") -> int | None:
    return round(clip.duration * 1000 / av.time_base) if clip.duration and clip.duration > 0 else None


def _duration_by_reading(path: Path, media_type: MediaType) -> int | None:
    """A browser's recorder writes no duration, since it never goes back to the start: the last packet tells."""
    with opened(path, media_type) as clip:
        ends = (
            (packet.pts + (packet.duration or 0)) * packet.time_base
            for packet in clip.demux()
            if packet.pts is not None and packet.time_base
        )
        return round(max(ends, default=0) * 1000) or None


def _first_rotation(clip: "InputContainer", stream: "VideoStream | AudioStream | None") -> int:
    """Degrees, a multiple of 90: only a decoded frame tells. Sound decodes to frames without any."""
    if stream is None:
        raise Unreadable(Reason.BROKEN, {"detail": "neither pictures nor sound"})
    return quarter_turns(getattr(_first_frame(clip, stream), "rotation", 0)) * 90


def quarter_turns(rotation: int) -> int:
    """Counter-clockwise quarter turns, -1 to 2."""
    return (round(rotation / 90) + 1) % 4 - 1


def _frame_at(clip: "InputContainer", film: "VideoStream", seconds: float) -> "VideoFrame":
    """The frame at that time, or as near before it as may be had."""
    frame: VideoFrame
    for frame in islice(frames_of(_first_packets(clip, film)), POSTER_FRAMES):
        if frame.time is not None and frame.time >= seconds:
            break
    return frame


def _first_frame(clip: "InputContainer", stream: "VideoStream | AudioStream") -> Any:
    return next(frames_of(_first_packets(clip, stream)))


def _first_packets(clip: "InputContainer", stream: "VideoStream | AudioStream") -> Iterator["Packet[Any]"]:
    return islice(clip.demux(stream), PACKETS_TRIED)


def frames_of(packets: Iterable["Packet[Any]"]) -> Iterator[Any]:
    """What can be decoded, over packets that cannot; raises what the decoder said if nothing can."""
    found, last = False, Exception("no frame")
    for packet in packets:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            last = error
            continue
        found = found or bool(frames)
        yield from frames
    if not found:
        raise last


def _said(metadata: dict[str, str], *names: str) -> str | None:
    return printable(next((metadata[name] for name in names if name in metadata), None))


def _created_at(metadata: dict[str, str]) -> str | None:
    """The phone's local time with its offset where Apple's tag has it, else the container's time in UTC."""
    text = _said(metadata, "com.apple.quicktime.creationdate", "creation_time") or ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(microsecond=0).isoformat() if moment.year not in YEARS_OF_UNSET_CLOCKS else None


ISO_6709 = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")


def _position(metadata: dict[str, str]) -> tuple[float | None, float | None]:
    """Decimal degrees of ISO 6709, as phones write them; both coordinates or neither."""
    match = ISO_6709.match(_said(metadata, "com.apple.quicktime.location.ISO6709", "location") or "")
    lat, lon = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    if (lat == 0 and lon == 0) or abs(lat) > MAX_LAT or abs(lon) > MAX_LON:
        return None, None
    return lat, lon
