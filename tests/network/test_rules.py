"""What headings and cells of a list of stores mean."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.network import rules
from backend.network.importing import known_columns


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("code", "code"),
        ("Store Code", "code"),
        (" STORE_CODE* ", "code"),
        ("门店编号", "code"),
        ("门店 编号\uff0a", "code"),
        ("大区", "region_name"),
        ("大区编号", "region"),
        ("Region", "region"),
        ("经销商集团", "group_name"),
        ("纬度", "lat"),
        ("Longitude", "lon"),
        ("归属生效日期", "member_from"),
    ],
)
def test_headings_are_known_in_both_languages(text: str, column: str) -> None:
    places, unknown = rules.columns_of([text], known_columns())
    assert (places, unknown) == ({0: column}, [])


def test_unknown_headings_are_told_and_empty_ones_are_not() -> None:
    assert rules.columns_of(["code", "fax", None, "", 7], known_columns()) == ({0: "code"}, ["fax", "7"])


def test_no_heading_means_two_columns() -> None:
    names = [rules.heading(name) for names in known_columns().values() for name in names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("code", 1001, "1001"),
        ("code", " S1 ", "S1"),
        ("name", "上海店", "上海店"),
        ("lat", "31.2", 31.2),
        ("lat", -90, -90.0),
        ("lon", "180", 180.0),
        ("datum", "wgs84", "WGS-84"),
        ("datum", "GCJ-02", "GCJ-02"),
        ("datum", "bd 09", "BD-09"),
        ("opened_on", "2026-05-31", date(2026, 5, 31)),
        ("opened_on", "2026/5/1", date(2026, 5, 1)),
        ("opened_on", "2026年5月1日", date(2026, 5, 1)),
        ("opened_on", 20260501, date(2026, 5, 1)),
        ("opened_on", "2026.5.1", date(2026, 5, 1)),
        ("opened_on", "2026-05-01 00:00:00", date(2026, 5, 1)),
        ("member_from", "\uff12\uff10\uff12\uff16-05-01", date(2026, 5, 1)),
    ],
)
def test_cells_are_read(column: str, cell: object, value: object) -> None:
    assert rules.read_cells({column: cell}) == ({column: value}, [])


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("lat", "north", "row-not-number"),
        ("lat", 91, "row-out-of-range"),
        ("lon", "nan", "row-out-of-range"),
        ("lon", "inf", "row-out-of-range"),
        ("lat", True, "row-not-number"),
        ("lat", "1" * 400, "row-out-of-range"),
        ("datum", "ED50", "row-not-one-of"),
        ("opened_on", "soon", "row-not-date"),
        ("opened_on", "2026-02-30", "row-not-date"),
        ("opened_on", 45000, "row-not-date"),
        ("opened_on", "0000-01-01", "row-not-date"),
        ("code", "x" * 51, "row-too-long"),
        ("name", "x" * 201, "row-too-long"),
        ("name", "a\x00", "text-invalid"),
        ("name", "\ud800", "text-invalid"),
        ("code", "a\nb", "code-blank"),
        ("code", "   ", "code-blank"),
        ("region", "\t", "code-blank"),
    ],
)
def test_what_is_wrong_with_a_cell_is_told(column: str, cell: object, code: str) -> None:
    values, faults = rules.read_cells({column: cell})
    assert values == {}
    assert [(where, fault.code) for where, fault in faults] == [(column, code)]


def test_empty_cells_are_left_out() -> None:
    assert rules.read_cells({"code": None, "name": "", "lat": None}) == ({}, [])


@given(
    st.sampled_from(list(known_columns())), st.one_of(st.text(max_size=300), st.floats(), st.integers(), st.booleans())
)
def test_any_cell_is_a_value_or_a_fault(column: str, cell: object) -> None:
    values, faults = rules.read_cells({column: cell})
    assert len(values) + len(faults) == (0 if cell == "" else 1)
