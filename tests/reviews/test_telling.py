"""Who reads what of a review: the reviewer's name is headquarters' alone, and dealers read no waivers."""

from datetime import UTC, datetime

import pytest

from backend.core.db import db, transaction
from backend.waves.models import Wave
from tests import world

DAN = "dan-tiny"
HOLE = {"T-1-01": {"result": "fail", "comment": "nobody came", "evidence": []}}


@pytest.fixture
def approved(desk):
    with transaction(writes=True):
        db.session.get(Wave, world.WAVES["TINY"]).published_at = datetime(2026, 1, 2, tzinfo=UTC)
    desk.submit(DAN, HOLE)
    changes = [{"checkpoint": "T-1-02", "result": "fail", "reason": "the clip shows more"}]
    desk.review(DAN, reason="with one change", changes=changes, waived=[{"checkpoint": "T-1-01", "reason": "heard"}])
    return desk


@pytest.mark.parametrize("login", ["alice", "bob"])
def test_headquarters_reads_who_decided(approved, login):
    visit = approved.visit(DAN, login)
    bob = {"id": str(world.person_id("bob")), "name": "Bob"}
    assert [visit[name][0]["person"] for name in ("ledger", "waivers", "reviews")] == [bob] * 3


def test_the_auditor_reads_what_was_decided_but_not_by_whom(approved):
    visit = approved.visit(DAN, "dan")
    assert [visit[name][0]["person"] for name in ("ledger", "waivers", "reviews")] == [None] * 3
    assert visit["reviews"][0]["reason"] == "with one change"
    assert "Bob" not in str(visit)


@pytest.mark.parametrize("login", ["erin", "frank", "gina"])
def test_dealers_read_the_score_and_the_ledger_only(approved, login):
    visit = approved.visit(DAN, login)
    assert visit["scorecard"]["passed"] == 3
    assert visit["ledger"] == [
        {"checkpoint": "T-1-02", "old_result": "pass", "old_value": 0, "new_result": "fail", "new_value": None,
         "reason": "the clip shows more"},
    ]  # fmt: skip
    assert (visit["waivers"], visit["reviews"]) == ([], [])
    for name in ("Bob", "Dan", str(world.person_id("bob")), str(world.person_id("dan"))):
        assert name not in str(visit), name


def test_before_a_decision_there_is_nothing(desk):
    desk.submit(DAN)
    visit = desk.visit(DAN)
    assert (visit["scorecard"], visit["ledger"], visit["waivers"], visit["reviews"]) == (None, [], [], [])
