"""Importing lists of stores: row by row, once and again, by the wrong person, too large, and side by side."""

import io
import threading
from collections.abc import Callable
from datetime import date, datetime

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import event, func, select

from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.network import queries
from backend.network.models import Brand, Group, Region, Store, StoreMembership
from tests import world
from tests.network.test_stores import API, history, planner_of

IMPORT = f"{API}/stores/import"
LIST = """门店编号,门店名称,大区编号,大区名称,集团编号,集团名称,城市,纬度,经度,坐标系,开业日期,归属生效日期,传真
S1,一号店,NORTH,华北,STAR,星集团,北京,39.9,116.4,GCJ-02,2020/1/5,2026-01-01,x
S2,二号店,EAST,,SUN,,上海,,,,,2026-01-01,
S3,三号店,,EAST,,,,,,,,,
"""


def send(client, text: str | bytes, **query):
    content = text.encode() if isinstance(text, str) else text
    return client.post(IMPORT, data=content, content_type="text/csv", query_string=query)


def outcomes(answer) -> list[tuple]:
    assert answer.status_code == 200, answer.json
    return [(line["row"], line["code"], line["outcome"]) for line in answer.json["rows"]]


def faults(answer) -> dict[int, list[tuple[str, str]]]:
    return {line["row"]: [(each["field"], each["code"]) for each in line["errors"]] for line in answer.json["rows"]}


def count(table) -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def store(code: str) -> Store:
    with transaction(writes=False):
        return db.session.scalars(select(Store).where(Store.code == code)).one()


