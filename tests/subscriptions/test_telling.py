"""Who is told of what, when, and with which rights."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from backend.accounts.models import PersonMembership
from backend.core import clock, outbox
from backend.core.actor import ScopeKind
from backend.core.db import transaction
from backend.subscriptions import jobs, rules
from backend.subscriptions.models import Message, Subscription
from backend.waves.models import Wave
from tests import world
from tests.subscriptions.conftest import CHELSEA, CRITICAL, DAN, GRACE, TINY, WEEKLY, kept, messages, run, subscription

pytestmark = pytest.mark.usefixtures("only_own_jobs")
VISITS = {name: f"/visits/{world.VISITS[name]}" for name in world.VISITS}


def publish(client_of: Callable, step: str = "publish") -> None:
    answer = client_of("alice").put(f"/api/v1/waves/{TINY}/{step}")
    assert answer.status_code == 200, answer.json
    outbox.drain()


# Red lines


def test_headquarters_is_told_at_once_and_led_to_the_visit(subscribe, red, inbox) -> None:
    subscribe("alice")
    red(CHELSEA)
    (message,) = inbox("alice")
    assert (message["kind"], message["page"], message["read_at"]) == ("red_line", VISITS[CHELSEA], None)
    assert message["title"] == "Red line: ONE 店, 第 1 期 (测试项目)"
    assert message["lines"][0]["words"] == f"{CRITICAL} A written quotation failed"
    assert message["lines"][-1] == {"words": "Open this visit", "page": VISITS[CHELSEA]}
    (chinese,) = inbox("alice", "zh-CN")
    assert chinese["title"] == "红线：ONE 店，第 1 期（测试项目）"
    assert "书面报价" in chinese["lines"][0]["words"]
    assert "helsea" not in str(message)


def test_a_visit_without_a_red_line_is_no_news(subscribe, red, inbox) -> None:
    subscribe("alice")
    red(CHELSEA, crossed=False)
    assert inbox("alice") == []


def test_dealers_are_told_when_the_wave_is_opened_to_them(subscribe, red, inbox, client_of) -> None:
    for login in ("alice", "erin", "frank", "gina", "steve"):
        subscribe(login)
    red(CHELSEA, GRACE)
    assert [len(inbox(login)) for login in ("alice", "erin", "frank", "gina", "steve")] == [2, 0, 0, 0, 0]
    publish(client_of)
    assert [len(inbox(login)) for login in ("alice", "erin", "frank", "gina", "steve")] == [2, 1, 1, 1, 1]
    assert (inbox("erin")[0]["page"], inbox("steve")[0]["page"]) == (VISITS[CHELSEA], VISITS[GRACE])
    (both,) = inbox("frank")
    assert both["title"] == "Red lines: 第 1 期 (测试项目) is open to you; 2 of its visits crossed one"
    assert [line["page"] for line in both["lines"]] == [VISITS[CHELSEA], VISITS[GRACE]]
    assert client_of("frank").get(f"/api/v1{VISITS[GRACE]}").status_code == 200
    publish(client_of, "lock")
    assert [len(inbox(login)) for login in ("alice", "erin", "frank", "gina", "steve")] == [2, 1, 1, 1, 1]


def test_after_the_opening_dealers_are_told_of_each_visit(subscribe, red, inbox, client_of) -> None:
    subscribe("erin")
    red(CHELSEA)
    publish(client_of)
    red(DAN)
    assert [message["page"] for message in inbox("erin")] == [VISITS[DAN], VISITS[CHELSEA]]


def test_locking_opens_a_wave_too(subscribe, red, inbox, client_of) -> None:
    subscribe("erin")
    red(CHELSEA)
    publish(client_of, "lock")
    assert [message["page"] for message in inbox("erin")] == [VISITS[CHELSEA]]


def test_who_subscribes_later_is_not_told_of_what_was(subscribe, red, inbox, client_of) -> None:
    red(CHELSEA)
    publish(client_of)
    subscribe("erin")
    publish(client_of, "lock")
    assert inbox("erin") == []


def test_of_another_programme_nobody_is_told(subscribe, red, inbox, client_of) -> None:
    answer = client_of("alice").put("/api/v1/programmes/OTHER", json={"name": "Other"})
    assert answer.status_code == 201, answer.json
    subscribe("alice", programme="OTHER")
    subscribe("bob", programme=world.PROGRAMME_CODE)
    red(CHELSEA)
    assert (inbox("alice"), len(inbox("bob"))) == ([], 1)


def test_a_subscription_that_is_switched_off_tells_nothing(subscribe, red, inbox) -> None:
    subscribe("alice", active=False)
    red(CHELSEA)
    assert inbox("alice") == []


def test_a_job_that_runs_again_tells_nothing_again(subscribe, red, inbox, client_of) -> None:
    subscribe("alice")
    subscribe("erin")
    red(CHELSEA)
    publish(client_of)
    for _ in range(2):
        run(jobs.tell_red_line, world.VISITS[CHELSEA])
        run(jobs.tell_red_lines, TINY)
    assert (len(inbox("alice")), len(inbox("erin"))) == (1, 1)


def test_a_visit_made_void_meanwhile_is_not_told_of(subscribe, red, inbox, client_of, desk) -> None:
    red(CHELSEA)
    subscribe("alice")
    desk.review(CHELSEA, verdict="void", reason="wrong store")
    run(jobs.tell_red_line, world.VISITS[CHELSEA])
    assert inbox("alice") == []


def test_whoever_lost_the_right_reads_the_content_no_more(subscribe, red, inbox) -> None:
    subscribe("bob")
    red(CHELSEA)
    with transaction(writes=True) as session:
        mine = PersonMembership.person_id == world.person_id("bob")
        session.execute(update(PersonMembership).where(mine).values(scope_kind=ScopeKind.STORE, scope_id=world.TWO))
    (message,) = inbox("bob")
    assert (message["title"], message["page"]) == ("This message can be seen no longer", None)
    assert "ONE" not in str(message)


def test_people_who_read_no_reports_any_more_are_told_nothing(subscribe, red) -> None:
    ids = subscribe("bob"), subscribe("bob", WEEKLY)
    with transaction(writes=True) as session:
        mine = PersonMembership.person_id == world.person_id("bob")
        session.execute(update(PersonMembership).where(mine).values(role="shopper"))
    run(jobs.summarise, UUID(ids[1]))
    assert messages() == []


# Weekly summaries


def week_later() -> Any:
    """The moment at which the last summary is due."""
    return clock.set_to(max(row.due_at for row in kept(Subscription) if row.due_at))


def scheduled() -> None:
    with transaction(writes=True):
        jobs.schedule(world.PROGRAMME)()
    outbox.drain()


def test_the_summary_says_what_the_reports_say(subscribe, red, inbox, client_of) -> None:
    subscribe("alice", WEEKLY)
    red(CHELSEA)
    red(GRACE, crossed=False)
    with week_later():
        scheduled()
        (message,) = inbox("alice")
    (row,) = messages()
    told = next(each for each in row.facts["waves"] if each["id"] == str(TINY))
    shown = client_of("alice").get(f"/api/v1/reports/waves/{TINY}").json
    assert {name: shown[name] for name in told["figures"]} == told["figures"]
    progress = client_of("alice").get(f"/api/v1/waves/{TINY}/progress").json
    assert told["progress"]["by_state"] == progress["by_state"]
    assert (told["crossed"], told["crossings"][0]["id"]) == (1, str(world.VISITS[CHELSEA]))
    words = [line["words"] for line in message["lines"]]
    assert "第 1 期 (测试项目)" in words
    assert any(word.startswith("Pass rate ") for word in words)
    assert any(word.startswith("Progress: ") for word in words)
    assert any(word.startswith("New red lines since 20") and word.endswith(": 1") for word in words)
    assert VISITS[CHELSEA] in {line["page"] for line in message["lines"]}


def test_it_comes_once_at_its_hour_and_again_a_week_later(subscribe, red, inbox) -> None:
    id_ = subscribe("alice", WEEKLY)
    red(CHELSEA)
    due = subscription(id_).due_at
    assert due.astimezone(rules.ZoneInfo("Asia/Shanghai")).strftime("%u %H:%M") == "1 09:00"
    with clock.set_to(due - timedelta(minutes=1)):
        scheduled()
        assert inbox("alice") == []
    with clock.set_to(due):
        scheduled()
        scheduled()
        assert len(inbox("alice")) == 1
    with clock.set_to(due + timedelta(days=7, minutes=5)):
        scheduled()
        assert len(inbox("alice")) == 2
        assert subscription(id_).due_at == due + timedelta(days=14)


def test_after_a_long_silence_one_summary_comes(subscribe, red, inbox) -> None:
    id_ = subscribe("alice", WEEKLY)
    red(CHELSEA)
    due = subscription(id_).due_at
    with clock.set_to(due + timedelta(days=30)):
        scheduled()
        assert len(inbox("alice")) == 1
        assert subscription(id_).due_at > due + timedelta(days=30)


def test_a_store_manager_reads_their_store_and_nothing_of_an_unopened_wave(subscribe, red, inbox, client_of) -> None:
    subscribe("erin", WEEKLY)
    red(CHELSEA, GRACE)
    with week_later():
        scheduled()
        assert inbox("erin") == []
    publish(client_of)
    with week_later():
        scheduled()
        (row,) = messages()
    (wave,) = row.facts["waves"]
    assert (wave["figures"]["stores"], wave["progress"]) == (1, None)
    assert "TWO" not in str(row.facts)


def test_a_job_killed_before_its_end_tells_once(subscribe, red) -> None:
    id_ = subscribe("alice", WEEKLY)
    red(CHELSEA)
    conclusions = [jobs.summarise(UUID(id_)) for _ in range(2)]
    for conclude in conclusions:
        with transaction(writes=True):
            conclude()
    assert len(kept(Message)) == 1


def test_nothing_runs_and_nothing_is_told(subscribe, inbox, app: Flask) -> None:
    with transaction(writes=True) as session:
        session.execute(update(Wave).values(state="draft"))
    subscribe("alice", WEEKLY)
    with week_later():
        scheduled()
    assert inbox("alice") == []


def test_what_is_old_is_forgotten(subscribe, red, inbox) -> None:
    subscribe("alice")
    red(CHELSEA)
    run(jobs.forget, world.PROGRAMME)
    assert len(inbox("alice")) == 1
    with clock.set_to(datetime.now(UTC) + rules.KEPT + timedelta(days=1)):
        run(jobs.forget, world.PROGRAMME)
    assert inbox("alice") == []
