"""What a phone's camera holds: real photos and clips where the folder of real media is there, else ones made here.

The photo and the clip that are made carry what must not leave the original: orientation, place and maker.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from PIL import Image, TiffImagePlugin

from tests.submissions import entry_for

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
REAL_PHOTOS = {
    "iphone-6.jpg": "image/jpeg",
    "oppo-r7-plus.jpg": "image/jpeg",
    "samsung-galaxy-s4.jpg": "image/jpeg",
    "iphone.heic": "image/heic",
}
REAL_CLIPS = {"iphone-with-gps.mov": "video/quicktime", "android-with-gps.mp4": "video/mp4"}
RED, BLUE = (200, 20, 20), (20, 20, 200)


@dataclass(frozen=True, slots=True)
class Shot:
    """One file as it lies on the phone."""

    name: str
    kind: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def entry(self, evidence_id: str, **changed: Any) -> dict[str, Any]:
        """How a submission names the file."""
        facts = {"size": len(self.content), "sha256": self.sha256, "media_type": self.media_type}
        return entry_for(evidence_id, self.kind, **facts, **changed)


@cache
def photos() -> tuple[Shot, ...]:
    """One made photo, which lies on its side, and the real ones; made ones in their place where there are none."""
    real = tuple(_real(REAL_PHOTOS, "photo"))
    return (photo(0), *(real or (photo(1), photo(2), photo(3))))


@cache
def clips() -> tuple[Shot, ...]:
    real = tuple(_real(REAL_CLIPS, "video"))
    return real or (clip(0), clip(1))


def photo(number: int, size: tuple[int, int] = (640, 480)) -> Shot:
    """A JPEG that lies on its side: upright its upper half is red, its lower half blue. Each number is its own file."""
    picture = Image.new("RGB", size, BLUE)
    picture.paste(RED, (0, 0, size[0] // 2, size[1]))
    picture.putpixel((size[0] - 1, 0), (number % 256, number // 256 % 256, 0))
    exif = picture.getexif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Mingcha Tests", f"Phone {number}"
    degrees = tuple(TiffImagePlugin.IFDRational(part) for part in (31, 12, 0))
    exif.get_ifd(0x8825).update({1: "N", 2: degrees, 3: "E", 4: degrees})
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif, comment=f"made {number}".encode())
    return Shot(f"photo-{number}.jpg", "photo", "image/jpeg", made.getvalue())


def clip(number: int) -> Shot:
    """Ten grey pictures as MP4; each number is its own file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", format="mp4") as film:
            film.metadata["comment"] = f"made {number}"
            pictures = film.add_stream("libx264", rate=10)
            pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
            for at in range(10):
                pixels = np.full((180, 320, 3), 20 + 20 * at, np.uint8)
                film.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            film.mux(pictures.encode())
        return Shot(f"clip-{number}.mp4", "video", "video/mp4", path.read_bytes())


def _real(names: Mapping[str, str], kind: str) -> list[Shot]:
    found = [(MEDIA / name, media_type) for name, media_type in names.items() if (MEDIA / name).is_file()]
    return [Shot(path.name, kind, media_type, path.read_bytes()) for path, media_type in found]
