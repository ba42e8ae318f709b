"""Where journeys take place: a whole deployment over the small world, small (SQLite, files) and grown (PostgreSQL, S3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.core.ids import new_id
from tests.live import Deployment, deployment
from tests.servers import run_folder, start_postgres, start_seaweedfs

PLACES = ("sqlite and files", "postgresql and s3")


@pytest.fixture(params=PLACES)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Web and worker, running, over one of the places."""
    if request.param == PLACES[0]:
        with deployment(tmp_path / "var") as running:
            yield running
        return
    folder = run_folder(tmp_path_factory.getbasetemp())
    with start_postgres(folder) as server, start_seaweedfs(folder) as bucket:
        media_url = f"s3://{bucket.bucket}/{new_id().hex}"
        grown = {"MINGCHA_MEDIA_URL": media_url, **bucket.environment}
        with deployment(tmp_path / "var", database_url=_database(server), **grown) as running:
            yield running


def _database(server: str) -> str:
    name = f"journey_{new_id().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
