"""What a file is, judged by its first bytes alone, and the reasons for which we give a file up. Standard library only.

Names and headers sent by a phone are claims and play no part here.
"""
# ruff: noqa: PLR2004 - the numbers are those of the file formats, named by the standard beside them.

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 64 * 1024


class Kind(StrEnum):
    """The three kinds of evidence."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"


class MediaType(StrEnum):
    """Every type we take; the value is the media type that we serve it with."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    AVIF = "image/avif"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    WEBM = "video/webm"
    M4A = "audio/mp4"
    AAC = "audio/aac"
    MP3 = "audio/mpeg"
    WAV = "audio/wav"
    OGG = "audio/ogg"
    WEBM_AUDIO = "audio/webm"

    @property
    def kind(self) -> Kind:
        """A container that may hold either counts as video here; only probing it tells that it holds sound alone."""
        return {"image": Kind.PHOTO, "video": Kind.VIDEO, "audio": Kind.AUDIO}[self.partition("/")[0]]

    @property
    def extension(self) -> str:
        """The usual file extension, without a dot."""
        return EXTENSIONS[self]

    def sound_only(self) -> "MediaType":
        """The type of the same container when it holds no pictures: a recorder's MP4 is then an M4A."""
        return {MediaType.WEBM: MediaType.WEBM_AUDIO}.get(self, MediaType.M4A if self.kind is Kind.VIDEO else self)


EXTENSIONS = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.HEIC: "heic",
    MediaType.AVIF: "avif",
    MediaType.MP4: "mp4",
    MediaType.QUICKTIME: "mov",
    MediaType.WEBM: "webm",
    MediaType.M4A: "m4a",
    MediaType.AAC: "aac",
    MediaType.MP3: "mp3",
    MediaType.WAV: "wav",
    MediaType.OGG: "ogg",
    MediaType.WEBM_AUDIO: "weba",
}


class Reason(StrEnum):
    """Why a file ends as `unreadable`; each has its sentences in unreadable.yaml."""

    EMPTY = "empty"
    FOREIGN_TYPE = "foreign_type"
    KIND_MISMATCH = "kind_mismatch"
    TRUNCATED = "truncated"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LONG = "too_long"
    HEIC_NOT_INSTALLED = "heic_not_installed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"


class Unreadable(Exception):
    """The file cannot be shown. `code` is a Reason; `params` holds plain values for its sentence and for the log."""

    def __init__(self, code: str, params: dict[str, str | int | float] | None = None) -> None:
        super().__init__(code)
        self.code = Reason(code)
        self.params = params or {}


@contextmanager
def decoding() -> Iterator[None]:
    """Turns whatever a decoder raises over broken bytes into Unreadable."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable(Reason.OUT_OF_MEMORY) from error
    except Exception as error:
        # On broken bytes decoders raise anything, from struct.error to KeyError.
        raise _given_up(error) from error


def _given_up(error: Exception) -> Unreadable:
    cut = isinstance(error, EOFError) or re.search(r"truncated|unexpected end|end of file", str(error), re.IGNORECASE)
    # A path on the server is nobody's business.
    detail = printable(re.sub(r"'[^']*/[^']*'", "the file", f"{type(error).__name__}: {error}"), 200)
    return Unreadable(Reason.TRUNCATED if cut else Reason.BROKEN, {"detail": detail or ""})


def printable(value: object, length: int = 64) -> str | None:
    """Words found in a file, cut to `length` printable characters; None if nothing is left."""
    letters = "".join(letter for letter in str(value or "") if letter.isprintable())
    return letters.strip()[:length].strip() or None


def sniff(head: bytes) -> MediaType | None:
    """The type of a file that starts with `head` (at most the first 64 KiB are looked at), None for any other.

    Never raises, whatever the bytes.
    """
    head = head[:HEAD_BYTES]
    for recognise in (_picture, _riff, _iso_media, _webm, _ogg, _tagged_mp3, _aac, _mp3):
        found = recognise(head)
        if found:
            return found
    return None


def sniff_file(path: Path) -> MediaType | None:
    """`sniff` of the file at `path`."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))


def _picture(head: bytes) -> MediaType | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    # FF D8 alone also opens a page of HTML made to look like a picture: a real JPEG goes on with a marker segment.
    if head[:3] == b"\xff\xd8\xff" and len(head) > 3 and (0xC0 <= head[3] <= 0xFE):
        return MediaType.JPEG
    return None


def _riff(head: bytes) -> MediaType | None:
    if head[:4] != b"RIFF":
        return None
    if head[8:12] == b"WAVE":
        return MediaType.WAV
    return MediaType.WEBP if head[8:16] in (b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X") else None


def webp_size(head: bytes) -> tuple[int, int]:
    """Width and height that a WebP's first chunk (RFC 9649) announces, before anything is allocated for them."""
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


# ISO base media files (ISO/IEC 14496-12) name their brands in the `ftyp` box: the major one, its version, then all
# compatible ones. Files from before `ftyp` existed are QuickTime and start with one of that format's own atoms.
HEVC_PICTURES = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
AV1_PICTURES = {b"avif", b"avis"}
ANY_PICTURES = {b"mif1", b"msf1", b"mif2"}
SOUND = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}
FILMS = {b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"iso2", b"isom", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"mmp4"}
FILM_FAMILIES = (b"iso", b"3gp", b"3g2", b"dash", b"cmf", b"f4v", b"XAVC")
ATOMS_WITHOUT_BRAND = {b"moov", b"mdat", b"wide"}


