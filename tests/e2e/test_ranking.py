"""From the ranking to a store, to what each method found in it, and to the map: read, sorted, chosen and marked."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import DESK
from tests.live import Deployment

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture
def demo_page(browser: Browser, demo: Deployment) -> Iterator[Callable]:
    """A page of one of the demo's people; a script error in it fails the test."""
    contexts, faults = [], []

    def signed_in(login: str):
        contexts.append(browser.new_context(**DESK, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
            page.goto(demo.invite(login))
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert not faults, faults


def test_a_store_is_found_in_the_ranking_and_compared_by_method(demo_page):
    page = demo_page("alice")
    page.get_by_role("link", name="门店", exact=True).click()
    expect(page.get_by_role("heading", name="门店排名")).to_be_visible()
    expect(page.get_by_text("第 1–20 位，共 120")).to_be_visible()
    page.get_by_role("button", name="最后", exact=True).click()
    expect(page).to_have_url(re.compile(r"from=101"))

    page.get_by_role("button", name="选列").last.click()
    page.get_by_role("checkbox", name="集团", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="集团")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="大区")).to_be_visible()
    expect(page.get_by_role("columnheader", name="集团")).to_have_count(0)

    page.locator("tbody a.lead").first.click()
    expect(page.get_by_role("heading", name="暗访、明查、自查对比")).to_be_visible()
    expect(page.get_by_text("自查", exact=True).first).to_be_visible()
    page.get_by_role("link", name="在排名中看").click()
    expect(page).to_have_url(re.compile(r"store="))
    expect(page.get_by_text("底色内的门店与 ▶ 所标门店分不出高下。")).to_be_visible()


def test_the_map_leads_to_the_stores_of_a_city_and_the_comparison_to_a_store(demo_page):
    page = demo_page("alice")
    page.get_by_role("link", name="地图", exact=True).click()
    expect(page.get_by_role("heading", name="各城市落实率")).to_be_visible()
    page.get_by_text("按门店").click()
    expect(page).to_have_url(re.compile(r"view=stores"))
    expect(page.get_by_role("img", name=re.compile("各门店落实率"))).to_be_visible()

    page.get_by_role("link", name="明暗对比", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("差距最大的"))).to_be_visible()
    page.locator("section").last.locator("tbody a.lead").first.click()
    expect(page.get_by_text(re.compile("共同检查点 \\d+ 个")).first).to_be_visible()


def test_a_store_manager_reads_the_own_store_by_method_and_no_other(demo_page):
    page = demo_page("erin")
    page.get_by_role("link", name="本店", exact=True).click()
    expect(page.get_by_role("heading", name="暗访、明查、自查对比")).to_be_visible()
    expect(page.get_by_role("link", name="看全网对比")).to_have_count(0)
    page.get_by_role("link", name="在排名中看").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("img", name=re.compile("门店排名"))).to_be_visible()


def test_the_visits_of_a_store_are_turned_over_page_by_page_and_exported_whole(demo_page):
    """In pages of two, since no store of the demo was visited two hundred times."""
    page = demo_page("alice")
    page.route(
        "**/reports/stores/*/visits?*limit=200*",
        lambda route: route.continue_(url=route.request.url.replace("limit=200", "limit=2")),
    )
    page.get_by_role("link", name="门店", exact=True).click()
    page.locator("tbody a.lead").first.click()
    visits = page.locator("section", has=page.get_by_role("heading", name="探访", exact=True))
    expect(visits.locator("tbody tr")).to_have_count(2)
    latest = visits.locator("tbody tr").first.inner_text()
    visits.get_by_role("button", name="下一页").click()
    expect(visits.get_by_text("第 2 页")).to_be_visible()
    expect(visits.locator("tbody tr").first).not_to_have_text(latest)
    with page.expect_download() as download:
        visits.get_by_role("button", name="导出 CSV").click()
    assert len(download.value.path().read_text("utf-8").strip().splitlines()) > 1 + 2
    visits.get_by_role("button", name="上一页").click()
    expect(visits.get_by_text("第 1 页")).to_be_visible()
