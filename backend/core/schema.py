"""Brings the database's tables up to date, and says whether they are."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend.core.db import db

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def config() -> Config:
    settings = Config(str(_FOLDER / "alembic.ini"))
    settings.set_main_option("script_location", str(_FOLDER))
    return settings


def upgrade() -> None:
    """Runs every migration that has not run yet; nothing happens when all have."""
    command.upgrade(config(), "head")


def is_current() -> bool:
    """Whether the newest migration has run."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest
