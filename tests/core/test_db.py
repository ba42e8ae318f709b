"""Transactions: no lost update between processes, and a durable commit."""

import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from backend.core.clock import now
from backend.core.db import db, transaction
from backend.settings import Settings

ADD = """
import sys
from backend.app import create_app
from backend.core.db import db, transaction
from backend.network.models import Store
from backend.settings import read
from tests import world
app = create_app(read())
with app.app_context():
    for _ in range(25):
        with transaction(writes=True):
            store = db.session.get(Store, world.ONE, with_for_update=True)
            store.revision += 1
"""


def test_four_processes_lose_no_update(app: Flask, settings: Settings, tmp_path: Path) -> None:
    environment = {
        "MINGCHA_DATA_DIR": str(settings.data_dir),
        "MINGCHA_DATABASE_URL": settings.database_url,
        "PATH": "/usr/bin",
    }
    running = [
        subprocess.Popen([sys.executable, "-c", ADD], env=environment, cwd=Path(__file__).resolve().parents[2])
        for _ in range(4)
    ]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    with transaction(writes=False):
        assert db.session.scalar(text("SELECT revision FROM stores WHERE code = 'ONE'")) == 101


def test_sqlite_is_set_up_to_survive_a_power_cut(app: Flask, engine: str) -> None:
    if engine == "sqlite":
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_instants_come_back_aware(app: Flask) -> None:
    from backend.network.models import Store
    from tests import world

    with transaction(writes=False):
        store = db.session.get(Store, world.ONE)
        assert store.updated_at == world.MADE_AT
        assert store.updated_at.tzinfo is not None
    assert now().tzinfo is not None
