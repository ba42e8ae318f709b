"""A whole visit of 78 checkpoints through the screens: phone, reviewer's desk, headquarters."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
REAL = ("iphone-6.jpg", "oppo-r7-plus.jpg", "samsung-galaxy-s4.jpg", "iphone.heic", "orientation-6.jpg")
VISIT = world.VISITS["chelsea-eo"]


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    """Real camera files where the machine has them, generated ones for the rest."""
    photos = [MEDIA / name for name in REAL if (MEDIA / name).exists()]
    for number in range(4):
        path = tmp_path / f"photo-{number}.jpg"
        Image.effect_noise((800, 600), 40 + number).convert("RGB").save(path, "JPEG")
        photos.append(path)
    real_clip = MEDIA / "android-with-gps.mp4"
    clip = real_clip if real_clip.exists() else _clip(tmp_path / "clip.mp4")
    return phone.Files(photos, clip, clip)


def _clip(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), number * 20, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_visit_goes_from_the_phone_to_the_report(page_of: Callable[..., Page], files: phone.Files) -> None:
    shopper = page_of("chelsea", phone=True)
    _take(shopper)
    _fill_and_submit(shopper, [each for each in world.COMPILED["EO"].checkpoints if not each.is_after_visit], files)
    shopper.goto(shopper.url.split("/m/")[0] + f"/m/visits/{VISIT}")
    shopper.get_by_role("button", name="去补交").click()
    shopper.wait_for_url("**/fill*")
    _fill_and_submit(shopper, [each for each in world.COMPILED["EO"].checkpoints if each.is_after_visit], files)

    reviewer = page_of("bob")
    _approve(reviewer)

    analyst = page_of("alice")
    _read(analyst)


def _take(page: Page) -> None:
    page.locator(f'a[href$="/visits/{VISIT}"]').first.click()
    page.get_by_role("button", name="接受").click()
    page.get_by_role("button", name="开始探访").click()
    page.get_by_role("button", name="同意，不记录位置").click()
    page.wait_for_url("**/fill*")


def _fill_and_submit(page: Page, checkpoints: list, files: phone.Files) -> None:
    phone.fill(page, checkpoints, files)
    page.locator(".fill-nav a").click()
    expect(page.get_by_text(f"{len(checkpoints)} 个检查点都已完成")).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("个文件都已收到")).to_be_visible(timeout=90_000)


def _approve(page: Page) -> None:
    expect(page.get_by_role("link", name="质控队列")).to_be_visible()
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + f"/visits/{VISIT}")
    _reload_until_developed(page)
    page.get_by_role("button", name="通过这次探访").click(timeout=60_000)


def _reload_until_developed(page: Page) -> None:
    """The worker makes pictures one after the other, eighty of them here; a page shows those that were there when it came."""
    for _ in range(30):
        page.wait_for_load_state("networkidle")
        if page.locator("main img, main video").first.is_visible():
            return
        page.wait_for_timeout(3_000)
        page.reload()
    raise AssertionError("nothing was developed")


def _read(page: Page) -> None:
    base = "/".join(page.url.split("/")[:3])
    page.goto(f"{base}/waves/{world.WAVES['EO']}")
    expect(page.get_by_text("100.0 %").first).to_be_visible(timeout=30_000)
    page.goto(f"{base}/waves/{world.WAVES['EO']}/checkpoints")
    expect(page.get_by_text("78 行")).to_be_visible()
    page.goto(f"{base}/waves/{world.WAVES['EO']}/stores")
    expect(page.get_by_text("ONE 店").first).to_be_visible()
    page.goto(f"{base}/visits/{VISIT}")
    expect(page.get_by_text("入场行车指引").first).to_be_visible()
