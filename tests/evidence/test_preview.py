"""The silent beginning of a clip: what every browser plays, and nothing of the original but its pixels."""

import time
from pathlib import Path

import av
import numpy as np
import pytest

from backend.evidence import preview
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable, sniff_file
from tests.evidence.films import CORNERS, HEIGHT, WIDTH, corners_of, make

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
CLIPS = [
    path
    for path in sorted(MEDIA.glob("*"))
    if getattr(sniff_file(path), "kind", None) is Kind.VIDEO and not path.name.startswith("fuzzed")
]
SECRETS = {
    "location": "+31.2304+121.4737/",
    "creation_time": "2026-05-01T01:30:00Z",
    "title": "SECRET",
    "comment": "SECRET",
    "artist": "SECRET",
}


def recorded(source, tmp_path):
    target = tmp_path / "made.mp4"
    size = preview.record(source, sniff_file(source), target)
    return target, size


def frames_of(path):
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def boxes(path):
    """The names of the outermost boxes, in their order."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def is_near(seen, wanted, slack=40):
    return np.abs(np.subtract(seen, wanted, dtype=int)).max() < slack


@pytest.mark.parametrize(("form", "film", "pix_fmt"), [
    ("mp4", "libx264", "yuv420p"),
    ("mov", "libx264", "yuv422p"),
    ("mp4", "libx265", "yuv420p10le"),
    ("webm", "libvpx", "yuv420p"),
    ("mp4", "libsvtav1", "yuv420p"),
])  # fmt: skip
def test_every_browser_plays_it(tmp_path, form, film, pix_fmt):
    source = make(tmp_path / "clip", form, film=film, pix_fmt=pix_fmt, sound="aac" if form != "webm" else "libopus")
    target, size = recorded(source, tmp_path)
    with av.open(str(target)) as clip:
        [stream] = clip.streams
        coder = stream.codec_context
        assert (coder.name, coder.profile, coder.pix_fmt) == ("h264", "Main", "yuv420p")
        assert (coder.width, coder.height) == size == (WIDTH, HEIGHT)
        assert abs(clip.duration / av.time_base - 1) < 0.15
    assert boxes(target)[:2] == [b"ftyp", b"moov"]
    assert is_near(corners_of(frames_of(target)[-1]), CORNERS)


@pytest.mark.parametrize(
    ("rotation", "order"), [(0, (0, 1, 2, 3)), (90, (1, 3, 0, 2)), (180, (3, 2, 1, 0)), (-90, (2, 0, 3, 1))]
)
def test_it_is_upright(tmp_path, rotation, order):
    target, size = recorded(make(tmp_path / "clip", rotation=rotation), tmp_path)
    assert size == ((HEIGHT, WIDTH) if rotation % 180 else (WIDTH, HEIGHT))
    with av.open(str(target)) as clip:
        assert all(frame.rotation == 0 for frame in clip.decode(video=0))
    for seen, corner in zip(corners_of(frames_of(target)[-1]), order, strict=True):
        assert is_near(seen, CORNERS[corner])


def test_nothing_of_the_original_but_pixels_gets_through(tmp_path):
    source = make(tmp_path / "clip", sound="aac", metadata=SECRETS)
    assert b"SECRET" in source.read_bytes()
    target, _ = recorded(source, tmp_path)
    data = target.read_bytes()
    for word in (b"SECRET", b"31.23", b"121.47", b"Lavf", b"\xa9xyz", b"loci", b"soun"):
        assert word not in data
    with av.open(str(target)) as clip:
        assert set(clip.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
        assert set(clip.streams[0].metadata) <= {"language", "handler_name"}


def test_eight_seconds_are_enough(tmp_path):
    target, _ = recorded(make(tmp_path / "clip", frames=200), tmp_path)
    assert len(frames_of(target)) == 80
    with av.open(str(target)) as clip:
        assert abs(clip.duration / av.time_base - 8) < 0.11


def test_a_fast_clip_is_thinned_out(tmp_path, monkeypatch):
    monkeypatch.setattr(preview, "FRAMES_PER_SECOND", 5)
    target, _ = recorded(make(tmp_path / "clip", frames=40), tmp_path)
    assert len(frames_of(target)) == 20


@pytest.mark.parametrize(("size", "shown"), [
    ((1920, 1080), (640, 360)),
    ((1080, 1920), (360, 640)),
    ((321, 183), (320, 182)),
    ((2000, 16), (640, 4)),
    ((64, 48), (64, 48)),
])  # fmt: skip
def test_it_is_small_with_even_sides(tmp_path, size, shown):
    paint = np.full((size[1], size[0], 3), 90, np.uint8)
    source = make(tmp_path / "clip", "webm", film="libvpx", size=size, paint=paint, frames=2)
    assert recorded(source, tmp_path)[1] == shown


def test_the_range_of_levels_is_kept(tmp_path):
    # A phone may write levels 0 to 255 where films have 16 to 235: white is to stay white and black black.
    paint = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    paint[:, : WIDTH // 2] = 255
    source = make(tmp_path / "clip", "mov", film="mjpeg", pix_fmt="yuvj420p", paint=paint)
    shown = frames_of(recorded(source, tmp_path)[0])[-1]
    assert is_near(shown[90, 60], (255, 255, 255), slack=6)
    assert is_near(shown[90, 260], (0, 0, 0), slack=6)


def test_a_gap_in_time_is_not_filled(tmp_path):
    # Two frames, nine hours apart by their time stamps.
    source = make(tmp_path / "clip", frames=2, step=10 * 60 * 60 * 9)
    assert len(frames_of(recorded(source, tmp_path)[0])) == 1


def test_a_clip_damaged_in_the_middle_is_shown_as_far_as_it_goes(tmp_path):
    source = make(tmp_path / "clip", "webm", film="libvpx", frames=60)
    data = bytearray(source.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    source.write_bytes(data)
    assert 1 <= len(frames_of(recorded(source, tmp_path)[0])) <= 60


def test_the_work_is_limited(tmp_path, monkeypatch):
    source = make(tmp_path / "clip", frames=80)
    monkeypatch.setattr(preview, "MOST_WORK_SECONDS", -1)
    with pytest.raises(Unreadable):
        recorded(source, tmp_path)


def test_time_that_runs_out_ends_it_early(tmp_path, monkeypatch):
    source = make(tmp_path / "clip", frames=80)
    moments = iter(range(10_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moments)))
    assert 1 <= len(frames_of(recorded(source, tmp_path)[0])) < 40


def test_sound_alone_has_no_preview(tmp_path):
    source = make(tmp_path / "sound", "webm", film=None, sound="libopus")
    with pytest.raises(Unreadable) as caught:
        preview.record(source, MediaType.WEBM, tmp_path / "made.mp4")
    assert caught.value.code is Reason.BROKEN


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.name)
def test_a_real_clip_has_a_preview_without_its_place(path, tmp_path):
    target, (width, height) = recorded(path, tmp_path)
    assert max(width, height) <= preview.SIDE
    assert b"apple" not in target.read_bytes()
    assert b"android" not in target.read_bytes()
    frames = frames_of(target)
    assert frames
    assert frames[0].shape == (height, width, 3)
