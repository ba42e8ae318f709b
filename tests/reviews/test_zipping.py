"""A streamed zip: readable by everybody, the same for the same content, and no zip at all when it broke off."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.reviews.zipping import Entry, zipped

MOMENT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
MIB = 1024 * 1024


def entry(name: str, *pieces: bytes) -> Entry:
    return Entry(name, sum(map(len, pieces)), pieces)


@given(st.lists(st.lists(st.binary(max_size=200), max_size=4), max_size=6))
def test_what_goes_in_comes_out(files: list[list[bytes]]) -> None:
    made = b"".join(zipped([entry(f"f/{number}.bin", *pieces) for number, pieces in enumerate(files)], MOMENT))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert [archive.read(info) for info in archive.infolist()] == [b"".join(pieces) for pieces in files]
        assert {info.compress_type for info in archive.infolist()} <= {zipfile.ZIP_STORED}


def test_the_same_content_makes_the_same_bytes() -> None:
    first, second = (b"".join(zipped([entry("a", b"x"), entry("b", b"y")], MOMENT)) for _ in range(2))
    assert first == second


def test_pieces_come_out_as_they_come_in() -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        for number in range(4):
            asked.append(number)
            yield bytes([number]) * MIB

    out = zipped([Entry("film.mp4", 4 * MIB, pieces())], MOMENT)
    passed = 0
    while passed < MIB:
        passed += len(next(out))
    assert asked == [0]
    assert passed + sum(map(len, out)) > 4 * MIB


def test_what_breaks_off_is_no_zip_file() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 100
        raise OSError("the disk is gone")

    came = []
    with pytest.raises(OSError, match="gone"):
        came.extend(zipped([entry("whole", b"a" * 50), Entry("half", 200, pieces())], MOMENT))
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(came)))


def test_a_reader_that_goes_away_closes_what_was_open() -> None:
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"x"
            yield b"y"
        finally:
            closed.append(True)

    out = zipped([Entry("a", 2, pieces())], MOMENT)
    next(out), next(out)
    out.close()
    assert closed == [True]


def test_beyond_four_gibibytes_it_is_zip64(tmp_path: Path) -> None:
    """The directory alone is looked at: the bytes are counted, not kept."""
    size, block = 4 * 1024 * MIB + 5, bytes(8 * MIB)
    path = tmp_path / "large.zip"
    sources = [Entry("large", size, (block[: min(len(block), size - at)] for at in range(0, size, len(block))))]
    with path.open("wb") as file:
        for piece in zipped([*sources, entry("after", b"end")], MOMENT):
            if piece.strip(b"\0"):
                file.write(piece)
            else:
                file.seek(len(piece), 1)
    with zipfile.ZipFile(path) as archive:
        assert [info.file_size for info in archive.infolist()] == [size, 3]
        assert archive.read("after") == b"end"
