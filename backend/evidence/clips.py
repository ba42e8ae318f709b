"""What the studio makes of clips and recordings: facts, stills, the preview of a clip, the waveform of a recording.

It runs in the studio's own process only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.evidence import imaging, rules, video
from backend.evidence.imaging import Picture
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable

STILLS = {"poster": 1600, "thumb": 320}


@dataclass(frozen=True, slots=True)
class Beside:
    """A rendition that is no still of the original and lies on disk already; width and height in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Clip:
    """What a file is and claims, its stills still to be written, and what was made besides."""

    facts: dict[str, Any]
    stills: tuple[Picture, ...] = ()
    besides: tuple[Beside, ...] = ()


def develop(source: Path, media_type: MediaType, kind: Kind, out: Path) -> Clip:
    """The clip or recording at `source`, declared as `kind`; what is made besides its stills goes into the folder `out`.

    Raises Unreadable if it is broken, beyond the limits or of the other kind.
    """
    if not video.VIDEO_INSTALLED:
        return Clip(_taken_on_trust(media_type, kind))
    found = video.probe(source, media_type)
    _check_kind(kind, Kind.VIDEO if found.video_codec else Kind.AUDIO)
    facts = _facts(found, media_type, kind)
    if kind is Kind.AUDIO:
        return Clip(facts, besides=_if_possible(lambda: _waveform(source, media_type, found.duration_ms, out)))
    frame = video.poster(source, media_type, side=max(STILLS.values()))
    stills = imaging.render_pixels(frame, sizes=STILLS)
    return Clip(facts, stills, _if_possible(lambda: _preview(source, media_type, out)))


def _taken_on_trust(media_type: MediaType, kind: Kind) -> dict[str, Any]:
    """Without PyAV a container that may hold either is what the phone says, and nothing is made of it."""
    if media_type.kind is Kind.AUDIO:
        _check_kind(kind, Kind.AUDIO)
    return {"media_type": media_type.sound_only() if kind is Kind.AUDIO else media_type, "kind": kind}


def _check_kind(declared: Kind, found: Kind) -> None:
    if declared is not found:
        raise Unreadable(Reason.KIND_MISMATCH, {"found": found})


def _facts(found: video.Probe, media_type: MediaType, kind: Kind) -> dict[str, Any]:
    width, height = found.upright_size
    return {
        "media_type": media_type if kind is Kind.VIDEO else media_type.sound_only(),
        "kind": kind,
        "width": width,
        "height": height,
        "duration_ms": found.duration_ms,
        "video_codec": found.video_codec,
        "audio_codec": found.audio_codec,
        "taken_at": found.created_at,
        "make": found.make,
        "model": found.model,
        "lat": found.lat,
        "lon": found.lon,
    }


def _if_possible(make: Callable[[], Beside]) -> tuple[Beside, ...]:
    """A preview or waveform is a courtesy: proof that plays is not refused for want of one."""
    try:
        return (make(),)
    except Unreadable:
        return ()


# These two know PyAV from their first line on, so they are imported where it is known to be installed.


def _preview(source: Path, media_type: MediaType, out: Path) -> Beside:
    from backend.evidence import preview  # noqa: PLC0415 - see above.

    return Beside("preview", *preview.record(source, media_type, out / rules.RENDITIONS["preview"]))


def _waveform(source: Path, media_type: MediaType, duration_ms: int | None, out: Path) -> Beside:
    from backend.evidence import waveform  # noqa: PLC0415 - see above.

    drawn = imaging.drawing(waveform.levels(source, media_type, duration_ms or 0))
    (out / rules.RENDITIONS["waveform"]).write_bytes(drawn.data)
    return Beside(drawn.name, drawn.width, drawn.height)
