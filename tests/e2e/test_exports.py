"""Files to hand over, from the page that they are of: ordered, watched, fetched, and none for whoever may not."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.live import Deployment

pytestmark = pytest.mark.xdist_group("demo")


@pytest.mark.usefixtures("worker")
def test_a_workbook_is_ordered_watched_and_fetched(desk: Callable, demo: Deployment, tmp_path: Path) -> None:
    page = desk("alice")
    page.goto(f"{demo.address}/")
    page.wait_for_url("**/waves/*")
    wave = page.url
    page.get_by_role("button", name="导出 ▾").click()
    page.get_by_role("menuitem", name="Excel 工作簿").click()
    expect(page.get_by_text("已开始生成").first).to_be_visible()
    page.goto(f"{demo.address}/exports")
    row = page.get_by_role("row").filter(has_text="Excel 工作簿")
    expect(row.get_by_text("已完成")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        row.get_by_role("link", name="下载").click()
    download.value.save_as(tmp_path / "wave.xlsx")
    told = row.locator("code").get_attribute("title")
    assert hashlib.sha256((tmp_path / "wave.xlsx").read_bytes()).hexdigest() == told
    _holds_what_the_page_shows(page, wave, tmp_path / "wave.xlsx", row.inner_text())
    row.get_by_role("button", name="删除").click()
    expect(row.get_by_text("已删除").first).to_be_visible()


def _holds_what_the_page_shows(page, wave: str, file: Path, row: str) -> None:
    address, _, rest = wave.partition("/waves/")
    headline = page.request.get(f"{address}/api/v1/reports/waves/{rest.partition('?')[0]}").json()
    cells = [cell for sheet in openpyxl.load_workbook(file, read_only=True) for line in sheet.values for cell in line]
    assert "RF-01-01" in cells
    assert cells.count("pass") == headline["passed"]
    written, expected = (part.strip().replace(",", "") for part in _amounts(row))
    assert written == expected != "0"


def _amounts(row: str) -> list[str]:
    return next(part for part in row.split("\t") if " / " in part).split(" / ")


def test_the_file_of_another_is_not_there(desk: Callable, demo: Deployment) -> None:
    page = desk("alice")
    page.goto(f"{demo.address}/")
    page.wait_for_url("**/waves/*")
    page.get_by_role("button", name="导出 ▾").click()
    with page.expect_response(
        lambda answer: answer.url.endswith("/exports") and answer.request.method == "POST"
    ) as asked:
        page.get_by_role("menuitem", name="答案 CSV").click()
    export = asked.value.json()["id"]
    stranger = desk("erin")
    assert stranger.request.get(f"{demo.address}/api/v1/exports/{export}").status == 404
    stranger.goto(f"{demo.address}/exports")
    expect(stranger.get_by_text("还没有导出")).to_be_visible()
