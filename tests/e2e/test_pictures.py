"""The pictures of the README, made from the demo data; `MINGCHA_PICTURES=docs/pictures` writes them anew.

Without the setting the same pages are opened and looked at: a picture that can no longer be made fails here.
"""

import io
import os

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import DESK, PHONE
from tests.e2e.phone import agree
from tests.journeys.work import comes
from tests.live import ROOT, Deployment

pytestmark = pytest.mark.xdist_group("demo")

FOLDER = os.environ.get("MINGCHA_PICTURES")
NAMES = ("phone.png", "overview.png", "heat.png", "visit.png")
MOST_BYTES = 200_000


def _signed_in(browser: Browser, demo: Deployment, login: str, **look: object) -> Page:
    page = browser.new_context(**look, locale="zh-CN", color_scheme="light").new_page()
    page.set_default_timeout(30_000)
    with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
        page.goto(demo.invite(login))
    return page


def _shown(page: Page, name: str, *marks: Locator) -> None:
    """Waits for what the picture is of, and takes it."""
    for mark in marks:
        expect(mark.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".el-skeleton")).to_have_count(0)
    page.wait_for_timeout(1_200)  # Charts draw themselves over a second.
    _kept(page.screenshot(), name)


def _kept(taken: bytes, name: str) -> None:
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    assert len(picture.getcolors(1 << 24) or ()) > 50, f"{name} shows next to nothing"
    small = picture.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    if FOLDER:
        folder = ROOT / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        small.save(folder / name, optimize=True)


def test_headquarters(browser: Browser, demo: Deployment) -> None:
    page = _signed_in(browser, demo, "alice", **DESK)
    page.goto(f"{demo.address}/")
    page.wait_for_url("**/waves/*")
    wave = page.url.split("?")[0]
    _shown(page, "overview.png", page.locator("canvas"))
    page.goto(f"{wave}/heat")
    _shown(page, "heat.png", page.get_by_role("grid"))
    page.context.close()


@pytest.mark.usefixtures("worker")
def test_a_reviewer(browser: Browser, demo: Deployment) -> None:
    page = _signed_in(browser, demo, "bob", **DESK)
    page.goto(f"{demo.address}/visits/{_pictured(page, demo)}")
    _shown(page, "visit.png", page.locator("main img"))
    page.context.close()


def _pictured(page: Page, demo: Deployment) -> str:
    """A visit to be judged whose pictures the worker has made."""

    def found() -> str | None:
        rows = page.request.get(f"{demo.address}/api/v1/visits?state=submitted&limit=50").json()["items"]
        return next((row["id"] for row in rows if row["files"]["ready"] == row["files"]["expected"] > 0), None)

    assert comes(found, 120)
    return found() or ""


def test_the_phone(browser: Browser, demo: Deployment) -> None:
    page = _signed_in(browser, demo, "chelsea", **PHONE)
    page.get_by_text("查看任务").first.click()
    page.get_by_role("button", name="开始探访").click()
    agree(page)
    page.wait_for_url("**/fill*")
    _shown(page, "phone.png", page.get_by_role("tab"))
    page.context.close()


def test_the_pictures_are_small_and_all_there() -> None:
    kept = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").glob("*.png")}
    assert set(kept) == set(NAMES)
    assert max(kept.values()) < MOST_BYTES
