"""Pictures: what they say of themselves, and the renditions made of them. The only file that knows Pillow and HEIC.

Run it on bytes from outside only inside the studio's own process: limits of memory and time live there, not here.
"""

import io
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from backend.evidence.sniffing import HEAD_BYTES, MediaType, Reason, Unreadable, decoding, printable, webp_size

try:
    import pillow_heif
except ImportError:
    HEIC_INSTALLED = False
else:
    # An embedded thumbnail may show another picture than the one it stands for, so it is never used.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    HEIC_INSTALLED = True

SIZES: Mapping[str, int] = {"screen": 1600, "thumb": 320}
QUALITY = 80
# A waveform: bars three pixels wide in every four, of a grey that is told from white and from black.
WAVEFORM_HEIGHT = 240
BAR, BAR_AND_GAP = 3, 4
BAR_GREY = (122, 130, 140)
# Pillow ranks it beside bicubic for making smaller, which is all we do, and it reads half as many pixels.
RESAMPLING = Image.Resampling.HAMMING
MAX_SIDE = 30_000
# A baseline JPEG is decoded at a fraction of its size (`draft`), all others as a whole, a progressive one included.
MAX_PIXELS_BASELINE = 120_000_000
MAX_PIXELS = 64_000_000

# Pillow warns at its own limit and refuses at twice that; ours is checked from the header and stricter.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS_BASELINE

FORMATS = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
    MediaType.HEIC: "HEIF",
    MediaType.AVIF: "AVIF",
}

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


LYING = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture's EXIF claims, none of it proof.

    `taken_at` is ISO 8601 in the camera's local time, with an offset only if the camera wrote one; `lat` and `lon` are
    WGS-84 degrees.
    """

    taken_at: str | None = None
    make: str | None = None
    model: str | None = None
    orientation: int = 1
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One rendition as bytes without any metadata: an sRGB JPEG, or for a drawing a PNG."""

    name: str
    data: bytes
    width: int
    height: int
    media_type: MediaType = MediaType.JPEG


@dataclass(frozen=True, slots=True)
class Rendered:
    """Width and height of the original as it is seen upright, its facts, and the renditions in the order asked for."""

    width: int
    height: int
    facts: PictureFacts
    renditions: tuple[Picture, ...]


def render(source: Path | BinaryIO, media_type: MediaType, *, sizes: Mapping[str, int] = SIZES) -> Rendered:
    """Renditions that fit into squares of the given sides (pixels), upright, never larger than the original.

    Raises Unreadable for whatever cannot be decoded or is beyond the limits, and nothing else on account of the bytes.
    """
    with _decoding(), _opened(source, media_type) as image:
        stored = image.size
        largest = _reduced(image, max(sizes.values()))
        # Read after decoding: a PNG may carry its EXIF behind the pixels, and asking for it early decodes twice.
        facts = _facts(image)
        width, height = _upright_size(stored, facts.orientation)
        shown = _shown(largest, image.info.get("icc_profile"), facts.orientation)
        return Rendered(width, height, facts, _renditions(shown, sizes))


def render_pixels(pixels: NDArray[np.uint8], *, sizes: Mapping[str, int]) -> tuple[Picture, ...]:
    """The same renditions of an upright frame, an array of height x width x 3 in sRGB."""
    return _renditions(Image.fromarray(pixels, "RGB"), sizes)


def drawing(levels: NDArray[np.float32]) -> Picture:
    """The waveform of a recording: one bar for each level between 0 and 1, on nothing, so that any page shows through."""
    middle = WAVEFORM_HEIGHT // 2
    heights = np.repeat(np.maximum(1, levels * middle), BAR_AND_GAP)
    inked = np.abs(np.arange(WAVEFORM_HEIGHT) - middle + 0.5)[:, None] <= heights
    inked &= np.arange(heights.size) % BAR_AND_GAP < BAR
    image = Image.fromarray(inked.astype(np.uint8), "P")
    image.putpalette([0, 0, 0, *BAR_GREY])
    out = io.BytesIO()
    image.save(out, "PNG", transparency=0, bits=1)
    return Picture("waveform", out.getvalue(), *image.size, MediaType.PNG)


def greyscale(picture: bytes) -> NDArray[np.uint8]:
    """One of our own renditions as grey levels, height x width: food for fingerprints and comparisons."""
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        image.draft("L", image.size)
        return np.asarray(image.convert("L"))


def fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The largest size of the same shape within a square of `side` pixels and not above `size` itself."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@contextmanager
def _decoding() -> Iterator[None]:
    """Turns every failure of a decoder into Unreadable; what decoders grumble about is no news to a server's log."""
    with decoding(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Image.DecompressionBombError as error:
            raise Unreadable(Reason.TOO_MANY_PIXELS, {"limit": MAX_PIXELS // 10**6}) from error


@contextmanager
def _opened(source: Path | BinaryIO, media_type: MediaType) -> Iterator[Image.Image]:
    """The picture with its header read and its size judged, nothing decoded yet."""
    if media_type is MediaType.HEIC and not HEIC_INSTALLED:
        raise Unreadable(Reason.HEIC_NOT_INSTALLED)
    if media_type not in FORMATS:
        raise Unreadable(Reason.FOREIGN_TYPE)
    if media_type is MediaType.WEBP:
        # Pillow's reader allocates two whole canvases on opening.
        _check_size(webp_size(_head(source)), MAX_PIXELS)
    with Image.open(source, formats=[FORMATS[media_type]]) as image:
        _check_size(image.size, _pixel_limit(image, media_type))
        yield image


def _head(source: Path | BinaryIO) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(HEAD_BYTES)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return head


def _pixel_limit(image: Image.Image, media_type: MediaType) -> int:
    baseline = media_type is MediaType.JPEG and not image.info.get("progressive")
    return MAX_PIXELS_BASELINE if baseline else MAX_PIXELS


def _check_size(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit or max(size) > MAX_SIDE:
        raise Unreadable(Reason.TOO_MANY_PIXELS, {"width": width, "height": height, "limit": limit // 10**6})


def _upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in LYING else size


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """The picture decoded and brought down to fit."""
    size = fitted(image.size, side)
    if image.format in ("JPEG", "MPO"):
        # With the square box `draft` would do nothing on 4000x3000: it wants the size that is needed.
        image.draft(None, size)
    image.load()
    return _resizable(image).resize(size, RESAMPLING, reducing_gap=2.0)


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that survives the resizing."""
    if image.mode in ("I;16", "I"):
        # Sixteen bits a pixel: Pillow's own conversion would clip them to white.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    mode = _resizable_mode(image)
    return image if image.mode == mode else image.convert(mode)


def _resizable_mode(image: Image.Image) -> str:
    if image.has_transparency_data:
        return "RGBA"
    if image.mode == "1":
        return "L"
    return image.mode if image.mode in ("L", "RGB", "CMYK") else "RGB"


def _shown(image: Image.Image, profile: bytes | None, orientation: int) -> Image.Image:
    """As a browser would show it: on white, in sRGB, upright, without anything but pixels."""
    image = _on_white(image)
    image = _in_srgb(image, profile) if profile else image
    image = image.convert("RGB")
    image = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
    # The JPEG writer would copy the comment out of `info`.
    image.info.clear()
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    sheet = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(sheet, image).convert("RGB")


MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours that the embedded profile means; a broken or unfitting profile leaves the picture as it is."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = MODE_OF_SPACE[source.profile.xcolor_space.strip()]
        if "sRGB" in (source.profile.profile_description or ""):
            return image
        image = image.convert("RGB") if (image.mode, mode) == ("L", "RGB") else image
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, KeyError, ValueError, OSError):
        return image
    return turned or image


def _renditions(image: Image.Image, sizes: Mapping[str, int]) -> tuple[Picture, ...]:
    """Each smaller picture is made from the next larger one, which costs a tenth of starting again."""
    made: dict[str, Picture] = {}
    for name, side in sorted(sizes.items(), key=lambda item: -item[1]):
        size = fitted(image.size, side)
        if size != image.size:
            image = image.resize(size, RESAMPLING, reducing_gap=1.5)
        made[name] = Picture(name, _jpeg(image), *image.size)
    return tuple(made[name] for name in sizes)


def _jpeg(image: Image.Image) -> bytes:
    """Baseline, not progressive: that would save a tenth of the bytes for six times the encoding time."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _facts(image: Image.Image) -> PictureFacts:
    """EXIF is a courtesy: where it is broken, the fact is missing and the picture still counts."""
    try:
        exif = image.getexif()
        camera = dict(exif) | exif.get_ifd(ExifTags.IFD.Exif)
        lat, lon = _position(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # noqa: BLE001 - it raises as much as decoders do.
        return PictureFacts()
    return PictureFacts(
        taken_at=_taken_at(camera),
        make=printable(camera.get(ExifTags.Base.Make)),
        model=printable(camera.get(ExifTags.Base.Model)),
        orientation=_orientation(camera.get(ExifTags.Base.Orientation)),
        lat=lat,
        lon=lon,
    )


def _orientation(value: object) -> int:
    return value if isinstance(value, int) and value in UPRIGHT else 1


def _taken_at(camera: Mapping[int, Any]) -> str | None:
    base = ExifTags.Base
    stamp = printable(camera.get(base.DateTimeOriginal) or camera.get(base.DateTime)) or ""
    offset = printable(camera.get(base.OffsetTimeOriginal)) or ""
    for text, form in ((stamp + offset, "%Y:%m:%d %H:%M:%S%z"), (stamp, "%Y:%m:%d %H:%M:%S")):
        try:
            return datetime.strptime(text, form).isoformat()  # noqa: DTZ007 - most cameras write no offset.
        except ValueError:
            continue
    return None


def _position(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    """Both coordinates or neither. Exactly 0, 0 is what careless software leaves behind, not a place."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lat, lon


def _degrees(value: object, reference: object, negative: str, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle) or not 0 <= angle <= limit:
        return None
    return round(-angle if str(reference).strip("\0 ").upper() == negative else angle, 7)
