"""Fixtures of the whole suite: the application on SQLite and on PostgreSQL, and the people of tests/world.py.

Every test finds a database as it was migrated and filled, whatever was committed before, and an application as it was
built: real commits, no mocks. Making either anew would take longer than most tests, so both are put back instead.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Config, Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from backend import settings as deployment
from backend.app import create_app
from backend.core import schema
from backend.core.db import db, transaction
from backend.core.ids import new_id
from media_store import open_store
from tests import world
from tests.databases import CopiedFile, KeptRows, address, administer, kept_rows
from tests.servers import run_folder, start_postgres

ENGINES = ("sqlite", "postgresql")
# Whole deployments, browsers, the demo: up to a minute each, where the rest takes a moment.
LONG = ("tests/journeys/", "tests/e2e/", "tests/demo/")

# Machines under load must not fail a test for its time, and nothing is kept between runs.
property_settings.register_profile("mingcha", deadline=None, database=None, suppress_health_check=[*HealthCheck])
property_settings.load_profile("mingcha")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*ENGINES, "both"), default="both", help="which databases to test on")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: begun last, one would leave the other process of a run idle."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


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
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> CopiedFile:
    filled = tmp_path_factory.mktemp("filled") / "mingcha.db"
    _fill(f"sqlite:///{filled}", filled.parent)
    return CopiedFile(filled, tmp_path_factory.mktemp("database") / "mingcha.db")


@pytest.fixture(scope="session")
def on_postgresql(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptRows]:
    name = f"filled_{new_id().hex}"
    administer(postgres, f"CREATE DATABASE {name}")
    _fill(address(postgres, name), tmp_path_factory.mktemp("filled"))
    with kept_rows(postgres, template=name) as database:
        yield database


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> str:
    database: CopiedFile | KeptRows = request.getfixturevalue(f"on_{engine}")
    database.restore()
    return database.url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> deployment.Settings:
    return deployment.read(
        {
            "MINGCHA_DATA_DIR": str(tmp_path / "var"),
            "MINGCHA_DATABASE_URL": database_url,
            "MINGCHA_SECRET_KEY": "a secret for tests only",
        }
    )


@pytest.fixture(scope="session")
def built_apps() -> dict[str, tuple[Flask, Config, dict[str, Any]]]:
    """By database, so that SQL compiled for one test serves the next; each with what a test may change, as it was."""
    return {}


@pytest.fixture
def make_app(
    built_apps: dict[str, tuple[Flask, Config, dict[str, Any]]], tmp_path: Path
) -> Callable[[deployment.Settings], Flask]:
    """How the test's application is made. A module whose tests change routes or headers overrides it by `create_app`."""

    def make(settings: deployment.Settings) -> Flask:
        if settings.database_url not in built_apps:
            built = create_app(replace(settings, frontend_dir=tmp_path / "not built"))
            built_apps[settings.database_url] = built, built.config, built.extensions
        app, config, extensions = built_apps[settings.database_url]
        app.config, app.extensions = copy.copy(config), dict(extensions)
        app.extensions["mingcha.settings"] = settings
        app.extensions["mingcha.media"] = open_store(settings.media_url, settings.media_public_endpoint)
        return app

    return make


@pytest.fixture
def app(settings: deployment.Settings, make_app: Callable[[deployment.Settings], Flask]) -> Iterator[Flask]:
    app = make_app(settings)
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
