"""The route by which headquarters takes in what a phone saved as one file."""

import errno
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, cast

from flask import request
from marshmallow import fields

from backend import settings
from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.permissions import Permission
from backend.core.problems import BodyTooLarge, HTTPProblem
from backend.core.schemas import Schema
from backend.evidence import bodies
from backend.evidence.problems import StoreFull
from backend.visits import backups, importing
from backend.visits.importing import Line

MOST_BYTES: Final = 16 * 1024 * 1024 * 1024
ZIP: Final = "application/zip"

blp = Blueprint("visit-files", __name__, description="Phones' own files, taken in at headquarters.")


class BackupLine(Schema):
    """One thing of the file: `what` is submission, return, follow_up, draft, file or visit, `outcome` accepted,
    already_here or refused; `problem` is the problem document of a refusal.
    """

    what = fields.String()
    visit_id = fields.UUID(allow_none=True)
    store = fields.String(allow_none=True)
    id = fields.String()
    name = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    outcome = fields.String()
    problem = fields.Dict(allow_none=True)


class BackupAnswer(Schema):
    saved_at = fields.AwareDateTime()
    person = fields.String(allow_none=True)
    items = fields.List(fields.Nested(BackupLine))
    next = fields.String(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


@blp.endpoint("POST", "/visit-files", permission=Permission.VISITS_ASSIGN, answer=BackupAnswer, transaction="after")
def post_visit_file(actor: Actor) -> dict[str, Any]:
    """Takes in the zip that a phone saved of its unsent visits, sent as the body; tells line by line.

    Only visits of the caller's part of the network that are assigned to the phone's person are taken. The same file
    again changes nothing. A file that is not exactly what a phone saves is refused whole.
    """
    with _kept_aside() as file, backups.opened(file) as backup:
        lines = importing.take_in(actor, backup)
        counts = Counter(line.outcome for line in lines)
        return {
            "saved_at": backup.tables["saved_at"],
            "person": backup.tables["person"]["name"],
            "items": [_shown(line) for line in lines],
            "next": None,
            "counts": {outcome: counts[outcome] for outcome in ("accepted", "already_here", "refused")},
        }


def _shown(line: Line) -> dict[str, Any]:
    names = ("what", "visit_id", "store", "id", "name", "size", "outcome")
    told = {name: getattr(line, name) for name in names}
    return told | {"problem": line.problem.as_dict() if line.problem else None}


@contextmanager
def _kept_aside() -> Iterator[BinaryIO]:
    """The body as a file of no name, which goes when it has been read; it takes no memory, however long it is."""
    if request.mimetype != ZIP:
        raise HTTPProblem(415)
    request.max_content_length = MOST_BYTES
    if (request.content_length or 0) > MOST_BYTES:
        raise BodyTooLarge(limit=f"{MOST_BYTES >> 20} MiB")
    with TemporaryFile(dir=settings.current().data_dir) as temporary:
        file = cast("BinaryIO", temporary)
        _copy(bodies.reader(request), file)
        yield file


def _copy(read: bodies.Read, file: BinaryIO) -> None:
    try:
        while piece := read():
            file.write(piece)
    except OSError as fault:
        raise StoreFull if fault.errno == errno.ENOSPC else HTTPProblem(408) from fault
