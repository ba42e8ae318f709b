"""Types judged by content alone."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.evidence import sniffing
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable, decoding, is_cut_short, sniff, sniff_file

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
REAL = {
    "android-with-gps.mp4": MediaType.MP4,
    "iphone-with-gps.mov": MediaType.QUICKTIME,
    "iphone.heic": MediaType.HEIC,
    "iphone-6.jpg": MediaType.JPEG,
    "oppo-r7-plus.jpg": MediaType.JPEG,
    "orientation-6.jpg": MediaType.JPEG,
    "samsung-galaxy-s4.jpg": MediaType.JPEG,
}


def ftyp(*brands: bytes) -> bytes:
    body = brands[0] + bytes(4) + b"".join(brands[1:])
    return (8 + len(body)).to_bytes(4, "big") + b"ftyp" + body + b"\0\0\0\x08free"


def box(name: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + name + body


def webp(chunk: bytes, body: bytes = bytes(10)) -> bytes:
    return b"RIFF\x1a\0\0\0WEBP" + chunk + b"\x0e\0\0\0" + body


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s at 44.1 kHz: 417 bytes.
ADTS_FRAME = b"\xff\xf1\x50\x80\x01\x7f\xfc" + bytes(4)  # 11 bytes.

KNOWN = {
    "jpeg": (b"\xff\xd8\xff\xe1\x4f\xfeExif", MediaType.JPEG),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", MediaType.PNG),
    "webp lossy": (webp(b"VP8 "), MediaType.WEBP),
    "webp lossless": (webp(b"VP8L"), MediaType.WEBP),
    "webp extended": (webp(b"VP8X"), MediaType.WEBP),
    "heic of an iphone": (ftyp(b"heic", b"mif1", b"heic"), MediaType.HEIC),
    "heic by its compatible brand": (ftyp(b"mif1", b"mif1", b"heic"), MediaType.HEIC),
    "heif sequence": (ftyp(b"msf1", b"hevc"), MediaType.HEIC),
    "avif": (ftyp(b"avif", b"mif1"), MediaType.AVIF),
    "avif by its compatible brand": (ftyp(b"mif1", b"avif", b"miaf"), MediaType.AVIF),
    "mp4 of an android": (ftyp(b"mp42", b"isom", b"mp42"), MediaType.MP4),
    "mp4 of a browser": (ftyp(b"iso5", b"avc1", b"hlsf"), MediaType.MP4),
    "mp4 with an odd major brand": (ftyp(b"oddd", b"isom"), MediaType.MP4),
    "3gp": (ftyp(b"3gp4", b"isom"), MediaType.MP4),
    "mov": (ftyp(b"qt  ", b"qt  "), MediaType.QUICKTIME),
    "mov without brands": (b"\0\0\0\x08wide\0\x06\x9e\x73mdat", MediaType.QUICKTIME),
    "m4a": (ftyp(b"M4A ", b"mp42", b"isom"), MediaType.M4A),
    "webm": (b"\x1aE\xdf\xa3\x8bB\x86\x81\x01B\x82\x84webm", MediaType.WEBM),
    "webm with a long size": (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x07B\x82\x84webm", MediaType.WEBM),
    "aac": (ADTS_FRAME * 2, MediaType.AAC),
    "mp3": (MP3_FRAME * 2, MediaType.MP3),
    "mp3 with a tag": (b"ID3\x04\0\0\0\0\0\x05title" + MP3_FRAME * 2, MediaType.MP3),
    "mp3 with a tag beyond the head": (b"ID3\x03\0\0\x00\x7f\x7f\x7f" + bytes(100), MediaType.MP3),
    "aac with a tag": (b"ID3\x04\0\0\0\0\0\x02xx" + ADTS_FRAME * 2, MediaType.AAC),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt ", MediaType.WAV),
    "ogg opus": (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead", MediaType.OGG),
    "ogg vorbis": (b"OggS\0\x02" + bytes(20) + b"\x01\x1e\x01vorbis", MediaType.OGG),
}

FOREIGN = {
    "nothing": b"",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(100),
    "windows program": b"MZ\x90\0" + bytes(100),
    "html": b"<!doctype html><script>alert(1)</script>",
    "html behind the first two bytes of a jpeg": b"\xff\xd8<html><script>alert(1)</script>",
    "jpeg of three bytes": b"\xff\xd8\xff",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "pdf": b"%PDF-1.7\n",
    "gif": b"GIF89a\x01\0\x01\0",
    "zip": b"PK\x03\x04" + bytes(100),
    "avi": b"RIFF\x24\0\0\0AVI LIST",
    "webp without a picture": webp(b"ANIM"),
    "matroska": b"\x1aE\xdf\xa3\x8bB\x82\x88matroska",
    "ebml without a type": b"\x1aE\xdf\xa3\x84B\x86\x81\x01",
    "ogg film": b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora",
    "canon raw": ftyp(b"crx ", b"crx "),
    "jpeg 2000": ftyp(b"jp2 ", b"jp2 "),
    "ftyp with an absurd size": b"\xff\xff\xff\xffftypisom" + bytes(20),
    "layer one": b"\xff\xf6\xff\xff\xff\xff",
    "one frame of mp3 and then text": MP3_FRAME + b"text",
    "one frame of aac and then text": ADTS_FRAME + b"text text",
    "utf-16 text": "明察".encode("utf-16"),
    "an empty tag": b"ID3\x04\0\0\0\0\0\0" + b"text text",
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_type_is_recognised(name):
    head, expected = KNOWN[name]
    assert sniff(head) is expected


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_type_is_none(name):
    assert sniff(FOREIGN[name]) is None


@pytest.mark.parametrize("path", [MEDIA / name for name in REAL if (MEDIA / name).exists()], ids=lambda path: path.name)
def test_a_real_file_is_recognised(path):
    assert sniff_file(path) is REAL[path.name]


@given(st.binary(max_size=400))
def test_no_bytes_raise(data):
    sniff(data)


@given(st.sampled_from([head for head, _ in KNOWN.values()]), st.integers(0, 60), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_known_type_raises(head, at, noise):
    sniff(head[:at] + noise + head[at + len(noise) :])
    sniff(head[:at])


def test_every_type_has_a_kind_and_an_extension_of_its_own():
    assert len({each.extension for each in MediaType}) == len(MediaType)
    assert MediaType.HEIC.kind is Kind.PHOTO
    assert MediaType.WEBM.kind is Kind.VIDEO
    assert MediaType.WEBM_AUDIO.kind is Kind.AUDIO


def test_a_container_without_pictures_is_its_sound_type():
    assert MediaType.WEBM.sound_only() is MediaType.WEBM_AUDIO
    assert MediaType.MP4.sound_only() is MediaType.M4A
    assert MediaType.MP3.sound_only() is MediaType.MP3


@pytest.mark.parametrize(
    ("chunk", "body"),
    [
        (b"VP8 ", b"\0\0\0\x9d\x01\x2a" + (4000).to_bytes(2, "little") + (3000).to_bytes(2, "little")),
        (b"VP8L", b"\x2f" + (3999 | 2999 << 14).to_bytes(4, "little") + bytes(5)),
        (b"VP8X", bytes(4) + (3999).to_bytes(3, "little") + (2999).to_bytes(3, "little")),
    ],
)
def test_a_webp_announces_its_size(chunk, body):
    assert sniffing.webp_size(webp(chunk, body)) == (4000, 3000)


@pytest.mark.parametrize(
    ("tail", "cut"),
    [
        (box(b"moov", bytes(20)) + box(b"mdat", bytes(50)), False),
        (box(b"moov", bytes(20)) + box(b"mdat", bytes(50))[:-1], True),
        (box(b"mdat", bytes(50)), True),
        (box(b"mdat", bytes(50)) + box(b"moov", bytes(20))[:-5], True),
        (box(b"moov") + b"\0\0\0\0mdat" + bytes(50), False),
        (b"\0\0\0\x01mdat" + (66).to_bytes(8, "big") + bytes(50) + box(b"moov"), False),
        (b"\0\0\0\x01mdat" + (67).to_bytes(8, "big") + bytes(50), True),
        (box(b"moov") + box(b"mdat") + b"\0\0\0\0SEFT", False),
        (box(b"meta") + box(b"mdat"), False),
    ],
)
def test_a_recording_cut_short_is_noticed(tmp_path, tail, cut):
    path = tmp_path / "clip"
    path.write_bytes(ftyp(b"isom") + tail)
    assert is_cut_short(path) is cut


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EOFError(), Reason.TRUNCATED),
        (OSError("image file is truncated (12 bytes not processed)"), Reason.TRUNCATED),
        (KeyError("x"), Reason.BROKEN),
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (Unreadable(Reason.TOO_LONG), Reason.TOO_LONG),
    ],
)
def test_whatever_a_decoder_raises_becomes_a_reason(error, code):
    with pytest.raises(Unreadable) as caught, decoding():
        raise error
    assert caught.value.code is code


def test_a_reason_tells_no_path_of_the_server():
    with pytest.raises(Unreadable) as caught, decoding():
        raise ValueError("cannot open '/srv/mingcha/var/media/ab'\udcff")
    assert caught.value.params == {"detail": "ValueError: cannot open the file"}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_reason_has_its_sentence(language):
    path = Path(sniffing.__file__).with_name("unreadable.yaml")
    sentences = yaml.safe_load(path.read_text(encoding="utf-8"))[language]
    assert set(sentences) == set(Reason)
