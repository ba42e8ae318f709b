"""How evidence is declared and how it is answered."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import g
from marshmallow import ValidationError, fields, post_load, pre_dump, validate

from backend.core.schemas import PhoneSchema, Schema, between, length, one_of
from backend.evidence import queries, rules
from backend.evidence.models import Evidence
from backend.evidence.problems import sentence_of
from backend.evidence.tus import url_of

MOST_DEVICE_LETTERS = 4000
MOST_COMMENT_LETTERS = 1000
# A clock may be wrong by years and is taken all the same; beyond these no database keeps the instant.
FIRST_YEAR, LAST_YEAR = 1900, 2999


def _only(question: Callable[[Any], bool], otherwise: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not question(value):
            raise ValidationError(otherwise)

    return check


def _is_keepable(moment: datetime) -> bool:
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def _is_short(device: dict[str, Any]) -> bool:
    return len(json.dumps(device)) <= MOST_DEVICE_LETTERS


def _is_said(comment: str) -> bool:
    return bool(comment.strip())


class PositionBody(PhoneSchema):
    """Where the phone says it was: degrees, the accuracy's radius in metres, and the geodetic datum of the degrees."""

    lat = fields.Float(required=True, validate=between(-90, 90))
    lon = fields.Float(required=True, validate=between(-180, 180))
    accuracy = fields.Float(load_default=None, allow_none=True, validate=between(0))
    datum = fields.String(load_default=rules.DATUMS[0], validate=one_of(*rules.DATUMS))


class EvidenceFields(PhoneSchema):
    """What a phone says of one file before its bytes; `size` in bytes."""

    kind = fields.String(required=True, validate=one_of(*rules.KINDS))
    media_type = fields.String(
        required=True,
        validate=[
            length(3, 100),
            validate.Regexp(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( *;[ -~]*)?\Z", error="not-one-of"),
        ],
    )
    size = fields.Integer(required=True, strict=True, validate=between(1, 2**62))
    sha256 = fields.String(
        required=True, validate=[length(64, 64), validate.Regexp(r"[0-9A-Fa-f]{64}\Z", error="not-one-of")]
    )
    captured_at = fields.AwareDateTime(load_default=None, allow_none=True, validate=_only(_is_keepable, "out-of-range"))
    source = fields.String(required=True, validate=one_of(*rules.SOURCES))
    position = fields.Nested(PositionBody, load_default=None, allow_none=True)
    device = fields.Dict(
        keys=fields.String(), load_default=None, allow_none=True, validate=_only(_is_short, "bad-length")
    )

    @post_load
    def lower_hash(self, body: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return {**body, "sha256": body["sha256"].lower()}


class EvidenceBody(EvidenceFields):
    """The body of `PUT /evidence/{id}`."""

    visit_id = fields.UUID(required=True)


class EvidenceEntry(EvidenceFields):
    """A file named inside a submission: the body of `PUT /evidence/{id}` plus its id, less the visit."""

    id = fields.UUID(required=True)


class LossBody(PhoneSchema):
    """Why the bytes will not come, in the words of the person who took them."""

    comment = fields.String(required=True, validate=[length(1, MOST_COMMENT_LETTERS), _only(_is_said, "required")])


class EvidenceAnswer(Schema):
    """One evidence as its viewer may know it. `problem` is a sentence in the caller's language.

    `upload_url` is null once the bytes are stored. `is_provisional` says that its renditions were made of a quick copy,
    which the original's replace. `position` is null for analysts. The state outlives the bytes:
    `original_deleted_at` and `renditions_deleted_at` say since when the wave's retention has let them go.
    """

    id = fields.UUID()
    visit_id = fields.UUID()
    kind = fields.String()
    media_type = fields.String()
    detected_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    state = fields.String()
    problem = fields.String()
    problem_code = fields.String()
    upload_url = fields.String()
    captured_at = fields.AwareDateTime()
    source = fields.String()
    position = fields.Nested(PositionBody)
    renditions = fields.List(fields.String())
    is_provisional = fields.Boolean()
    duration_ms = fields.Integer()
    width = fields.Integer()
    height = fields.Integer()
    declared_at = fields.AwareDateTime()
    stored_at = fields.AwareDateTime()
    original_deleted_at = fields.AwareDateTime()
    renditions_deleted_at = fields.AwareDateTime()

    @pre_dump
    def describe(self, evidence: Evidence, **_options: Any) -> dict[str, Any]:
        """The row's own values, and beside them what other tables and the caller's language add."""
        renditions = queries.renditions_of(evidence.id)
        own = {name: getattr(evidence, name, None) for name in self.fields}
        return {
            **own,
            "problem": sentence_of(evidence.problem, evidence.problem_params) if evidence.problem else None,
            "problem_code": evidence.problem,
            "upload_url": _upload_url(evidence),
            "position": evidence.position if queries.sees_exact_place(g.actor, evidence) else None,
            "renditions": [rendition.name for rendition in renditions],
            "is_provisional": any(rendition.quick_sha256 is not None for rendition in renditions),
        }


def _upload_url(evidence: Evidence) -> str | None:
    if evidence.state in rules.HELD or queries.upload_of(evidence.id) is None:
        return None
    return url_of(evidence.id)
