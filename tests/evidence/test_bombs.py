"""Large honest pictures are rendered, and small ones that claim to be huge are refused: both in little memory and time."""

import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from backend.evidence import studio
from backend.evidence.sniffing import Reason, Unreadable
from tests.evidence.test_imaging import chunk, encoded, upright

MIB = 1 << 20
# The process with all its decoders loaded has about 60 MB in use before it sees a picture.
REFUSED_BYTES, RENDERED_BYTES = 160 * MIB, 260 * MIB
SECONDS = 30
TILE = 512


@pytest.fixture(autouse=True)
def fresh():
    """No process from before, whose memory would be counted too."""
    studio.close()
    yield
    studio.close()


def peak():
    """The most memory that the studio's process has had in use, in bytes; 0 where the kernel does not tell."""
    status = Path(f"/proc/{studio._idle[-1]._child.pid}/status")
    told = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    return int(told[0].split()[1]) * 1024 if told else 0


def developed(tmp_path, data):
    path = tmp_path / "picture"
    path.write_bytes(data)
    return studio.develop(path, None, "photo", tmp_path / "out", timeout_seconds=SECONDS)


def refusal(tmp_path, data):
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        developed(tmp_path, data)
    assert time.monotonic() - began < SECONDS / 2
    return caught.value.code


@pytest.mark.parametrize("size", [(8160, 6144), (12_000, 9000)], ids=["50 megapixels", "108 megapixels"])
def test_a_large_phone_picture_is_rendered_in_little_memory(tmp_path, size):
    coarse = Image.effect_noise((size[0] // 50, size[1] // 50), 60).convert("RGB")
    coarse.resize(size, Image.Resampling.NEAREST).save(tmp_path / "large", "JPEG")
    made = developed(tmp_path, (tmp_path / "large").read_bytes())
    assert (made.width, made.height) == size
    assert [max(each.width, each.height) for each in made.renditions] == [1600, 320]
    assert peak() < RENDERED_BYTES


def test_a_png_of_400_megapixels_in_50_kilobytes_is_refused(tmp_path):
    side = 20_000
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert len(bomb) < 60_000
    assert refusal(tmp_path, bomb) is Reason.TOO_MANY_PIXELS
    assert peak() < REFUSED_BYTES


def test_a_png_whose_note_unpacks_to_a_quarter_of_a_gigabyte_is_no_bomb(tmp_path):
    packer = zlib.compressobj(9)
    note = b"".join(packer.compress(bytes(MIB)) for _ in range(256)) + packer.flush()
    data = encoded(upright(), "PNG")
    for name, body in ((b"zTXt", b"Comment\0\0" + note), (b"iCCP", b"profile\0\0" + note)):
        try:
            assert developed(tmp_path, data[:33] + chunk(name, body) + data[33:]).width == 400
        except Unreadable as unreadable:
            assert unreadable.code in (Reason.BROKEN, Reason.TRUNCATED)
        assert peak() < REFUSED_BYTES


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_bomb_is_refused(tmp_path, lossless):
    data = bytearray(encoded(upright(), "WEBP", lossless=lossless))
    if lossless:
        data[21:25] = ((16_383 << 14 | 16_383) & 0xFFFFFFFF).to_bytes(4, "little")
    else:
        data[26:30] = struct.pack("<HH", 16_383, 16_383)
    assert refusal(tmp_path, bytes(data)) is Reason.TOO_MANY_PIXELS
    assert peak() < REFUSED_BYTES


@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_a_picture_that_claims_200_megapixels_is_refused(tmp_path, form):
    assert refusal(tmp_path, claiming(encoded(upright(), form), 20_000, 10_000)) is Reason.TOO_MANY_PIXELS
    assert peak() < REFUSED_BYTES


@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_a_picture_that_claims_less_than_it_holds_does_no_harm(tmp_path, form):
    data = claiming(encoded(Image.new("RGB", (2000, 1500), "teal"), form), 40, 30)
    try:
        made = developed(tmp_path, data)
        assert max(made.width, made.height) <= 2000
    except Unreadable as unreadable:
        assert unreadable.code in (Reason.BROKEN, Reason.TRUNCATED)
    assert peak() < 2 * RENDERED_BYTES


def claiming(data, width, height):
    """The same file, whose `ispe` boxes (ISO/IEC 23008-12) name another size."""
    changed, at = bytearray(data), -1
    while (at := changed.find(b"ispe", at + 1)) >= 0:
        changed[at + 8 : at + 16] = struct.pack(">II", width, height)
    assert changed != data
    return bytes(changed)


def test_a_heic_grid_of_one_tile_shown_many_times_is_refused(tmp_path):
    assert refusal(tmp_path, heic_grid(16, claimed=16 * TILE)) is Reason.TOO_MANY_PIXELS
    # So many tiles are more than its reader takes at all.
    assert refusal(tmp_path, heic_grid(200, claimed=200 * TILE)) is Reason.BROKEN
    assert peak() < REFUSED_BYTES


def test_a_heic_grid_that_claims_to_be_small_does_no_harm(tmp_path):
    assert refusal(tmp_path, heic_grid(200, claimed=640)) in (Reason.BROKEN, Reason.TRUNCATED, Reason.TOO_MANY_PIXELS)
    assert peak() < REFUSED_BYTES


def test_a_heic_grid_of_a_phone_is_rendered(tmp_path):
    made = developed(tmp_path, heic_grid(4, claimed=4 * TILE))
    assert (made.width, made.height) == (4 * TILE, 4 * TILE)


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name, *parts, version=0, flags=0):
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def heic_grid(side, *, claimed):
    """A HEIC of `side` by `side` copies of one tile, whose `ispe` claims another size for the whole."""
    tile = encoded(upright(TILE, TILE), "HEIF")
    at = tile.index(b"hvcC") - 4
    decoder = tile[at : at + int.from_bytes(tile[at : at + 4], "big")]
    pixels = tile[tile.index(b"mdat") + 4 :]
    grid = struct.pack(">BBBBII", 0, 1, side - 1, side - 1, TILE * side, TILE * side)
    sizes = [full(b"ispe", struct.pack(">II", each, each)) for each in (claimed, TILE)]

    def index(start):
        places = [(1, start, len(grid)), (2, start + len(grid), len(pixels))]
        extents = b"".join(struct.pack(">HHHII", item, 0, 1, at, length) for item, at, length in places)
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12xB", 0, b"pict", 0)),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iloc", struct.pack(">BBH", 0x44, 0, 2), extents),
            full(b"iinf", struct.pack(">H", 2), *(
                full(b"infe", struct.pack(">HH4sB", item, 0, kind, 0), version=2)
                for item, kind in ((1, b"grid"), (2, b"hvc1"))
            )),
            full(b"iref", box(b"dimg", struct.pack(f">HH{side * side}H", 1, side * side, *[2] * side * side))),
            box(b"iprp", box(b"ipco", sizes[0], sizes[1], decoder), full(
                b"ipma", struct.pack(">I", 2), struct.pack(">HBB", 1, 1, 1), struct.pack(">HBBB", 2, 2, 2, 0x83)
            )),
        )  # fmt: skip

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    # The index is as long wherever it points.
    start = len(head) + len(index(0)) + 8
    return head + index(start) + box(b"mdat", grid, pixels)
