"""The code of a page that is gone from the server, as after a new version: asked for again by a load, else said."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.live import Deployment

_CODE = "**/assets/MessagesScreen-*.js"
# A page asks twice for what it does not get: ahead of its use, and then for use.
_ONCE = 2


def _desk(page_of: Callable[..., Page], live: Deployment, missing: int | None) -> Page:
    """A page whose code for messages does not come that many times; never when None."""
    page = page_of("alice")
    page.goto(f"{live.address}/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.route(_CODE, lambda route: route.fulfill(status=404), times=missing)
    return page


def test_a_page_whose_code_is_gone_is_loaded_as_a_whole(page_of: Callable[..., Page], live: Deployment) -> None:
    page = _desk(page_of, live, missing=_ONCE)
    page.evaluate("window.isStill = true")
    page.get_by_role("link", name="消息").first.click()
    expect(page.get_by_role("heading", level=1, name="消息")).to_be_visible()
    assert page.url == f"{live.address}/messages"
    assert page.evaluate("window.isStill") is None


def test_code_that_never_comes_is_said_and_not_asked_for_again_and_again(
    page_of: Callable[..., Page], live: Deployment
) -> None:
    page = _desk(page_of, live, missing=None)
    loads = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    page.get_by_role("link", name="消息").first.click()
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    page.wait_for_timeout(1_000)
    assert loads == [f"{live.address}/messages"]
