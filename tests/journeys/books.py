"""A look into a deployment's database from outside: what is there, and the one thing a test may hurry, a lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from tests.live import Deployment

# What `count` takes for jobs that a worker has in its hands, or died with.
LEASED = "outbox WHERE leased_until IS NOT NULL AND done_at IS NULL"


def count(place: Deployment, rows: str) -> int:
    """How many rows `FROM {rows}` has."""
    return int(_scalar(place, f"SELECT count(*) FROM {rows}"))


def waiting(place: Deployment) -> int:
    """How many jobs of evidence are not done."""
    return count(place, "outbox WHERE job = 'evidence.develop' AND done_at IS NULL")


def staged_as(place: Deployment) -> dict[str, str]:
    """Evidence id -> the name under which its bytes are staged."""
    with _connection(place) as connection:
        rows = connection.execute(sa.text("SELECT evidence_id, id FROM uploads"))
        return {str(UUID(str(evidence_id))): str(UUID(str(upload_id))) for evidence_id, upload_id in rows}


def end_leases(place: Deployment) -> None:
    """Lets the leases of a dead worker run out now instead of in five minutes, and failed jobs come again at once."""
    with _connection(place) as connection:
        connection.execute(
            sa.text(
                "UPDATE outbox SET leased_until = created.at, due_at = created.at FROM"
                " (SELECT min(at) AS at FROM events) AS created WHERE done_at IS NULL"
            )
        )


def _scalar(place: Deployment, statement: str) -> int:
    with _connection(place) as connection:
        return connection.execute(sa.text(statement)).scalar_one()


@contextmanager
def _connection(place: Deployment) -> Iterator[sa.Connection]:
    own = f"sqlite:///{Path(place.environment['MINGCHA_DATA_DIR']) / 'mingcha.db'}"
    engine = sa.create_engine(place.environment.get("MINGCHA_DATABASE_URL", own))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
