"""Every page of the console before axe, in both languages, light and dark: nothing that it calls serious or critical."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_access_phone import AXE, LEVELS, LOOK
from tests.live import Deployment

pytestmark = [
    pytest.mark.xdist_group("demo"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed"),
]
# Until the colours of another theme have faded in.
SETTLED = 500
BUSY = "[aria-busy=true], .el-loading-mask"


def first(page: Page, address: str, path: str, **query: Any) -> dict[str, Any]:
    """The first row of a list of the API, as the page's person reads it."""
    row: dict[str, Any] = page.request.get(f"{address}/api/v1/{path}", params=query).json()["items"][0]
    return row


def read_by_all(page: Page, address: str) -> list[str]:
    """The addresses of the pages that dealers have too."""
    waves = page.request.get(f"{address}/api/v1/waves").json()["items"]
    wave = next(each for each in waves if each["number"] == 9)
    store, visit = first(page, address, "stores"), first(page, address, "visits", wave=wave["id"], method="covert")
    own = [f"waves/{wave['id']}{rest}" for rest in ("", "/checkpoints", "/stores", "/areas")]
    rest = [f"stores/{store['id']}", f"visits/{visit['id']}", "visits", "checklists", "exports", "settings", "nowhere"]
    checklist = f"checklists/{wave['checklist']}/{wave['version']}"
    return [*own, *rest, checklist]


def headquarters(page: Page, address: str) -> list[str]:
    """The addresses of the pages that only headquarters has; the wave is the one that runs."""
    wave = next(each for each in page.request.get(f"{address}/api/v1/waves").json()["items"] if each["state"] == "open")
    return ["waves", "network", "people", *(f"waves/{wave['id']}{rest}" for rest in ("", "/progress", "/assign"))]


def findings(page: Page, address: str, paths: Iterable[str]) -> list[str]:
    """What axe finds on each page in both languages and themes, told with where it was."""
    found: list[str] = []
    axe = AXE.read_text(encoding="utf-8")
    for locale in ("zh-CN", "en"):
        page.evaluate("locale => localStorage.setItem('mingcha.locale', locale)", locale)
        for path in paths:
            come(page, f"{address}/{path}")
            page.evaluate(f"window.axe || {axe}")
            found += looked_at(page, f"/{path} {locale}")
    return found


def come(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("main h1, main .state").first).to_be_visible(timeout=30_000)
    expect(page.locator(BUSY)).to_have_count(0, timeout=30_000)


def looked_at(page: Page, place: str) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(SETTLED)
        found += [f"{place} {scheme}: {each}" for each in page.evaluate(LOOK, list(LEVELS))]
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("login", ["alice", "bob", "erin", "frank"])
def test_no_page_of_the_console_shuts_anybody_out(desk: Callable[[str], Page], demo: Deployment, login: str) -> None:
    page = desk(login)
    paths = {
        "alice": lambda: [*read_by_all(page, demo.address), *headquarters(page, demo.address)],
        "bob": lambda: ["review", f"visits/{first(page, demo.address, 'visits', state='submitted')['id']}"],
        "erin": lambda: read_by_all(page, demo.address),
        "frank": lambda: read_by_all(page, demo.address)[:4],
    }[login]()
    found = findings(page, demo.address, paths)
    assert not found, "\n".join(sorted(set(found)))


def test_the_dialog_that_publishes_shuts_nobody_out(desk: Callable[[str], Page], demo: Deployment) -> None:
    page = desk("alice")
    come(page, f"{demo.address}/waves")
    page.get_by_role("button", name="发布…").first.click()
    expect(page.get_by_role("dialog").get_by_text("不能撤回。")).to_be_visible()
    page.evaluate(f"window.axe || {AXE.read_text(encoding='utf-8')}")
    found = looked_at(page, "publish")
    assert not found, "\n".join(found)
