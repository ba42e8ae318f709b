"""A red line through the screens: subscribed to, approved, told with a number on the bell, and followed to the visit."""

import re
from collections.abc import Callable
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests import world
from tests.live import Deployment

VISIT = world.VISITS["chelsea-tiny"]
LOOKS = 40_000


def test_a_red_line_comes_to_the_bell_and_leads_to_the_visit(page_of: Callable[..., Page], live: Deployment) -> None:
    alice = page_of("alice")
    alice.goto(f"{live.address}/waves/{world.WAVES['TINY']}")
    alice.get_by_role("button", name="订阅", exact=True).click()
    dialog = alice.get_by_role("dialog")
    expect(dialog.get_by_text("红线提醒")).to_be_visible()
    expect(dialog.get_by_text("测试项目")).to_be_visible()
    dialog.get_by_role("button", name="保存").click()
    expect(alice.get_by_text("测试项目 · 即时")).to_be_visible()

    _approved_with_a_red_line(live)
    bell = alice.get_by_role("link", name="消息，1 条未读")
    for _ in range(LOOKS // 1000):
        alice.goto(f"{live.address}/messages")
        if bell.is_visible():
            break
        alice.wait_for_timeout(1000)
    expect(bell).to_contain_text("1")
    alice.get_by_role("link", name="红线：ONE 店，第 1 期").click()
    expect(alice).to_have_url(re.compile(f"/visits/{VISIT}"))
    expect(alice.get_by_role("link", name="消息", exact=True).first).to_be_visible()
    expect(bell).to_have_count(0)


def test_a_subscription_is_changed_switched_off_and_dropped(page_of: Callable[..., Page], live: Deployment) -> None:
    erin = page_of("erin", locale="en")
    erin.goto(f"{live.address}/messages")
    erin.get_by_role("button", name="Add a subscription").click()
    erin.get_by_role("button", name="Add a subscription").click()
    dialog = erin.get_by_role("dialog")
    dialog.get_by_text("Weekly summary", exact=True).click()
    expect(dialog.get_by_text("This system has no mail server.")).to_be_visible()
    expect(dialog.get_by_text("Webhook")).to_have_count(0)
    dialog.get_by_role("button", name="Save").click()
    expect(erin.get_by_text("All programmes · Monday 09:00")).to_be_visible()
    erin.locator(".el-switch").click()
    expect(erin.get_by_text("Switched off.")).to_be_visible()
    expect(erin.get_by_text("Next:")).to_have_count(0)
    erin.get_by_role("button", name="Delete").click()
    erin.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(erin.get_by_text("No subscriptions yet")).to_be_visible()


def test_a_link_that_is_none_says_so(page_of: Callable[..., Page], live: Deployment) -> None:
    page = page_of("alice", locale="en")
    page.context.clear_cookies()
    page.goto(f"{live.address}/unsubscribe?token=made-up")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("alert")).to_contain_text("This link is not valid")


def _approved_with_a_red_line(live: Deployment) -> None:
    body = world.submission_for(world.COMPILED["TINY"], {"T-1-04": "fail"}, method="covert", after_visit=True)
    _put(live, "chelsea", "submission", body)
    waived = [{"evidence": each["id"], "reason": "test"} for each in body["evidence"]]
    _put(live, "bob", "review", {"verdict": "approved", "waived": waived})


def _put(live: Deployment, login: str, step: str, body: dict[str, Any]) -> None:
    address = f"{live.address}/api/v1/visits/{VISIT}/{step}"
    answer = requests.put(address, json=body, headers={"Authorization": f"Bearer {world.token_of(login)}"}, timeout=30)
    assert answer.ok, answer.text
