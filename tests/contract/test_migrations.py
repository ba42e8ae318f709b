"""Models and migrations say the same."""

from alembic import command
from flask import Flask

from backend.core import schema


def test_models_equal_migrations(app: Flask) -> None:
    assert schema.is_current()
    command.check(schema.config())
