"""What the visit routes answer, for OpenAPI and the types made from it; `answering` builds the values."""

from marshmallow import Schema, fields

from backend.visits.schemas import AnswerBody, MarkBody


class FilesAnswer(Schema):
    """How many files were declared, and how many have arrived with their hash confirmed, `ready` and `unreadable`
    among them. Of `wrong` other bytes came than were declared; `lost` will not come. `left_bytes` is what running
    uploads still lack; `missing_since` when the oldest file still to come was declared. Dealers get nothing but noughts.
    """

    expected = fields.Integer()
    stored = fields.Integer()
    ready = fields.Integer()
    unreadable = fields.Integer()
    wrong = fields.Integer()
    lost = fields.Integer()
    expected_bytes = fields.Integer()
    stored_bytes = fields.Integer()
    left_bytes = fields.Integer()
    missing_since = fields.DateTime(allow_none=True)


class VisitWaveAnswer(Schema):
    id = fields.UUID()
    number = fields.Integer()
    name = fields.String()
    opens_on = fields.Date()
    closes_on = fields.Date()
    state = fields.String()
    gallery_allowed = fields.Boolean()


class VisitStoreAnswer(Schema):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    city = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    lat = fields.Float(allow_none=True)
    lon = fields.Float(allow_none=True)
    datum = fields.String(allow_none=True)


class AuditorAnswer(Schema):
    id = fields.UUID()
    name = fields.String(allow_none=True)


class ReturnedCheckpoint(Schema):
    checkpoint = fields.String()
    note = fields.String(allow_none=True)


class ReturnAnswer(Schema):
    """The running return: what must be answered again, why, and until when."""

    deadline = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    round = fields.Integer()
    checkpoints = fields.List(fields.Nested(ReturnedCheckpoint))


_Line = Schema.from_dict(
    {
        "id": fields.UUID(),
        "state": fields.String(),
        "method": fields.String(),
        "wave_id": fields.UUID(),
        "store_id": fields.UUID(),
        "auditor_id": fields.UUID(allow_none=True),
        "due_on": fields.Date(allow_none=True),
        "fee": fields.Integer(allow_none=True),
        "window": fields.Dict(allow_none=True),
        "script": fields.Dict(allow_none=True),
        "visited_on": fields.Date(allow_none=True),
        "taken_at": fields.DateTime(allow_none=True),
        "submitted_at": fields.DateTime(allow_none=True),
        "decided_at": fields.DateTime(allow_none=True),
        "follow_up_due_at": fields.DateTime(allow_none=True),
        "open_items": fields.List(fields.String()),
        "flags": fields.List(fields.String()),
        "round": fields.Integer(),
        "revision": fields.Integer(),
        "checklist": fields.String(),
        "version": fields.String(),
        "wave": fields.Nested(VisitWaveAnswer),
        "store": fields.Nested(VisitStoreAnswer),
        "auditor": fields.Nested(AuditorAnswer, allow_none=True),
        "return": fields.Nested(ReturnAnswer, allow_none=True),
        "files": fields.Nested(FilesAnswer),
        "band": fields.String(allow_none=True),
    },
    name="VisitLine",
)


class VisitLine(_Line):  # type: ignore[valid-type, misc]
    """A visit as a row of a list. Dealers get null or nothing for what would tell who came.

    `band` is what its integrity signals come to, for reviewers and planners only.
    """


class VisitFileAnswer(Schema):
    """One file of a visit; `problem` is a sentence in the caller's language, `is_provisional` as in an evidence."""

    id = fields.UUID()
    kind = fields.String()
    media_type = fields.String()
    detected_type = fields.String(allow_none=True)
    size = fields.Integer()
    sha256 = fields.String()
    state = fields.String()
    problem = fields.String(allow_none=True)
    problem_code = fields.String(allow_none=True)
    captured_at = fields.DateTime(allow_none=True)
    source = fields.String()
    position = fields.Dict(allow_none=True)
    duration_ms = fields.Integer(allow_none=True)
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    original_deleted_at = fields.DateTime(allow_none=True)
    renditions_deleted_at = fields.DateTime(allow_none=True)
    renditions = fields.List(fields.String())
    is_provisional = fields.Boolean()


class FileLine(Schema):
    """One declared file in the ledger of a visit. `received` bytes of `size` are durable; `checkpoints` link to it.

    `declared_at` later than the visit's submission: the file was announced, or replaced, after it.
    """

    id = fields.UUID()
    kind = fields.String()
    size = fields.Integer()
    received = fields.Integer()
    sha256 = fields.String()
    state = fields.String()
    problem = fields.String(allow_none=True)
    problem_code = fields.String(allow_none=True)
    checkpoints = fields.List(fields.String())
    captured_at = fields.AwareDateTime(allow_none=True)
    declared_at = fields.AwareDateTime()
    stored_at = fields.AwareDateTime(allow_none=True)


class FilePage(Schema):
    items = fields.List(fields.Nested(FileLine))
    next = fields.String(allow_none=True)


class CheckInAnswer(Schema):
    """`distance` to the store and `accuracy` of the phone's position in metres, null where either position is unknown; `is_here` null where nothing tells."""

    at = fields.String(metadata={"format": "date-time"})
    how = fields.String()
    distance = fields.Integer(allow_none=True)
    accuracy = fields.Integer(allow_none=True)
    is_here = fields.Boolean(allow_none=True)


class SignOffAnswer(Schema):
    """The store's word on an open audit; `evidence` is the picture of the signature."""

    name = fields.String(allow_none=True)
    role = fields.String(allow_none=True)
    at = fields.String(metadata={"format": "date-time"})
    evidence = fields.UUID(allow_none=True)
    refused = fields.Boolean()
    note = fields.String(allow_none=True)


class VisitAnswer(VisitLine):
    """A visit whole. `answers` are the current ones, after every change in the ledger; dealers get no comments of
    covert and remote visits.
    """

    answers = fields.List(fields.Nested(AnswerBody))
    evidence = fields.List(fields.Nested(VisitFileAnswer))
    holes = fields.List(fields.String())
    marks = fields.List(fields.Nested(MarkBody))
    check_in = fields.Nested(CheckInAnswer, allow_none=True)
    sign_off = fields.Nested(SignOffAnswer, allow_none=True)
    reason = fields.String(allow_none=True)
    programme = fields.Dict()
    scorecard = fields.Dict(allow_none=True)
    ledger = fields.List(fields.Dict())
    waivers = fields.List(fields.Dict())
    reviews = fields.List(fields.Dict())


class VisitPage(Schema):
    items = fields.List(fields.Nested(VisitLine))
    next = fields.String(allow_none=True)


class BulkOutcome(Schema):
    """What became of one assignment; `problem` is its problem document when it was refused."""

    id = fields.UUID()
    outcome = fields.String()
    problem = fields.Dict(allow_none=True)


class BulkAnswer(Schema):
    items = fields.List(fields.Nested(BulkOutcome))
    next = fields.String(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class DraftAnswer(Schema):
    """`check_in` is what the server makes of the one in `document`, null without."""

    visit_id = fields.UUID()
    device_id = fields.String()
    revision = fields.Integer()
    saved_at = fields.DateTime()
    document = fields.Dict()
    check_in = fields.Nested(CheckInAnswer, allow_none=True)


class SheetRepeat(Schema):
    """A checkpoint that failed in each of `waves` (numbers, the latest first); `is_asked` when this audit asks for it too."""

    checklist = fields.String()
    checklist_title = fields.Dict()
    checkpoint = fields.String()
    title = fields.Dict()
    critical = fields.Boolean()
    is_asked = fields.Boolean()
    waves = fields.List(fields.Integer())
    pictures = fields.List(fields.UUID())


class SheetAnswer(Schema):
    """`waves` is in how many waves the store was judged; `left_out` how many more repeats there are than are told."""

    visit_id = fields.UUID()
    waves = fields.Integer()
    left_out = fields.Integer()
    repeats = fields.List(fields.Nested(SheetRepeat))


class ProgressStore(Schema):
    id = fields.UUID()
    code = fields.String()
    name = fields.String()


class ReleaseAnswer(Schema):
    """What publishing or locking a wave would do: `approved` visits open to `readers` (people by role), `undecided`
    ones are submitted and wait for a decision, `not_begun` ones were never submitted. `stores` have a decided visit.
    """

    wave_id = fields.UUID()
    approved = fields.Integer()
    released = fields.Integer()
    undecided = fields.Integer()
    not_begun = fields.Integer()
    stores = fields.Integer()
    readers = fields.Dict(keys=fields.String(), values=fields.Integer())


class ProgressAnswer(Schema):
    """Visits of a wave by state and by method; how many stores have none, and the first 2,000 of them by code.

    `files` are those of all visits whose person the caller may know, `visits_missing` how many of these visits wait
    for files while they are not decided.
    """

    wave_id = fields.UUID()
    visits = fields.Integer()
    by_state = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_method = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()))
    stores = fields.Integer()
    stores_without = fields.List(fields.Nested(ProgressStore))
    files = fields.Nested(FilesAnswer)
    visits_missing = fields.Integer()
