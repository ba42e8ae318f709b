"""`mingcha retention`: what it says before, what it does when told to, and what it says then."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

import media_store
from backend.core import clock, outbox
from backend.evidence.receiving import store
from backend.retention import telling
from tests import world
from tests.kept import objects
from tests.retention.conftest import CHELSEA, DAN, evidence_of, originals, set_wave
from tests.retention.test_deleting import hold
from tests.test_cli import runner


def test_a_dry_run_names_every_clock_and_deletes_nothing(overdue) -> None:
    hold(DAN)
    before, told = objects(), list(telling.plan())
    files = evidence_of(CHELSEA)
    assert f"originals: {len(files)} files, {sum(row.size for row in files)} bytes, due since" in told[1]
    assert f"{len(evidence_of(DAN))} held" in told[1]
    assert told[2].strip() == "renditions: kept for ever"
    assert str(world.VISITS[DAN]) in told[3]
    assert "appeal: checkpoint T-1-01" in told[3]
    assert objects() == before


def test_a_wave_without_a_clock_is_not_named(kept) -> None:
    assert list(telling.plan()) == ["no wave has a retention clock: everything is kept"]


def test_before_its_lock_the_day_is_provisional(kept) -> None:
    set_wave(originals_days=90, closes_on=clock.now().date() + timedelta(days=10))
    assert "unless it is locked later" in list(telling.plan())[1]


def test_applied_it_deletes_rows_and_bytes_and_says_so(overdue) -> None:
    keys = originals(DAN) | originals(CHELSEA)
    told = list(telling.carry_out())
    assert len(told) == 2
    assert all(line.endswith(" originals deleted") for line in told)
    assert not keys & objects()
    assert list(telling.carry_out()) == []


def test_applied_with_the_store_away_the_bytes_are_for_the_worker(overdue, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_key: str) -> None:
        raise media_store.Unreachable("away")

    monkeypatch.setattr(store(), "delete", away)
    keys = originals(DAN) | originals(CHELSEA)
    with pytest.raises(media_store.Unreachable):
        list(telling.carry_out())
    assert keys <= objects()
    monkeypatch.undo()
    list(telling.carry_out())
    outbox.drain()
    assert not keys & objects()


def test_the_command_says_and_then_does(
    overdue: None, app: Flask, database_url: str, tmp_path, client_of: Callable
) -> None:
    run = runner(tmp_path / "var", database_url)
    dry = run("retention")
    assert dry.exit_code == 0
    assert dry.output.endswith("nothing was deleted; mingcha retention --apply deletes what is due\n")
    assert originals(DAN)
    assert run("retention", "--apply").output.count("originals deleted") == 2
    assert not originals(DAN)
    assert run("retention", "--apply").output == ""
