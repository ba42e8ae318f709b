"""Visits that wait for a decision: submitted through the API, their files arrived."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from backend.core.db import transaction
from backend.evidence.models import Evidence
from tests import world

AUDITORS = {name: login for name, (login, *_rest) in world.ASSIGNED.items()}
CODES = {name: code for name, (_login, code, *_rest) in world.ASSIGNED.items()}


def path_of(name: str, step: str = "") -> str:
    return f"/api/v1/visits/{world.VISITS[name]}{step}"


def files_become(state: str, *ids: str) -> None:
    """Sets the state of some files, or of all."""
    with transaction(writes=True) as session:
        rows = update(Evidence).values(state=state)
        session.execute(rows.where(Evidence.id.in_(map(UUID, ids))) if ids else rows)


@pytest.fixture
def desk(client_of: Callable[[str], Any]) -> SimpleNamespace:
    """`submit`, `follow_up`, `review`, `visit`: one call each, answering (status, JSON)."""

    def submit(name: str, results: Any = None, *, arrived: bool = True, body: Any = None, **options: Any) -> Any:
        method = world.ASSIGNED[name][3]
        version = world.COMPILED[CODES[name]]
        body = body or world.submission_for(version, results, method=method, **options)
        answer = client_of(AUDITORS[name]).put(path_of(name, "/submission"), json=body)
        assert answer.status_code == 201, answer.json
        if arrived:
            files_become("stored")
        return body

    def follow_up(name: str, results: Any = None) -> None:
        body = world.follow_up_for(world.COMPILED[CODES[name]], results)
        answer = client_of(AUDITORS[name]).put(path_of(name, "/follow-up"), json=body)
        assert answer.status_code == 201, answer.json
        files_become("stored")

    def review(name: str, login: str = "bob", **body: Any) -> tuple[int, Any]:
        answer = client_of(login).put(path_of(name, "/review"), json={"verdict": "approved", **body})
        return answer.status_code, answer.json

    def visit(name: str, login: str = "bob") -> Any:
        answer = client_of(login).get(path_of(name))
        assert answer.status_code == 200, answer.json
        return answer.json

    return SimpleNamespace(submit=submit, follow_up=follow_up, review=review, visit=visit, client=client_of)


def faults(answer: tuple[int, Any]) -> dict[str, str]:
    """Place -> code of a refused review, which must be 422."""
    status, problem = answer
    assert status == 422, problem
    places = ("checkpoint", "evidence", "field")
    return {next(str(each[place]) for place in places if place in each): each["code"] for each in problem["errors"]}
