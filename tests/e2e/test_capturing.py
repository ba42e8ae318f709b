"""What may go wrong while something is captured: no camera, no permission, a reload over a sound, a phone that fills up."""

import base64
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import world
from tests.e2e import phone, storage
from tests.e2e.conftest import CHROMIUM, FLAGS, PHONE
from tests.journeys.camera import photo
from tests.live import Deployment

TINY, HEARD = world.VISITS["chelsea-tiny"], world.VISITS["grace-rf"]
FIRST_HEARD = "RF-01-01"
MOST_LOST_SECONDS = 2.0
QUOTA = 12_000_000
# The bytes of the files on the phone, oldest first.
BYTES = """async () => {
  const named = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.startsWith('mingcha-'))
  const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = fail })
  const held = await asked(indexedDB.open(named))
  const rows = await asked(held.transaction('blobs').objectStore('blobs').getAll())
  held.close()
  const read = (blob) => new Promise((done) => {
    const reader = new FileReader()
    reader.onload = () => done(reader.result.split(',')[1])
    reader.readAsDataURL(blob)
  })
  return Promise.all(rows.map(({ blob }) => read(blob)))
}"""
SAYS_THAT_THERE_IS = "free => { navigator.storage.estimate = async () => ({ usage: 1e9, quota: 1e9 + free }) }"
# So much of what the browser lets the app keep is taken by something else.
FILL_UP = """async ([quota, left]) => {
  const { usage } = await navigator.storage.estimate()
  const filler = await caches.open('filler')
  await filler.put('/filler', new Response(new Blob([new Uint8Array(quota - usage - left)])))
}"""


def opened(page: Page, code: str) -> Locator:
    row = page.locator(f"#item-{code}")
    if row.locator(".item-head").get_attribute("aria-expanded") != "true":
        row.locator(".item-head").click()
    return row


def _falls_back(page: Page, code: str, told: str, shot: Path) -> None:
    """The screen says what is wrong, and the phone's own camera gives the photo."""
    row = opened(page, code)
    row.locator("button", has_text="拍照").click()
    asked = page.get_by_role("alert").filter(has_text=told)
    expect(asked).to_be_visible()
    with page.expect_file_chooser() as chosen:
        asked.get_by_role("button", name="用系统相机拍照").click()
    chosen.value.set_files(shot)
    expect(row.locator(".thumbs > .thumb")).to_have_count(1, timeout=15_000)
    expect(page.locator(".camera")).to_have_count(0)


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(7).content)
    return path


@contextmanager
def phone_without(flag: str, browser: Browser, live: Deployment) -> Iterator[Page]:
    """chelsea's phone in a browser of its own, started without this flag."""
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[each for each in FLAGS if each != flag])
    page = other.new_context(**PHONE, locale="zh-CN").new_page()
    with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
        page.goto(live.invite("chelsea"))
    yield page
    other.close()


def test_a_refused_camera_says_so_and_the_phones_own_takes_its_place(
    browser: Browser, live: Deployment, shot: Path
) -> None:
    with phone_without("--use-fake-ui-for-media-stream", browser, live) as page:
        refusal = {"permission": {"name": "camera"}, "setting": "denied", "origin": live.address}
        page.context.new_cdp_session(page).send("Browser.setPermission", refusal)
        phone.take(page, TINY)
        _falls_back(page, "T-1-01", "没有相机或麦克风权限", shot)


def test_a_phone_without_a_camera_for_pages_says_so_too(browser: Browser, live: Deployment, shot: Path) -> None:
    with phone_without("--use-fake-device-for-media-stream", browser, live) as page:
        phone.take(page, TINY)
        _falls_back(page, "T-1-01", "这里不能直接使用相机或麦克风", shot)


def test_a_sound_is_recorded_in_the_app_and_a_reload_in_its_middle_loses_two_seconds_at_most(
    page_of: Callable[..., Page],
) -> None:
    page = page_of("grace", phone=True)
    phone.take(page, HEARD)
    row = opened(page, FIRST_HEARD)
    row.locator("button", has_text="录音").click()
    page.get_by_role("button", name="开始录音").click()
    page.wait_for_timeout(1_500)
    page.locator(".shutter").click()
    expect(row.locator(".thumb")).to_have_count(1, timeout=15_000)

    row.locator("button", has_text="录音").click()
    page.get_by_role("button", name="开始录音").click()
    expect(page.locator(".camera-live")).to_be_visible()
    begun = time.monotonic()
    page.wait_for_timeout(4_300)
    seconds = time.monotonic() - begun
    page.reload()
    expect(page.get_by_text("已保存为证据")).to_be_visible(timeout=15_000)
    expect(opened(page, FIRST_HEARD).locator(".thumb")).to_have_count(2)
    first, second = (_seconds(base64.b64decode(each)) for each in page.evaluate(BYTES))
    assert first > 0.5
    assert second >= seconds - MOST_LOST_SECONDS


def _seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound)) as container:
        return float(
            max(packet.pts * packet.time_base for packet in container.demux(audio=0) if packet.pts is not None)
        )


def test_a_recording_ends_by_itself_while_the_phone_still_has_room_for_it(page_of: Callable[..., Page]) -> None:
    page = page_of("chelsea", phone=True)
    phone.take(page, TINY)
    row = _films(page)
    page.evaluate(SAYS_THAT_THERE_IS, 1_000_000)
    expect(page.get_by_text("手机空间快满了，录制已停止，内容已保存。")).to_be_visible(timeout=15_000)
    expect(row.locator(".thumbs > .thumb")).to_have_count(1, timeout=15_000)


def test_what_was_recorded_before_the_phone_was_full_stays_and_is_put_together_once_there_is_room(
    page_of: Callable[..., Page], live: Deployment
) -> None:
    page = page_of("chelsea", phone=True, quota=QUOTA)
    phone.take(page, TINY)
    page.evaluate(FILL_UP, [QUOTA, 1_500_000])
    page.evaluate(SAYS_THAT_THERE_IS, 9_000_000_000)
    _films(page)
    expect(page.get_by_text("录下的内容已存在手机上，但暂时不能合成为文件")).to_be_visible(timeout=60_000)
    chunks = storage.rows(page, "chunks")
    assert chunks
    assert storage.on_phone(page) == set()

    storage.limit(page, live.address, None)
    page.evaluate("caches.delete('filler')")
    page.reload()
    expect(page.get_by_text("已保存为证据")).to_be_visible(timeout=15_000)
    assert len(storage.on_phone(page)) == 1
    assert storage.rows(page, "chunks") == []
    expect(opened(page, "T-1-04").locator(".thumb")).to_have_count(1)


def _films(page: Page) -> Locator:
    """A film that has been running for a moment."""
    row = opened(page, "T-1-04")
    row.locator("button", has_text="录像").click()
    page.get_by_role("button", name="开始录像").click()
    expect(page.locator(".camera-live")).to_be_visible()
    page.wait_for_timeout(1_500)
    return row
