"""Pictures in every odd shape that phones, editors and attackers give them."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from backend.evidence import imaging
from backend.evidence.imaging import fitted, greyscale, render, render_pixels
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable, sniff, sniff_file

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
PHOTOS = [path for path in sorted(MEDIA.glob("*")) if getattr(sniff_file(path), "kind", None) is Kind.PHOTO]

# The corners of the upright test picture: top left, top right, bottom left, bottom right.
CORNERS = ((250, 10, 10), (10, 250, 10), (10, 10, 250), (240, 240, 10))

# The way back from upright to how a camera stores it, by EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def upright(width=400, height=300):
    pixels = np.zeros((height, width, 3), np.uint8)
    half_y, half_x = height // 2, width // 2
    pixels[:half_y, :half_x], pixels[:half_y, half_x:] = CORNERS[:2]
    pixels[half_y:, :half_x], pixels[half_y:, half_x:] = CORNERS[2:]
    return Image.fromarray(pixels)


def exif(orientation=1):
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.Make] = " Camera\x07maker\0\0"
    data[ExifTags.Base.Model] = "M" * 100
    detail = data.get_ifd(ExifTags.IFD.Exif)
    detail[ExifTags.Base.DateTimeOriginal] = "2026:05:01 09:30:00"
    detail[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    gps = data.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "S", (31.0, 13.0, 48.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (121.0, 28.0, 12.0)
    return data


def encoded(image, form="JPEG", **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def rendered(data, **options):
    return render(io.BytesIO(data), sniff(data), **options)


def screen(data):
    return opened(rendered(data).renditions[0])


def opened(picture):
    return Image.open(io.BytesIO(picture.data))


def near(image, place, colour, slack=14):
    assert np.abs(np.subtract(image.convert("RGB").getpixel(place), colour)).max() <= slack


def code_of(data, **options):
    with pytest.raises(Unreadable) as caught:
        rendered(data, **options)
    return caught.value.code


def chunk(name, body):
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(width, height, rows, *, depth=8, colour=2):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_comes_out_upright(orientation, form):
    turn = STORED[orientation]
    stored = upright() if turn is None else upright().transpose(turn)
    result = rendered(encoded(stored, form, exif=exif(orientation), quality=90))
    assert (result.width, result.height) == (400, 300)
    for picture in result.renditions:
        image = opened(picture)
        right, bottom = image.width - 20, image.height - 20
        assert image.size == (picture.width, picture.height)
        for place, colour in zip(((20, 20), (right, 20), (20, bottom), (right, bottom)), CORNERS, strict=True):
            near(image, place, colour)


@pytest.mark.parametrize("orientation", STORED)
def test_a_heic_comes_out_upright(orientation):
    turn = STORED[orientation]
    stored = upright() if turn is None else upright().transpose(turn)
    # The writer turns the EXIF orientation into the container's own rotation; only that one counts in a HEIC.
    result = rendered(encoded(stored, "HEIF", exif=exif(orientation).tobytes(), quality=90))
    assert (result.width, result.height) == (400, 300)
    for place, colour in zip(((20, 20), (380, 20), (20, 280), (380, 280)), CORNERS, strict=True):
        near(opened(result.renditions[0]), place, colour, slack=20)


def test_facts_are_read():
    facts = rendered(encoded(upright(), exif=exif(6))).facts
    assert facts.taken_at == "2026-05-01T09:30:00+08:00"
    assert (facts.make, facts.model, facts.orientation) == ("Cameramaker", "M" * 64, 6)
    assert (facts.lat, facts.lon) == (-31.23, 121.47)


@pytest.mark.parametrize(
    ("lat", "lon", "ref"),
    [((0, 0, 0), (0, 0, 0), "N"), ((91, 0, 0), (1, 0, 0), "N"), ((1, 2), (1, 2, 3), "N"), ("a", "b", "N")],
)
def test_an_impossible_position_is_none(lat, lon, ref):
    tags = ExifTags.GPS
    gps = {tags.GPSLatitude: lat, tags.GPSLongitude: lon, tags.GPSLatitudeRef: ref, tags.GPSLongitudeRef: "E"}
    assert imaging._position(gps) == (None, None)


@pytest.mark.parametrize("stamp", ["0000:00:00 00:00:00", "soon", "", "2026:13:01 00:00:00"])
def test_an_impossible_time_is_none(stamp):
    assert imaging._taken_at({ExifTags.Base.DateTimeOriginal: stamp}) is None


def test_broken_exif_costs_the_facts_only():
    result = rendered(encoded(upright(), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"))
    assert result.facts == imaging.PictureFacts()
    assert result.width == 400


@pytest.mark.parametrize(
    ("size", "expected_screen", "expected_thumb"),
    [
        ((4000, 3000), (1600, 1200), (320, 240)),
        ((3000, 4000), (1200, 1600), (240, 320)),
        ((1000, 500), (1000, 500), (320, 160)),
        ((100, 60), (100, 60), (100, 60)),
        ((9000, 2), (1600, 1), (320, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_renditions_fit_and_never_grow(size, expected_screen, expected_thumb, form):
    made = rendered(encoded(Image.new("RGB", size, "teal"), form)).renditions
    assert [(each.name, each.width, each.height) for each in made] == [
        ("screen", *expected_screen),
        ("thumb", *expected_thumb),
    ]


def test_renditions_come_in_the_order_asked_for():
    made = rendered(encoded(upright()), sizes={"small": 20, "large": 200}).renditions
    assert [(each.name, each.width) for each in made] == [("small", 20), ("large", 200)]


def test_renditions_carry_nothing_but_pixels():
    xmp = b"<x:xmpmeta>SECRET</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(upright(), exif=exif(), comment=b"SECRET", xmp=xmp, icc_profile=profile, dpi=(72, 72))
    for picture in rendered(data).renditions:
        image = opened(picture)
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not dict(image.getexif())
        for word in (b"SECRET", b"Exif", b"Camera", b"ICC", b"2026"):
            assert word not in picture.data


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_no_format_leaves_anything_but_pixels(form):
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET</x:xmpmeta>"
    said = {"exif": exif().tobytes(), "xmp": xmp, "icc_profile": _profile()}
    data = encoded(upright(), form, **said)
    assert b"acsp" in data or form == "PNG"
    for picture in rendered(data).renditions:
        assert set(opened(picture).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for word in (b"SECRET", b"Exif", b"Camera", b"acsp", b"2026", b"http"):
            assert word not in picture.data


def test_png_text_does_not_get_through():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET")
    for picture in rendered(encoded(upright(), "PNG", pnginfo=notes, exif=exif())).renditions:
        assert b"SECRET" not in picture.data
        assert not dict(opened(picture).getexif())


def test_colours_are_those_that_the_profile_means():
    red = Image.new("RGB", (50, 50), (200, 30, 30))
    near(screen(encoded(red)), (25, 25), (200, 30, 30), slack=3)
    near(screen(encoded(red, icc_profile=_red_is_green())), (25, 25), (30, 200, 30), slack=12)


def test_a_profile_of_another_colour_space_changes_nothing():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for image, colour in (
        (Image.new("RGB", (50, 50), (200, 30, 30)), (200, 30, 30)),
        (Image.new("L", (9, 9), 7), (7,) * 3),
    ):
        near(screen(encoded(image, icc_profile=lab)), (5, 5), colour, slack=3)


def test_a_grey_picture_with_a_colour_profile_stays_grey():
    near(screen(encoded(Image.new("L", (9, 9), 90), icc_profile=_profile())), (5, 5), (90, 90, 90), slack=2)


def _profile():
    """The sRGB profile under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))


