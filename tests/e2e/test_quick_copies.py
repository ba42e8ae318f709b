"""Over a slow line the reviewer sees a large photo by its small copy first; then the original itself, byte for byte."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone, storage
from tests.e2e.unkind import Slow, slow_line
from tests.live import Deployment

VISIT = world.VISITS["chelsea-tiny"]
ON_SITE = [each for each in world.COMPILED["TINY"].checkpoints if not each.is_after_visit]
FIRST = ON_SITE[0].code
BYTES_PER_SECOND = 100_000
LYING_ON_ITS_SIDE = 6


@pytest.fixture
def line(live: Deployment) -> Iterator[Slow]:
    with slow_line(live.address, BYTES_PER_SECOND) as slow:
        yield slow


@pytest.fixture
def files(tmp_path: Path) -> phone.Files:
    """A camera's photo that says how it is to be turned and where it was taken, and small ones."""
    large = _photo(tmp_path / "large.jpg", (2400, 1800), quality=85)
    assert large.stat().st_size > 1_500_000
    small = [_photo(tmp_path / f"small-{number}.jpg", (320 + number, 240)) for number in range(3)]
    return phone.Files([large, *small], small[0], small[0])


def test_the_copy_goes_ahead_and_gives_way_to_its_original(
    page_of: Callable[..., Page], live: Deployment, line: Slow, files: phone.Files
) -> None:
    shopper, reviewer = page_of("chelsea", phone=True, at=line.address), page_of("bob")
    phone.take(shopper, VISIT)
    phone.fill(shopper, ON_SITE, files)
    evidence = next(row["id"] for row in storage.rows(shopper, "evidence") if row["size"] > 1_000_000)
    _wait_for_copy(shopper, evidence)
    phone.submit(shopper)
    expect(shopper.get_by_text("已提交")).to_be_visible(timeout=30_000)

    told = _told(reviewer, live, evidence, until=lambda one: one["is_provisional"])
    assert told["state"] in {"expected", "uploading"}
    picture = _picture(reviewer, live, evidence)
    assert picture.size == (1200, 1600)
    assert not picture.getexif()
    reviewer.goto(f"{live.address}/visits/{VISIT}?at={FIRST}")
    expect(reviewer.locator(".provisional img")).to_be_visible()
    expect(reviewer.get_by_text("快速预览图")).to_be_visible()
    shopper.goto(f"{line.address}/m/")
    expect(shopper.get_by_text(re.compile("1 个文件还在手机上")).first).to_be_visible(timeout=30_000)

    told = _told(reviewer, live, evidence, until=lambda one: one["state"] == "ready")
    assert told["is_provisional"] is False
    reviewer.goto(f"{live.address}/visits/{VISIT}?at={FIRST}")
    expect(reviewer.locator(".stage > img")).to_be_visible()
    expect(reviewer.locator(".provisional")).to_have_count(0)
    original = reviewer.request.get(f"{live.address}/api/v1/evidence/{evidence}/original").body()
    assert hashlib.sha256(original).digest() == hashlib.sha256(files.photos[0].read_bytes()).digest()
    expect(shopper.get_by_text("已全部上传")).to_be_visible(timeout=30_000)
    assert storage.rows(shopper, "blobs") == []
    assert [row["id"] for row in storage.rows(shopper, "outbox") if row["kind"] == "quick"] == []


def _photo(path: Path, size: tuple[int, int], quality: int = 75) -> Path:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = LYING_ON_ITS_SIDE, "maker"
    Image.effect_noise(size, 40).convert("RGB").save(path, "JPEG", quality=quality, exif=exif)
    return path


def _wait_for_copy(page: Page, evidence: str) -> None:
    """It is drawn while the person goes on."""
    for _ in range(60):
        copies = {row["id"] for row in storage.rows(page, "blobs")} - storage.on_phone(page)
        if copies:
            break
        page.wait_for_timeout(250)
    assert copies == {f"quick:{evidence}"}


def _told(page: Page, live: Deployment, evidence: str, until: Callable[[dict], bool]) -> dict:
    for _ in range(120):
        told = page.request.get(f"{live.address}/api/v1/evidence/{evidence}").json()
        if until(told):
            return told
        page.wait_for_timeout(500)
    raise AssertionError(told)


def _picture(page: Page, live: Deployment, evidence: str) -> Image.Image:
    data = page.request.get(f"{live.address}/api/v1/evidence/{evidence}/renditions/screen").body()
    return Image.open(io.BytesIO(data))
