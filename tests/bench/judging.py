"""What it costs to read and to judge 78 answers, without web or database: the first time a process does it, and later."""

import json
import time
from collections.abc import Callable
from typing import Any

from marshmallow import fields

from backend.checklists.rules import Version, compile_version
from backend.core.schemas import PhoneSchema
from backend.evidence.schemas import EvidenceEntry
from backend.visits.examining import Asked, examined
from backend.visits.schemas import AnswerBody, MarkBody, SubmissionBody
from tests import world
from tests.bench.table import Row, percentile


class NestedBody(PhoneSchema):
    """The same body as marshmallow reads it by itself: an object for every answer, link and file."""

    answers = fields.List(fields.Nested(AnswerBody), required=True)
    marks = fields.List(fields.Nested(MarkBody))
    evidence = fields.List(fields.Nested(EvidenceEntry))


def measure(*, quick: bool) -> list[Row]:
    times = 20 if quick else 200
    document = world.DEFINITIONS["EO"].document
    text = json.dumps(world.submission_for(world.COMPILED["EO"], after_visit=True))
    sent = json.loads(text)
    began = time.process_time()
    version = compile_version(document)
    _judge(version, SubmissionBody().load(sent))
    first = (time.process_time() - began) * 1000
    reading, judging, nested, parsing = (
        _milliseconds(task, times)
        for task in (
            lambda: SubmissionBody().load(sent), _judging(version, sent), lambda: NestedBody().load(sent),
            lambda: json.loads(text),
        )
    )  # fmt: skip
    what = "judging and examining 78 answers"
    return [
        Row("9", "reading the body of 78 answers", f"{reading:.2f} ms", f"nested marshmallow {nested:.2f} ms",
            nested / reading),
        Row("9", what, f"{judging:.2f} ms", f"json.loads of them {parsing:.2f} ms", parsing / judging),
        Row("9", f"{what}, a process' first: with compiling the version", f"{first:.1f} ms",
            f"later {reading + judging:.2f} ms", (reading + judging) / first),
    ]  # fmt: skip


def _judging(version: Version, sent: Any) -> Callable[[], None]:
    body = SubmissionBody().load(sent)
    return lambda: _judge(version, body)


def _judge(version: Version, body: Any) -> None:
    kinds = {entry["id"]: entry["kind"] for entry in body["evidence"]}
    examined(Asked(version, version.method, "submission"), body["answers"], kinds)


def _milliseconds(task: Callable[[], object], times: int) -> float:
    """The middle of the processor's time for the task."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        task()
        taken.append(time.process_time() - began)
    return percentile(taken, 50) * 1000
