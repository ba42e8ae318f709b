"""A phone in a few functions: files it might hold, what it declares of them, and how it speaks tus."""

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from backend.core.actor import Actor, Membership
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence import service
from backend.evidence.models import Evidence
from tests import world

VISIT, OTHER_VISIT = new_id(), new_id()
OFFSET_STREAM = "application/offset+octet-stream"
CAPTURED_AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


def photo(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (640, 480)) -> bytes:
    """A small but honest JPEG."""
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG")
    return made.getvalue()


def actor(login: str) -> Actor:
    memberships = tuple(Membership(role, kind, scope) for role, kind, scope in world.PEOPLE[login])
    return Actor(world.person_id(login), login, "en", memberships, "token")


def claims(data: bytes, **changes: Any) -> dict[str, Any]:
    """What `PUT /evidence/{id}` carries for these bytes, as the schema loads it."""
    plain = {
        "kind": "photo",
        "media_type": "image/jpeg",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "captured_at": CAPTURED_AT,
        "source": "camera",
        "device": None,
        "position": {"lat": 31.2, "lon": 121.4, "accuracy": 8.0, "datum": "WGS-84"},
    }
    return plain | changes


def declare(
    data: bytes,
    login: str = "chelsea",
    *,
    evidence_id: UUID | None = None,
    visit: UUID = VISIT,
    store: UUID = world.ONE,
    submitted: bool = False,
    **changes: Any,
) -> UUID:
    """Declares the bytes in a transaction of its own; answers the evidence's id."""
    evidence_id = evidence_id or new_id()
    with transaction(writes=True):
        body = claims(data, **changes)
        service.declare(actor(login), evidence_id, visit_id=visit, store_id=store, body=body)
        if submitted:
            service.open_to_reviewers(visit)
    return evidence_id


def read(evidence_id: UUID, of: Callable[[Evidence], Any]) -> Any:
    with transaction(writes=False):
        return of(db.session.get_one(Evidence, evidence_id))


def state(evidence_id: UUID) -> str:
    return read(evidence_id, lambda row: row.state)


def url(evidence_id: UUID) -> str:
    return f"/api/v1/uploads/{evidence_id}"


def tus(**headers: str) -> dict[str, str]:
    return {"Tus-Resumable": "1.0.0"} | {name.replace("_", "-"): value for name, value in headers.items()}


def head(client: FlaskClient, evidence_id: UUID) -> TestResponse:
    return client.head(url(evidence_id), headers=tus())


def patch(client: FlaskClient, evidence_id: UUID, data: bytes, offset: int = 0, **headers: str) -> TestResponse:
    content_type = headers.pop("content_type", OFFSET_STREAM)
    given = tus(Upload_Offset=str(offset), **headers)
    return client.patch(url(evidence_id), data=data, headers=given, content_type=content_type)


def metadata(evidence_id: object) -> str:
    return "evidence_id " + base64.b64encode(str(evidence_id).encode()).decode()


def post(
    client: FlaskClient, evidence_id: object, length: int, data: bytes | None = None, **headers: str
) -> TestResponse:
    given = tus(Upload_Length=str(length), Upload_Metadata=metadata(evidence_id)) | headers
    return client.post("/api/v1/uploads", data=data, headers=given, content_type=OFFSET_STREAM if data else None)


def upload(client: FlaskClient, evidence_id: UUID, data: bytes) -> None:
    answer = patch(client, evidence_id, data)
    assert answer.status_code == 204, answer.get_data(as_text=True)


def checksum(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"
