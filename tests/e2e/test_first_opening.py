"""What is named along with the phone's page is what its scripts use: nothing is fetched twice, nothing in vain."""

from collections import Counter

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PHONE
from tests.journeys.phone import Desk
from tests.live import Deployment


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_first_opening_asks_everything_once(browser: Browser, live: Deployment, locale: str) -> None:
    held = Desk(live.address, link=live.invite("chelsea")).session.cookies
    context = browser.new_context(**PHONE, locale=locale)
    context.add_cookies([{"name": one.name, "value": one.value or "", "url": live.address} for one in held])
    page = context.new_page()
    asked: Counter[str] = Counter()
    warned: list[str] = []
    page.on("request", lambda request: asked.update([request.url.removeprefix(live.address)]))
    page.on("console", lambda message: warned.append(message.text) if "preload" in message.text else None)
    page.goto(f"{live.address}/m/")
    expect(page.locator(".card").first).to_be_visible()
    page.wait_for_timeout(4_000)  # The browser complains three seconds later of what was named in vain.
    assert asked["/api/v1/session"] == asked["/api/v1/visits?limit=200&auditor=me"] == 1
    assert [address for address, times in asked.items() if times > 1 and address.startswith("/assets/")] == []
    assert warned == []
    context.close()
