"""The wall of fails: who finds which visits on it, that none is missing, that pages fit together, and what each says."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence.models import Evidence, Rendition
from backend.network.models import Store
from backend.reviews.models import AnswerChange
from backend.visits.models import Answer, Visit
from tests import world
from tests.scores import rows

ALL_PASS = dict.fromkeys(rows.GOLDEN, "P")
RELEASED = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def wave(app):
    """A released wave: each store visited thrice; every first visit fails A1, ONE and TWO fail it twice, B3 is once NA."""
    with transaction(writes=True):
        made = rows.wave(rows.programme(), 1, rows.golden_version(), published_at=RELEASED)
        for code, store_id in world.STORES.items():
            for turn in range(3):
                fails = turn == 0 or (turn == 1 and code in {"ONE", "TWO"})
                letters = ALL_PASS | {"A1": "F" if fails else "P", "B3": "N" if turn == 2 else "P"}
                rows.scored(made, store_id, letters)
        return made


def wall(read, login, wave, code="A1", **query):
    return read(login, f"/waves/{wave.id}/checkpoints/{code}/fails", **query)


@pytest.mark.parametrize(
    ("login", "codes"),
    [
        ("alice", ["FOUR", "ONE", "ONE", "THREE", "TWO", "TWO"]),
        ("frank", ["ONE", "ONE", "TWO", "TWO"]),
        ("gina", ["ONE", "ONE", "THREE"]),
        ("erin", ["ONE", "ONE"]),
    ],
)
def test_everyone_finds_the_fails_of_their_own_stores(wave, read, login, codes):
    assert sorted(row["code"] for row in wall(read, login, wave)["items"]) == codes


def test_the_wall_holds_as_many_as_the_table_counts(wave, read):
    for filters in ({}, {"region": world.EAST}, {"group": world.SUN}, {"method": "announced"}):
        for row in read("alice", f"/waves/{wave.id}/checkpoints", **filters)["items"]:
            found = wall(read, "alice", wave, row["checkpoint"], limit=200, **filters)
            assert len(found["items"]) == row["failed"], (filters, row["checkpoint"])


def test_pages_fit_together(wave, read):
    """Small ones are read the latest first from the whole wave, large ones from the stores that failed it."""
    whole = [row["visit_id"] for row in wall(read, "alice", wave)["items"]]
    seen, after = [], None
    while True:
        found = wall(read, "alice", wave, limit=2, after=after)
        seen += [row["visit_id"] for row in found["items"]]
        after = found["next"]
        if after is None:
            break
    assert seen == whole
    assert len(set(whole)) == 6


def test_a_scorecard_that_was_replaced_is_not_on_the_wall(wave, read):
    visit_id = UUID(wall(read, "alice", wave)["items"][0]["visit_id"])
    with transaction(writes=True):
        rows.scored(wave, world.STORES["FOUR"], ALL_PASS, visit_id=visit_id, reason="appeal")
    assert str(visit_id) not in {row["visit_id"] for row in wall(read, "alice", wave)["items"]}


def test_an_unknown_checkpoint_and_a_hidden_wave_are_not_found(wave, client_of):
    def status(login, path):
        return client_of(login).get(f"/api/v1/reports/waves/{path}").status_code

    assert status("alice", f"{wave.id}/checkpoints/NONE/fails") == 404
    with transaction(writes=True):
        db.session.get_one(type(wave), wave.id).published_at = None
    assert status("erin", f"{wave.id}/checkpoints/A1/fails") == 404
    assert status("chelsea", f"{wave.id}/checkpoints/A1/fails") == 403


@pytest.fixture
def shown(wave):
    """One visit to ONE that failed A1, with a comment, two pictures, and a reviewer's word."""
    visit_id, pictures = new_id(), [new_id(), new_id()]
    with transaction(writes=True):
        db.session.add(
            Visit(id=visit_id, wave_id=wave.id, store_id=world.ONE, checklist_version_id=wave.checklist_version_id,
                  method="covert", auditor_id=world.person_id("chelsea"), state="approved", round=1,
                  visited_on=date(2026, 1, 9), created_at=RELEASED)
        )  # fmt: skip
        db.session.flush()
        for evidence_id in pictures:
            db.session.add(picture(evidence_id, visit_id))
            db.session.flush()
            db.session.add(
                Rendition(
                    evidence_id=evidence_id, name="thumb", key="k", media_type="image/jpeg", width=1, height=1, size=1
                )
            )
        links = [{"id": str(each), "at_ms": None} for each in pictures]
        db.session.add(
            Answer(visit_id=visit_id, checkpoint="A1", result="fail", value=None, comment="没有人来", evidence=links)
        )
        for turn, reason in enumerate(("看错了", "录像里没有")):
            db.session.add(
                AnswerChange(id=new_id(), visit_id=visit_id, checkpoint="A1", old_result="pass", new_result="fail",
                             reason=reason, person_id=world.person_id("bob"), at=RELEASED + timedelta(turn))
            )  # fmt: skip
        rows.scored(wave, world.ONE, ALL_PASS | {"A1": "F"}, visit_id=visit_id, visited_on=date(2026, 1, 9))
    return str(visit_id), [str(each) for each in pictures]


def picture(evidence_id, visit_id):
    return Evidence(
        id=evidence_id, visit_id=visit_id, store_id=world.ONE, uploader_id=world.person_id("chelsea"), kind="photo",
        media_type="image/jpeg", size=10, sha256=evidence_id.hex * 2, source="camera", state="ready", is_submitted=True,
        declared_at=RELEASED,
    )  # fmt: skip


def row_of(found, visit_id):
    return next(row for row in found["items"] if row["visit_id"] == visit_id)


def test_headquarters_see_the_pictures_and_the_last_word(wave, shown, read):
    visit_id, pictures = shown
    row = row_of(wall(read, "bob", wave), visit_id)
    assert (row["pictures"], row["files"]) == (pictures, 2)
    assert (row["comment"], row["reason"], row["visited_on"]) == ("没有人来", "录像里没有", "2026-01-09")


def test_dealers_see_no_picture(wave, shown, read):
    for login in ("erin", "frank", "gina"):
        row = row_of(wall(read, login, wave), shown[0])
        assert (row["pictures"], row["files"], row["comment"]) == ([], 0, "没有人来"), login


def test_statements_do_not_grow_with_the_page(wave, shown, counted, read):
    sent = []
    wall(read, "bob", wave)  # The titles of a checklist are kept.
    for limit in (1, 6):
        with counted() as statements:
            wall(read, "bob", wave, limit=limit)
        sent.append(len(statements))
    assert sent[0] == sent[1]


def test_a_tag_narrows_every_report(wave, read):
    with transaction(writes=True):
        db.session.get_one(Store, world.STORES["TWO"]).tags = ["50%_", "试点"]
    for tag in ("试点", "50%_"):
        assert [row["code"] for row in wall(read, "alice", wave, tag=tag)["items"]] == ["TWO", "TWO"]
        assert read("alice", f"/waves/{wave.id}", tag=tag)["stores"] == 1
    for other in ("试", "50_%", "%"):
        assert read("alice", f"/waves/{wave.id}", tag=other)["stores"] == 0
    assert read("erin", f"/waves/{wave.id}", tag="试点")["stores"] == 0


def test_one_store_and_one_column_narrow_a_report(wave, read, client_of):
    found = read("alice", f"/waves/{wave.id}/matrix", rows="stores", columns="checkpoints", column="A1")
    assert [column["code"] for column in found["columns"]] == ["A1"]
    assert {row["code"]: (row["passed"], row["applicable"]) for row in found["items"]} == {
        "FOUR": ([2], [3]), "ONE": ([1], [3]), "THREE": ([2], [3]), "TWO": ([1], [3]),
    }  # fmt: skip
    assert read("alice", f"/waves/{wave.id}", store=world.ONE)["stores"] == 1
    assert read("frank", f"/waves/{wave.id}", store=world.STORES["FOUR"])["stores"] == 0
    query = {"rows": "stores", "columns": "checkpoints", "column": "NONE"}
    answer = client_of("alice").get(f"/api/v1/reports/waves/{wave.id}/matrix", query_string=query)
    assert answer.status_code == 404


def test_a_checkpoint_tells_what_it_was_before_and_whether_the_change_is_shown(wave, read):
    with transaction(writes=True):
        later = rows.wave(wave.programme_id, 2, wave.checklist_version_id)
        for store_id in world.STORES.values():
            for _ in range(6):
                rows.scored(later, store_id, ALL_PASS)
    told = {row["checkpoint"]: row for row in read("alice", f"/waves/{later.id}/checkpoints")["items"]}
    assert (told["A1"]["earlier_rate"], told["A1"]["earlier_applicable"]) == (50.0, 12)
    assert (told["A1"]["change_pp"], told["A1"]["change_shown"]) == (50.0, True)
    assert (told["A2"]["change_pp"], told["A2"]["change_shown"]) == (0.0, False)
    first = {row["checkpoint"]: row for row in read("alice", f"/waves/{wave.id}/checkpoints")["items"]}
    assert (first["A1"]["earlier_rate"], first["A1"]["change_shown"]) == (None, False)
