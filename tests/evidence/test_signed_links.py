"""Originals straight from the bucket: a link after the permission, for a minute, for this one object."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPMessage
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend import settings as deployment
from backend.app import create_app
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.evidence import jobs, serving
from backend.evidence.models import Evidence, EvidenceView
from tests import world
from tests.evidence.phone import declare, photo, upload
from tests.servers import S3Server, run_folder, start_seaweedfs

DATA = photo((40, 90, 10), (900, 700))
PAGE = b"<html><script>alert(1)</script></html>"


class Fetched(NamedTuple):
    status: int
    data: bytes
    headers: HTTPMessage


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with start_seaweedfs(run_folder(tmp_path_factory.getbasetemp())) as server:
        yield server


@pytest.fixture
def settings(settings: deployment.Settings, seaweed: S3Server, monkeypatch: pytest.MonkeyPatch) -> deployment.Settings:
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    url = f"s3://{seaweed.bucket}/{secrets.token_hex(8)}"
    # Browsers reach the service under another name than we do.
    return replace(settings, media_url=url, media_public_endpoint=seaweed.endpoint.replace("127.0.0.1", "localhost"))


@pytest.fixture
def make_app() -> Callable[[deployment.Settings], Flask]:
    """New ones: the address of the media store is in every answer's headers."""
    return create_app


@pytest.fixture
def chelsea(app: Flask, client_of: Callable[[str], FlaskClient]) -> FlaskClient:
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    return client_of("chelsea")


@pytest.fixture
def evidence_id(chelsea: FlaskClient) -> UUID:
    return stored(chelsea, DATA)


def stored(client: FlaskClient, data: bytes, **claims: object) -> UUID:
    id_ = declare(data, submitted=True, **claims)
    upload(client, id_, data)
    outbox.drain()
    return id_


def original(evidence_id: UUID) -> str:
    return f"/api/v1/evidence/{evidence_id}/original"


