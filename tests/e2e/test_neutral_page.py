"""Discreet: a recording is seen on the neutral page by its owner alone and stopped there; nothing lies under the thumb's button."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import world
from tests.e2e import phone

VISIT = world.VISITS["chelsea-tiny"]


@pytest.fixture
def shopper(page_of: Callable[..., Page]) -> Page:
    page = page_of("chelsea", phone=True)
    phone.take(page, VISIT)
    page.evaluate("localStorage.setItem('mingcha.discreet', '1')")
    page.reload()
    expect(page.locator(".fill-nav")).to_be_visible()
    return page


def test_a_recording_shows_on_the_neutral_page_and_is_stopped_there_with_one_tap(shopper: Page) -> None:
    row = shopper.locator("#item-T-1-04")
    row.locator(".item-head").click()
    row.locator("button", has_text="录像").click()
    shopper.get_by_role("button", name="开始录像").click()
    shopper.get_by_role("button", name="继续录制").click()
    shopper.get_by_role("button", name="打开备忘").click()
    sign = shopper.get_by_role("button", name="正在录制")
    expect(sign).to_be_visible()
    shopper.wait_for_timeout(2_000)
    seen = shopper.locator("body").inner_text()
    assert [word for word in ("录", "停止", "EO-04", "明察") if word in seen] == []
    sign.tap()
    over = shopper.get_by_role("button", name="录制已停止")
    expect(over).to_be_disabled()
    expect(over.locator(".sign-over")).to_be_visible()
    shopper.get_by_role("button", name="返回").click()
    expect(shopper.locator(".recording-bar")).to_have_count(0, timeout=15_000)
    expect(row.locator(".thumbs > :not(.keeping)")).to_have_count(1, timeout=15_000)


def test_the_way_to_the_neutral_page_covers_nothing_that_is_to_be_read_or_tapped(shopper: Page) -> None:
    for place in ("/m/", f"/m/visits/{VISIT}", f"/m/visits/{VISIT}/files", "/m/settings", "/m/outbox"):
        shopper.goto(_at(shopper, place))
        way = shopper.get_by_role("button", name="打开备忘")
        expect(way).to_be_visible()
        expect(shopper.locator("main.page > *").first).to_be_visible()
        assert way.bounding_box()["y"] > 640 * 2 / 3, "within the thumb's reach"
        _expect_nothing_under(way, shopper)


def test_on_the_way_home_nobody_is_called_to_go_on(shopper: Page) -> None:
    shopper.get_by_role("link", name="到店时间点").tap()
    shopper.locator(".times-row").filter(has_text="离店").get_by_role("button").tap()
    expect(shopper.get_by_text("路上不用看手机", exact=True)).to_be_visible()
    shopper.goto(_at(shopper, f"/m/visits/{VISIT}"))
    expect(shopper.get_by_text("停好车再写")).to_be_visible()
    expect(shopper.locator(".button-primary")).to_have_count(0)
    shopper.get_by_role("button", name="车已停好").tap()
    expect(shopper.locator(".item").first).to_be_visible()
    shopper.goto(_at(shopper, f"/m/visits/{VISIT}"))
    expect(shopper.get_by_role("button", name="继续填写")).to_be_visible()


def _expect_nothing_under(way: Locator, page: Page, seconds: float = 10) -> None:
    """At the page's end, once all that the phone still reads for it has come and made it longer."""
    last = time.monotonic() + seconds
    while True:
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        under = [one.inner_text() for one in page.locator("main.page > *, .bottom-bar > *").all() if _overlap(way, one)]
        if not under:
            return
        assert time.monotonic() < last, f"{page.url}: {under}"
        page.wait_for_timeout(100)


def _at(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path


def _overlap(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    if a is None or b is None:
        return False
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )
