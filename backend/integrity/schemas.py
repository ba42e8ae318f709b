"""What clearing takes, and how a visit's integrity is answered."""

from marshmallow import fields

from backend.core.schemas import Schema
from backend.visits.schemas import reason_field

MOST_SHOWN = 24


class ClearingBody(Schema):
    """Why the signal means nothing here."""

    reason = reason_field()


class OtherStore(Schema):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()


class OtherWave(Schema):
    id = fields.UUID()
    name = fields.String()


class SignalFile(Schema):
    """A file as a signal shows it; `renditions` names the pictures that exist of it."""

    id = fields.UUID()
    kind = fields.String()
    captured_at = fields.AwareDateTime(allow_none=True)
    renditions = fields.List(fields.String())


class SignalOther(Schema):
    """The other visit; every field is null when it lies outside the caller's part of the network."""

    visit_id = fields.UUID(allow_none=True)
    visited_on = fields.Date(allow_none=True)
    store = fields.Nested(OtherStore, allow_none=True)
    wave = fields.Nested(OtherWave, allow_none=True)
    file = fields.Nested(SignalFile, allow_none=True)


class ClearingPerson(Schema):
    id = fields.UUID()
    name = fields.String()


class ClearingAnswer(Schema):
    reason = fields.String()
    person = fields.Nested(ClearingPerson)
    at = fields.AwareDateTime()


class SignalAnswer(Schema):
    """One signal: its sentence in the caller's language, what it takes off, its first files, and what it is held against.

    `clearing` says who cleared it and why; a cleared signal takes nothing off.
    """

    id = fields.UUID()
    code = fields.String()
    weight = fields.Integer()
    sentence = fields.String()
    params = fields.Dict()
    files = fields.List(fields.Nested(SignalFile))
    other = fields.Nested(SignalOther, allow_none=True)
    clearing = fields.Nested(ClearingAnswer, allow_none=True)


class IntegrityAnswer(Schema):
    """What a visit's signals come to: 100 less the weights that stand. Null before the visit was judged."""

    visit_id = fields.UUID()
    score = fields.Integer(allow_none=True)
    band = fields.String(allow_none=True)
    rules_version = fields.String(allow_none=True)
    judged_at = fields.AwareDateTime(allow_none=True)
    signals = fields.List(fields.Nested(SignalAnswer))
