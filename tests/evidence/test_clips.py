"""What is made of clips and recordings beside their facts, and that proof is never refused for want of it."""

import pytest

from backend.evidence import clips, preview, waveform
from backend.evidence.clips import Beside
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable
from tests.evidence.films import HEIGHT, WIDTH, make


def broken(*_given):
    raise Unreadable(Reason.BROKEN)


def test_a_clip_has_stills_and_a_preview(tmp_path):
    made = clips.develop(make(tmp_path / "clip", rotation=90), MediaType.MP4, Kind.VIDEO, tmp_path)
    assert [(each.name, each.width, each.height) for each in made.stills] == [
        ("poster", HEIGHT, WIDTH),
        ("thumb", HEIGHT, WIDTH),
    ]
    assert made.besides == (Beside("preview", HEIGHT, WIDTH),)
    assert (tmp_path / "preview.mp4").stat().st_size > 500
    assert (made.facts["width"], made.facts["height"]) == (HEIGHT, WIDTH)


def test_a_recording_has_a_waveform_alone(tmp_path):
    source = make(tmp_path / "sound", "webm", film=None, sound="libopus")
    made = clips.develop(source, MediaType.WEBM, Kind.AUDIO, tmp_path)
    assert (made.stills, made.besides) == ((), (Beside("waveform", 1600, 240),))
    assert made.facts["media_type"] is MediaType.WEBM_AUDIO
    assert (tmp_path / "waveform.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.AUDIO])
def test_what_cannot_be_previewed_or_drawn_is_taken_all_the_same(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(preview, "record", broken)
    monkeypatch.setattr(waveform, "levels", broken)
    form = {Kind.VIDEO: {}, Kind.AUDIO: {"film": None, "sound": "aac"}}[kind]
    made = clips.develop(make(tmp_path / "clip", **form), MediaType.MP4, kind, tmp_path)
    assert made.besides == ()
    assert len(made.stills) == (2 if kind is Kind.VIDEO else 0)
    assert made.facts["duration_ms"]
