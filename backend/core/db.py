"""The database: one way to open a transaction, on SQLite and on PostgreSQL alike.

Every read and write of the product happens inside `transaction()`; it is the only place that commits. A writing
transaction on SQLite begins with `BEGIN IMMEDIATE`, behind a file lock: the default deferred begin loses updates
(1,367 of 1,600 in a measured race), and without the lock one of eight writers waited 2.3 s while others took
thousands of turns. `synchronous=FULL` because "received" told to a phone must survive a power cut.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import Format
from sqlalchemy import CHAR, JSON, ColumnElement, DateTime, Dialect, Engine, MetaData, Uuid, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_writing: ContextVar[bool] = ContextVar("transaction_writes", default=False)
_turn = threading.Lock()


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PackedId(TypeDecorator[bytes]):
    """An id as its sixteen bytes, by `type_coerce`: for statements that read ids by the ten thousand."""

    impl = CHAR(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else CHAR(32))

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return UUID(bytes=value) if dialect.name == "postgresql" else value.hex()

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return _Sent(column, self)

    def result_processor(self, dialect: Dialect, _coltype: Any) -> Callable[[Any], bytes | None] | None:
        """In place of a method that two more would be called around, for every one of thousands of ids."""
        return None if dialect.name == "postgresql" else lambda value: value and bytes.fromhex(value)


class _Sent(FunctionElement[bytes]):
    """The id as PostgreSQL keeps it, of which no UUID is made on the way; as it is elsewhere."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], packed: PackedId) -> None:
        self.type = packed
        super().__init__(column)


@compiles(_Sent)
def _as_kept(element: _Sent, compiler: Any, **words: Any) -> str:
    return compiler.process(element.clauses, **words)  # type: ignore[no-any-return]


@compiles(_Sent, "postgresql")
def _as_sent(element: _Sent, compiler: Any, **words: Any) -> str:
    return f"uuid_send({compiler.process(element.clauses, **words)})"


Key = Annotated[UUID, mapped_column(primary_key=True)]


class Base(DeclarativeBase):
    """What all tables share: names of constraints, and how Python's types are kept."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute.
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class _Bound(Base):
    """Flask-SQLAlchemy copies the class it is given; an abstract one leaves our registry alone."""

    __abstract__ = True


db = SQLAlchemy(model_class=_Bound, disable_autonaming=True, session_options={"expire_on_commit": False})


class ReadOnly(Exception):
    """A reading transaction tried to write: the endpoint or job declared itself wrongly."""


def init_app(app: Flask, url: str) -> None:
    """Binds the database at `url` to the application; call it after the process has forked."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url)
    db.init_app(app)
    with app.app_context():
        if url.startswith("sqlite"):
            _tame_sqlite(db.engine)
        else:
            _read_binary(db.engine)
    path = _sqlite_path(url)
    app.extensions["mingcha.write_lock"] = f"{path}.lock" if path else None


@contextmanager
def transaction(*, writes: bool) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    A reading one sees one snapshot on SQLite, and refuses to flush changes. What was read stays readable afterwards.
    """
    with _write_turn() if writes else nullcontext():
        token = _writing.set(writes)
        try:
            yield db.session()
            if writes:
                db.session.commit()
            db.session.expunge_all()
        finally:
            db.session.remove()
            _writing.reset(token)


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 60}, "pool_size": 40, "max_overflow": 40}
    return {"pool_size": 10, "max_overflow": 30, "pool_pre_ping": True}


def _sqlite_path(url: str) -> str | None:
    return url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else None


def _tame_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=60000",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _read_binary(engine: Engine) -> None:
    """Has PostgreSQL send values as they are, and not as text, to statements with the execution option `binary`.

    A megabyte of bytes then comes in a third of the time. Values of enum types cannot be read so.
    """

    @event.listens_for(engine, "before_cursor_execute")
    def ask(_connection: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context is not None and context.execution_options.get("binary"):
            cursor.format = Format.BINARY


@contextmanager
def _write_turn() -> Iterator[None]:
    """Waits for this writer's turn: a queue inside the process, a file lock between processes."""
    path = current_app.extensions["mingcha.write_lock"]
    if path is None:
        yield
        return
    with _turn, open(path, "a") as lock:  # noqa: PTH123 - the lock is the descriptor, not a path.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@event.listens_for(Session, "before_flush")
def _refuse_writes_when_reading(session: Session, _context: Any, _instances: Any) -> None:
    if not _writing.get() and (session.new or session.dirty or session.deleted):
        raise ReadOnly("flush in a reading transaction")
