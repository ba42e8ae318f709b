"""A real Chromium before a whole deployment."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import storage
from tests.live import Deployment, deployment

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Deployment]:
    with deployment(tmp_path / "var") as running:
        yield running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The demo data behind a deployment that many tests read; they belong to the xdist group of the same name.

    Nobody works on its hundreds of pictures, which would slow all other tests; see `worker`.
    """
    with deployment(tmp_path_factory.mktemp("demo") / "var", demo=True, worker=False) as running:
        yield running


@pytest.fixture
def worker(demo: Deployment) -> Iterator[None]:
    """Somebody works on the demo's pictures and exports as long as the test runs."""
    demo.start_worker()
    yield
    demo.kill_worker()


@pytest.fixture
def desk(browser: Browser, demo: Deployment) -> Iterator[Callable[[str], Page]]:
    """A page at a desk of one of the demo's people, signed in."""
    contexts = []

    def signed_in(login: str) -> Page:
        contexts.append(browser.new_context(**DESK, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
            page.goto(demo.invite(login))
        return page

    yield signed_in
    for context in contexts:
        context.close()


@pytest.fixture
def page_of(browser: Browser, live: Deployment) -> Iterator[Callable[..., Page]]:
    """A signed-in page of one person, on a phone or at a desk; a script error anywhere fails the test.

    `at` is another address than the deployment's own, such as that of a line before it; `quota` the bytes that
    the browser lets the app keep.
    """
    contexts, faults = [], []

    def open_page(
        login: str, *, phone: bool = False, locale: str = "zh-CN", at: str | None = None, quota: int | None = None
    ) -> Page:
        context = browser.new_context(**(PHONE if phone else DESK), locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        storage.watch(page)
        if quota:
            storage.limit(page, live.address, quota)
        with page.expect_response(lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"):
            page.goto(live.invite(login).replace(live.address, at or live.address))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults
