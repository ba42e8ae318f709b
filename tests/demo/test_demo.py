"""The demo data: what the survey published, whole, marked, and the same at every load."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend import demo
from backend import settings as deployment
from backend.app import create_app
from backend.checklists.queries import compiled
from backend.checklists.rules import checkpoints_for, judge
from backend.core import outbox, schema
from backend.core.db import db, transaction
from backend.evidence.models import Evidence
from backend.integrity import jobs as integrity
from backend.integrity.models import Signal
from backend.network.models import Brand, Group, Region, Store
from backend.scores import service as scores
from backend.visits.models import Answer, Visit
from backend.waves.models import Wave


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(deployment.read({"MINGCHA_DATA_DIR": str(tmp_path_factory.mktemp("demo"))}))
    with app.app_context():
        schema.upgrade()
        with transaction(writes=False):
            assert demo.is_empty()
        demo.load(lambda _text: None)
        yield app
        db.engine.dispose()


def count(statement) -> int:
    with transaction(writes=False):
        return db.session.scalar(statement)


def mean_of_stores(number: int) -> Decimal:
    """From the raw answers, by hand: passed / (passed + failed) per store, then the mean over stores."""
    with transaction(writes=False):
        rows = db.session.execute(
            select(Visit.store_id, Answer.result, func.count())
            .join(Answer, Answer.visit_id == Visit.id)
            .join(Wave, Wave.id == Visit.wave_id)
            .where(Wave.number == number, Visit.method == "covert", Visit.state.in_(["locked", "published"]))
            .group_by(Visit.store_id, Answer.result)
        ).all()
    stores: dict = {}
    for store, result, times in rows:
        stores.setdefault(store, {})[result] = times
    rates = [Fraction(100 * found["pass"], found["pass"] + found.get("fail", 0)) for found in stores.values()]
    assert len(rates) == 120
    return Decimal(round(sum(rates) / len(rates) * 100)) / 100


@pytest.mark.parametrize(("number", "rate"), [(1, "52.70"), (9, "83.50")])
def test_the_published_rates_come_out_of_the_raw_answers(loaded: Flask, number: int, rate: str) -> None:
    assert mean_of_stores(number) == Decimal(rate)


def test_the_network_is_as_told_and_marked(loaded: Flask) -> None:
    assert count(select(Brand.code)) == "DEMO"
    sizes = [count(select(func.count()).select_from(model)) for model in (Region, Group, Store)]
    assert sizes == [6, 12, 120]


def test_pictures_are_few_different_and_queued_for_rendering(loaded: Flask) -> None:
    pictures = count(select(func.count()).select_from(Evidence))
    assert 100 < pictures <= 400
    assert count(select(func.count(Evidence.sha256.distinct()))) == pictures - 1, "one is shown by two visits"
    assert count(select(func.count()).where(outbox.OutboxRow.job == "evidence.develop")) == pictures


def test_every_answer_would_have_been_taken(loaded: Flask) -> None:
    """Result and value of every answer of one finished and one running wave are what the rules make of them."""
    with transaction(writes=False):
        waves = db.session.scalars(select(Wave).where(Wave.number.in_([1, 9]))).all()
        for wave in waves:
            version = compiled(wave.checklist_version_id)
            visits = select(Visit.id).where(Visit.wave_id == wave.id).limit(40)
            for answer in db.session.scalars(select(Answer).where(Answer.visit_id.in_(visits))):
                checkpoint = version.checkpoints[version.index[answer.checkpoint]]
                assert judge(checkpoint, answer.result, answer.value) == answer.result
            assert len(checkpoints_for(version, wave.headline_method)) in {68, 78}


def test_tallies_equal_their_scorecards(loaded: Flask) -> None:
    with transaction(writes=False):
        assert scores.differences() == []


def test_two_visits_that_wait_for_review_have_signals_and_no_other_has(loaded: Flask) -> None:
    """Every visit with pictures and some of those without are judged as the worker would."""
    with transaction(writes=False):
        pictured = db.session.scalars(select(Evidence.visit_id).distinct()).all()
        others = select(Visit.id).where(Visit.round > 0, Visit.id.not_in(pictured)).order_by(Visit.id).limit(40)
        chosen = [*pictured, *db.session.scalars(others)]
    for visit_id in chosen:
        conclude = integrity.judge(visit_id)
        with transaction(writes=True):
            conclude()
    with transaction(writes=False):
        found = db.session.execute(select(Signal.code, Visit.state).join(Visit, Visit.id == Signal.visit_id)).all()
        bands = dict(db.session.execute(select(Visit.band, func.count()).group_by(Visit.band)).all())
    assert sorted(tuple(row) for row in found) == [("far-from-store", "submitted"), ("reused-file", "submitted")]
    assert (bands["look"], bands["doubt"]) == (1, 1)
    assert bands[None] == count(select(func.count()).where(Visit.round == 0))


def test_the_shopper_has_something_to_do(loaded: Flask) -> None:
    open_visits = count(select(func.count()).where(Visit.state.in_(["planned", "taken"])))
    assert open_visits == 8


def test_two_loads_give_the_same(loaded: Flask, tmp_path: Path) -> None:
    def prints() -> list:
        with transaction(writes=False):
            answers = db.session.execute(
                select(Answer.visit_id, Answer.checkpoint, Answer.result)
                .order_by(Answer.visit_id, Answer.checkpoint)
                .limit(5000)
            ).all()
            return [tuple(row) for row in answers] + sorted(db.session.scalars(select(Evidence.sha256)))

    first = prints()
    again = create_app(deployment.read({"MINGCHA_DATA_DIR": str(tmp_path)}))
    with again.app_context():
        schema.upgrade()
        demo.load(lambda _text: None)
        assert prints() == first
        db.engine.dispose()