def _red_is_green():
    """An RGB profile in which red and green have changed places."""
    profile = bytearray(_profile())
    tags = range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    places = {bytes(profile[at : at + 4]): at for at in tags}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("profile", [b"junk", b"\0" * 200])
def test_a_broken_profile_changes_nothing(profile):
    near(screen(encoded(Image.new("RGB", (50, 50), (200, 30, 30)), icc_profile=profile)), (25, 25), (200, 30, 30), 3)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(form):
    image = upright().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 200, 150))
    shown = screen(encoded(image, form))
    near(shown, (50, 50), (255, 255, 255), slack=3)
    near(shown, (380, 20), CORNERS[1])


def test_a_transparent_palette_becomes_white():
    image = Image.new("P", (50, 50), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.paste(1, (25, 0, 50, 50))
    shown = screen(encoded(image, "PNG", transparency=0))
    near(shown, (5, 25), (255, 255, 255), slack=6)
    near(shown, (45, 25), (200, 0, 0))


def test_sixteen_bits_are_scaled_and_not_clipped():
    levels = np.linspace(0, 65535, 2000).astype(np.uint16)[None, :].repeat(1000, axis=0)
    data = encoded(Image.fromarray(levels), "PNG")
    for side in (1600, 320):
        shown = opened(rendered(data, sizes={"any": side}).renditions[0])
        for part in (0.25, 0.5, 0.75):
            near(shown, (int(side * part), side // 4), (255 * part,) * 3, slack=3)


def test_sixteen_bit_colour_is_taken():
    row = b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0) * 40
    near(screen(png(40, 40, row * 40, depth=16)), (20, 20), (255, 128, 0), slack=6)


@pytest.mark.parametrize("side", [40, 400])
@pytest.mark.parametrize(("mode", "colour", "seen"), [
    ("L", 77, (77, 77, 77)),
    ("1", 1, (255, 255, 255)),
    ("LA", (77, 255), (77, 77, 77)),
    ("P", 0, (0, 0, 0)),
    ("RGBA", (9, 8, 7, 255), (9, 8, 7)),
])  # fmt: skip
def test_every_mode_of_a_png_is_taken(mode, colour, seen, side):
    data = encoded(Image.new(mode, (side, side), colour), "PNG")
    near(opened(rendered(data, sizes={"any": 40}).renditions[0]), (20, 20), seen, slack=3)


def test_cmyk_and_grey_jpegs_are_taken():
    near(screen(encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)))), (20, 20), (255, 0, 0), slack=3)
    large = encoded(Image.new("CMYK", (4000, 4000), (0, 255, 255, 0)))
    near(opened(rendered(large, sizes={"any": 40}).renditions[0]), (20, 20), (255, 0, 0), slack=3)
    near(screen(encoded(Image.new("L", (40, 40), 99))), (20, 20), (99, 99, 99), slack=3)


