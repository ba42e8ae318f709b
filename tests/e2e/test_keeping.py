"""What a reviewer and a planner do with proof at their desks: clear a signal, hold and archive a visit, set its clocks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend import verifying
from tests import world
from tests.journeys import work
from tests.journeys.camera import photo
from tests.live import Deployment

FIRST, SECOND = world.VISITS["chelsea-tiny"], world.VISITS["dan-tiny"]


@pytest.fixture
def submitted(live: Deployment) -> None:
    """Two visits that show the same picture: what reached us second has a signal."""
    _submit(live, "chelsea", FIRST, 2)
    _submit(live, "dan", SECOND, 3, method="announced")


def _submit(live: Deployment, login: str, visit_id: object, number: int, **options: str) -> None:
    made, sender = work.paper({"photo": [photo(1), photo(number)]}, work.TINY, **options), work.phone(live, login)
    answer = sender.put(f"visits/{visit_id}/submission", made.body)
    assert answer.status_code == 201, answer.text
    for evidence_id, shot in made.shots.items():
        sender.deliver(evidence_id, shot.content)
    work.until_ready(sender, str(visit_id))


def test_a_reviewer_clears_a_signal_holds_the_visit_and_takes_its_archive(
    page_of: Callable[..., Page], live: Deployment, submitted: None, tmp_path: Path
) -> None:
    desk = work.desk(live, "bob")
    assert work.comes(lambda: desk.get(f"visits/{SECOND}/integrity")["signals"], 30)
    page = page_of("bob")
    page.goto(f"{live.address}/visits/{SECOND}")
    _clear(page)
    _hold(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="存档").click()
    download.value.save_as(tmp_path / "visit.zip")
    code, told = verifying.run(tmp_path / "visit.zip", live.run("signing-key").split()[4])
    assert code == 0, told


def _clear(page: Page) -> None:
    expect(page.get_by_text("需核实")).to_be_visible()
    expect(page.get_by_text("100 − 45 − 20 − 20 − 10 =")).to_be_visible()
    page.get_by_role("button", name="查看 4 条").click()
    signal = page.get_by_role("listitem").filter(has_text="逐字节相同")
    expect(signal.locator("img")).to_have_count(2)
    signal.get_by_role("button", name="排除").click()
    signal.get_by_role("textbox").fill("同一张海报，两家店都有")
    signal.get_by_role("button", name="排除").click()
    expect(page.get_by_text("100 − 20 − 20 − 10 =")).to_be_visible()
    page.reload()
    expect(page.get_by_text("100 − 20 − 20 − 10 =")).to_be_visible()


def _hold(page: Page) -> None:
    part = page.get_by_role("region", name="影像保全")
    part.get_by_role("button", name="设置保全").click()
    asked = page.get_by_role("dialog", name="设置保全")
    asked.get_by_role("button", name="设置保全").click()
    expect(asked.get_by_text("请填写理由", exact=True)).to_be_visible()
    asked.get_by_role("textbox").fill("门店来电询问")
    asked.get_by_role("button", name="设置保全").click()
    expect(part.get_by_text("门店来电询问")).to_be_visible()
    part.get_by_role("button", name="解除").click()
    asked = page.get_by_role("dialog", name="解除")
    asked.get_by_role("textbox").fill("已经答复")
    asked.get_by_role("button", name="解除").click()
    expect(part.get_by_text("没有保全")).to_be_visible()


def test_a_planner_sets_how_long_media_are_kept(page_of: Callable[..., Page], live: Deployment) -> None:
    page = page_of("alice")
    page.goto(f"{live.address}/waves")
    page.get_by_role("row").filter(has_text="TINY").get_by_role("button", name="编辑").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("原件保存（锁定后天数）").fill("90")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).not_to_be_visible()
    page.goto(f"{live.address}/waves/{world.WAVES['TINY']}/progress")
    expect(page.get_by_role("region", name="影像保存期限")).to_contain_text("没有可删除的了")
