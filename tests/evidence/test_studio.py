"""Development in a process of its own: whatever happens there, the caller gets a result or a reason."""

import os
import signal
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from backend.evidence import studio, video
from backend.evidence.fingerprints import BYTES
from backend.evidence.sniffing import Kind, Reason, Unreadable, sniff_file
from backend.evidence.studio import Development, develop
from tests import scenes

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
FILES = [path for path in sorted(MEDIA.glob("*")) if path.suffix != ".md"]


@pytest.fixture(autouse=True, scope="module")
def ended():
    yield
    studio.close()


@pytest.fixture
def fresh():
    """No warm process before, none left behind."""
    studio.close()
    yield
    studio.close()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.bin"
    data = Image.Exif()
    data[0x0112], data[0x010F] = 6, "Maker"
    Image.effect_noise((800, 600), 40).convert("RGB").save(path, "JPEG", exif=data)
    return path


def clip(path, form="mp4", *, film="libx264", sound=None):
    with av.open(str(path), "w", format=form) as container:
        pictures = container.add_stream(film, rate=10) if film else None
        noise = container.add_stream(sound, rate=48000, layout="mono") if sound else None
        if pictures:
            pictures.width, pictures.height, pictures.pix_fmt = 640, 360, "yuv420p"
            pictures.set_display_rotation(-90)
            for at in range(10):
                frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), at * 20, np.uint8), format="rgb24")
                frame.pts = at
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode())
        if noise:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48000, 0
            container.mux(noise.encode(frame))
            container.mux(noise.encode())
    return path


def refusal(source, kind="photo", *, out, seconds=20, media_type="image/jpeg"):
    with pytest.raises(Unreadable) as caught:
        develop(source, media_type, kind, out, timeout_seconds=seconds)
    return caught.value


def child(code):
    """A stand-in for the process, with all modules at hand that it may need to misbehave."""
    return [sys.executable, "-c", f"import ctypes, json, os, signal, sys, time\n{code}"]


def test_a_photo_is_developed(photo, out):
    made = develop(photo, None, "photo", out, timeout_seconds=20)
    assert (made.media_type, made.kind, made.width, made.height) == ("image/jpeg", "photo", 600, 800)
    assert (made.make, made.orientation, made.lat, made.duration_ms) == ("Maker", 6, None, None)
    assert len(bytes.fromhex(made.fingerprint)) == BYTES
    assert [(each.name, each.width, each.height) for each in made.renditions] == [
        ("screen", 600, 800),
        ("thumb", 240, 320),
    ]
    for each in made.renditions:
        assert each.path.parent == out
        assert each.size == each.path.stat().st_size
        assert each.media_type == "image/jpeg"
        with Image.open(each.path) as image:
            assert image.size == (each.width, each.height)
            assert not dict(image.getexif())


def test_a_clip_is_developed(tmp_path, out):
    made = develop(clip(tmp_path / "clip", sound="aac"), None, "video", out, timeout_seconds=20)
    assert (made.media_type, made.kind, made.width, made.height) == ("video/mp4", "video", 360, 640)
    assert (made.video_codec, made.audio_codec) == ("h264", "aac")
    assert [(each.name, each.width, each.height) for each in made.renditions] == [
        ("poster", 360, 640),
        ("thumb", 180, 320),
        ("preview", 360, 640),
    ]
    assert [each.media_type for each in made.renditions] == ["image/jpeg", "image/jpeg", "video/mp4"]
    for each in made.renditions:
        assert each.size == each.path.stat().st_size
    assert len(bytes.fromhex(made.fingerprint)) == BYTES


@pytest.mark.parametrize(("form", "sound", "media_type"), [
    ("mp4", "aac", "audio/mp4"),
    ("webm", "libopus", "audio/webm"),
    ("ipod", "aac", "audio/mp4"),
    ("mp3", "libmp3lame", "audio/mpeg"),
])  # fmt: skip
def test_sound_is_developed_whatever_its_container_is_called(tmp_path, out, form, sound, media_type):
    path = clip(tmp_path / "sound", form, film=None, sound=sound)
    made = develop(path, None, "audio", out, timeout_seconds=20)
    assert (made.media_type, made.kind, made.fingerprint) == (media_type, "audio", None)
    assert abs(made.duration_ms - 1000) < 60
    [drawn] = made.renditions
    assert (drawn.name, drawn.media_type, drawn.width, drawn.height) == ("waveform", "image/png", 1600, 240)
    with Image.open(drawn.path) as image:
        assert image.size == (1600, 240)


def test_a_kind_that_does_not_fit_is_told(tmp_path, photo, out):
    film = clip(tmp_path / "film", sound="aac")
    sound = clip(tmp_path / "sound", "mp3", film=None, sound="libmp3lame")
    for source, wrong in ((film, "photo"), (film, "audio"), (photo, "video"), (photo, "audio"), (sound, "video")):
        assert refusal(source, wrong, out=out).code is Reason.KIND_MISMATCH