def test_a_progressive_jpeg_and_a_picture_with_a_second_one_inside_are_taken():
    near(screen(encoded(upright(), progressive=True)), (20, 20), CORNERS[0])
    near(screen(encoded(upright(), "MPO", save_all=True, append_images=[upright()])), (20, 20), CORNERS[0])


def test_a_bomb_is_refused_before_it_is_decoded():
    assert code_of(png(13_300, 13_300, b"")) is Reason.TOO_MANY_PIXELS
    assert code_of(png(20_000, 20_000, b"")) is Reason.TOO_MANY_PIXELS
    assert code_of(png(30_001, 10, b"")) is Reason.TOO_MANY_PIXELS
    assert code_of(png(8001, 8000, b"")) is Reason.TOO_MANY_PIXELS


def test_a_jpeg_is_judged_by_how_it_is_coded():
    def claiming(width, height, *, progressive):
        data = bytearray(encoded(Image.new("RGB", (64, 64)), progressive=progressive))
        start = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        data[start + 5 : start + 9] = struct.pack(">HH", height, width)
        return bytes(data)

    assert code_of(claiming(12_001, 10_000, progressive=False)) is Reason.TOO_MANY_PIXELS
    assert code_of(claiming(8_001, 8_000, progressive=True)) is Reason.TOO_MANY_PIXELS
    assert rendered(claiming(12_000, 10_000, progressive=False)).width == 12_000
    assert rendered(claiming(8_000, 8_000, progressive=True)).width == 8_000


def test_a_webp_bomb_is_refused_from_its_first_chunk():
    data = bytearray(encoded(upright().convert("RGBA"), "WEBP", exif=exif()))
    data[24:30] = (16_000).to_bytes(3, "little") * 2
    assert code_of(bytes(data)) is Reason.TOO_MANY_PIXELS


def test_a_heic_of_200_megapixels_is_refused_from_its_header():
    data = bytearray(encoded(upright(), "HEIF"))
    at = -1
    while (at := data.find(b"ispe", at + 1)) >= 0:
        data[at + 8 : at + 16] = struct.pack(">II", 20_000, 10_000)
    assert code_of(bytes(data)) is Reason.TOO_MANY_PIXELS


