"""The field auditor's sheet: what fails again and again, for the person whose open audit it is and nobody else."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from backend.core.db import db, transaction
from backend.evidence.models import EvidenceView, Rendition
from backend.scores.models import ScorecardRow
from backend.visits.models import Visit
from tests import world
from tests.history import SCREEN, judged, pictured

VISIT = world.VISITS["dan-tiny"]
ADDRESS = f"/api/v1/visits/{VISIT}/sheet"


@pytest.fixture
def dan(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    _becomes(VISIT, state="taken")
    return client_of("dan")


def _becomes(visit_id: UUID, **columns: Any) -> None:
    with transaction(writes=True):
        visit = db.session.get_one(Visit, visit_id)
        for name, value in columns.items():
            setattr(visit, name, value)


def told(client: FlaskClient) -> Mapping[str, Any]:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200, answer.json
    return {each["checkpoint"]: each for each in answer.json["repeats"]}


def test_a_store_without_history_has_an_empty_sheet(dan: FlaskClient) -> None:
    assert dan.get(ADDRESS).json == {"visit_id": str(VISIT), "waves": 0, "left_out": 0, "repeats": []}


def test_what_failed_in_the_last_waves_on_end_is_told_with_its_waves(dan: FlaskClient) -> None:
    judged(1, "T-1-01 T-1-04")
    judged(2, "T-1-02 T-1-04")
    judged(3, "T-1-01 T-1-02 T-1-04")
    found = told(dan)
    assert {code: each["waves"] for code, each in found.items()} == {"T-1-02": [6, 5], "T-1-04": [6, 5, 4]}
    assert list(found) == ["T-1-04", "T-1-02"]
    assert (found["T-1-04"]["critical"], found["T-1-04"]["is_asked"]) == (True, True)
    assert found["T-1-02"]["title"]["zh-CN"]
    assert dan.get(ADDRESS).json["waves"] == 3


def test_one_fail_and_an_old_fail_are_no_repeats(dan: FlaskClient) -> None:
    judged(1, "T-1-01")
    judged(2, "T-1-01")
    judged(3)
    assert told(dan) == {}


def test_what_this_audit_does_not_ask_is_told_as_such_and_last(dan: FlaskClient) -> None:
    asked = {each.code for each in world.COMPILED["TINY"].by_method["announced"]}
    foreign = next(each.code for each in world.COMPILED["TINY"].checkpoints if each.code not in asked)
    for number in (1, 2):
        judged(number, f"{foreign} T-1-01")
    found = told(dan)
    assert [(code, each["is_asked"]) for code, each in found.items()] == [("T-1-01", True), (foreign, False)]


def test_other_stores_and_visits_that_are_not_approved_say_nothing(dan: FlaskClient) -> None:
    judged(1, "T-1-01", store=world.TWO)
    judged(2, "T-1-01", store=world.TWO)
    judged(1, "T-1-02")
    judged(2, "T-1-02", state="in_review")
    assert told(dan) == {}


def test_the_last_pictures_are_named_and_shown_and_the_view_is_logged(dan: FlaskClient) -> None:
    pictured(judged(1, "T-1-01"), "T-1-01")
    newest = pictured(judged(2, "T-1-01"), "T-1-01")
    assert told(dan)["T-1-01"]["pictures"] == [str(newest)]
    for _ in range(2):
        shown = dan.get(f"{ADDRESS}/pictures/{newest}")
        assert (shown.status_code, shown.data, shown.mimetype) == (200, SCREEN, "image/jpeg")
    with transaction(writes=False):
        views = db.session.scalars(select(EvidenceView)).all()
        assert [(view.evidence_id, view.person_id, view.what) for view in views] == [
            (newest, world.person_id("dan"), "screen")
        ]


def test_nothing_tells_who_came_when_or_with_what(dan: FlaskClient) -> None:
    pictured(judged(1, "T-1-01"), "T-1-01")
    pictured(judged(2, "T-1-01"), "T-1-01")
    text = dan.get(ADDRESS).get_data(as_text=True)
    for secret in ("Chelsea", str(world.person_id("chelsea")), "her phone", "她说的", "captured_at", "covert"):
        assert secret not in text


def test_a_picture_that_is_not_on_the_sheet_is_not_there(dan: FlaskClient) -> None:
    old = pictured(judged(1, "T-1-01"), "T-1-01")
    other = pictured(judged(2, "T-1-01 T-1-02"), "T-1-02")
    for evidence_id in (old, other, uuid4()):
        assert dan.get(f"{ADDRESS}/pictures/{evidence_id}").status_code == 404
    assert dan.get(f"/api/v1/evidence/{old}/renditions/screen").status_code == 404


def test_pictures_whose_renditions_are_gone_are_left_out(dan: FlaskClient) -> None:
    judged(1, "T-1-01")
    gone = pictured(judged(2, "T-1-01"), "T-1-01")
    with transaction(writes=True) as session:
        session.execute(delete(Rendition).where(Rendition.evidence_id == gone))
    assert told(dan)["T-1-01"]["pictures"] == []


@pytest.mark.parametrize("login", ["chelsea", "grace", "bob", "alice", "erin", "frank", "gina"])
def test_nobody_else_reads_it(dan: FlaskClient, client_of: Callable[..., FlaskClient], login: str) -> None:
    judged(1, "T-1-01")
    picture = pictured(judged(2, "T-1-01"), "T-1-01")
    other = client_of(login)
    assert other.get(ADDRESS).status_code in {403, 404}
    assert other.get(f"{ADDRESS}/pictures/{picture}").status_code in {403, 404}


def test_a_covert_shopper_gets_none(client_of: Callable[..., FlaskClient]) -> None:
    judged(1, "T-1-01")
    judged(2, "T-1-01")
    visit = world.VISITS["chelsea-tiny"]
    _becomes(visit, state="taken")
    assert client_of("chelsea").get(f"/api/v1/visits/{visit}/sheet").status_code == 404


@pytest.mark.parametrize("state", ["planned", "submitted", "approved", "aborted"])
def test_it_is_there_from_acceptance_until_the_visit_is_handed_in(dan: FlaskClient, state: str) -> None:
    _becomes(VISIT, state=state)
    assert dan.get(ADDRESS).status_code == 404


def test_it_costs_the_same_queries_however_much_there_is(dan: FlaskClient, count_queries: Callable) -> None:
    judged(1, "T-1-01")
    judged(2, "T-1-01")
    told(dan)
    with count_queries() as few:
        told(dan)
    for number in range(1, 7):
        for code in ("T-1-01", "T-1-02", "T-1-04"):
            pictured(judged(number, "T-1-01 T-1-02 T-1-04"), code)
    with count_queries() as many:
        assert len(told(dan)) == 3
    assert many.number == few.number
    with transaction(writes=False):
        assert db.session.scalar(select(func.count()).select_from(ScorecardRow)) == 20