def _iso_media(head: bytes) -> MediaType | None:
    if head[4:8] in ATOMS_WITHOUT_BRAND and (head[:4] < b"\x10" or head[:4] == b"\x00\x00\x00\x01"):
        return MediaType.QUICKTIME
    brands = _brands(head)
    if not brands:
        return None
    return _still(brands) or _film(brands)


def _brands(head: bytes) -> list[bytes]:
    """The major brand and then the compatible ones, or nothing when the file does not open with a sound `ftyp`."""
    if head[4:8] != b"ftyp" or len(head) < 12:
        return []
    size = int.from_bytes(head[:4], "big")
    if not 16 <= size <= 4096 or size % 4:
        return []
    box = head[:size]
    return [box[8:12]] + [box[at : at + 4] for at in range(16, len(box) - 3, 4)]


def _still(brands: list[bytes]) -> MediaType | None:
    major, known = brands[0], set(brands)
    if major in HEVC_PICTURES:
        return MediaType.HEIC
    if major in AV1_PICTURES or (major in ANY_PICTURES and known & AV1_PICTURES):
        return MediaType.AVIF
    return MediaType.HEIC if major in ANY_PICTURES else None


def _film(brands: list[bytes]) -> MediaType | None:
    if brands[0] in SOUND:
        return MediaType.M4A
    if brands[0] == b"qt  ":
        return MediaType.QUICKTIME
    return MediaType.MP4 if any(brand in FILMS or brand.startswith(FILM_FAMILIES) for brand in brands) else None


def is_cut_short(path: Path) -> bool:
    """True if an ISO media file ends inside its pictures, sound or index, or has no index at all.

    A recorder writes the index (`moov`, for stills `meta`) last, so a recording that was cut off usually has none.
    """
    with path.open("rb") as file:
        total, seen = os.fstat(file.fileno()).st_size, set()
        at = 0
        while at < total:
            name, size = _box_at(file, at)
            if name in (b"mdat", b"moov", b"meta") and at + (size or 8) > total:
                return True
            seen.add(name)
            # Size 0 means "to the end of the file"; what is no box at all is a trailer that some cameras append.
            at += size if size >= 8 else total
    return not seen & {b"moov", b"meta"}


def _box_at(file: BinaryIO, at: int) -> tuple[bytes, int]:
    file.seek(at)
    header = file.read(16)
    size = int.from_bytes(header[:4], "big")
    return header[4:8], int.from_bytes(header[8:16], "big") if size == 1 else size


def _webm(head: bytes) -> MediaType | None:
    """EBML (RFC 8794): WebM and Matroska share the magic number and differ in the DocType element only."""
    if head[:4] != b"\x1aE\xdf\xa3":
        return None
    size, at = _ebml_number(head, 4, keep_marker=False)
    end = min(len(head), at + size)
    while at < end:
        name, at = _ebml_number(head, at, keep_marker=True)
        size, at = _ebml_number(head, at, keep_marker=False)
        if name == 0x4282:
            return MediaType.WEBM if head[at : at + size].rstrip(b"\0") == b"webm" else None
        at += size
    return None


def _ebml_number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A variable-length integer and the place behind it; past the end, a zero that moves on to the end."""
    length = 9 - data[at].bit_length() if at < len(data) else 9
    if length > 8 or at + length > len(data):
        return 0, max(len(data), at + 1)
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ~(1 << 7 * length)), at + length


def _ogg(head: bytes) -> MediaType | None:
    """Ogg pages (RFC 3533) carry anything; the first packet says which codec, and we take those for sound."""
    if head[:5] != b"OggS\0" or len(head) < 28:
        return None
    packet = head[27 + head[26] :]
    codecs = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
    return MediaType.OGG if packet.startswith(codecs) else None


def _tagged_mp3(head: bytes) -> MediaType | None:
    """ID3v2: ten bytes, the last four a size of seven bits each. A cover picture may reach past the head."""
    if head[:3] != b"ID3" or len(head) < 10 or 0xFF in head[3:5] or max(head[6:10]) > 0x7F:
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    sound = head[10 + size :].lstrip(b"\0")
    return (_mp3(sound) or _aac(sound)) if sound else MediaType.MP3


def _aac(head: bytes) -> MediaType | None:
    return MediaType.AAC if _two_frames(head, _adts_frame) else None


def _mp3(head: bytes) -> MediaType | None:
    return MediaType.MP3 if _two_frames(head, _mp3_frame) else None


def _two_frames(head: bytes, length_at: Callable[[bytes], int]) -> bool:
    """True if a frame starts here and another right behind it: eleven or twelve set bits alone prove nothing."""
    first = length_at(head[:7])
    return bool(first) and bool(length_at(head[first : first + 7]))


def _adts_frame(header: bytes) -> int:
    """Bytes in the ADTS frame (ISO/IEC 13818-7) that starts with `header`, 0 if none does."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or (header[2] >> 2 & 15) > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length >= 7 else 0


KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3_frame(header: bytes) -> int:
    """Bytes in the MPEG layer III frame (ISO/IEC 11172-3) that starts with `header`, 0 if none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate = header[1] >> 3 & 3, header[2] >> 2 & 3
    kbits = (KBITS_1 if version == 3 else KBITS_2)[header[2] >> 4]
    if version == 1 or rate == 3 or not kbits:
        return 0
    return (144 if version == 3 else 72) * kbits * 1000 // HERTZ[version][rate] + (header[2] >> 1 & 1)
