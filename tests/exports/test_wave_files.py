"""The tables that are handed over, read back: equal to the report pages, within the asker's scope, hostile text inert."""

import csv
import io
import zipfile

import openpyxl
import pytest
from sqlalchemy import update

from backend.core.db import transaction
from backend.network.models import Store
from backend.waves.models import Programme, Wave
from tests import world
from tests.exports.conftest import HOSTILE, read_book, read_csv, visited
from tests.scores import rows


def report(office, login, path):
    answer = office.client(login).get(f"/api/v1/reports/waves/{path}")
    assert answer.status_code == 200, answer.json
    return answer.json


def numbers(lines, *names):
    return [tuple(line[name] for name in names) for line in lines]


def test_the_csv_has_a_line_for_each_visit_and_a_column_for_each_code(waves, office):
    data = office.whole("alice", "wave_csv", waves.open)
    assert data.startswith(b"\xef\xbb\xbfprogramme,wave,store_code,")
    lines = read_csv(data)
    assert [line["store_code"] for line in lines] == ["FOUR"] * 2 + ["ONE"] * 3 + ["THREE"] * 2 + ["TWO"] * 2
    assert list(lines[0])[-6:] == list(rows.GOLDEN)
    red = next(line for line in lines if line["store_code"] == "TWO" and line["B1"] == "fail")
    assert (red["A1"], red["B3"], red["passed"], red["applicable"]) == ("pass", "na", "4", "5")
    assert (red["rate"], red["official_score"], red["red_line"]) == ("80.0", "59.0", "1")
    assert (red["region_code"], red["group_code"], red["method"]) == ("EAST", "MOON", "covert")
    assert (red["auditor"], red["visited_on"]) == ("Chelsea", "2026-01-17")


def test_the_csv_adds_up_to_the_report(waves, office):
    lines = read_csv(office.whole("alice", "wave_csv", waves.open))
    for row in report(office, "alice", f"{waves.open.id}/checkpoints")["items"]:
        told = [line[row["checkpoint"]] for line in lines]
        assert (told.count("pass"), told.count("fail"), told.count("na")) == (row["passed"], row["failed"], row["na"])


def test_the_workbook_holds_the_figures_of_the_report_pages(waves, office):
    book = read_book(office.whole("alice", "wave_workbook", waves.open))
    assert list(book) == ["Answers", "Checkpoints", "Stages and modules", "Ranking", "Regions and groups", "Notes"]
    wave = waves.open.id
    told = report(office, "alice", f"{wave}/checkpoints")["items"]
    assert numbers(
        book["Checkpoints"], "Checkpoint", "Passed", "Failed", "Applicable", "Pass rate %", "95 % interval, low",
        "95 % interval, high",
    ) == [
        (row["checkpoint"], row["passed"], row["failed"], row["applicable"], row["rate"], *row["interval"])
        for row in told
    ]  # fmt: skip
    told = report(office, "alice", f"{wave}/stores")["items"]
    names = ("Rank", "Band from", "Band to", "Store code", "Pass rate %", "Official score", "Visits", "Red line")
    assert numbers(book["Ranking"], *names) == [
        (row["rank"], *row["band"], row["code"], row["rate"], row["official_score"], row["visits"], row["red_line"])
        for row in told
    ]
    told = [report(office, "alice", f"{wave}/{table}")["items"] for table in ("stages", "regions", "groups")]
    names = ("Pass rate %", "95 % interval, low", "Pooled rate %", "Stores n")
    areas, stages = book["Regions and groups"], book["Stages and modules"]
    assert [*numbers(stages, *names), *numbers(areas, *names)] == [
        (row["rate"]["mean_of_stores"], row["rate"]["interval"][0], row["rate"]["pooled"], row["rate"]["n"])
        for row in (*told[0], *told[1], *told[2])
    ]


def test_the_answers_of_workbook_and_csv_are_the_same(waves, office):
    sheet = read_book(office.whole("alice", "wave_workbook", waves.open))["Answers"]
    lines = read_csv(office.whole("alice", "wave_csv", waves.open))
    assert len(sheet) == len(lines) == 9
    for cells, line in zip(sheet, lines, strict=True):
        assert [cells[code] or "" for code in rows.GOLDEN] == [line[code] for code in rows.GOLDEN]
        assert (cells["Visit id"], cells["Auditor"]) == (line["visit_id"], line["auditor"])
        assert str(cells["Visited on"].date()) == line["visited_on"]


def test_the_notes_say_what_it_is_who_made_it_and_how_it_is_reckoned(waves, office):
    lines = read_book(office.whole("alice", "wave_workbook", waves.open))["Notes"]
    told = {line["Item"]: line["Value"] for line in lines if line["Item"]}
    assert told["Programme"] == "P (P)"
    assert told["Wave"] == "2 · W2"
    assert told["Checklist and version"] == "GOLD 1.0.0"
    assert told["Made by"] == "Alice"
    assert told["Answer rows (written = expected)"] == "9"
    sentences = [line["Value"] for line in lines if not line["Item"]]
    assert any("Pass rate = passed / (passed + failed)" in each for each in sentences)
    assert any("rounded half up once" in each for each in sentences)


