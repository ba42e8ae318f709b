"""The deployments that are measured: gunicorn over SQLite, or over a PostgreSQL that waits for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from backend.core.ids import new_id
from backend.visits.models import Visit
from tests import servers, world
from tests.bench.machine import children
from tests.live import Deployment, deployment

ENGINES = ("SQLite", "PostgreSQL")
_QUIET = {"GUNICORN_CMD_ARGS": "--log-level warning"}


@dataclass(frozen=True, slots=True)
class Site:
    """A running deployment, and its database for whoever prepares rows or asks it plain SQL."""

    engine: str
    live: Deployment
    database_url: str

    @property
    def port(self) -> int:
        return self.live.port

    @property
    def web_processes(self) -> list[int]:
        return children(self.live.processes["web"].pid)

    def add_visits(self, number: int) -> list[UUID]:
        """Assigns chelsea that many fresh visits with the experience officers' checklist, behind the server's back."""
        ids = [new_id() for _ in range(number)]
        with self.connected() as connection:
            connection.execute(sa.insert(Visit.__table__), [_visit(id_) for id_ in ids])
            connection.commit()
        return ids

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """A connection of our own, gone before any client process is forked."""
        engine = sa.create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


@contextmanager
def site(engine: str, folder: Path, *, name: str, demo: bool = False) -> Iterator[Site]:
    """Two web processes and no worker, over the small world of the tests or over the demo."""
    folder = folder / f"{name}-{engine}"
    with (
        _database(engine, folder) as url,
        deployment(folder, database_url=url, demo=demo, worker=False, **_QUIET) as live,
    ):
        yield Site(engine, live, url)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    folder.mkdir()
    if engine == "SQLite":
        yield f"sqlite:///{folder / 'mingcha.db'}"
        return
    with _durable_postgres(folder.parent) as url:
        name = f"bench_{new_id().hex}"
        administrator = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        administrator.dispose()
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _durable_postgres(folder: Path) -> Iterator[str]:
    """The tests' server, but with fsync, full_page_writes and synchronous_commit on: nothing else is a fair figure."""

    def describe() -> servers._Server:
        fast = servers._postgres()
        return replace(fast, command=[word.replace("=off", "=on") for word in fast.command])

    with servers._shared(folder / "durable-postgres", describe) as told:
        yield told["url"]


def _visit(visit_id: UUID) -> dict[str, object]:
    return {
        "id": visit_id,
        "wave_id": world.WAVES["EO"],
        "store_id": world.ONE,
        "checklist_version_id": world.VERSIONS["EO"],
        "method": world.COMPILED["EO"].method,
        "auditor_id": world.person_id("chelsea"),
        "state": "planned",
        "created_at": world.MADE_AT,
    }
