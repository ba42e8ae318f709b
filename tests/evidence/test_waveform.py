"""How loud a recording is, whatever it is recorded as and however long it is."""

import io

import numpy as np
import pytest
from PIL import Image

from backend.evidence import waveform
from backend.evidence.imaging import drawing
from backend.evidence.sniffing import MediaType, Reason, Unreadable, sniff_file
from backend.evidence.waveform import COLUMNS, levels
from tests.evidence.films import make

SECOND = 48_000
FORMS = [
    ("ipod", "aac"),
    ("adts", "aac"),
    ("mp3", "libmp3lame"),
    ("ogg", "libopus"),
    ("webm", "libopus"),
    ("mp4", "aac"),
]
FORMS += [("wav", coder) for coder in ("pcm_s16le", "pcm_u8", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw")]


def tone(seconds, loudness):
    return np.sin(np.arange(int(seconds * SECOND)) * 0.06) * loudness


def recording(path, form, coder, heard):
    return make(path, form, film=None, sound=coder, heard=heard)


@pytest.mark.parametrize(("form", "coder"), FORMS)
def test_what_is_loud_stands_out_at_its_time(tmp_path, form, coder):
    heard = np.concatenate([tone(1, 0), tone(1, 0.8), tone(1, 0.2), tone(1, 0)])
    path = recording(tmp_path / "sound", form, coder, heard)
    found = levels(path, sniff_file(path), 4000)
    assert found.shape == (COLUMNS,)
    quiet, loud, middling = found[20:80], found[120:180], found[220:280]
    assert quiet.max() < 0.15
    assert loud.min() > 0.9
    assert 0.35 < middling.min() <= middling.max() < 0.65


def test_silence_is_flat(tmp_path):
    path = recording(tmp_path / "sound", "wav", "pcm_s16le", tone(2, 0))
    assert levels(path, MediaType.WAV, 2000).max() == 0


def test_the_hiss_of_a_quiet_room_does_not_fill_the_picture(tmp_path):
    path = recording(tmp_path / "sound", "wav", "pcm_s16le", tone(2, 0.001))
    assert 0 < levels(path, MediaType.WAV, 2000).max() < 0.3


def test_a_recording_shorter_than_the_picture_is_wide_fills_it(tmp_path):
    path = recording(tmp_path / "sound", "wav", "pcm_s16le", tone(0.05, 0.5))
    assert levels(path, MediaType.WAV, 50).min() > 0.2


def test_a_long_recording_is_sampled_and_nothing_long_is_missed(tmp_path, monkeypatch):
    heard = tone(120, 0)
    heard[70 * SECOND : 72 * SECOND + SECOND // 10] = tone(2.1, 0.9)
    path = recording(tmp_path / "sound", "ipod", "aac", heard)
    decoded = []
    kept = waveform._raise_to
    monkeypatch.setattr(waveform, "_raise_to", lambda *given: (decoded.append(1), kept(*given)))
    whole = levels(path, MediaType.M4A, 120_000)
    in_full, decoded[:] = len(decoded), []
    monkeypatch.setattr(waveform, "MOST_SECONDS", 12)
    sampled = levels(path, MediaType.M4A, 120_000)
    assert len(decoded) < in_full / 7
    for found in (whole, sampled):
        assert found.argmax() in range(232, 242)
        assert found[:225].max() < 0.2


def test_a_duration_that_lies_does_no_harm(tmp_path):
    path = recording(tmp_path / "sound", "wav", "pcm_s16le", tone(2, 0.5))
    for claimed in (1, 60_000, 10**9):
        assert levels(path, MediaType.WAV, claimed).shape == (COLUMNS,)


@pytest.mark.parametrize(("changed", "duration_ms", "reason"), [
    ({"MOST_WORK_SECONDS": -1}, 2000, Reason.TIMEOUT),
    ({}, 0, Reason.BROKEN),
])  # fmt: skip
def test_what_cannot_be_drawn_says_why(tmp_path, monkeypatch, changed, duration_ms, reason):
    path = recording(tmp_path / "sound", "wav", "pcm_s16le", tone(2, 0.5))
    for name, value in changed.items():
        monkeypatch.setattr(waveform, name, value)
    with pytest.raises(Unreadable) as caught:
        levels(path, MediaType.WAV, duration_ms)
    assert caught.value.code is reason


def test_a_clip_without_sound_has_no_waveform(tmp_path):
    with pytest.raises(Unreadable):
        levels(make(tmp_path / "clip"), MediaType.MP4, 1000)


def test_the_drawing_can_be_read_on_light_and_on_dark():
    made = drawing(np.linspace(0, 1, COLUMNS, dtype=np.float32))
    assert (made.name, made.media_type, made.width, made.height) == ("waveform", MediaType.PNG, 1600, 240)
    with Image.open(io.BytesIO(made.data)) as image:
        shown = image.convert("RGBA")
        assert not set(image.info) - {"transparency"}
    assert shown.getpixel((1500, 2))[3] == 0
    red, green, blue, seen = shown.getpixel((1597, 30))
    assert seen == 255
    # The contrast to white and to near black, by WCAG's formula on a grey of this kind.
    grey = ((red + green + blue) / 3 / 255) ** 2.2
    assert 1.05 / (grey + 0.05) > 3
    assert (grey + 0.05) / (0.01 + 0.05) > 3
    drawn = np.asarray(shown)[:, :, 3].astype(bool).sum(axis=0)
    assert (drawn[0], drawn[1], drawn[3], drawn[1597]) == (2, 2, 0, 240)