def test_the_chinese_workbook_is_chinese(waves, office):
    book = read_book(office.whole("alice", "wave_workbook", waves.open, locale="zh-CN"))
    assert list(book) == ["答案", "检查点", "环节与模块", "门店排名", "大区与集团", "说明"]
    assert book["检查点"][0]["名称"] == "名称 A1"


def test_managers_get_their_stores_without_shopper_day_and_visit(waves, office):
    for login, stores in (("frank", {"ONE", "TWO"}), ("gina", {"ONE", "THREE"}), ("erin", {"ONE"})):
        data = office.whole(login, "wave_csv", waves.locked)
        lines = read_csv(data)
        assert {line["store_code"] for line in lines} == stores
        assert {(line["auditor"], line["visited_on"], line["visit_id"]) for line in lines} == {("", "", "")}
        assert b"Chelsea" not in data
        book = read_book(office.whole(login, "wave_workbook", waves.locked))
        assert {line["Store code"] for line in book["Ranking"]} == stores
        assert not any(line["Auditor"] or line["Visited on"] or line["Visit id"] for line in book["Answers"])


def test_filters_narrow_as_they_do_on_the_pages(waves, office):
    lines = read_csv(office.whole("alice", "wave_csv", waves.open, filters={"region": str(world.WEST)}))
    assert {line["store_code"] for line in lines} == {"THREE", "FOUR"}
    book = read_book(office.whole("alice", "wave_workbook", waves.open, filters={"group": str(world.SUN)}))
    assert {line["Store code"] for line in book["Ranking"]} == {"ONE", "THREE"}
    assert {"Item": "Only group", "Value": "SUN (SUN)"} in book["Notes"]
    assert read_csv(office.whole("alice", "wave_csv", waves.open, filters={"method": "self"})) == []


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
def test_the_bonus_file_holds_the_locked_scores(waves, office, format_):
    data = office.whole("alice", "bonus", waves.locked, format=format_)
    told = report(office, "alice", f"{waves.locked.id}/stores")["items"]
    if format_ == "csv":
        found = [(line["store_code"], float(line["official_score"]), line["payable"] == "1") for line in read_csv(data)]
    else:
        sheet = read_book(data)["Scores to pay by"]
        found = numbers(sheet, "Store code", "Official score", "May be paid by")
    assert found == [(row["code"], row["official_score"], row["visits"] >= 3) for row in told]
    assert sum(each[2] for each in found) == 1


@pytest.fixture
def hostile(waves):
    """Names that a spreadsheet would calculate, or that break files that were not written with care."""
    with transaction(writes=True) as session:
        names = {"ONE": HOSTILE, "TWO": '@SUM(1)\n"x",y', "THREE": "<b>\x01&amp;", "FOUR": "x" * 200}
        for code, name in names.items():
            session.execute(update(Store).where(Store.id == world.STORES[code]).values(name=name))
        session.execute(update(Wave).values(name="-2+3"))
        session.execute(update(Programme).values(name="＝cmd"))
    return names


def test_hostile_names_are_text_in_the_csv(waves, office, hostile):
    data = office.whole("alice", "wave_csv", waves.open)
    told = {line["store_code"]: line["store_name"] for line in read_csv(data)}
    assert told == {
        "ONE": f"'{HOSTILE}", "TWO": f"'{hostile['TWO']}", "THREE": hostile["THREE"], "FOUR": hostile["FOUR"]
    }  # fmt: skip
    for line in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        assert not any(field.startswith(("=", "+", "-", "@")) for field in line)


def test_hostile_names_are_text_in_the_workbook(waves, office, hostile):
    data = office.whole("alice", "wave_workbook", waves.open)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert not [
        cell for sheet in book.worksheets for line in sheet.iter_rows() for cell in line if cell.data_type == "f"
    ]
    told = {line["Store code"]: line["Store"] for line in read_book(data)["Ranking"]}
    assert (told["ONE"], told["TWO"]) == (HOSTILE, hostile["TWO"])
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) or b"hyperlink" in parts.read(name)]
        assert b"quotePrefix" in parts.read("xl/styles.xml")


def test_an_empty_wave_is_an_empty_file_with_its_headings(waves, office):
    with transaction(writes=True):
        empty = rows.wave(rows.programme("EMPTY"), 1, waves.open.checklist_version_id)
    assert read_csv(office.whole("alice", "wave_csv", empty)) == []
    book = read_book(office.whole("alice", "wave_workbook", empty))
    assert book["Answers"] == []
    assert [line["Applicable"] for line in book["Checkpoints"]] == [0] * 6


def test_a_store_without_region_has_empty_fields(waves, office):
    with transaction(writes=True):
        lonely = rows.store("LONELY", None, None)
        visited(waves.open, lonely, dict.fromkeys(rows.GOLDEN, "P"))
    lines = {line["store_code"]: line for line in read_csv(office.whole("alice", "wave_csv", waves.open))}
    assert (lines["LONELY"]["region_code"], lines["LONELY"]["group_name"]) == ("", "")
