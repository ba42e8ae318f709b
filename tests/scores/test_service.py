"""Scorecards and tallies on both databases, against the worked example of the method."""

import random
import threading
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select, update

from backend.checklists.queries import compiled
from backend.checklists.scoring import score_visit, unpack_results
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.scores import queries, service
from backend.scores.counting import counts_array
from backend.scores.models import ScorecardRow, Tally
from tests import world
from tests.scores import rows

EXAMPLE = yaml.safe_load(
    (Path(__file__).parents[2] / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8")
)


@pytest.fixture
def wave(writing):
    return rows.wave(rows.programme(), 1, rows.golden_version())


def tally_of(wave, store_id):
    return db.session.get(Tally, (wave.id, store_id, wave.checklist_version_id, wave.headline_method))


def test_scorecards_of_the_worked_example(wave):
    for visit in EXAMPLE["visits"]:
        row = rows.scored(wave, world.ONE, visit["answers"])
        golden = EXAMPLE["expected"]["visits"][visit["id"]]
        for name in ("passed", "applicable", "rate", "earned", "possible", "raw_score", "official_score"):
            assert row.document[name] == golden[name], (visit["id"], name)
        assert {code: stage["score"] for code, stage in row.document["stages"].items()} == golden["stages"]


def test_tallies_of_the_worked_example(wave):
    stores = rows.stores(["S1", "S2", "S3"])
    for visit in EXAMPLE["visits"]:
        rows.scored(wave, stores[visit["store"]], visit["answers"])
    for code, golden in EXAMPLE["expected"]["stores"].items():
        tally = tally_of(wave, stores[code])
        counts = counts_array([tally.counts], 6)[0]
        assert (tally.visits, tally.red_lines > 0) == (golden["visits"], golden["red_line"])
        assert (counts[:, 0].sum(), counts[:, :2].sum()) == (golden["passed"], golden["applicable"])
    assert Fraction(tally_of(wave, stores["S1"]).official_sum) == Fraction(600, 7) + Fraction(125, 2)


def test_a_newer_scorecard_replaces_the_older_one_and_keeps_it(wave):
    first = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "F"))
    second = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"), visit_id=first.visit_id, reason="appeal")
    assert queries.current(first.visit_id).id == second.id
    assert [(row.sequence, row.is_current, row.reason) for row in queries.history(first.visit_id)] == [
        (1, False, "approved"), (2, True, "appeal"),
    ]  # fmt: skip
    tally = tally_of(wave, world.ONE)
    assert (tally.visits, tally.red_lines, tally.official_sum) == (1, 0, "100/1")


def test_a_scorecard_that_moved_to_another_method_leaves_its_old_tally(wave):
    first = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"), method="announced")
    rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"), visit_id=first.visit_id)
    visits = dict(db.session.execute(select(Tally.method, Tally.visits)).all())
    assert visits == {"announced": 0, "covert": 1}


def test_withdrawing_takes_the_visit_out_and_keeps_the_scorecard(wave):
    kept = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"))
    gone = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "F"))
    assert service.withdraw(gone.visit_id)
    assert not service.withdraw(gone.visit_id)
    assert queries.current(gone.visit_id) is None
    assert len(queries.history(gone.visit_id)) == 1
    assert (tally_of(wave, world.ONE).visits, tally_of(wave, world.ONE).red_lines) == (1, 0)
    assert queries.current(kept.visit_id) is not None


def test_an_emptied_tally_is_not_told(wave):
    row = rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"))
    assert len(db.session.scalars(queries.tallies_of([wave.id])).all()) == 1
    service.withdraw(row.visit_id)
    assert db.session.scalars(queries.tallies_of([wave.id])).all() == []
    assert service.rebuild_all() == []


def test_a_visit_of_nothing_but_na_has_no_score(wave):
    row = rows.scored(wave, world.ONE, {"B3": "N"})
    assert (row.passed, row.applicable, row.official) == (0, 0, None)
    tally = tally_of(wave, world.ONE)
    assert (tally.visits, tally.scored, tally.official_sum) == (1, 0, "0/1")


def test_a_scorecard_can_be_replayed_from_its_inputs(wave):
    version = compiled(wave.checklist_version_id)
    for visit in EXAMPLE["visits"]:
        row = rows.scored(wave, world.ONE, visit["answers"])
        replayed = score_visit(version, unpack_results(version, row.results))
        assert replayed.as_dict() == row.document
        assert (replayed.earned, replayed.possible) == (Fraction(row.earned), Fraction(row.possible))
        assert replayed.official_score == Fraction(row.official)


def test_an_unknown_checkpoint_is_a_programming_error(wave):
    with pytest.raises(KeyError):
        rows.scored(wave, world.ONE, {"nowhere": "P"})


def test_writing_a_scorecard_is_history(wave):
    row = rows.scored(wave, world.ONE, {"A1": "P"})
    event = db.session.scalars(select(Event).where(Event.subject_id == row.visit_id)).one()
    assert (event.name, event.data) == ("scorecard.written", {"sequence": 1, "reason": "approved"})


def test_a_rebuild_finds_nothing_after_random_work(wave):
    dice = random.Random(7)
    visits = [new_id() for _ in range(40)]
    for _ in range(120):
        visit = dice.choice(visits)
        if dice.random() < 0.2:
            service.withdraw(visit)
            continue
        letters = {code: dice.choice("PPFN" if code == "B3" else "PPF") for code in rows.GOLDEN}
        store_id = list(world.STORES.values())[visits.index(visit) % 4]
        rows.scored(wave, store_id, letters, visit_id=visit, method=["covert", "announced"][visits.index(visit) % 2])
    assert service.rebuild_all() == []


def test_a_rebuild_names_and_mends_what_differs(wave):
    rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "P"))
    rows.scored(wave, world.TWO, dict.fromkeys(rows.GOLDEN, "P"))
    db.session.execute(update(Tally).where(Tally.store_id == world.ONE).values(visits=9, official_sum="1/3"))
    db.session.execute(Tally.__table__.delete().where(Tally.store_id == world.TWO))
    db.session.expire_all()
    found = {difference.key.store_id: difference.fields for difference in service.rebuild_all()}
    assert found[world.ONE] == ("visits", "official_sum")
    assert "visits" in found[world.TWO]
    assert service.rebuild_all() == []


def test_a_tally_without_any_scorecard_is_found(wave):
    service.recompute(wave.id, world.ONE, wave.checklist_version_id, "covert")
    assert service.rebuild_all() == []
    db.session.execute(update(Tally).values(visits=1))
    assert [difference.fields for difference in service.rebuild_all()] == [("visits",)]


def test_approvals_of_one_store_at_once_are_all_counted(app):
    with transaction(writes=True):
        made = rows.wave(rows.programme(), 1, rows.golden_version())
        key = (made.id, world.ONE, made.checklist_version_id, "covert")

    def approve(letter):
        with app.app_context(), transaction(writes=True):
            service.write_scorecard(
                SYSTEM, visit_id=new_id(), wave_id=key[0], store_id=key[1], checklist_version_id=key[2], method=key[3],
                results={"A1": rows.LETTERS[letter]}, reason="approved",
            )  # fmt: skip

    threads = [threading.Thread(target=approve, args=("PF"[number % 2],)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(writes=True):
        tally = db.session.get(Tally, key)
        assert (tally.visits, counts_array([tally.counts], 6)[0][0].tolist()) == (16, [8, 8, 0])
        assert len(db.session.scalars(select(ScorecardRow)).all()) == 16
        assert service.rebuild_all() == []
