"""Before and after the visit on the phone: consent, device check, sheet, check-in, sign-off, what is owed later."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone
from tests.journeys import work
from tests.live import ROOT, Deployment

VISIT = world.VISITS["dan-tiny"]
HISTORY = """
import io
from PIL import Image
from backend.app import create_app
from tests import history
create_app().app_context().push()
picture = io.BytesIO()
Image.effect_noise((640, 480), 60).convert("RGB").save(picture, "JPEG")
for number in (1, 2):
    visit = history.judged(number, "T-1-01 T-1-04")
    history.pictured(visit, "T-1-01", data=picture.getvalue())
"""
LETTERS = """
from backend.app import create_app
from backend.network import store_codes
from tests import world
create_app().app_context().push()
print(store_codes.short_of(world.ONE), store_codes.address_of(world.TWO))
"""


def run(live: Deployment, program: str) -> str:
    """What this program prints that runs beside the deployment, over its database."""
    line = [sys.executable, "-c", program]
    return subprocess.run(
        line, env=live.environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    photos = []
    for number in range(4):
        photos.append(tmp_path / f"photo-{number}.jpg")
        Image.effect_noise((400, 300), 40 + number).convert("RGB").save(photos[-1], "JPEG")
    return phone.Files(photos, photos[0], photos[0])


def test_an_open_audit_from_the_sheet_to_the_signature(
    live: Deployment, page_of: Callable[..., Page], files: phone.Files
) -> None:
    run(live, HISTORY)
    page = page_of("dan", phone=True)
    expect(page.locator(".news").first).to_have_text("新任务")
    page.locator(f'a[href$="/visits/{VISIT}"]').first.click()
    page.get_by_role("button", name="接受").click()
    _reads_the_sheet_without_network(page)
    _checks_the_phone(page)
    letters, elsewhere = run(live, LETTERS).split()
    _is_told_that_it_is_the_wrong_store(page, elsewhere)
    _checks_in_by_letters(page, letters)
    _agrees_and_fills(page, files)
    _has_the_store_sign(page)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("个文件都已收到")).to_be_visible(timeout=60_000)
    _is_read_at_the_desk(page_of("bob"))


def _reads_the_sheet_without_network(page: Page) -> None:
    expect(page.get_by_text("2 项连续未做到")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.context.set_offline(True)
    page.get_by_text("2 项连续未做到").click()
    expect(page.get_by_text("连续 2 期未做到（第 4–5 期）")).to_have_count(2)
    expect(page.get_by_text("红线")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth > 0")
    page.context.set_offline(False)
    page.get_by_role("button", name="返回").click()


def _checks_the_phone(page: Page) -> None:
    page.get_by_text("还没有检查").click()
    page.get_by_role("button", name="开始检查").click()
    expect(page.locator(".part-ok").first).to_contain_text("相机")
    expect(page.locator(".part-unasked")).to_contain_text("您没有同意记录位置")
    expect(page.get_by_role("button", name="再检查一次")).to_be_visible()
    page.get_by_role("button", name="返回").click()


def _is_told_that_it_is_the_wrong_store(page: Page, address: str) -> None:
    """The camera reads the code of another store; this Chromium has no detector of its own, so that one is lent to it."""
    read = "class { async detect() { return [{ rawValue: '%s' }] } }"
    page.evaluate(f"window.BarcodeDetector = {read % address}; 0")
    page.get_by_role("button", name="扫签到码").click()
    expect(page.get_by_text("扫的签到码不是这家门店的")).to_be_visible()
    page.evaluate("delete window.BarcodeDetector; 0")


def _checks_in_by_letters(page: Page, letters: str) -> None:
    page.get_by_role("button", name="扫签到码").click()
    page.get_by_label("签到码下方的 8 位字符").fill(letters.lower())
    page.get_by_role("button", name="用签到码签到").click()
    expect(page.get_by_text("核对无误")).to_be_visible()


def _agrees_and_fills(page: Page, files: phone.Files) -> None:
    page.get_by_role("button", name="继续填写").click()
    expect(page.get_by_role("dialog")).to_contain_text("您自己的声音")
    page.get_by_role("button", name="同意，不记录位置").click()
    page.wait_for_url("**/fill*")
    asked = [each for each in world.COMPILED["TINY"].by_method["announced"] if not each.is_after_visit]
    phone.fill(page, asked, files)
    page.locator(".fill-nav a").click()


def _has_the_store_sign(page: Page) -> None:
    page.get_by_text("还没有签字").click()
    page.get_by_label("姓名").fill("王经理")
    page.get_by_label("职务").fill("店长")
    paper = page.locator("canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("王经理 · 店长")).to_be_visible()


def _is_read_at_the_desk(page: Page) -> None:
    expect(page.get_by_role("link", name="质控队列")).to_be_visible()
    page.goto("/".join(page.url.split("/")[:3]) + f"/visits/{VISIT}")
    expect(page.get_by_text("王经理 · 店长")).to_be_visible()
    expect(page.get_by_text("按门店签到码 · 与门店相符")).to_be_visible()
    _shows_the_signature(page)


def _shows_the_signature(page: Page) -> None:
    """Once the worker has made a small picture of it."""
    for _ in range(20):
        page.wait_for_load_state("networkidle")
        if page.evaluate("() => (document.querySelector('img.signature')?.naturalWidth ?? 0) > 0"):
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError("the signature is not shown")


def test_consent_is_told_to_the_server_and_can_be_taken_back(live: Deployment, page_of: Callable[..., Page]) -> None:
    page = page_of("chelsea", phone=True)
    told = work.phone(live, "chelsea")
    page.goto(f"{live.address}/m/settings")
    expect(page.get_by_text("还没有同意")).to_be_visible()
    page.get_by_role("button", name="查看全文").click()
    with page.expect_response(lambda answer: "/consents/" in answer.url and answer.request.method == "PUT"):
        page.get_by_role("button", name="同意，并记录位置").click()
    [given] = told.get("consents")["items"]
    assert (given["position"], given["language"], given["withdrawn_at"]) == (True, "zh-CN", None)
    page.context.set_offline(True)
    page.get_by_role("button", name="撤回同意").click()
    page.locator(".van-dialog").get_by_role("button", name="撤回同意").click()
    expect(page.get_by_text("再次拍摄前会询问")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/withdrawal")):
        page.context.set_offline(False)
    [ended] = told.get("consents")["items"]
    assert ended["withdrawn_at"] is not None


def test_what_is_owed_after_the_visit_counts_down(live: Deployment, page_of: Callable[..., Page]) -> None:
    visit = world.VISITS["chelsea-tiny"]
    body = world.submission_for(world.COMPILED["TINY"])
    assert work.phone(live, "chelsea").put(f"visits/{visit}/submission", body).status_code == 201
    page = page_of("chelsea", phone=True)
    expect(page.get_by_text("还剩 6 天")).to_be_visible()
    page.goto(f"{live.address}/m/visits/{visit}")
    expect(page.get_by_text("离店后还要补交")).to_be_visible()
    expect(page.locator(".owed li")).not_to_have_count(0)


def test_the_planner_shows_and_prints_the_stores_code(live: Deployment, page_of: Callable[..., Page]) -> None:
    page = page_of("alice")
    expect(page.get_by_role("link", name="门店")).to_be_visible()
    page.goto(f"{live.address}/stores/{world.ONE}")
    page.get_by_role("button", name="签到码").click()
    page.wait_for_function("() => document.querySelector('.store-code')?.naturalWidth > 0")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="打印").click()
    expect(opened.value.locator("text").first).to_have_text("ONE 店")
