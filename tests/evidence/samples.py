"""One small file of each kind that we take, for tests that damage them: a few kilobytes each, all made here."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from backend.evidence import imaging  # noqa: F401 - it registers the writer of HEIC.
from tests.evidence.films import make

SIDE = (48, 36)
# The AV1 encoder makes none smaller.
SMALLEST_FILM = 64
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"\0s\0R\0G\0B", b"\0o\0d\0d\0!")
FILMS = {
    "h264-aac.mp4": ("mp4", "libx264", "aac"),
    "hevc.mp4": ("mp4", "libx265", None),
    "h264.mov": ("mov", "libx264", "pcm_s16le"),
    "vp8-opus.webm": ("webm", "libvpx", "libopus"),
    "av1.mp4": ("mp4", "libsvtav1", None),
}
SOUNDS = {
    "aac.m4a": ("ipod", "aac"),
    "aac.aac": ("adts", "aac"),
    "mp3.mp3": ("mp3", "libmp3lame"),
    "pcm.wav": ("wav", "pcm_s16le"),
    "opus.ogg": ("ogg", "libopus"),
    "opus.weba": ("webm", "libopus"),
}


PICTURES = (
    *("exif.jpg", "progressive.jpg", "cmyk.jpg", "two.jpg", "rgba.png", "palette.png", "deep.png"),
    *("lossy.webp", "lossless.webp", "moving.webp", "still.avif", "still.heic"),
)
KINDS = dict.fromkeys(PICTURES, "photo") | dict.fromkeys(FILMS, "video") | dict.fromkeys(SOUNDS, "audio")


def write(folder: Path) -> list[Path]:
    """Writes all samples into the folder; answers their paths in the order of `KINDS`."""
    for name, data in _pictures().items():
        (folder / name).write_bytes(data)
    paint = np.random.default_rng(2).integers(0, 255, (SMALLEST_FILM, SMALLEST_FILM, 3), np.uint8)
    for name, (form, film, sound) in FILMS.items():
        make(
            folder / name, form, film=film, sound=sound, heard=_noise(0.2), frames=6,
            size=(SMALLEST_FILM, SMALLEST_FILM), paint=paint, rotation=90,
        )  # fmt: skip
    for name, (form, sound) in SOUNDS.items():
        make(folder / name, form, film=None, sound=sound, heard=_noise(0.3))
    return [folder / name for name in KINDS]


def _noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.2, int(seconds * 48_000))


def _pictures() -> dict[str, bytes]:
    noise = np.random.default_rng(1).integers(0, 255, (*SIDE[::-1], 3), np.uint8)
    colours = Image.fromarray(noise)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 12.0, 0.0), 3: "E", 4: (121.0, 12.0, 0.0)})
    said = {"exif": exif, "icc_profile": PROFILE}
    deep = Image.fromarray(noise[:, :, 0].astype(np.uint16) * 200)
    return {
        "exif.jpg": _encoded(colours, "JPEG", **said),
        "progressive.jpg": _encoded(colours, "JPEG", progressive=True),
        "cmyk.jpg": _encoded(colours.convert("CMYK"), "JPEG"),
        "two.jpg": _encoded(colours, "MPO", save_all=True, append_images=[colours]),
        "rgba.png": _encoded(colours.convert("RGBA"), "PNG", **said),
        "palette.png": _encoded(colours.convert("P"), "PNG", transparency=3),
        "deep.png": _encoded(deep, "PNG"),
        "lossy.webp": _encoded(colours, "WEBP", **said),
        "lossless.webp": _encoded(colours.convert("RGBA"), "WEBP", lossless=True),
        "moving.webp": _encoded(colours, "WEBP", save_all=True, append_images=[colours.rotate(90)]),
        "still.avif": _encoded(colours, "AVIF", **said),
        "still.heic": _encoded(colours, "HEIF", exif=exif.tobytes(), icc_profile=PROFILE),
    }


def _encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
