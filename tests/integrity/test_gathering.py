"""What is read of a visit and of what stands around it; and that a long history costs no more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.evidence.models import Evidence
from backend.integrity import gathering
from backend.integrity.facts import Case
from backend.visits.models import Answer, Submission, Visit
from tests.integrity.test_service import CHELSEA, GRACE, submit

NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
COMMENT = "前台没有人主动问好，等了十分钟之后才有一位顾问走过来接待。"


def gathered(visit_id: UUID) -> Case:
    with transaction(writes=False):
        found = gathering.case_of(visit_id)
    assert found is not None
    return found


@pytest.fixture
def submitted(app: Flask, client_of: Callable) -> None:
    with clock.set_to(NOW):
        submit(client_of, "chelsea", CHELSEA, "a")


def earlier_visit(number: int, *, minutes: float, position: dict | None = None, comment: str = COMMENT) -> UUID:
    """A visit of chelsea's that was received so many minutes before hers, with one file and one comment."""
    id_, at = named_id("earlier", number), NOW - timedelta(minutes=minutes)
    with transaction(writes=True):
        model = db.session.get_one(Visit, CHELSEA)
        names = ("wave_id", "store_id", "checklist_version_id", "method", "auditor_id")
        own = {name: getattr(model, name) for name in names}
        db.session.add(Visit(id=id_, state="submitted", created_at=at, round=1, visited_on=at.date(), **own))
        db.session.flush()
        db.session.add(
            Submission(
                id=named_id("sub", number), visit_id=id_, kind="submission", round=1, document=b"{}", sha256="0",
                person_id=own["auditor_id"], received_at=at,
            )
        )  # fmt: skip
        db.session.add(Answer(visit_id=id_, checkpoint="T-1-01", result="fail", comment=comment, evidence=[]))
        db.session.add(
            Evidence(
                id=named_id("file", number), visit_id=id_, uploader_id=own["auditor_id"], store_id=own["store_id"],
                kind="photo", media_type="image/jpeg", size=1, sha256=f"{number:064}", captured_at=at, source="camera",
                position=position, declared_at=at, state="stored",
            )
        )  # fmt: skip
    return id_


def test_a_visit_that_was_not_submitted_is_no_case(app: Flask) -> None:
    with transaction(writes=False):
        assert gathering.case_of(CHELSEA) is None
        assert gathering.case_of(named_id("nothing")) is None


def test_a_case_holds_what_the_phone_sent(submitted: None) -> None:
    case = gathered(CHELSEA)
    assert abs(case.received_at - NOW) < timedelta(seconds=30)
    assert (case.started_at, case.arrived_at) == (case.finished_at, case.left_at)
    assert case.store is not None
    assert (case.store.lat, case.store.datum) == (31.2, "WGS-84")
    assert {each.checkpoint for each in case.answers} == {"T-1-01", "T-1-02", "T-1-03", "T-1-04", "T-1-05", "T-2-01"}
    assert len(case.on_site) == len(case.files) == 2
    assert not case.elsewhere
    assert not case.twins


def test_the_files_own_claims_are_read_in_the_brands_time(submitted: None) -> None:
    claims = {"taken_at": "2026-05-20T11:30:00", "make": "Acme", "model": "P 1", "lat": 31.2, "lon": 121.4}
    with transaction(writes=True):
        first, second = db.session.query(Evidence).filter_by(visit_id=CHELSEA).order_by(Evidence.id).all()
        first.facts, first.duration_ms = claims, 1500
        second.facts = {"taken_at": "1904-01-01T00:00:00+00:00", "make": "Acme"}
    files = {each.id: each for each in gathered(CHELSEA).files}
    assert files[first.id].written_at == datetime(2026, 5, 20, 3, 30, tzinfo=UTC)
    assert files[first.id].camera == "Acme P 1"
    assert files[first.id].duration == timedelta(seconds=1.5)
    assert files[first.id].written_place is not None
    assert (files[second.id].written_at, files[second.id].camera) == (None, None)


def test_the_proof_that_answers_a_return_is_not_of_the_visits_day(submitted: None) -> None:
    with transaction(writes=True):
        for row in db.session.query(Evidence).filter_by(visit_id=CHELSEA, kind="photo"):
            row.declared_at += timedelta(days=3)
    assert not gathered(CHELSEA).on_site


