"""Databases that are put back to how they were filled, between tests that commit for real.

SQLite is a file, copied anew. PostgreSQL takes a fifth of a second to make a database, thousands of times in a whole
run; so every row is put back instead, and the database is made anew only when a test changed more than rows.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from backend.core.ids import new_id

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Every change to what tables, columns or rules there are writes a row here, by a transaction with a number of its own.
_SHAPE = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), max(xmin::text::bigint) FROM {catalogue}"
    for catalogue in ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc")
)
_OTHERS_OUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class CopiedFile:
    """One SQLite database. `url` is where it is."""

    def __init__(self, filled: Path, path: Path) -> None:
        self._filled, self._path = filled, path
        self.url = f"sqlite:///{path}"

    def restore(self) -> None:
        """A new file under the same name: what a test has left open goes on with the old one."""
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink()
        shutil.copy(self._filled, self._path)


class KeptRows:
    """One PostgreSQL database. `url` is where it is."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._name = f"test_{new_id().hex}"
        self.url = address(server, self._name)
        self._make()

    def restore(self) -> None:
        """Ends what a test has left connected, and puts back every row; all anew if it changed more than rows."""
        if self._shape != self._find_shape():
            self.drop()
            self._make()
            return
        self._connection.exec_driver_sql(_OTHERS_OUT)
        self._connection.exec_driver_sql(self._rows_back)

    def drop(self) -> None:
        self._engine.dispose()
        administer(self._server, f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _make(self) -> None:
        administer(self._server, f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        self._engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.StaticPool)
        self._connection = self._engine.connect()
        # Rows go and come in any order: whoever puts all of them back needs no check of what they refer to.
        self._connection.exec_driver_sql("SET session_replication_role = replica")
        self._rows_back = self._keep_rows()
        self._shape = self._find_shape()

    def _keep_rows(self) -> str:
        """Copies every table that has rows beside itself; answers the statements that bring them back."""
        self._connection.exec_driver_sql("CREATE SCHEMA kept")
        tables = self._connection.exec_driver_sql(_TABLES).scalars().all()
        back = [f"DELETE FROM public.{table}" for table in tables]
        for table in tables:
            self._connection.exec_driver_sql(f"CREATE TABLE kept.{table} AS TABLE public.{table}")
            if self._connection.exec_driver_sql(f"SELECT EXISTS (TABLE kept.{table})").scalar_one():
                back.append(f"INSERT INTO public.{table} TABLE kept.{table}")
        return "; ".join(back)

    def _find_shape(self) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self._connection.exec_driver_sql(_SHAPE)]


@contextmanager
def kept_rows(server: str, template: str) -> Iterator[KeptRows]:
    made = KeptRows(server, template)
    try:
        yield made
    finally:
        made.drop()


def address(server: str, name: str) -> str:
    """The URL of another database on the same server."""
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def administer(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
