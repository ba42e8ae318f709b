"""A new version of the app in the middle of a visit: it waits, the old one goes on, and only the person's tap opens it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import world
from tests.e2e import phone, storage
from tests.e2e.conftest import PHONE
from tests.live import ROOT, Deployment, deployment

VISIT = world.VISITS["chelsea-tiny"]
MARK = "<meta name=mark content=newer>"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A copy of the built front-end, to be replaced while it is served."""
    return Path(shutil.copytree(ROOT / "frontend" / "dist", tmp_path / "dist"))


@pytest.fixture
def serving(built: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployment(tmp_path / "var", worker=False, MINGCHA_FRONTEND_DIR=str(built)) as running:
        yield running


def test_a_new_version_waits_until_it_is_asked_for(serving: Deployment, built: Path, browser: Browser) -> None:
    context = browser.new_context(**PHONE, locale="zh-CN")
    page = context.new_page()
    with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
        page.goto(serving.invite("chelsea"))
    phone.take(page, VISIT)
    page.locator("#item-T-1-02 .item-head").click()
    page.locator("#item-T-1-02 .number input").fill("7")

    # What is served is known from the start of a web process.
    serving.kill_web()
    _publish(built)
    serving.start_web()
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
    ready = page.get_by_text("新版本已备好，已填的内容都会保留。")
    expect(ready).to_be_visible(timeout=20_000)
    assert page.locator("meta[name=mark]").count() == 0
    assert page.locator("#item-T-1-02 .number input").input_value() == "7"
    context.set_offline(True)
    # A screen whose code was not loaded yet: the server has it no more, the old version on the phone has.
    page.locator(".fill-nav a").click()
    expect(page.get_by_text(re.compile("还缺 .* 项")).first).to_be_visible()
    context.set_offline(False)

    page.get_by_role("button", name="重新打开").click()
    expect(page.locator("meta[name=mark]")).to_have_count(1, timeout=20_000)
    expect(ready).to_have_count(0)
    assert [(row["checkpoint"], row["value"]) for row in storage.rows(page, "answers")] == [("T-1-02", 7)]
    context.close()


def _publish(built: Path) -> None:
    """Another page and another service worker; of the old screens' code the server keeps none."""
    index, worker = built / "m" / "index.html", built / "m" / "sw.js"
    index.write_text(index.read_text().replace("<head>", f"<head>{MARK}"))
    text = worker.read_text()
    newer = re.sub(r'"\w+"(?=,"url":"/m/index.html")', '"newer"', text)
    assert newer != text
    worker.write_text(newer)
    for script in (built / "assets").glob("SubmitScreen*.js"):
        script.unlink()