def test_the_limits_are_told():
    with pytest.raises(Unreadable) as caught:
        rendered(png(13_300, 13_300, b""))
    assert caught.value.params == {"width": 13_300, "height": 13_300, "limit": 64}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_file_cut_short_is_unreadable(form, part):
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    data = encoded(Image.fromarray(noise), form)
    assert code_of(data[: int(len(data) * part)]) in (Reason.TRUNCATED, Reason.BROKEN)


def test_a_truncated_jpeg_or_png_says_so():
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    for form in ("JPEG", "PNG"):
        data = encoded(Image.fromarray(noise), form)
        assert code_of(data[: len(data) // 2]) is Reason.TRUNCATED


def test_another_type_under_a_pictures_name_is_unreadable():
    for wrong in (b"\x7fELF" + bytes(200), b"GIF89a" + bytes(50), b"<svg/>"):
        with pytest.raises(Unreadable):
            render(io.BytesIO(wrong), MediaType.JPEG)
    with pytest.raises(Unreadable) as caught:
        render(io.BytesIO(encoded(upright(), "PNG")), MediaType.JPEG)
    assert caught.value.code is Reason.BROKEN
    with pytest.raises(Unreadable) as caught:
        render(io.BytesIO(b""), MediaType.MP4)
    assert caught.value.code is Reason.FOREIGN_TYPE


def test_heic_without_its_reader_says_so(monkeypatch):
    monkeypatch.setattr(imaging, "HEIC_INSTALLED", False)
    assert code_of(encoded(upright(), "HEIF")) is Reason.HEIC_NOT_INSTALLED


def test_running_out_of_memory_is_a_reason(monkeypatch):
    def starve(*_arguments):
        raise MemoryError

    monkeypatch.setattr(imaging, "_reduced", starve)
    assert code_of(encoded(upright())) is Reason.OUT_OF_MEMORY


def test_pixels_of_a_frame_become_renditions():
    made = render_pixels(np.asarray(upright(640, 480)), sizes={"poster": 1600, "thumb": 320})
    assert [(each.name, each.width, each.height) for each in made] == [("poster", 640, 480), ("thumb", 320, 240)]
    near(opened(made[1]), (10, 10), CORNERS[0])


def test_grey_levels_for_a_hash():
    levels = greyscale(encoded(upright(64, 48)))
    assert (levels.shape, levels.dtype) == ((48, 64), np.uint8)
    assert abs(int(levels[2, 2]) - Image.new("RGB", (1, 1), CORNERS[0]).convert("L").getpixel((0, 0))) < 5


def test_a_size_is_fitted_and_never_zero():
    assert fitted((4000, 3000), 1600) == (1600, 1200)
    assert fitted((30_000, 1), 320) == (320, 1)
    assert fitted((10, 20), 320) == (10, 20)


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
def test_a_real_photo_is_rendered_or_refused(path):
    try:
        result = render(path, sniff_file(path))
    except Unreadable:
        assert path.name.startswith(("broken", "fuzzed"))
        return
    assert not path.name.startswith(("broken", "fuzzed"))
    for picture in result.renditions:
        assert max(picture.width, picture.height) == min(imaging.SIZES[picture.name], max(result.width, result.height))
        assert (picture.width < picture.height) == (result.width < result.height)
        assert not dict(opened(picture).getexif())
        assert b"Exif" not in picture.data


SAMPLES = [
    encoded(upright(120, 90), exif=exif(6), comment=b"x"),
    encoded(upright(120, 90), progressive=True),
    encoded(upright(120, 90), "PNG", exif=exif(3)),
    encoded(upright(120, 90).convert("P"), "PNG"),
    encoded(upright(120, 90), "WEBP", exif=exif(8)),
    encoded(upright(64, 48), "AVIF"),
    encoded(upright(64, 48), "HEIF"),
]


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SAMPLES), st.integers(0, 4000), st.binary(min_size=1, max_size=6), st.booleans())
def test_no_damage_raises_anything_but_unreadable(sample, at, noise, cut):
    at %= len(sample)
    damaged = sample[:at] + noise + (b"" if cut else sample[at + len(noise) :])
    media_type = sniff(damaged) or MediaType.JPEG
    try:
        render(io.BytesIO(damaged), media_type, sizes={"thumb": 64})
    except Unreadable as unreadable:
        assert unreadable.code in Reason
