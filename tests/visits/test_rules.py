"""Dates and flags of a visit, by example."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.visits import rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
CALM = rules.Circumstances(
    received_at=NOW,
    visited_on=date(2026, 6, 1),
    claimed=(NOW,),
    windows=((date(2026, 5, 1), date(2026, 6, 30)),),
    due_on=date(2026, 6, 1),
    deadline=None,
    gallery=False,
    gallery_allowed=False,
    wave_state="open",
)


def test_a_calm_submission_has_no_flags() -> None:
    assert rules.flags(CALM) == set()


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"claimed": (NOW + timedelta(minutes=10, seconds=1),)}, "clock_off"),
        ({"claimed": (NOW, NOW - timedelta(days=30, seconds=1))}, "clock_off"),
        ({"visited_on": date(2026, 4, 30), "due_on": None}, "outside_window"),
        ({"visited_on": date(2026, 7, 1), "due_on": None}, "outside_window"),
        ({"windows": ((None, None), (None, date(2026, 5, 31)))}, "outside_window"),
        ({"due_on": date(2026, 5, 31)}, "late"),
        ({"deadline": NOW - timedelta(seconds=1)}, "late"),
        ({"gallery": True}, "gallery"),
        ({"wave_state": "closed"}, "wave_closed"),
        ({"wave_state": "locked"}, "wave_locked"),
    ],
)
def test_what_is_noticed(change: dict[str, Any], flag: str) -> None:
    assert rules.flags(replace(CALM, **change)) == {flag}


@pytest.mark.parametrize(
    "change",
    [
        {"claimed": (NOW + timedelta(minutes=10), NOW - timedelta(days=30))},
        {"claimed": ()},
        {"windows": ((date(2026, 6, 1), date(2026, 6, 1)),)},
        {"deadline": NOW},
        {"gallery": True, "gallery_allowed": True},
        {"wave_state": "draft"},
        {"due_on": None},
    ],
)
def test_what_is_not_noticed(change: dict[str, Any]) -> None:
    assert rules.flags(replace(CALM, **change)) == set()


def test_flags_have_one_order() -> None:
    assert rules.in_order({"late", "zebra", "clock_off", "ant"}) == ["clock_off", "late", "ant", "zebra"]


def test_the_visit_date_is_local() -> None:
    arrived = {"name": "arrived", "at": datetime(2026, 5, 30, 16, 0, tzinfo=UTC)}
    left = {"name": "left", "at": datetime(2026, 5, 20, tzinfo=UTC)}
    capture = datetime(2026, 5, 29, 1, tzinfo=UTC)
    assert rules.visit_date([left, arrived], [capture], NOW, SHANGHAI) == date(2026, 5, 31)
    assert rules.visit_date([left], [NOW, capture], NOW, SHANGHAI) == date(2026, 5, 29)
    assert rules.visit_date([], [], NOW, SHANGHAI) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("window", "days"),
    [
        (None, (None, None)),
        ({}, (None, None)),
        ({"from": "周六", "until": 7}, (None, None)),
        ({"from": "2026-05-31", "until": "2026-06-02"}, (date(2026, 5, 31), date(2026, 6, 2))),
        ({"from": "2026-05-31T10:00:00+08:00", "to": "2026-06-02"}, (date(2026, 5, 31), date(2026, 6, 2))),
        ({"until": "2026-02-30"}, (None, None)),
    ],
)
def test_a_window_may_be_dates_or_words(window: Any, days: Any) -> None:
    assert rules.window_dates(window) == days


def test_every_state_is_one_of_the_design() -> None:
    used = rules.ASSIGNABLE | rules.FILLABLE | rules.UNDECIDED | rules.DECIDED | rules.RELEASED
    assert used | {rules.ABORTED, rules.VOID} == set(rules.STATES)