def test_a_list_makes_stores_regions_and_groups(client_of: Callable) -> None:
    answer = send(client_of("alice"), LIST)
    assert outcomes(answer) == [(2, "S1", "created"), (3, "S2", "created"), (4, "S3", "created")]
    assert answer.json["counts"] == {"created": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert answer.json["ignored_columns"] == ["传真"]
    first = client_of("alice").get(f"{API}/stores/{store('S1').id}").json
    assert (first["name"], first["city"], first["lat"], first["lon"], first["datum"], first["opened_on"]) == (
        "一号店",
        "北京",
        39.9,
        116.4,
        "GCJ-02",
        "2020-01-05",
    )
    with transaction(writes=False):
        north = db.session.scalars(select(Region).where(Region.code == "NORTH")).one()
        star = db.session.scalars(select(Group).where(Group.code == "STAR")).one()
    assert (north.name, star.name, first["region_id"], first["group_id"]) == (
        "华北",
        "星集团",
        str(north.id),
        str(star.id),
    )
    assert history(store("S2").id) == [("EAST", "SUN", "2026-01-01", None)]
    assert history(store("S3").id) == [("EAST", None, queries.today().isoformat(), None)]


def test_the_same_list_again_changes_nothing(client_of: Callable) -> None:
    send(client_of("alice"), LIST)
    before = (count(Store), count(Region), count(Group), count(StoreMembership), count(Event), store("S1").revision)
    again = send(client_of("alice"), LIST)
    assert {outcome for *_, outcome in outcomes(again)} == {"unchanged"}
    assert (
        count(Store),
        count(Region),
        count(Group),
        count(StoreMembership),
        count(Event),
        store("S1").revision,
    ) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(client_of: Callable) -> None:
    before = (count(Store), count(Region), count(Group), count(StoreMembership), count(Event))
    dry = send(client_of("alice"), LIST, dry_run="true")
    assert dry.json["dry_run"] is True
    assert (count(Store), count(Region), count(Group), count(StoreMembership), count(Event)) == before
    assert outcomes(send(client_of("alice"), LIST)) == outcomes(dry)
    changed = LIST.replace("一号店", "新店").replace("EAST,,SUN", "WEST,,SUN")
    dry = send(client_of("alice"), changed, dry_run="true")
    assert outcomes(dry) == [(2, "S1", "changed"), (3, "S2", "changed"), (4, "S3", "unchanged")]
    assert store("S1").name == "一号店"


def test_sound_rows_are_written_although_others_are_refused(client_of: Callable) -> None:
    answer = send(
        client_of("alice"),
        "code,name,lat,lon,datum,region,opened_on,closed_on\n"
        "S1,,,,,,,\n,nameless,,,,,,\nS2,two,91,x,ED50,,soon,\nS3,three,1,,,NOWHERE,2026-02-01,2026-01-01\n"
        "S4,four,1,2,wgs84,EAST,,\nS4,five,,,,,,\nONE,,,,,,,\n",
    )
    assert faults(answer) == {
        2: [("name", "row-needed")],
        3: [("code", "row-needed")],
        4: [
            ("lat", "row-out-of-range"),
            ("lon", "row-not-number"),
            ("datum", "row-not-one-of"),
            ("opened_on", "row-not-date"),
        ],
        5: [("lon", "place-incomplete"), ("closed_on", "closed-before-opened"), ("region", "row-parent-unknown")],
        6: [],
        7: [("code", "row-repeated")],
        8: [],
    }
    assert answer.json["counts"] == {"created": 1, "changed": 0, "unchanged": 1, "refused": 5}
    assert (store("S4").name, store("S4").datum) == ("four", "WGS-84")
    assert count(Region) == 2


def test_a_refused_row_leaves_no_region_behind(client_of: Callable) -> None:
    send(client_of("alice"), "code,name,region,region_name\nS1,,NORTH,华北\n")
    assert count(Region) == 2


def test_reasons_come_in_the_callers_language(client_of: Callable) -> None:
    body, kind = b"code,name\n,x\n", "text/csv"
    english = client_of("alice").post(IMPORT, data=body, content_type=kind)
    chinese = client_of("alice").post(IMPORT, data=body, content_type=kind, headers={"Accept-Language": "zh-CN"})
    assert english.json["rows"][0]["errors"][0]["message"] == "This is required."
    assert chinese.json["rows"][0]["errors"][0]["message"] == "必须填写。"


def test_empty_cells_and_absent_columns_leave_a_store_alone(client_of: Callable) -> None:
    before = client_of("alice").get(f"{API}/stores/{world.ONE}").json
    answer = send(client_of("alice"), "code,name,city,region,group,lat\nONE,,,,,\n")
    assert outcomes(answer) == [(2, "ONE", "unchanged")]
    assert client_of("alice").get(f"{API}/stores/{world.ONE}").json == before


def test_a_move_in_the_list_closes_the_membership_the_day_before(client_of: Callable) -> None:
    text = "code,region,member_from\nONE,WEST,2026-06-01\n"
    assert outcomes(send(client_of("alice"), text)) == [(2, "ONE", "changed")]
    assert history(world.ONE) == [("EAST", "SUN", "2025-01-01", "2026-06-01"), ("WEST", "SUN", "2026-06-01", None)]
    assert outcomes(send(client_of("alice"), text)) == [(2, "ONE", "unchanged")]


def test_a_region_is_found_by_its_name_alone(client_of: Callable) -> None:
    send(client_of("alice"), "code,name,region,region_name\nS1,x,NORTH,华北\n")
    answer = send(client_of("alice"), "门店编号,名称,大区\nS2,x,华北\nS3,x,华南\n")
    assert faults(answer) == {2: [], 3: [("region", "row-parent-unknown")]}
    assert count(Region) == 3


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/mm/dd"})
        sheet.write_row(0, 0, ["Code", "Name", "Lat", "Lon", "Opened on"])
        sheet.write_row(1, 0, [1001, "A 店", 31.5, 121.5])
        sheet.write_datetime(1, 4, datetime(2020, 1, 5), day)
    return content.getvalue()


@pytest.mark.parametrize("how", ["body", "form"])
def test_a_workbook_is_taken_in_as_a_form_or_as_the_body(client_of: Callable, how: str) -> None:
    client, content = client_of("alice"), workbook()
    if how == "form":
        answer = client.post(IMPORT, data={"file": (io.BytesIO(content), "门店.xlsx")})
    else:
        answer = client.post(IMPORT, data=content, content_type="application/octet-stream")
    assert outcomes(answer) == [(2, "1001", "created")]
    assert (store("1001").opened_on, store("1001").lat) == (date(2020, 1, 5), 31.5)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file-missing"),
        (b"PK\x03\x04", 422, "file-unreadable"),
        (b"\xff\x00" * 99, 422, "file-unreadable"),
        (b"name,city\nx,y\n", 422, "column-missing"),
        (b"\n\n", 422, "column-missing"),
        (b"code,Store code\nx,y\n", 422, "column-twice"),
        (b"code\n" + b"x\n" * 20_001, 413, "too-many-rows"),
        (b"{}", 422, "column-missing"),
    ],
)
def test_what_is_no_list_of_stores_is_refused(client_of: Callable, content: bytes, status: int, code: str) -> None:
    answer = send(client_of("alice"), content)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_form_without_a_file_is_refused(client_of: Callable) -> None:
    for data in ({}, {"other": (io.BytesIO(b"code\n"), "x.csv")}, {"file": "text"}):
        answer = client_of("alice").post(IMPORT, data=data, content_type="multipart/form-data")
        assert (answer.status_code, answer.json["code"]) == (422, "file-missing")
    broken = client_of("alice").post(IMPORT, data=b"junk", content_type="multipart/form-data; boundary=x")
    assert 400 <= broken.status_code < 500
    assert client_of("alice").post(IMPORT, data=b"x", content_type="multipart/form-data").status_code < 500


