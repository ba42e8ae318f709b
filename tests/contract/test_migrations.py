"""Models and migrations say the same."""

from datetime import date

from alembic import command
from flask import Flask
from sqlalchemy import select

from backend.core import schema
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.scores.models import ScorecardRow, Tally
from backend.scores.service import differences, withdraw
from backend.visits.models import Visit
from tests import world
from tests.scores import rows


def test_models_equal_migrations(app: Flask) -> None:
    assert schema.is_current()
    command.check(schema.config())


def test_tallies_of_older_databases_learn_their_visits(app: Flask) -> None:
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.golden_version(), state="locked")
        for login, holes in (("chelsea", ["A1"]), ("grace", [])):
            visit = Visit(
                id=new_id(), wave_id=wave.id, store_id=world.ONE, checklist_version_id=wave.checklist_version_id,
                method="covert", auditor_id=world.person_id(login), state="locked", round=1, created_at=world.MADE_AT,
                holes=holes,
            )  # fmt: skip
            db.session.add(visit)
            db.session.flush()
            rows.scored(wave, world.ONE, {"A1": "F", "B3": "N"}, visit_id=visit.id, auditor_id=visit.auditor_id,
                        unproven=len(holes))  # fmt: skip
        withdraw(rows.scored(wave, world.TWO, {"A1": "P"}).visit_id)
        kept = db.session.scalars(select(Tally.by_visit).order_by(Tally.store_id)).all()
    db.session.remove()
    command.downgrade(schema.config(), "0013_outbox_by_job")
    command.upgrade(schema.config(), "head")
    with transaction(writes=False):
        assert db.session.scalars(select(Tally.by_visit).order_by(Tally.store_id)).all() == kept
        assert list(differences()) == []
    assert sorted(len(each) for each in kept) == [0, 48]


def test_scorecards_of_older_databases_learn_the_day_of_their_visit(app: Flask) -> None:
    day = date(2026, 3, 4)
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.golden_version(), state="locked")
        visit = Visit(
            id=new_id(), wave_id=wave.id, store_id=world.ONE, checklist_version_id=wave.checklist_version_id,
            method="covert", auditor_id=world.person_id("chelsea"), state="locked", round=1, created_at=world.MADE_AT,
            visited_on=day, holes=[],
        )  # fmt: skip
        db.session.add(visit)
        db.session.flush()
        rows.scored(wave, world.ONE, {"A1": "P"}, visit_id=visit.id, auditor_id=visit.auditor_id, visited_on=day)
        rows.scored(wave, world.ONE, {"A1": "P"})
    db.session.remove()
    command.downgrade(schema.config(), "0015_wave_tallies_by_person")
    command.upgrade(schema.config(), "head")
    with transaction(writes=False):
        assert set(db.session.scalars(select(ScorecardRow.visited_on))) == {day, None}
