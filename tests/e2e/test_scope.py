"""A wave is published from the console; then region and store read theirs by clicking, and nothing else by address."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import world
from tests.live import ROOT, Deployment

# Three stores are judged, a fourth visit of the wave has not begun.
JUDGED = """
from backend.app import create_app
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.visits.models import Visit
from tests import history, world
create_app().app_context().push()
ids = [history.judged(1, "T-1-01", store=world.STORES[code]) for code in ("ONE", "TWO", "THREE")]
history.pictured(ids[0], "T-1-01")
with transaction(writes=True):
    visit = db.session.get_one(Visit, ids[0])
    wave = visit.wave_id
    db.session.add(Visit(id=new_id(), wave_id=wave, store_id=world.FOUR, method="covert", state="planned",
        checklist_version_id=visit.checklist_version_id, created_at=visit.created_at, round=0))
print(wave, *ids)
"""


@pytest.fixture
def wave(live: Deployment) -> list[str]:
    """Ids of a wave that is not published, and of its visits at ONE, TWO and THREE."""
    line = [sys.executable, "-c", JUDGED]
    made = subprocess.run(line, env=live.environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return made.stdout.split()


def rail(page: Page) -> list[str]:
    return page.get_by_role("navigation", name="页面").get_by_role("link").all_inner_texts()


def test_a_wave_is_published_and_each_reads_what_is_theirs(
    page_of: Callable[..., Page], live: Deployment, wave: list[str]
) -> None:
    wave_id, at_one, at_two, at_three = wave
    erin, frank, alice = page_of("erin"), page_of("frank"), page_of("alice")

    expect(erin.get_by_text("还没有发布的结果")).to_be_visible()
    assert rail(erin) == ["明察", "探访", "检查表", "导出", "消息", "设置"]
    for page in (erin, frank):
        page.goto(f"{live.address}/waves/{wave_id}")
        expect(page.get_by_role("heading", name="这一期尚未发布")).to_be_visible()
        page.goto(f"{live.address}/visits/{at_one}")
        expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()

    publish(alice, live, wave_id)

    erin.goto(f"{live.address}/")
    erin.wait_for_url(f"**/stores/{world.ONE}")
    assert rail(erin) == ["明察", "本店", "总览", "检查点", "探访", "检查表", "导出", "消息", "设置"]
    erin.get_by_role("link", name="总览").click()
    expect(erin.get_by_text("您看到的是自己范围内的门店")).to_be_visible()
    erin.get_by_role("link", name="探访", exact=True).click()
    expect(erin.get_by_role("heading", name="探访", level=1)).to_be_visible()
    expect(erin.locator("tbody tr")).to_have_count(1)
    erin.locator("tbody tr a").first.click()
    erin.wait_for_url(re.compile(at_one))
    expect(erin.get_by_text("为了保护探访人")).to_be_visible()
    expect(erin.get_by_role("main")).not_to_contain_text("她说的")
    expect(erin.get_by_role("main")).not_to_contain_text("Chelsea")
    expect(erin.locator("main img, main video, main audio")).to_have_count(0)

    frank.goto(f"{live.address}/")
    frank.wait_for_url(f"**/waves/{wave_id}")
    frank.get_by_role("link", name="门店", exact=True).click()
    expect(frank.locator("tbody tr")).to_have_count(2)
    expect(frank.get_by_text("THREE")).to_have_count(0)
    frank.get_by_role("link", name=re.compile("TWO")).first.click()
    frank.wait_for_url(f"**/stores/{world.TWO}")

    foreign = [(erin, f"visits/{at_two}"), (erin, f"stores/{world.TWO}"), (frank, f"visits/{at_three}"),
               (frank, f"stores/{world.THREE}")]  # fmt: skip
    for page, path in foreign:
        page.goto(f"{live.address}/{path}")
        expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()
        assert page.request.get(f"{live.address}/api/v1/{path}").status == 404
    for path in (f"waves/{wave_id}/progress", "waves", "network", "people"):
        erin.goto(f"{live.address}/{path}")
        expect(erin.get_by_role("heading", name="找不到这个页面")).to_be_visible()


def publish(alice: Page, live: Deployment, wave_id: str) -> None:
    """As a planner does: reads what will happen and what is still open, agrees, and sees that it happened."""
    alice.goto(f"{live.address}/waves/{wave_id}")
    expect(alice.get_by_text("尚未发布：大区、集团和门店还看不到")).to_be_visible()
    alice.get_by_role("button", name="发布…").click()
    dialog = alice.get_by_role("dialog")
    expect(dialog.get_by_text("3 次已通过的探访（3 家门店）")).to_be_visible()
    expect(dialog.get_by_text("1 位大区经理、1 位集团经理、2 位门店经理")).to_be_visible()
    expect(dialog.get_by_text("还有 1 次探访没有提交")).to_be_visible()
    button = dialog.get_by_role("button", name="发布", exact=True)
    expect(button).to_be_disabled()
    dialog.get_by_text("仍要发布").click()
    button.click()
    expect(dialog).to_have_count(0)
    expect(alice.get_by_text(re.compile("已于 .* 发布，尚未锁定"))).to_be_visible()


def test_a_wave_is_locked_once_everything_is_decided(
    page_of: Callable[..., Page], live: Deployment, wave: list[str]
) -> None:
    alice = page_of("alice")
    alice.goto(f"{live.address}/waves/{wave[0]}/progress")
    alice.get_by_role("button", name="锁定…").click()
    dialog = alice.get_by_role("dialog")
    expect(dialog.get_by_text("锁定同时发布")).to_be_visible()
    dialog.get_by_text("仍要锁定").click()
    dialog.get_by_role("button", name="锁定", exact=True).click()
    expect(alice.get_by_text(re.compile("已于 .* 锁定，结果不再改变"))).to_be_visible()
    expect(alice.get_by_role("button", name="锁定…")).to_have_count(0)
    alice.goto(f"{live.address}/waves")
    row = alice.get_by_role("row").filter(has_text="已锁定")
    expect(row).to_have_count(1)
    expect(row.get_by_role("button", name="锁定…")).to_have_count(0)
