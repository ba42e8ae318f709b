"""Counting statements: a page must cost the same queries however many rows it has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import event

from backend.core.db import db


@pytest.fixture
def count_queries(app: Flask) -> Callable:
    @contextmanager
    def counting() -> Iterator[SimpleNamespace]:
        counted = SimpleNamespace(number=0, statements=[])

        def count(_connection, _cursor, statement, *_rest) -> None:
            counted.number += 1
            counted.statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", count)
        yield counted
        event.remove(db.engine, "before_cursor_execute", count)

    return counting
