"""The camera inside the app, before Chromium's fake one: photo, film with marks, a reload in its middle, the same bytes at the server."""

import hashlib
import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
import requests
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests import world
from tests.e2e import phone
from tests.live import Deployment

VISIT = world.VISITS["chelsea-tiny"]
REST = [each for each in world.COMPILED["TINY"].checkpoints if each.code in ("T-1-02", "T-1-05", "T-2-01")]
SHOPPER = {"Authorization": f"Bearer {world.token_of('chelsea')}"}
MOST_LOST_SECONDS = 2.0
# What the phone holds of each file: its record, and the digest of the bytes themselves.
HELD = """async () => {
  const named = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.startsWith('mingcha-'))
  const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = fail })
  const held = await asked(indexedDB.open(named))
  const all = (table) => asked(held.transaction(table).objectStore(table).getAll())
  const [records, blobs] = [await all('evidence'), await all('blobs')]
  held.close()
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const digests = new Map()
  for (const { id, blob } of blobs) digests.set(id, hex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())))
  return records.map(({ id, kind, sha256, source, captured_at, position, device }) =>
    ({ id, kind, sha256, source, captured_at, position, device, digest: digests.get(id) ?? null }))
}"""


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    path = tmp_path / "photo.jpg"
    Image.effect_noise((400, 300), 50).convert("RGB").save(path, "JPEG")
    return phone.Files([path], path, path)


def test_photo_and_film_are_captured_in_the_app_and_arrive_as_they_were(
    live: Deployment, page_of: Callable[..., Page], files: phone.Files
) -> None:
    page = page_of("chelsea", phone=True)
    _begin(page)
    _photograph(page)
    _film_with_two_marks(page)
    cut_short_at = _film_into_a_reload(page)

    phone.fill(page, REST, files)
    held = {each["id"]: each for each in page.evaluate(HELD)}
    assert len(held) == 5
    assert all(each["digest"] == each["sha256"] for each in held.values())
    assert all(each["captured_at"] and each["device"]["id"] for each in held.values())
    page.locator(".fill-nav a").click()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("个文件都已收到")).to_be_visible(timeout=60_000)

    visit = requests.get(f"{live.address}/api/v1/visits/{VISIT}", headers=SHOPPER, timeout=10).json()
    originals = {id_: _original(live, id_) for id_ in held}
    assert {id_: hashlib.sha256(bytes_).hexdigest() for id_, bytes_ in originals.items()} == {
        id_: each["sha256"] for id_, each in held.items()
    }
    links = {each["checkpoint"]: each["evidence"] for each in visit["answers"]}
    (marked,), (again, cut_short) = links["T-1-03"], links["T-1-04"]
    assert marked["id"] == again["id"], "one film proves both"
    assert 0 < again["at_ms"] < marked["at_ms"] < 20_000
    assert _seconds(originals[cut_short["id"]]) >= cut_short_at - MOST_LOST_SECONDS


def _begin(page: Page) -> None:
    page.locator(f'a[href$="/visits/{VISIT}"]').first.click()
    page.get_by_role("button", name="接受").click()
    page.get_by_role("button", name="开始探访").click()
    page.get_by_role("button", name="同意，不记录位置").click()
    page.wait_for_url("**/fill*")


def _opened(page: Page, code: str) -> Locator:
    row = page.locator(f"#item-{code}")
    if row.locator(".item-head").get_attribute("aria-expanded") != "true":
        row.locator(".item-head").click()
    return row


def _photograph(page: Page) -> None:
    row = _opened(page, "T-1-01")
    row.locator("button", has_text="拍照").click()
    page.get_by_role("dialog").get_by_role("button", name="拍照").click()
    expect(row.locator(".thumbs img")).to_have_count(1, timeout=15_000)
    expect(page.locator(".camera")).to_have_count(0)
    row.locator(".result-button-pass").click()


def _film_with_two_marks(page: Page) -> None:
    """One mark is tapped in the finder, the other on a checkpoint of the list while the film goes on."""
    row = _opened(page, "T-1-04")
    row.locator(".result-button-pass").click()
    row.locator("button", has_text="录像").click()
    page.get_by_role("button", name="开始录像").click()
    page.wait_for_timeout(1_200)
    page.locator('.camera [data-mark="T-1-04"]').click()
    page.get_by_role("button", name="继续录制").click()
    expect(page.get_by_text(re.compile("正在录像"))).to_be_visible()
    other = _opened(page, "T-1-03")
    other.locator(".choice-fail").click()
    page.wait_for_timeout(1_000)
    other.locator('[data-mark="T-1-03"]').click()
    expect(other.get_by_text("已标记")).to_be_visible()
    page.get_by_role("button", name="停止录制").click()
    expect(page.locator(".recording-bar")).to_have_count(0, timeout=15_000)
    # With its proof the checkpoint is complete, and the list moves on.
    page.wait_for_timeout(800)
    expect(_opened(page, "T-1-03").locator(".thumb-mark")).to_have_count(1)


def _film_into_a_reload(page: Page) -> float:
    """The app is closed over a film; answers how many seconds had run by then."""
    row = _opened(page, "T-1-04")
    expect(row.locator(".thumb")).to_have_count(1)
    row.locator("button", has_text="录像").click()
    page.get_by_role("button", name="开始录像").click()
    expect(page.locator(".camera-live")).to_be_visible()
    begun = time.monotonic()
    page.wait_for_timeout(4_300)
    seconds = time.monotonic() - begun
    page.reload()
    expect(page.get_by_text("已保存为证据")).to_be_visible(timeout=15_000)
    expect(_opened(page, "T-1-04").locator(".thumb")).to_have_count(2)
    return seconds


def _original(live: Deployment, id_: str) -> bytes:
    answer = requests.get(f"{live.address}/api/v1/evidence/{id_}/original", headers=SHOPPER, timeout=30)
    assert answer.ok, answer.text
    return answer.content


def _seconds(film: bytes) -> float:
    with av.open(io.BytesIO(film)) as container:
        last = max(packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None)
    return float(last)