def test_a_program_with_a_pictures_name_is_a_foreign_type(tmp_path, out):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(Path(sys.executable).resolve().read_bytes()[:200_000])
    reason = refusal(path, out=out)
    assert reason.code is Reason.FOREIGN_TYPE
    assert reason.params["declared"] == "image/jpeg"


def test_an_empty_file_and_a_cut_one_say_so(tmp_path, photo, out):
    empty = tmp_path / "empty"
    empty.touch()
    assert refusal(empty, out=out).code is Reason.EMPTY
    photo.write_bytes(photo.read_bytes()[:20_000])
    assert refusal(photo, out=out).code is Reason.TRUNCATED


def test_a_bomb_is_refused(tmp_path, out):
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 13_300, 13_300, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b""))
    reason = refusal(path, out=out)
    assert reason.code is Reason.TOO_MANY_PIXELS
    assert reason.params == {"width": 13_300, "height": 13_300, "limit": 64, "declared": "image/jpeg"}


def _chunk(name, body):
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def test_a_missing_file_is_no_fault_of_the_file(tmp_path, out):
    with pytest.raises(FileNotFoundError):
        develop(tmp_path / "gone", None, "photo", out, timeout_seconds=20)


def test_a_disk_that_takes_nothing_is_no_fault_of_the_file(photo, out):
    out.mkdir()
    (out / "screen.jpg").mkdir()
    with pytest.raises(OSError, match="IsADirectory"):
        develop(photo, None, "photo", out, timeout_seconds=20)


@pytest.mark.usefixtures("fresh")
def test_a_process_is_used_again(photo, out):
    develop(photo, None, "photo", out, timeout_seconds=20)
    [first] = studio._idle
    develop(photo, None, "photo", out, timeout_seconds=20)
    assert studio._idle == [first]
    assert first.asked == 2


@pytest.mark.usefixtures("fresh")
def test_a_process_is_replaced_in_time(photo, out, monkeypatch):
    monkeypatch.setattr(studio, "PIECES_PER_PROCESS", 1)
    develop(photo, None, "photo", out, timeout_seconds=20)
    assert studio._idle == []


@pytest.mark.usefixtures("fresh")
def test_a_process_that_died_while_idle_is_replaced(photo, out):
    develop(photo, None, "photo", out, timeout_seconds=20)
    os.kill(studio._idle[0]._child.pid, signal.SIGKILL)
    studio._idle[0]._child.wait()
    assert develop(photo, None, "photo", out, timeout_seconds=20).width == 600


@pytest.mark.usefixtures("fresh")
def test_pieces_of_several_threads_do_not_mix(tmp_path, out):
    sizes = [(100 + 10 * at, 50) for at in range(8)]
    for width, height in sizes:
        Image.new("RGB", (width, height)).save(tmp_path / f"{width}", "PNG")
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda size: develop(tmp_path / f"{size[0]}", None, "photo", out, timeout_seconds=20), sizes)
        assert [(each.width, each.height) for each in made] == sizes
    assert 1 <= len(studio._idle) <= 3


@pytest.mark.usefixtures("fresh")
def test_a_process_that_hangs_is_stopped(photo, out, monkeypatch):
    monkeypatch.setattr(studio, "COMMAND", child("sys.stdin.readline(); time.sleep(60)"))
    reason = refusal(photo, out=out, seconds=0.6)
    assert (reason.code, reason.params["seconds"]) == (Reason.TIMEOUT, 1)
    assert studio._idle == []


@pytest.mark.usefixtures("fresh")
def test_a_process_whose_caller_is_gone_stops_itself(tmp_path):
    # Opening a pipe that nobody writes to hangs for good; the caller's own timer is switched off.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = studio._Process()
    process._expire = lambda: None
    with pytest.raises(Unreadable) as caught:
        process.ask({"task": "development", "piece": {"source": str(pipe), "kind": "photo", "out": str(tmp_path)}}, 0.2)
    process.end()
    assert caught.value.code is Reason.TIMEOUT


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("code", [
    "ctypes.string_at(0)",
    "sys.stdin.readline(); os.abort()",
    "sys.stdin.readline(); sys.exit(3)",
    "sys.stdin.readline(); print('nonsense', flush=True); time.sleep(60)",
    "sys.stdin.readline(); print('[' * 100_000, flush=True); time.sleep(60)",
    "sys.stdin.readline(); print(json.dumps({'odd': 1}), flush=True); time.sleep(60)",
    "sys.stdin.readline(); print('[]', flush=True); time.sleep(60)",
    "sys.stdin.readline(); print(json.dumps({'development': {'renditions': [{'name': '../x'}]}}), flush=True)",
])  # fmt: skip
def test_a_process_that_goes_mad_is_a_reason(photo, out, monkeypatch, code):
    monkeypatch.setattr(studio, "COMMAND", child(code))
    assert refusal(photo, out=out).code is Reason.CRASHED
    assert studio._idle == []


