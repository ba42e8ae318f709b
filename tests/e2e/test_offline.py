"""The phone without network, and with a bad one: nothing that was filled in or captured is lost, and all of it arrives once."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone, storage
from tests.e2e.unkind import MISCHIEF, Unkind, unkind_line
from tests.journeys import work
from tests.live import Deployment

EO, TINY = world.VISITS["chelsea-eo"], world.VISITS["chelsea-tiny"]
EO_ITEMS = [each for each in world.COMPILED["EO"].checkpoints if not each.is_after_visit]
TINY_ITEMS = [each for each in world.COMPILED["TINY"].checkpoints if not each.is_after_visit]


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    photos = []
    for number in range(8):
        path = tmp_path / f"photo-{number}.jpg"
        Image.effect_noise((320, 240), 40 + number).convert("RGB").save(path, "JPEG")
        photos.append(path)
    return phone.Files(photos, photos[0], photos[0])


@pytest.fixture
def line(live: Deployment) -> Iterator[Unkind]:
    with unkind_line(live.address) as unkind:
        yield unkind


def test_a_whole_visit_is_filled_offline_and_arrives_over_a_bad_line(
    page_of: Callable[..., Page], live: Deployment, line: Unkind, files: phone.Files
) -> None:
    page = page_of("chelsea", phone=True, at=line.address)
    phone.take(page, EO)
    page.context.set_offline(True)
    thirds = [EO_ITEMS[:30], EO_ITEMS[30:60], EO_ITEMS[60:]]
    phone.fill(page, thirds[0], files, EO_ITEMS)
    _kept(page, 30)
    page.reload()
    storage.cut(page, says=True)
    phone.fill(page, thirds[1], files, EO_ITEMS)
    _kept(page, 60)
    page.reload()
    storage.cut(page, says=False)
    phone.fill(page, thirds[2], files, EO_ITEMS)
    _kept(page, len(EO_ITEMS))
    phone.submit(page)
    expect(page.get_by_text("已保存，联网后自动提交")).to_be_visible()
    kept = {row["id"]: row["sha256"] for row in storage.rows(page, "evidence")}
    assert storage.on_phone(page) == set(kept)

    page.context.set_offline(False)
    chelsea = work.phone(live, "chelsea")
    _nothing_leaves_before_it_is_confirmed(page, chelsea, set(kept))
    assert set(line.done) == set(MISCHIEF)
    visit = chelsea.get(f"visits/{EO}")
    assert (visit["round"], visit["files"]["stored"], visit["files"]["expected"]) == (1, len(kept), len(kept))
    assert {answer["checkpoint"] for answer in visit["answers"]} == {each.code for each in EO_ITEMS}
    taken = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files.photos}
    for evidence_id, sha256 in kept.items():
        original = chelsea.ask("GET", f"evidence/{evidence_id}/original").content
        assert hashlib.sha256(original).hexdigest() == sha256
        assert sha256 in taken


def _kept(page: Page, number: int) -> None:
    """What the screen counts as complete is on the phone."""
    expect(page.locator(".fill-head").get_by_text(re.compile(rf"^{number}/"))).to_be_visible()


def _nothing_leaves_before_it_is_confirmed(page: Page, chelsea: work.Phone, everything: set[str]) -> None:
    """Until the phone is empty: what is not on it any more is held by the server."""
    for _ in range(400):
        here = storage.on_phone(page)
        listed = chelsea.get(f"visits/{EO}/files", limit=200)["items"]
        held = {each["id"] for each in listed if each["state"] in {"stored", "ready", "unreadable"}}
        assert everything - here <= held, "a file left the phone before the server had it"
        if not here:
            return
        page.wait_for_timeout(150)
    raise AssertionError("the phone never got rid of its files")


def test_two_phones_on_one_visit_take_nothing_from_each_other(
    page_of: Callable[..., Page], files: phone.Files, live: Deployment
) -> None:
    first = page_of("chelsea", phone=True)
    phone.take(first, TINY)
    with first.expect_response(lambda answer: answer.url.endswith("/draft") and answer.request.method == "PUT"):
        phone.fill(first, TINY_ITEMS[:1], files, TINY_ITEMS)
    first.context.set_offline(True)
    named = storage.on_phone(first)

    second = page_of("chelsea", phone=True)
    second.locator(f'a[href$="/visits/{TINY}"]').first.click()
    second.get_by_role("button", name=re.compile("开始探访|继续")).click()
    phone.agree(second)
    second.get_by_role("dialog").get_by_role("button", name="在这里继续").click()
    second.wait_for_url("**/fill*")
    phone.fill(second, TINY_ITEMS, files)
    phone.submit(second)
    expect(second.get_by_text("个文件都已收到")).to_be_visible(timeout=30_000)

    phone.fill(first, TINY_ITEMS[1:], files, TINY_ITEMS)
    phone.submit(first)
    mine = storage.on_phone(first)
    first.context.set_offline(False)
    expect(first.get_by_text("服务器上已有这次探访的另一份提交。您的这份仍在手机上。")).to_be_visible(timeout=30_000)
    # The photo that the second phone could only name comes from here; nothing else has left.
    for _ in range(100):
        if storage.on_phone(first) == mine - named:
            break
        first.wait_for_timeout(100)
    assert storage.on_phone(first) == mine - named
    _discard_by_hand(first)
    visit = work.phone(live, "chelsea").get(f"visits/{TINY}")
    assert (visit["round"], visit["files"]["stored"]) == (1, visit["files"]["expected"])


def _discard_by_hand(page: Page) -> None:
    """The refused answers are saved as a file, then discarded, once their owner has been told what that means."""
    page.get_by_role("link", name="待传与待处理").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="存为文件", exact=True).click()
    assert "T-1-01" in Path(saved.value.path()).read_text()
    page.locator("#app").get_by_role("button", name="丢弃").click()
    dialog = page.locator(".van-dialog")
    expect(dialog).to_contain_text("这部手机不再提交 ONE 店 的这份答卷")
    dialog.get_by_role("button", name="保留").click()
    expect(page.get_by_text("需要您处理（1）")).to_be_visible()
    page.locator("#app").get_by_role("button", name="丢弃").click()
    dialog.get_by_role("button", name="丢弃").click()
    expect(page.get_by_text("没有等待上传的内容。")).to_be_visible()


def test_signing_out_in_the_middle_keeps_everything(
    page_of: Callable[..., Page], live: Deployment, files: phone.Files
) -> None:
    page = page_of("chelsea", phone=True)
    page.route("**/api/v1/uploads/**", lambda route: route.abort())
    phone.take(page, TINY)
    phone.fill(page, TINY_ITEMS, files)
    phone.submit(page)
    expect(page.get_by_text("已提交", exact=True).first).to_be_visible(timeout=30_000)
    mine = storage.on_phone(page)
    page.context.clear_cookies()
    page.unroute("**/api/v1/uploads/**")
    page.goto(_at(page, "/m/outbox"))
    expect(page.get_by_role("alert").get_by_text("登录已失效")).to_be_visible(timeout=30_000)
    assert mine
    assert storage.on_phone(page) == mine
    with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
        page.goto(live.invite("chelsea"))
    page.goto(_at(page, "/m/outbox"))
    expect(page.get_by_text("没有等待上传的内容。")).to_be_visible(timeout=60_000)
    assert storage.on_phone(page) == set()
    assert work.phone(live, "chelsea").get(f"visits/{TINY}")["files"]["stored"] == len(mine)


def test_a_full_phone_says_so_and_loses_nothing(
    page_of: Callable[..., Page], live: Deployment, tmp_path: Path, files: phone.Files
) -> None:
    page = page_of("chelsea", phone=True, quota=8_000_000)
    phone.take(page, TINY)
    phone.fill(page, TINY_ITEMS[:1], files, TINY_ITEMS)
    before = storage.on_phone(page)
    large = tmp_path / "large.jpg"
    Image.effect_noise((3000, 3000), 90).convert("RGB").save(large, "JPEG", quality=95)
    # What Chromium tells a page is not what it has: as much as is used, and ten gigabytes more.
    page.evaluate("navigator.storage.estimate = async () => ({ usage: 1e9, quota: 1.02e9 })")
    row = page.locator(f"#item-{TINY_ITEMS[3].code}")
    row.locator(".item-head").click()
    expect(row.get_by_text(re.compile("可能存不下一段视频"))).to_be_visible()
    row.locator('input[type=file][data-kind="photo"]').first.set_input_files(large)
    expect(page.get_by_text("手机空间不足，这个文件没有存下。请清理空间后重拍。")).to_be_visible()
    expect(page.get_by_text(re.compile("手机空间已满，刚才的内容没有存下"))).to_be_visible()
    assert storage.on_phone(page) == before

    storage.limit(page, live.address, None)
    page.goto(_at(page, f"/m/visits/{TINY}/fill?at={TINY_ITEMS[3].code}"))
    row.locator('input[type=file][data-kind="photo"]').first.set_input_files(large)
    expect(row.locator(".thumbs > :not(.keeping)")).to_have_count(1)
    expect(page.get_by_text(re.compile("手机空间已满"))).to_have_count(0)
    assert len(storage.on_phone(page) - before) == 1


def _at(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path
