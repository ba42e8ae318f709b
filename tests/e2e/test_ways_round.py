"""Where a visit does not go the plain way: by one file to headquarters, back from the reviewer, without a signature."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone, storage, tour
from tests.journeys import work
from tests.live import Deployment

TINY, OPEN = world.VISITS["chelsea-tiny"], world.VISITS["dan-tiny"]
ON_SITE = [each for each in world.COMPILED["TINY"].checkpoints if not each.is_after_visit]
BADGES = "window.badges = []; navigator.setAppBadge = async (n) => void window.badges.push(n)"


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    photos = []
    for number in range(4):
        photos.append(tmp_path / f"photo-{number}.jpg")
        Image.effect_noise((320, 240), 40 + number).convert("RGB").save(photos[-1], "JPEG")
    return phone.Files(photos, photos[0], photos[0])


def test_a_visit_whose_phone_finds_no_network_is_brought_in_as_one_file(
    page_of: Callable[..., Page], live: Deployment, files: phone.Files, tmp_path: Path
) -> None:
    page = page_of("chelsea", phone=True)
    phone.take(page, TINY)
    page.context.set_offline(True)
    phone.fill(page, ON_SITE, files)
    phone.submit(page)
    expect(page.get_by_text("已保存，联网后自动提交")).to_be_visible()
    page.locator('.submit a.button-primary[href="/m/"]').click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="全部存为文件").click()
    kept = {row["id"]: row["sha256"] for row in storage.rows(page, "evidence")}
    assert kept
    archive = tmp_path / saved.value.suggested_filename
    saved.value.save_as(archive)

    _bring_in(page_of("alice"), live, archive, len(kept))
    reader = work.phone(live, "chelsea")
    visit = reader.get(f"visits/{TINY}")
    assert (visit["state"], {each["id"]: each["sha256"] for each in visit["evidence"]}) == ("submitted", kept)
    for evidence_id, sha256 in kept.items():
        assert hashlib.sha256(reader.ask("GET", f"evidence/{evidence_id}/original").content).hexdigest() == sha256


def _bring_in(page: Page, live: Deployment, archive: Path, files: int) -> None:
    page.goto(f"{live.address}/visits")
    page.get_by_role("button", name="导入手机存档").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(archive)
    expect(dialog.get_by_text("Chelsea 的手机")).to_be_visible(timeout=30_000)
    expect(dialog.get_by_text(f"已导入 {files + 1}")).to_be_visible()
    dialog.locator("input[type=file]").set_input_files(archive)
    expect(dialog.get_by_text(f"已有 {files + 1}")).to_be_visible(timeout=30_000)


def test_a_return_is_news_with_a_badge_and_opens_what_was_returned_and_nothing_else(
    page_of: Callable[..., Page], live: Deployment
) -> None:
    page = page_of("chelsea", phone=True)
    page.add_init_script(BADGES)
    tour.returned(live)
    page.goto(f"{live.address}/m/")
    card = page.locator(f'.card[href*="/visits/{TINY}"]')
    expect(card.locator(".news").first).to_have_text("新退回")
    expect(card.get_by_text("退回 2 项")).to_be_visible()
    before = int(page.locator(".home-news").inner_text())
    page.wait_for_function("n => window.badges.at(-1) === n", arg=before)

    card.click()
    expect(page.get_by_role("heading", name="质控退回，请补充")).to_be_visible()
    page.get_by_role("button", name="去补充").click()
    phone.agree(page)
    page.wait_for_url("**/fill*")
    expect(page.locator(".item")).to_have_count(2)
    assert [row.get_attribute("id") for row in page.locator(".item").all()] == ["item-T-1-01", "item-T-1-04"]
    expect(page.locator(".item-open").get_by_text("重拍一张")).to_be_visible()
    page.goto(f"{live.address}/m/")
    expect(card).to_be_visible()
    expect(card.locator(".news", has_text="新退回")).to_have_count(0)
    page.wait_for_function("n => (window.badges.at(-1) ?? 0) < n", arg=before)


def test_a_store_that_does_not_sign_is_written_down_with_the_reason(
    page_of: Callable[..., Page], live: Deployment, files: phone.Files
) -> None:
    page = page_of("dan", phone=True)
    phone.take(page, OPEN)
    asked = [each for each in world.COMPILED["TINY"].by_method["announced"] if not each.is_after_visit]
    phone.fill(page, asked, files)
    page.locator(".fill-nav a").click()
    page.get_by_text("还没有签字").click()
    page.get_by_role("checkbox", name="门店不签字").check()
    save = page.get_by_role("button", name="保存")
    expect(save).to_be_disabled()
    page.get_by_label("请写明原因").fill("负责人不在，前台不愿代签")
    save.click()
    expect(page.get_by_text("门店不签字 · 负责人不在，前台不愿代签")).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("个文件都已收到")).to_be_visible(timeout=60_000)
    desk = page_of("bob")
    desk.goto(f"{live.address}/visits/{OPEN}")
    expect(desk.get_by_text("负责人不在，前台不愿代签")).to_be_visible()
