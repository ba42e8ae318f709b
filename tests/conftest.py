"""Fixtures of the whole suite: the application on SQLite and on PostgreSQL, and the people of tests/world.py.

Every test gets a database of its own, copied from one that was migrated and filled once: real commits, no mocks.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from backend import settings as deployment
from backend.app import create_app
from backend.core import schema
from backend.core.db import db, transaction
from backend.core.ids import new_id
from tests import world
from tests.servers import run_folder, start_postgres

ENGINES = ("sqlite", "postgresql")

# Machines under load must not fail a test for its time, and nothing is kept between runs.
property_settings.register_profile("mingcha", deadline=None, database=None, suppress_health_check=[*HealthCheck])
property_settings.load_profile("mingcha")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*ENGINES, "both"), default="both", help="which databases to test on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("engine", ENGINES if chosen == "both" else (chosen,), scope="session", indirect=True)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with start_postgres(run_folder(tmp_path_factory.getbasetemp())) as url:
        yield url


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "mingcha.db"
    _fill(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def filled_postgres(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = f"filled_{new_id().hex}"
    _administer(postgres, f"CREATE DATABASE {name}")
    _fill(sa.make_url(postgres).set(database=name).render_as_string(hide_password=False), tmp_path_factory.mktemp("x"))
    return name


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "mingcha.db")
        yield f"sqlite:///{tmp_path / 'mingcha.db'}"
        return
    server, name = request.getfixturevalue("postgres"), f"test_{new_id().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('filled_postgres')}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> deployment.Settings:
    return deployment.read(
        {
            "MINGCHA_DATA_DIR": str(tmp_path / "var"),
            "MINGCHA_DATABASE_URL": database_url,
            "MINGCHA_SECRET_KEY": "a secret for tests only",
        }
    )


@pytest.fixture
def app(settings: deployment.Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client_of(app: Flask) -> Callable[[str], FlaskClient]:
    """A client that acts as one of the people of tests/world.py by a bearer token; `None` is nobody."""

    def client(login: str | None) -> FlaskClient:
        made = app.test_client()
        if login is not None:
            made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {world.token_of(login)}"
        made.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return made

    return client


@pytest.fixture
def writing(app: Flask) -> Iterator[None]:
    """One writing transaction around the whole test, for services called directly."""
    with transaction(writes=True):
        yield


def _fill(url: str, folder: Path) -> None:
    app = create_app(deployment.read({"MINGCHA_DATA_DIR": str(folder), "MINGCHA_DATABASE_URL": url}))
    with app.app_context():
        schema.upgrade()
        with transaction(writes=True):
            world.build()
        if url.startswith("sqlite"):
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


def _administer(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
