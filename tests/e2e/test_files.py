"""The ledger of files through the screens: a broken upload on the phone, read by shopper and reviewer; then the way out."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests import world
from tests.e2e import phone
from tests.journeys.work import comes

VISIT = world.VISITS["chelsea-tiny"]
ON_SITE = [each for each in world.COMPILED["TINY"].checkpoints if not each.is_after_visit]
HALF = 60_000
UPLOADS = "**/api/v1/uploads/**"


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    """Photos of a few hundred kilobytes: large enough to be broken off in the middle."""
    photos = []
    for number in range(6):
        path = tmp_path / f"photo-{number}.jpg"
        Image.effect_noise((900, 700), 60 + number).convert("RGB").save(path, "JPEG", quality=90)
        photos.append(path)
    return phone.Files(photos, photos[0], photos[0])


def test_a_broken_upload_is_told_in_the_same_words_everywhere(page_of: Callable[..., Page], files: phone.Files) -> None:
    shopper, reviewer = page_of("chelsea", phone=True), page_of("bob")
    begun: list[int] = []
    shopper.route(UPLOADS, _breaking(begun))
    _hand_in(shopper, files)
    assert comes(lambda: bool(begun) or bool(shopper.wait_for_timeout(100)), 30)
    assert begun == [204]

    shopper.goto(_at(shopper, "/m/"))
    expect(shopper.get_by_text(re.compile(r"\d 个文件还在手机上，还剩 [\d.]+.[KM]B")).first).to_be_visible()
    expect(shopper.get_by_text(re.compile("最早：.+前|刚刚留下"))).to_be_visible()
    shopper.goto(_at(shopper, f"/m/visits/{VISIT}/files"))
    expect(shopper.get_by_text(re.compile(r"\d 个文件已到 0 个，\d 个在手机上，还剩 [\d.]+.[KM]B"))).to_be_visible()

    reviewer.goto(_at(reviewer, f"/visits/{VISIT}"))
    sums = reviewer.get_by_role("button", name=re.compile(r"\d 个文件已到 0 个，\d 个在手机上，还剩 [\d.]+.[KM]B"))
    sums.click()
    drawer = reviewer.get_by_role("dialog")
    expect(drawer.get_by_text("上传中")).to_have_count(1)
    expect(drawer.get_by_text(re.compile("已收到 60.KB，共"))).to_be_visible()
    drawer.get_by_role("link", name="T-1-01").first.click()
    expect(reviewer).to_have_url(re.compile("at=T-1-01"))
    reviewer.goto(_at(reviewer, "/review"))
    expect(reviewer.get_by_text(re.compile(r"\d 个在手机上，还剩 [\d.]+.[KM]B"))).to_be_visible()

    shopper.unroute(UPLOADS)
    shopper.goto(_at(shopper, f"/m/visits/{VISIT}/files"))
    expect(shopper.get_by_text("个文件已全部收到")).to_be_visible(timeout=60_000)
    reviewer.goto(_at(reviewer, f"/visits/{VISIT}"))
    expect(reviewer.get_by_role("button", name=re.compile("个文件已全部收到"))).to_be_visible()


def test_a_damaged_copy_has_its_ways_out(page_of: Callable[..., Page], files: phone.Files) -> None:
    """The phone's storage spoils two photos before they are sent: one is taken again, of the other the loss is told."""
    shopper, reviewer = page_of("chelsea", phone=True), page_of("bob")
    shopper.route(UPLOADS, lambda route: route.abort())
    _hand_in(shopper, files)
    assert shopper.evaluate(SPOIL) == 2
    shopper.unroute(UPLOADS)
    shopper.goto(_at(shopper, f"/m/visits/{VISIT}/files"))
    damaged = shopper.locator(".ledger-row", has_text="可能是存储损坏")
    expect(damaged).to_have_count(2, timeout=120_000)

    damaged.first.locator("input[type=file]").set_input_files(files.photos[5])
    expect(damaged).to_have_count(1, timeout=60_000)
    damaged.get_by_role("button", name="告诉质控已丢失").click()
    shopper.locator("textarea").fill("手机进水，照片已损坏")
    shopper.get_by_role("dialog").get_by_role("button", name="告诉质控已丢失").click()
    expect(shopper.get_by_text(re.compile("个，1 个已丢失"))).to_be_visible(timeout=60_000)

    reviewer.goto(_at(reviewer, f"/visits/{VISIT}"))
    expect(reviewer.get_by_text("手机进水，照片已损坏").first).to_be_visible()
    reviewer.get_by_role("button", name=re.compile("1 个已丢失")).click()
    expect(reviewer.get_by_role("dialog").locator(".ledger-lost")).to_have_text(re.compile("已丢失"))
    expect(reviewer.get_by_role("dialog").get_by_text("提交后登记")).to_be_visible()


# One byte of two kept photos is turned, as a bad cell of the phone's memory would.
SPOIL = """async () => {
  const named = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.startsWith('mingcha-'))
  const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = fail })
  const held = await asked(indexedDB.open(named))
  const rows = (await asked(held.transaction('blobs').objectStore('blobs').getAll())).slice(0, 2)
  for (const { id, blob } of rows) {
    const bytes = new Uint8Array(await blob.arrayBuffer())
    bytes[bytes.length >> 1] ^= 1
    await asked(held.transaction('blobs', 'readwrite').objectStore('blobs').put({ id, blob: new Blob([bytes], { type: blob.type }) }))
  }
  held.close()
  return rows.length
}"""


def _breaking(begun: list[int]) -> Callable[[Route], None]:
    """Lets the first bytes of one file through, says so, and loses the connection for all that follows."""
    sent: list[int] = []

    def handle(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        if not sent:
            sent.append(HALF)
            headers = {**route.request.all_headers(), "content-length": str(HALF)}
            begun.append(route.fetch(headers=headers, post_data=route.request.post_data_buffer[:HALF]).status)
        return route.abort()

    return handle


def _hand_in(page: Page, files: phone.Files) -> None:
    page.locator(f'a[href$="/visits/{VISIT}"]').first.click()
    page.get_by_role("button", name="接受").click()
    page.get_by_role("button", name="开始探访").click()
    page.get_by_role("button", name="同意，不记录位置").click()
    page.wait_for_url("**/fill*")
    phone.fill(page, ON_SITE, files)
    page.locator(".fill-nav a").click()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("已提交")).to_be_visible(timeout=30_000)


def _at(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path