def fetched(url: str, **headers: str) -> Fetched:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return Fetched(answer.status, answer.read(), answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return Fetched(refused.code, refused.read(), refused.headers)


def views(evidence_id: UUID) -> int:
    with transaction(writes=False):
        return db.session.scalar(select(func.count()).where(EvidenceView.evidence_id == evidence_id)) or 0


def test_an_original_is_fetched_from_the_bucket_by_a_link_that_nobody_keeps(
    client_of: Callable[[str], FlaskClient], evidence_id: UUID, seaweed: S3Server
) -> None:
    answer = client_of("bob").get(original(evidence_id))
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (307, b"", "no-store")
    assert answer.location.startswith(seaweed.endpoint.replace("127.0.0.1", "localhost"))
    assert "X-Amz-Expires=60&" in answer.location
    assert views(evidence_id) == 1
    found = fetched(answer.location)
    assert (found.status, found.data, found.headers["Content-Type"]) == (200, DATA, "image/jpeg")
    assert (found.headers["Content-Disposition"], found.headers["Cache-Control"]) == ("inline", "private, no-store")


def test_a_player_may_ask_for_a_range(chelsea: FlaskClient, evidence_id: UUID) -> None:
    found = fetched(chelsea.get(original(evidence_id)).location, Range="bytes=100-199")
    assert (found.status, found.data) == (206, DATA[100:200])


def test_whoever_may_not_see_it_gets_no_link(client_of: Callable[[str | None], FlaskClient], evidence_id: UUID) -> None:
    for login, status in (("alice", 403), ("grace", 404), ("erin", 403), (None, 401)):
        answer = client_of(login).get(original(evidence_id))
        assert answer.status_code in {status, 404}, login
        assert answer.location is None
    assert views(evidence_id) == 0


def test_a_link_opens_nothing_else_and_not_for_long(
    chelsea: FlaskClient, evidence_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stored(chelsea, photo((1, 1, 200)))
    link, second = (chelsea.get(original(each)).location for each in (evidence_id, other))
    assert fetched(link).status == 200
    for tampered in (
        second.partition("?")[0] + "?" + link.partition("?")[2],
        link.replace(f"X-Amz-Expires={serving.LINK_SECONDS}&", "X-Amz-Expires=9999&"),
        link.replace("image%2Fjpeg", "text%2Fhtml"),
        link.partition("?")[0],
    ):
        assert tampered != link
        assert fetched(tampered).status == 403, tampered
    # On a busy machine more than this second may pass before it is asked the first time.
    monkeypatch.setattr(serving, "LINK_SECONDS", 1)
    short = chelsea.get(original(evidence_id)).location
    time.sleep(2.1)
    assert fetched(short).status == 403
    assert fetched(link).status == 200


def test_what_is_no_picture_is_only_saved(chelsea: FlaskClient) -> None:
    id_ = stored(chelsea, PAGE, media_type="text/html")
    found = fetched(chelsea.get(original(id_)).location)
    assert (found.data, found.headers["Content-Type"]) == (PAGE, "application/octet-stream")
    assert found.headers["Content-Disposition"].startswith(f'attachment; filename="{id_}-original.bin"')


@pytest.mark.parametrize(("duration_ms", "seconds"), [(None, 60), (500, 61), (90_000, 240), (9_000_000, 3600)])
def test_a_link_to_a_clip_lasts_until_it_has_been_played(
    chelsea: FlaskClient, evidence_id: UUID, duration_ms: int | None, seconds: int
) -> None:
    with transaction(writes=True):
        db.session.get_one(Evidence, evidence_id).duration_ms = duration_ms
    assert f"X-Amz-Expires={seconds}&" in chelsea.get(original(evidence_id)).location


def test_head_and_renditions_are_answered_by_us(chelsea: FlaskClient, evidence_id: UUID) -> None:
    head = chelsea.head(original(evidence_id))
    assert (head.status_code, head.content_length, head.content_type) == (200, len(DATA), "image/jpeg")
    thumb = chelsea.get(f"/api/v1/evidence/{evidence_id}/renditions/thumb")
    assert (thumb.status_code, thumb.content_type) == (200, "image/jpeg")


def test_pages_may_show_what_comes_from_the_bucket(app: Flask, seaweed: S3Server) -> None:
    policy = app.test_client().get("/healthz").headers["Content-Security-Policy"]
    origin = seaweed.endpoint.replace("127.0.0.1", "localhost")
    assert f"img-src 'self' blob: data: {origin};" in policy
    assert f"media-src 'self' blob: {origin};" in policy
    assert policy.count(origin) == 2


def test_without_the_setting_bytes_go_through_us(settings: deployment.Settings, app: Flask, evidence_id: UUID) -> None:
    plain = create_app(replace(settings, media_public_endpoint=None))
    with plain.app_context():
        answer = plain.test_client().get(
            original(evidence_id), headers={"Authorization": f"Bearer {world.token_of('chelsea')}"}
        )
        assert (answer.status_code, answer.data) == (200, DATA)
        assert "http" not in answer.headers["Content-Security-Policy"]
        db.engine.dispose()


@pytest.mark.parametrize(
    ("endpoint", "media_url"),
    [
        ("media.example.com", "s3://b"),
        ("https://media.example.com/path", "s3://b"),
        ("https://x; script-src *", "s3://b"),
        ("https://media.example.com", "file:media"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_told(tmp_path: Path, endpoint: str, media_url: str) -> None:
    environ = {
        "MINGCHA_DATA_DIR": str(tmp_path),
        "MINGCHA_MEDIA_URL": media_url,
        "MINGCHA_MEDIA_PUBLIC_ENDPOINT": endpoint,
    }
    with pytest.raises(deployment.SettingsFault, match="MINGCHA_MEDIA_PUBLIC_ENDPOINT"):
        deployment.read(environ)


def test_the_view_of_a_clip_in_ranges_is_logged_once(
    client_of: Callable[[str], FlaskClient], evidence_id: UUID
) -> None:
    for start in range(3):
        assert client_of("bob").get(original(evidence_id), headers={"Range": f"bytes={start}-"}).status_code == 307
    assert views(evidence_id) == 1
    with clock.set_to(clock.now() + timedelta(minutes=6)):
        client_of("bob").get(original(evidence_id), headers={"Range": "bytes=9-"})
    assert views(evidence_id) == 2
