"""Reports tests: reading an answer, and counting the statements a request sends to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from backend.core.db import db

Read = Callable[..., Any]


@pytest.fixture
def read(client_of: Callable[[str], Any]) -> Read:
    """`read("alice", "/waves/...", region=...)`: the answer of a report, which must be 200."""

    def get(login: str, path: str, **query: Any) -> Any:
        asked = {key: str(value) for key, value in query.items() if value is not None}
        answer = client_of(login).get(f"/api/v1/reports{path}", query_string=asked)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return get


@pytest.fixture
def counted(app: Flask) -> Callable[[], Any]:
    """`with counted() as statements:` collects every statement sent inside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        found: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            found.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collect