class Untouched(io.RawIOBase):
    """A body that must not be read."""

    touched = False

    def readinto(self, buffer) -> int:
        Untouched.touched = True
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=x"])
def test_three_hundred_megabytes_are_refused_unread(client_of: Callable, kind: str) -> None:
    Untouched.touched = False
    body = {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(300 << 20), "CONTENT_TYPE": kind}
    answer = client_of("alice").post(IMPORT, environ_overrides=body)
    assert (answer.status_code, answer.json["code"]) == (413, "body-too-large")
    assert "10 MiB" in answer.json["detail"]
    assert not Untouched.touched


def test_a_little_more_than_ten_megabytes_is_too_much(client_of: Callable) -> None:
    answer = send(client_of("alice"), b"code\n" + b"x" * (10 << 20))
    assert (answer.status_code, answer.json["code"]) == (413, "body-too-large")
    form = client_of("alice").post(IMPORT, data={"file": (io.BytesIO(b"x" * ((10 << 20) + 1)), "x.csv")})
    assert form.status_code == 413


def test_the_query_is_checked(client_of: Callable) -> None:
    for query in ({"dry_run": "perhaps"}, {"surprise": 1}):
        assert send(client_of("alice"), LIST, **query).status_code == 422
    assert count(Store) == 4


@pytest.mark.parametrize("cell", ["\x00", "😀", "=1+1", "x" * 100_000, "'; DROP TABLE stores; --", "\ufeff", "\u202e"])
def test_strange_cells_never_break_anything(client_of: Callable, cell: str) -> None:
    for text in (
        f'code,name\nS1,"{cell}"\n',
        f'code,name\n"{cell}",x\n',
        f'code,name,region,region_name\nS2,x,"{cell}",y\n',
    ):
        assert send(client_of("alice"), text).status_code == 200


def test_a_list_of_several_brands_names_them(client_of: Callable) -> None:
    with transaction(writes=True):
        db.session.add(Brand(id=new_id(), code="B2", name="B2"))
    answer = send(
        client_of("alice"), "code,name,brand,region,region_name\nX,x,TB,EAST,\nX,x,B2,EAST,东\nY,y,,,\nZ,z,B3,,\n"
    )
    assert faults(answer) == {2: [], 3: [], 4: [("brand", "row-brand-needed")], 5: [("brand", "row-brand-unknown")]}
    assert count(Region) == 3
    assert outcomes(send(client_of("alice"), "code,name,brand\nX,x,TB\nX,x2,B2\n"))[1][2] == "changed"


def test_a_planner_of_a_region_takes_in_its_stores_only(client_of: Callable) -> None:
    gina = planner_of(client_of, ScopeKind.REGION, world.EAST)
    answer = send(
        gina,
        "code,name,region,region_name\nS1,x,EAST,\nS2,x,,\nS3,x,WEST,W\nS4,x,NEW,新\nONE,y,,\nTHREE,y,,\nTWO,y,WEST,\n",
    )
    assert faults(answer) == {
        2: [],
        3: [("code", "row-outside-scope")],
        4: [("region", "row-parent-unknown"), ("code", "row-outside-scope")],
        5: [("region", "row-parent-unknown"), ("code", "row-outside-scope")],
        6: [],
        7: [("code", "row-outside-scope")],
        8: [("region", "row-parent-unknown")],
    }
    assert (store("ONE").name, store("THREE").name, count(Region)) == ("y", "THREE 店", 2)


def test_two_imports_at_once_leave_one_of_everything(client_of: Callable) -> None:
    statuses: list[int] = []

    def run(client) -> None:
        statuses.append(send(client, LIST).status_code)

    threads = [threading.Thread(target=run, args=(client_of("alice"),)) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert (count(Store), count(Region), count(Group)) == (7, 3, 3)
    with transaction(writes=False):
        assert db.session.scalar(select(func.count()).where(StoreMembership.store_id == store("S1").id)) == 1


def test_the_number_of_queries_grows_by_the_thousand_not_by_the_row(app: Flask, client_of: Callable) -> None:
    text = "code,name,region,member_from\n" + "".join(f"N{number},x,EAST,2026-01-01\n" for number in range(900))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert send(client_of("alice"), text).json["counts"]["created"] == 900
    assert send(client_of("alice"), text).json["counts"]["unchanged"] == 900
    assert len([statement for statement in statements if statement.startswith("SELECT")]) < 20
    assert len(statements) < 40


def test_the_import_is_one_event(client_of: Callable) -> None:
    send(client_of("alice"), LIST)
    with transaction(writes=False):
        [found] = db.session.scalars(select(Event).where(Event.name == "stores.imported"))
    assert found.data == {"created": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert found.person_id == world.person_id("alice")
