"""Colours come out as the embedded profile means them, in every format that can carry one, and the profile stays behind."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from backend.evidence.imaging import render
from backend.evidence.sniffing import sniff

D50 = (0.9642, 1.0, 0.8249)
# Columns of the matrix from Display P3 to the profile's own white, D50; and sRGB's curve, which P3 shares.
P3 = {b"rXYZ": (0.51512, 0.24120, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189), b"bXYZ": (0.15710, 0.06657, 0.78407)}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# Lab of sRGB's (0, 128, 0), and white, as the eight-bit table of a printer's profile writes them.
GREEN, WHITE = (118, 76, 178), (255, 128, 128)


def fixed(*numbers):
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def xyz(numbers):
    return b"XYZ " + bytes(4) + fixed(*numbers)


def icc(kind, space, connection, tags):
    """An ICC profile of these tags (ICC.1:2022): a header of 128 bytes, a table, and what the table points to."""
    start = 132 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s28x", start + len(body), 0x04300000, kind, space, connection, b"acsp")
    header += fixed(*D50) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body


def display_p3():
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(*SRGB_CURVE)
    columns = {name: xyz(column) for name, column in P3.items()}
    return icc(
        b"mntr", b"RGB ", b"XYZ ", {b"wtpt": xyz(D50), **columns, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    )


def linear_grey():
    return icc(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": xyz(D50), b"kTRC": b"curv" + bytes(8)})


def ink_that_is_green():
    """A printer's profile under which full cyan alone prints green, and whatever else is printed stays white."""
    straight = bytes(range(256))
    corners = [GREEN if inks == (1, 0, 0, 0) else WHITE for inks in np.ndindex(2, 2, 2, 2)]
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += straight * 4 + bytes(np.array(corners, np.uint8)) + straight * 3
    return icc(b"prtr", b"CMYK", b"Lab ", {b"wtpt": xyz(D50), b"A2B0": table})


def shown(image, form, profile, **options):
    out = io.BytesIO()
    image.save(out, form, icc_profile=profile, **options)
    made = render(io.BytesIO(out.getvalue()), sniff(out.getvalue())).renditions[0]
    # A PNG keeps its profile compressed.
    assert (b"iCCP" if form == "PNG" else b"acsp") in out.getvalue()
    assert b"acsp" not in made.data
    with Image.open(io.BytesIO(made.data)) as picture:
        assert "icc_profile" not in picture.info
        return picture.convert("RGB").getpixel((20, 20))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize(("stored", "seen"), [
    # The most saturated red of sRGB is a milder number in the wider P3; grey is the same in both.
    ((234, 51, 35), (255, 0, 0)),
    ((117, 251, 76), (0, 255, 0)),
    ((128, 128, 128), (128, 128, 128)),
])  # fmt: skip
def test_display_p3_becomes_srgb(form, stored, seen):
    found = shown(Image.new("RGB", (40, 40), stored), form, display_p3(), quality=95)
    assert np.abs(np.subtract(found, seen)).max() <= 16


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_grey_profile_counts(form):
    # A fifth of the light: 55 on a straight scale, 128 on sRGB's.
    found = shown(Image.new("L", (40, 40), 55), form, linear_grey())
    assert np.abs(np.subtract(found, 128)).max() <= 4


def test_the_inks_of_a_cmyk_jpeg_are_those_of_its_profile():
    cyan, magenta = Image.new("CMYK", (40, 40), (255, 0, 0, 0)), Image.new("CMYK", (40, 40), (0, 255, 0, 0))
    found = shown(cyan, "JPEG", ink_that_is_green(), quality=95)
    assert np.abs(np.subtract(found, (0, 128, 0))).max() <= 14
    assert min(shown(magenta, "JPEG", ink_that_is_green(), quality=95)) > 245


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_a_profile_survives_a_picture_that_lies_on_its_side(form):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = shown(Image.new("RGB", (40, 60), (234, 51, 35)), form, display_p3(), quality=95, exif=exif.tobytes())
    assert np.abs(np.subtract(found, (255, 0, 0))).max() <= 9
