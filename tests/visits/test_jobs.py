"""What becomes of visits by time alone."""

from datetime import date

from flask import Flask

from backend.core import outbox
from backend.core.db import db, transaction
from backend.visits.jobs import expire
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world


def state_of(name: str) -> str:
    with transaction(writes=False):
        return db.session.get(Visit, world.VISITS[name]).state


def run() -> None:
    with transaction(writes=True):
        expire(world.ONE)()


def close(code: str) -> None:
    with transaction(writes=True):
        db.session.get(Wave, world.WAVES[code]).closes_on = date(2025, 2, 1)


def test_a_visit_that_nobody_took_expires_with_its_wave(app: Flask) -> None:
    run()
    assert state_of("chelsea-tiny") == "planned"
    close("TINY")
    run()
    run()
    assert (state_of("chelsea-tiny"), state_of("chelsea-eo")) == ("expired", "planned")
    with transaction(writes=False):
        events = db.session.query(outbox.Event).filter_by(name="visit.expired").count()
    assert events == 3


def test_a_visit_somebody_has_taken_stays(app: Flask) -> None:
    with transaction(writes=True):
        db.session.get(Visit, world.VISITS["chelsea-tiny"]).state = "taken"
    close("TINY")
    run()
    assert state_of("chelsea-tiny") == "taken"
