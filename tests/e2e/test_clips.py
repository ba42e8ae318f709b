"""Clips and recordings before a real browser: the silent preview first, the original at its mark on demand."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backend.core.ids import new_id
from tests import world
from tests.evidence.films import make
from tests.journeys import work
from tests.journeys.camera import Shot, photo
from tests.live import Deployment
from tests.submissions import answer_to

VISIT = world.VISITS["chelsea-eo"]
CLIP_SECONDS, MARKS = 12, (2_000, 7_000)
PLAYING = "player => player.readyState > 2 && !player.paused && player.currentTime"


@pytest.fixture
def submitted(live: Deployment, tmp_path: Path) -> list[str]:
    """A submitted visit proven by one HEVC clip with two marks and by a recording; the checkpoints of the marks."""
    clip, sound = _clip(tmp_path / "clip.mp4"), _sound(tmp_path / "sound.m4a")
    made = work.paper({"photo": [photo(1), photo(2)], "video": [clip]})
    marked = _mark(made, clip)
    heard = str(new_id())
    made.body["evidence"].append(sound.entry(heard))
    made.shots[heard] = sound
    answer_to(made.body, marked[0])["evidence"].append({"id": heard, "at_ms": 3_000})
    sender = work.phone(live, "chelsea")
    answer = sender.put(f"visits/{VISIT}/submission", made.body)
    assert answer.status_code == 201, answer.text
    for evidence_id, shot in made.shots.items():
        sender.deliver(evidence_id, shot.content)
    work.until_ready(sender, VISIT)
    return marked


def _mark(made: work.Paper, clip: Shot) -> list[str]:
    """Sets the two marks in the answers that the clip proves; all others link to it without one."""
    [clip_id] = [id_ for id_, shot in made.shots.items() if shot is clip]
    links = [(answer, link) for answer in made.body["answers"] for link in answer["evidence"] if link["id"] == clip_id]
    for at, (_, link) in enumerate(links):
        link["at_ms"] = MARKS[at] if at < len(MARKS) else None
    return [answer["checkpoint"] for answer, _ in links[: len(MARKS)]]


def _clip(path: Path) -> Shot:
    """A bar that wanders from left to right, as an iPhone films: HEVC."""
    with av.open(str(path), "w") as film:
        pictures = film.add_stream("libx265", rate=10, options={"x265-params": "log-level=none"})
        pictures.width, pictures.height, pictures.pix_fmt = 640, 360, "yuv420p"
        pictures.codec_context.codec_tag = "hvc1"
        for at in range(CLIP_SECONDS * 10):
            pixels = np.full((360, 640, 3), 60, np.uint8)
            pixels[:, 5 * at : 5 * at + 40] = (220, 180, 40)
            film.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(pictures.encode())
    return Shot("clip.mp4", "video", "video/mp4", path.read_bytes())


def _sound(path: Path) -> Shot:
    """Six seconds of talk, so to speak, with pauses."""
    moments = np.arange(6 * 48_000) / 48_000
    talk = np.sin(moments * 900) * np.abs(np.sin(moments * 2.1)) ** 3 * 0.7
    make(path, "ipod", film=None, sound="aac", heard=talk)
    return Shot("sound.m4a", "audio", "audio/mp4", path.read_bytes())


def test_a_clip_plays_at_its_marks_and_a_recording_from_its_waveform(
    page_of: Callable[..., Page], live: Deployment, submitted: list[str]
) -> None:
    page = page_of("bob")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live.address}/visits/{VISIT}?at={submitted[0]}")

    preview = page.locator("video[loop]")
    expect(preview).to_be_visible(timeout=60_000)
    page.wait_for_function(f"() => {{ const player = document.querySelector('video'); return ({PLAYING})(player) }}")
    assert preview.evaluate("video => [video.muted, video.videoWidth, Math.round(video.duration)]") == [True, 640, 8]
    assert not [url for url in asked if url.endswith("/original")], "an original was fetched unasked"

    marks = page.get_by_role("list", name="时间标记").get_by_role("button")
    expect(marks).to_have_text([f"00:02 {submitted[0]}", f"00:07 {submitted[1]}"])
    with page.expect_request(lambda request: request.url.endswith("/original")):
        page.keyboard.press("Space")
    # A browser may know HEVC or not: it plays the original, or says that it cannot.
    expect(page.locator("video[controls]").or_(page.get_by_role("alert"))).to_be_visible()
    page.get_by_role("button", name="证据 2").last.click()
    _listen(page)


def _listen(page: Page) -> None:
    wave = page.get_by_role("button", name="音量波形")
    expect(wave).to_be_visible()
    image = wave.locator("img")
    assert image.evaluate("image => image.complete && [image.naturalWidth, image.naturalHeight]") == [1600, 240]
    box = wave.bounding_box()
    wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function("() => document.querySelector('audio')?.currentTime > 2.5")
    assert 2.5 < page.locator("audio").evaluate("audio => audio.currentTime") < 6
