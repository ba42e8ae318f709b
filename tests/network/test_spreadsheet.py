"""Reading uploaded files: Excel, CSV in the encodings of China's offices, and files that mean harm."""

import io
import struct
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from backend.network.problems import FileInflates, FileUnreadable, TooManyRows
from backend.network.spreadsheet import read_rows

HEADING = ["code", "name", "lat"]


def workbook(rows: list[list], *, sheets: int = 1, hidden_first: bool = False) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        made = [book.add_worksheet() for _ in range(sheets)]
        if hidden_first:
            made[0].hide()
            made[-1].activate()
            made[-1].set_first_sheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                kind = (day,) if isinstance(cell, datetime) else ()
                made[-1 if hidden_first else 0].write(number, place, cell, *kind)
    return content.getvalue()


def test_a_workbook_is_read_with_its_own_row_numbers() -> None:
    rows = [[], HEADING, [], [1001, " 上海店 ", 31.25], ["S2", "", datetime(2026, 5, 31)]]
    assert read_rows(workbook(rows)) == [(2, HEADING), (4, [1001, "上海店", 31.25]), (5, ["S2", None, "2026-05-31"])]


def test_the_first_visible_sheet_counts() -> None:
    assert read_rows(workbook([HEADING], sheets=2, hidden_first=True)) == [(1, HEADING)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_of_offices(encoding: str, delimiter: str) -> None:
    text = f"code{delimiter}门店名称\r\nS1{delimiter}上海店\r\n\r\nS2{delimiter}\r\n"
    assert read_rows(text.encode(encoding)) == [(1, ["code", "门店名称"]), (2, ["S1", "上海店"]), (4, ["S2"])]


def test_a_quoted_cell_may_span_lines() -> None:
    assert read_rows(b'code,name\nS1,"a\nb"\nS2,c\n') == [(1, ["code", "name"]), (2, ["S1", "a\nb"]), (4, ["S2", "c"])]


def test_twenty_thousand_rows_are_the_most() -> None:
    text = "code\n" + "".join(f"S{number}\n" for number in range(20_000))
    assert len(read_rows(text.encode())) == 20_001
    with pytest.raises(TooManyRows):
        read_rows((text + "S\n").encode())


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04nonsense",
        b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
        b'code,"name\n',
        b"\xff\xfe\x00",
        b"\xff\x00\xff\x80" * 10,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    ],
)
def test_what_is_no_list_is_unreadable(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read_rows(content)


def test_an_archive_of_something_else_is_unreadable() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FileUnreadable):
        read_rows(content.getvalue())


def replaced(content: bytes, name: str, *pieces: bytes) -> bytes:
    """The workbook with one of its parts exchanged."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for member in old.namelist():
            with new.open(member, "w") as part:
                part.writelines(pieces if member == name else [old.read(member)])
    return made.getvalue()


def test_a_zip_bomb_is_refused_by_its_sizes() -> None:
    bomb = replaced(workbook([HEADING]), "xl/theme/theme1.xml", *[b" " * (1 << 20)] * 101)
    assert len(bomb) < 1 << 20
    with pytest.raises(FileInflates):
        read_rows(bomb)


def test_a_zip_bomb_that_lies_about_its_size_dies_alone() -> None:
    start = b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    pieces = [start, *[b"x" * (1 << 20)] * 600, b"</t></si></sst>"]
    bomb = replaced(workbook([HEADING]), "xl/sharedStrings.xml", *pieces)
    size = struct.pack("<I", sum(map(len, pieces)))
    assert bomb.count(size) >= 1
    with pytest.raises(FileUnreadable):
        read_rows(bomb.replace(size, struct.pack("<I", 1000)))


def test_two_cells_that_span_a_billion_die_alone() -> None:
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(FileUnreadable):
        read_rows(replaced(workbook([HEADING]), "xl/worksheets/sheet1.xml", sheet))


def test_one_string_in_very_many_cells_is_refused() -> None:
    row = ["x" * 900] * 100
    with pytest.raises(FileInflates):
        read_rows(workbook([HEADING, *[row] * 2000]))


def test_columns_beyond_a_hundred_are_left_out() -> None:
    assert len(read_rows((",".join(f"c{number}" for number in range(5000)) + "\n").encode())[0][1]) == 100


def test_a_formula_is_only_its_result() -> None:
    assert read_rows(workbook([["code"], ["=1+1"]])) == [(1, ["code"]), (2, [0])]
