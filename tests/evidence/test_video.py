"""Clips and sound, generated and from real phones."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.evidence import video
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable, sniff, sniff_file
from backend.evidence.video import poster, probe
from tests.evidence.films import CORNERS, HEIGHT, WIDTH, corners_of, make

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
CLIPS = [
    path
    for path in sorted(MEDIA.glob("*"))
    if getattr(sniff_file(path), "kind", None) is Kind.VIDEO and not path.name.startswith("fuzzed")
]

SOUNDS = {
    MediaType.M4A: ("ipod", "aac"),
    MediaType.AAC: ("adts", "aac"),
    MediaType.MP3: ("mp3", "libmp3lame"),
    MediaType.WAV: ("wav", "pcm_s16le"),
    MediaType.OGG: ("ogg", "libopus"),
}
CODECS = {"aac": "aac", "libmp3lame": "mp3", "pcm_s16le": "pcm_s16le", "libopus": "opus"}


def code_of(path, media_type=MediaType.MP4):
    with pytest.raises(Unreadable) as caught:
        probe(path, media_type)
    return caught.value.code


@pytest.mark.parametrize(("form", "film", "sound", "codecs"), [
    ("mp4", "libx264", "aac", ("h264", "aac")),
    ("mp4", "libx265", None, ("hevc", None)),
    ("mov", "libx264", "aac", ("h264", "aac")),
    ("3gp", "libx264", "aac", ("h264", "aac")),
    ("webm", "libvpx", "libopus", ("vp8", "opus")),
])  # fmt: skip
def test_a_clip_is_probed(tmp_path, form, film, sound, codecs):
    path = make(tmp_path / "clip", form, film=film, sound=sound)
    found = probe(path, sniff_file(path))
    assert (found.width, found.height, found.rotation) == (WIDTH, HEIGHT, 0)
    assert (found.video_codec, found.audio_codec) == codecs
    assert abs(found.duration_ms - 1000) < 60
    assert poster(path, sniff_file(path), side=1600).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("media_type", SOUNDS)
def test_sound_is_probed(tmp_path, media_type):
    form, codec = SOUNDS[media_type]
    path = make(tmp_path / "sound", form, film=None, sound=codec)
    assert sniff_file(path) is media_type
    found = probe(path, media_type)
    assert (found.width, found.video_codec, found.audio_codec) == (None, None, CODECS[codec])
    assert abs(found.duration_ms - 1000) < 60


@pytest.mark.parametrize(
    ("rotation", "order"), [(0, (0, 1, 2, 3)), (90, (1, 3, 0, 2)), (180, (3, 2, 1, 0)), (-90, (2, 0, 3, 1))]
)
def test_a_poster_is_upright(tmp_path, rotation, order):
    path = make(tmp_path / "clip", rotation=rotation, frames=30)
    found = probe(path, MediaType.MP4)
    assert found.rotation % 360 == rotation % 360
    assert found.upright_size == ((HEIGHT, WIDTH) if rotation % 180 else (WIDTH, HEIGHT))
    frame = poster(path, MediaType.MP4, side=1600)
    assert (frame.shape[1], frame.shape[0]) == found.upright_size
    for seen, corner in zip(corners_of(frame), order, strict=True):
        assert np.abs(np.subtract(seen, CORNERS[corner])).max() < 40


def test_a_poster_fits(tmp_path):
    frame = poster(make(tmp_path / "clip", rotation=90), MediaType.MP4, side=64)
    assert frame.shape == (64, 36, 3)


def test_time_and_place_are_read(tmp_path):
    facts = {"creation_time": "2026-05-01T01:30:00Z", "location": "+31.2304+121.4737/"}
    found = probe(make(tmp_path / "clip", metadata=facts), MediaType.MP4)
    assert found.created_at == "2026-05-01T01:30:00+00:00"
    assert (found.lat, found.lon) == (31.2304, 121.4737)


@pytest.mark.parametrize("text", ["", "1904-01-01T00:00:00.000000Z", "1970-01-01T00:00:00Z", "yesterday", "2026-13-01"])
def test_a_clock_never_set_tells_nothing(text):
    assert video._created_at({"creation_time": text}) is None


@pytest.mark.parametrize("text", ["", "+00.0000+000.0000/", "+95.0+010.0/", "+10.0+190.0/", "here"])
def test_an_impossible_position_is_none(text):
    assert video._position({"location": text}) == (None, None)


def test_a_browsers_recording_without_duration_is_read_through(tmp_path):
    path = make(tmp_path / "clip", "webm", film="libvpx", options={"live": "1"})
    with av.open(str(path)) as clip:
        assert clip.duration is None
    assert abs(probe(path, MediaType.WEBM).duration_ms - 1000) < 60
    assert poster(path, MediaType.WEBM, side=1600).shape == (HEIGHT, WIDTH, 3)


def test_a_container_of_sound_alone_has_no_pictures(tmp_path):
    path = make(tmp_path / "sound", "webm", film=None, sound="libopus")
    assert probe(path, MediaType.WEBM).video_codec is None
    with pytest.raises(Unreadable):
        poster(path, MediaType.WEBM, side=1600)


def test_a_recording_over_three_hours_is_too_long(tmp_path):
    path = make(tmp_path / "clip", frames=2, step=10 * 60 * 60 * 3)
    assert code_of(path) is Reason.TOO_LONG


def test_limits_of_time_and_size(tmp_path, monkeypatch):
    path = make(tmp_path / "clip")
    monkeypatch.setattr(video, "MAX_DURATION_MS", 500)
    assert code_of(path) is Reason.TOO_LONG
    monkeypatch.setattr(video, "MAX_DURATION_MS", 5000)
    monkeypatch.setattr(video, "MAX_SIDE", 300)
    assert code_of(path) is Reason.TOO_MANY_PIXELS


def test_a_clip_cut_short_says_so(tmp_path):
    path = make(tmp_path / "clip", sound="aac", frames=40)
    whole = path.read_bytes()
    for part in (0.2, 0.6, 0.99):
        path.write_bytes(whole[: int(len(whole) * part)])
        assert code_of(path) is Reason.TRUNCATED


def test_no_other_file_is_read_for_a_clip(tmp_path):
    inner = make(tmp_path / "inner.mp4")
    playlist = tmp_path / "clip.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{inner}\n#EXT-X-ENDLIST\n")
    assert code_of(playlist, MediaType.WEBM) is Reason.BROKEN
    assert code_of(playlist, MediaType.MP3) in (Reason.BROKEN, Reason.TRUNCATED)


def test_a_type_without_a_container_is_foreign(tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    assert code_of(path, MediaType.JPEG) is Reason.FOREIGN_TYPE


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.name)
def test_a_real_clip_is_probed_and_shown(path):
    found = probe(path, sniff_file(path))
    assert found.lat
    assert found.lon
    assert found.created_at
    assert (found.video_codec, found.audio_codec) == ("h264", "aac")
    frame = poster(path, sniff_file(path), side=1600)
    assert (frame.shape[0] > frame.shape[1]) == (found.rotation == -90)


@pytest.mark.parametrize("path", sorted(MEDIA.glob("fuzzed-1*")), ids=lambda path: path.name)
def test_a_fuzzed_clip_is_refused(path):
    assert code_of(path, sniff_file(path)) in Reason


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    made = [
        make(folder / "a", "mp4", sound="aac", rotation=90),
        make(folder / "b", "mov"),
        make(folder / "c", "webm", film="libvpx", sound="libopus"),
        make(folder / "d", "mp3", film=None, sound="libmp3lame"),
    ]
    return [path.read_bytes() for path in made]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 3), at=st.integers(0, 20_000), noise=st.binary(min_size=1, max_size=4), tail=st.booleans())
def test_no_damage_raises_anything_but_unreadable(samples, tmp_path, which, at, noise, tail):
    sample = samples[which]
    # Half of the blows fall on the index at the end of the file, where they hurt most.
    at = len(sample) - 1 - at % min(len(sample), 1500) if tail else at % len(sample)
    damaged = sample[:at] + noise + sample[at + len(noise) :]
    path = tmp_path / "damaged"
    path.write_bytes(damaged)
    try:
        if probe(path, sniff(damaged) or MediaType.MP4).video_codec:
            poster(path, sniff(damaged) or MediaType.MP4, side=64)
    except Unreadable as unreadable:
        assert unreadable.code in Reason