@pytest.mark.usefixtures("fresh")
def test_a_process_killed_from_outside_is_no_fault_of_the_file(photo, out, monkeypatch):
    monkeypatch.setattr(studio, "COMMAND", child("sys.stdin.readline(); os.kill(os.getpid(), signal.SIGKILL)"))
    with pytest.raises(ChildProcessError):
        develop(photo, None, "photo", out, timeout_seconds=20)


@pytest.mark.usefixtures("fresh")
def test_a_process_ends_with_its_caller():
    process = studio._Process()
    process.abandon()
    assert process._child.wait(timeout=10) == 0


@pytest.mark.usefixtures("fresh")
def test_memory_is_limited(tmp_path, out, monkeypatch):
    path = tmp_path / "large.png"
    Image.new("RGB", (7900, 8000)).save(path, "PNG", compress_level=1)
    assert develop(path, None, "photo", out, timeout_seconds=30).width == 7900
    studio.close()
    monkeypatch.setattr(studio, "MEMORY_BYTES", 250 << 20)
    assert refusal(path, out=out).code is Reason.OUT_OF_MEMORY
    assert studio._idle == []


@pytest.mark.usefixtures("fresh")
def test_no_secret_reaches_the_process(monkeypatch, photo, out):
    monkeypatch.setenv("MINGCHA_SECRET_KEY", "hush")
    develop(photo, None, "photo", out, timeout_seconds=20)
    environment = Path(f"/proc/{studio._idle[0]._child.pid}/environ")
    if environment.exists():
        assert b"hush" not in environment.read_bytes()


@pytest.mark.usefixtures("fresh")
def test_a_fork_leaves_the_processes_to_its_parent(photo, out):
    develop(photo, None, "photo", out, timeout_seconds=20)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if studio._idle == [] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert develop(photo, None, "photo", out, timeout_seconds=20).width == 600


def test_without_pyav_a_clip_is_ready_without_a_poster(tmp_path, monkeypatch):
    source = clip(tmp_path / "film")
    monkeypatch.setattr(video, "VIDEO_INSTALLED", False)
    piece = {"source": str(source), "out": str(tmp_path)}
    answer = studio._answer("development", {**piece, "kind": "video"})
    assert answer == {"development": {"media_type": "video/mp4", "kind": "video", "renditions": []}}
    sound = studio._answer("development", {**piece, "kind": "audio"})
    assert sound == {"development": {"media_type": "audio/mp4", "kind": "audio", "renditions": []}}


def test_a_thumbnail_is_asked_for_and_compared(tmp_path):
    first, second = tmp_path / "one.jpg", tmp_path / "two.jpg"
    first.write_bytes(scenes.thumb(scenes.clutter(1)))
    second.write_bytes(scenes.thumb(scenes.clutter(2)))
    asked = studio.terms(first, timeout_seconds=20)
    assert asked.wholes
    assert asked.parts
    assert studio.compare(first, [second, first], timeout_seconds=20) == [None, "same-picture"]


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    "answer", ["{'terms': {'wholes': ['x'], 'parts': []}}", "{'terms': 7}", "{'comparison': ['odd']}"]
)
def test_nonsense_about_likeness_is_a_reason(photo, monkeypatch, answer):
    code = f"sys.stdin.readline(); print(json.dumps({answer}), flush=True); time.sleep(60)"
    monkeypatch.setattr(studio, "COMMAND", child(code))
    ask = studio.terms if "terms" in answer else lambda path, **more: studio.compare(path, [path], **more)
    with pytest.raises(Unreadable) as caught:
        ask(photo, timeout_seconds=20)
    assert caught.value.code is Reason.CRASHED
    assert studio._idle == []


def test_the_caller_loads_no_decoder():
    code = "import sys; from backend.evidence import studio; print([each for each in ('PIL', 'av', 'numpy') if each in sys.modules])"
    root = Path(studio.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_file_is_developed_or_refused(path, out):
    media_type = sniff_file(path)
    kind = media_type.kind if media_type else Kind.PHOTO
    if path.name.startswith(("broken", "fuzzed")):
        assert refusal(path, kind, out=out).code in (Reason.BROKEN, Reason.FOREIGN_TYPE, Reason.TRUNCATED)
        return
    made = develop(path, None, kind, out, timeout_seconds=60)
    assert isinstance(made, Development)
    assert {each.name for each in made.renditions} == (
        {"screen", "thumb"} if kind is Kind.PHOTO else {"poster", "thumb", "preview"}
    )
