"""From a headline figure to its proof by clicks alone: overview, checkpoints, one checkpoint, its wall, the visit there."""

import re
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.live import ROOT, Deployment

# Three approved visits of one wave; one of them failed a checkpoint and has a picture of it.
SEED = """
from backend.app import create_app
from backend.core.db import db
from backend.visits.models import Visit
from tests import history, world
from tests.submissions import file_bytes

create_app().app_context().push()
failed = history.judged(1, "T-1-01")
for store in ("TWO", "THREE"):
    history.judged(1, store=world.STORES[store])
history.pictured(failed, "T-1-01", name="thumb", data=file_bytes(failed))
print(db.session.get(Visit, failed).wave_id, failed)
"""


def _seeded(live: Deployment) -> list[str]:
    """The ids of the wave and of the visit that failed."""
    line = [sys.executable, "-c", SEED]
    return subprocess.run(
        line, env=live.environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()[-2:]


def test_every_step_from_the_headline_to_the_proof(page_of: Callable[..., Page], live: Deployment) -> None:
    wave, visit = _seeded(live)
    page = page_of("alice")
    page.goto(f"{live.address}/waves/{wave}")

    headline = page.get_by_role("region", name="主要指标")
    expect(headline.get_by_text("95.8 %").first).to_be_visible()
    headline.get_by_role("button", name="“合并落实率”怎么算").click()
    expect(page.get_by_text("全部探访的通过之和 ÷ 适用之和")).to_be_visible()
    page.keyboard.press("Escape")
    headline.get_by_role("link", name=re.compile("^合并落实率")).click()

    page.wait_for_url("**/checkpoints")
    page.get_by_role("link", name=re.compile("T-1-01")).first.click()
    page.wait_for_url("**/checkpoints/T-1-01")
    expect(page.get_by_role("heading", level=1)).to_contain_text("有人迎接")
    expect(page.get_by_text("1 次探访不通过")).to_be_visible()

    picture = page.locator(".wall img")
    expect(picture).to_have_count(1)
    expect(picture).to_have_js_property("naturalWidth", 8)
    picture.click()
    page.wait_for_url(f"**/visits/{visit}?at=T-1-01")
    expect(page.get_by_text("有人迎接").first).to_be_visible()


def test_a_link_opens_the_same_view(page_of: Callable[..., Page], live: Deployment) -> None:
    wave, _visit = _seeded(live)
    page = page_of("alice")
    page.goto(f"{live.address}/waves/{wave}/heat?rows=stores&columns=checkpoints")
    cell = page.get_by_role("gridcell").first
    expect(cell).to_be_visible()
    cell.focus()
    for key in ("End", "Home", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("td[data-place='1 0']")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="门店 × 检查点")).to_be_visible()

    cell = page.get_by_role("row", name=re.compile("ONE")).get_by_role("gridcell").first
    cell.focus()
    expect(page.get_by_text(re.compile("ONE 店 · T-1-01 有人迎接 · 0.0 %"))).to_be_visible()
    cell.press("Enter")
    page.wait_for_url(re.compile(r"/checkpoints/T-1-01\?store="))
    expect(page.get_by_text("1 / 1 不通过")).to_be_visible()
    shared = page.url
    page.goto(f"{live.address}/settings")
    page.goto(shared)
    expect(page.get_by_text("1 / 1 不通过")).to_be_visible()