def place(lat: float) -> dict:
    return {"lat": lat, "lon": 121.4, "accuracy": None, "datum": "WGS-84"}


def test_of_other_visits_the_nearest_capture_with_a_position_is_read(submitted: None) -> None:
    earlier_visit(1, minutes=300, position=place(30))
    near = earlier_visit(2, minutes=60, position=place(31))
    earlier_visit(3, minutes=30, position=None)
    after = earlier_visit(4, minutes=-90, position=place(32))
    assert [each.visit_id for each in gathered(CHELSEA).elsewhere] == [near, after]


def test_only_earlier_visits_lend_their_comments(submitted: None) -> None:
    earlier = earlier_visit(1, minutes=60, comment=f" {COMMENT}  ")
    earlier_visit(2, minutes=-60)
    earlier_visit(3, minutes=90, comment="没有做到。")
    assert gathered(CHELSEA).earlier_comments == {earlier: frozenset({COMMENT})}


@pytest.fixture
def ready(app: Flask, client_of: Callable, submitted: None) -> SimpleNamespace:
    """Two visits whose pictures are developed, chelsea's announced first."""
    with clock.set_to(NOW + timedelta(hours=1)):
        submit(client_of, "grace", GRACE, "b")
    with transaction(writes=True):
        for row in db.session.query(Evidence):
            row.state = "ready"
        first, second = (
            db.session.query(Evidence).filter_by(visit_id=v, kind="photo").first() for v in (CHELSEA, GRACE)
        )
    return SimpleNamespace(first=first, second=second)


def like(row: Evidence, how: str) -> SimpleNamespace:
    return SimpleNamespace(evidence_id=row.id, visit_id=row.visit_id, store_id=row.store_id, how=how, distance=2)


@pytest.mark.parametrize("how", ["same-picture", "part"])
def test_likenesses_are_the_later_visits(ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    found = {ready.first.id: [like(ready.second, how)], ready.second.id: [like(ready.first, how)]}
    monkeypatch.setattr(gathering, "likes_of", lambda id_: found.get(id_, []))
    (twin,) = gathered(GRACE).twins
    assert (twin.file_id, twin.how, twin.other_id, twin.other_visit_id) == (
        ready.second.id,
        how,
        ready.first.id,
        CHELSEA,
    )
    assert not gathered(CHELSEA).twins
    with transaction(writes=False):
        assert gathering.visits_with_file_like(ready.first.id) == {CHELSEA, GRACE}


def test_likenesses_inside_one_visit_are_no_signal(ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "likes_of", lambda _id: [like(ready.second, "same-picture")])
    assert not gathered(GRACE).twins


def test_the_same_bytes_are_found_once_and_only_when_here(ready: SimpleNamespace, monkeypatch) -> None:
    found = {ready.second.id: [like(ready.first, "same-bytes")]}
    monkeypatch.setattr(gathering, "likes_of", lambda id_: found.get(id_, []))
    with transaction(writes=True):
        db.session.get_one(Evidence, ready.second.id).sha256 = ready.first.sha256
    assert [twin.how for twin in gathered(GRACE).twins] == ["same-bytes"]
    monkeypatch.setattr(gathering, "likes_of", lambda _id: [])
    assert [twin.how for twin in gathered(GRACE).twins] == ["same-bytes"]
    with transaction(writes=True):
        db.session.get_one(Evidence, ready.first.id).state = "uploading"
    assert not gathered(GRACE).twins


def test_a_long_history_costs_no_more_queries_and_no_more_rows(submitted: None, count_queries: Callable) -> None:
    def cost() -> int:
        with count_queries() as counted:
            gathered(CHELSEA)
        return counted.number

    for number in range(3):
        earlier_visit(number, minutes=10 + number, position=place(31))
    few = cost()
    for number in range(3, 40):
        earlier_visit(number, minutes=10 + number, position=place(31))
    assert cost() == few
    case = gathered(CHELSEA)
    assert len(case.elsewhere) == 1
    assert len(case.earlier_comments) == gathering.EARLIER_VISITS
