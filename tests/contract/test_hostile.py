"""What must never happen, whatever comes in: a 500, an answer that does not say where the fault is, or a loss.

First requests made up from the OpenAPI document, then those that people and broken phones are known to send.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from werkzeug.test import TestResponse

from backend.core import clock, outbox
from backend.core.ids import new_id
from backend.core.permissions import ROLE_PERMISSIONS, Permission
from tests import world
from tests.evidence.phone import patch
from tests.submissions import answer_to, entry_for, file_bytes, submission_for

TINY = world.COMPILED["TINY"]
VISIT = f"/api/v1/visits/{world.VISITS['chelsea-tiny']}"
SUBMISSION, DRAFT = f"{VISIT}/submission", f"{VISIT}/draft"
HELD, LARGE = str(new_id()), str(new_id())
CHINESE = re.compile(r"[\u3400-\u9fff]")
LANGUAGES = ("zh-CN", "en")
EXAMPLES = 4
MIB = 1024 * 1024
# What a server says of a body whose end it finds itself.
CHUNKED = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
KNOWN = {
    "visit_id": world.VISITS["chelsea-tiny"],
    "wave_id": world.WAVES["TINY"],
    "store_id": world.ONE,
    "region_id": world.EAST,
    "group_id": world.SUN,
    "brand_id": world.BRAND,
    "person_id": world.person_id("grace"),
    "evidence_id": HELD,
    "code": "TINY",
    "version": "1.0.0",
}
# In the order in which they are asked who may: alice wherever she can.
ACTORS = ("alice", "chelsea", "bob")


@pytest.fixture
def taken(app: Flask, client_of: Callable[..., FlaskClient]) -> Callable[[], list[Any]]:
    """chelsea took her visit, keeps a draft, and one photo has arrived; answers what of it is there now."""
    chelsea, alice = client_of("chelsea"), client_of("alice")
    assert chelsea.put(f"{VISIT}/acceptance", json={"accepted": True}).status_code == 200
    draft = {"device_id": "phone", "revision": 0, "document": {"answers": [{"checkpoint": "T-1-01", "result": "pass"}]}}
    assert chelsea.put(DRAFT, json=draft).status_code == 200
    declare(chelsea, HELD, file_bytes(HELD))
    assert patch(chelsea, HELD, file_bytes(HELD)).status_code == 204

    def now() -> list[Any]:
        seen = [chelsea.get(path) for path in (VISIT, DRAFT, f"/api/v1/evidence/{HELD}")]
        seen += [
            alice.get(path) for path in ("/api/v1/stores", "/api/v1/checklists", "/api/v1/waves", "/api/v1/visits")
        ]
        assert {answer.status_code for answer in seen} == {200}
        original = chelsea.get(f"/api/v1/evidence/{HELD}/original")
        assert original.data == file_bytes(HELD)
        return [answer.json for answer in seen]

    return now


def declare(client: FlaskClient, evidence_id: str, content: bytes, **changed: Any) -> TestResponse:
    entry = entry_for(evidence_id, size=len(content), **changed)
    entry.pop("id")
    return client.put(f"/api/v1/evidence/{evidence_id}", json=entry | {"visit_id": str(world.VISITS["chelsea-tiny"])})


# Requests made up from the document


@pytest.mark.timeout(180)
def test_no_request_made_from_the_document_breaks_the_server(app: Flask, client_of: Callable, taken: Callable) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked = [_assault(app, found.ok()) for found in schema.get_all_operations()]
    assert len(asked) > 60
    assert sum(asked) > len(asked) * EXAMPLES
    for login in ACTORS:
        assert client_of(login).get("/api/v1/session").status_code == 200


def _assault(app: Flask, operation: Any) -> int:
    """Asks the operation a bounded number of made-up questions, half of them against its own schema; answers how many."""
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    headers = {"Authorization": f"Bearer {world.token_of(_actor_for(app, operation))}", "Accept-Language": "en"}
    asked = 0

    @settings(
        max_examples=2 * EXAMPLES, derandomize=True, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(case=st.one_of(modes), is_known=st.booleans())
    def ask(case: Any, is_known: bool) -> None:
        nonlocal asked
        asked += 1
        if is_known:
            case.path_parameters = {name: str(KNOWN.get(name, value)) for name, value in case.path_parameters.items()}
        answer = case.call(headers={**headers, "Tus-Resumable": "1.0.0"})
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
        if answer.status_code >= 400 and operation.method != "head":
            assert answer.headers["content-type"][0].startswith("application/problem+json"), answer.headers

    ask()
    return asked


def _actor_for(app: Flask, operation: Any) -> str:
    """Whoever may ask this, so that more is tried than the refusal."""
    rule = re.sub(r"{(\w+)}", lambda name: str(KNOWN.get(name[1], new_id())), operation.path)
    endpoint, _ = app.url_map.bind("localhost").match(rule, operation.method.upper())
    permission = app.view_functions[endpoint].permission
    may = [login for login in ACTORS if not isinstance(permission, Permission) or _may(login, permission)]
    return may[0]


def _may(login: str, permission: Permission) -> bool:
    return any(permission in ROLE_PERMISSIONS[role] for role, _, _ in world.PEOPLE[login])


# Requests known from life


@dataclass(frozen=True)
class Attack:
    """A request that must be refused with this status, naming this place, in both languages, and do no harm."""

    name: str
    login: str
    method: str
    path: str
    status: int
    place: str
    sent: dict[str, Any] = field(default_factory=dict)


def submission(name: str, place: str, code: str | None = None, *, status: int = 422, **changed: Any) -> Attack:
    """A submission with one answer, or one field of the whole, made bad."""
    body = submission_for(TINY, seed="hostile")
    if code is None:
        body |= changed
    elif code in TINY.index:
        answer_to(body, code).update(changed)
    else:
        body["answers"].append({"checkpoint": code, **changed})
    return Attack(name, "chelsea", "PUT", SUBMISSION, status, place, {"json": body})


def raw(name: str, login: str, method: str, path: str, status: int, place: str, data: bytes, kind: str) -> Attack:
    return Attack(name, login, method, path, status, place, {"data": data, "content_type": kind})


JSON, YAML = "application/json", "application/yaml"
TINY_2 = "/api/v1/checklists/TINY/versions/2.0.0"
BROKEN_YAML = b"code: TINY\nversion: 2.0.0\nstages: [unclosed\n"
ATTACKS = [
    submission("an unknown checkpoint", "T-9-99", "T-9-99", result="pass"),
    submission("a number in words", "T-1-02", "T-1-02", value="soon"),
    submission("a number as a list", "T-1-02", "T-1-02", value=[5]),
    submission("a result that is a number", "T-1-01", "T-1-01", result=7),
    submission("a result that is none", "T-1-01", "T-1-01", result="perhaps"),
    submission("an option that is none", "T-1-03", "T-1-03", value="sometimes"),
    submission("a result against its value", "T-1-02", "T-1-02", result="pass", value=59),
    submission("NA where it is not allowed", "T-1-01", "T-1-01", result="na", comment="it rained", evidence=[]),
    submission("NA without a comment", "T-1-02", "T-1-02", result="na", value=None, comment=None, evidence=[]),
    submission("missing proof", "T-1-01", "T-1-01", evidence=[]),
    submission("too few photos", "T-1-05", "T-1-05", evidence=[{"id": HELD, "at_ms": None}]),
    submission("proof that nobody declared", "T-1-01", "T-1-01", evidence=[{"id": str(new_id()), "at_ms": None}]),
    submission("a number too high", "T-1-02", "T-1-02", result=None, value=61),
    submission("a number too low", "T-1-02", "T-1-02", result=None, value=-1),
    submission("a number beyond all bounds", "T-1-02", "T-1-02", result=None, value=10**40),
    submission("an answer given twice", "T-1-01", "T-1-01 ", result="pass"),
    submission("a checkpoint left out", "T-1-01", answers=[]),
    submission("answers that are no list", "answers", answers="all fine"),
    submission("a file larger than any", LARGE, status=413,
               evidence=[*submission_for(TINY, seed="hostile")["evidence"], entry_for(LARGE, size=10**15)]),
    Attack("a body that is a list", "chelsea", "PUT", SUBMISSION, 422, "", {"json": []}),
    raw("a key that stands twice", "chelsea", "PUT", SUBMISSION, 400, "answers", b'{"answers": [], "answers": []}', JSON),
    raw("JSON cut off", "chelsea", "PUT", SUBMISSION, 400, "JSON", b'{"answers": [', JSON),
    raw("a number that is none", "chelsea", "PUT", SUBMISSION, 400, "NaN", b'{"answers": NaN}', JSON),
    raw("JSON without a bottom", "chelsea", "PUT", SUBMISSION, 400, "", b'{"answers": ' + b"[" * 100_000, JSON),
    raw("text that is no UTF-8", "chelsea", "PUT", DRAFT, 400, "UTF-8", b'{"device_id": "\xff\xfe"}', JSON),
    raw("a form instead of JSON", "chelsea", "PUT", SUBMISSION, 415, "", b"answers=none", "text/plain"),
    raw("broken YAML", "alice", "PUT", TINY_2, 422, "4", BROKEN_YAML, YAML),
    raw("YAML with a key twice", "alice", "PUT", TINY_2, 422, "code", b"code: TINY\ncode: TINY\n", YAML),
    raw("YAML that makes objects", "alice", "PUT", TINY_2, 422, "1", b"code: !!python/object/apply:os.system ['true']\n", YAML),
    raw("a published version otherwise", "alice", "PUT", "/api/v1/checklists/TINY/versions/1.0.0", 409, "title.en",
        world.FILES["TINY"].read_bytes().replace(b"Tiny checklist", b"Another title"), YAML),
    raw("stores without a heading", "alice", "POST", "/api/v1/stores/import", 422, "", b"\x00\x01\x02", "text/csv"),
    Attack("a wave that ends before it begins", "alice", "PUT", f"/api/v1/waves/{new_id()}", 422, "closes_on",
           {"json": {"programme": "TEST", "number": 8, "name": "x", "checklist": "EO", "version": "1.0.0",
                     "opens_on": "2026-06-02", "closes_on": "2026-06-01"}}),
    Attack("a page marker made up", "alice", "GET", "/api/v1/visits?after=xyz", 422, ""),
    Attack("an address of nothing", "alice", "GET", "/api/v1/nothing", 404, ""),
    Attack("an id that is none", "alice", "GET", "/api/v1/visits/1%27%20OR%201=1", 404, ""),
    Attack("somebody else's visit", "grace", "GET", VISIT, 404, ""),
    Attack("a method that is not there", "alice", "DELETE", VISIT, 405, ""),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_is_refused_by_name_in_both_languages_and_nothing_is_lost(
    attack: Attack, client_of: Callable[..., FlaskClient], taken: Callable[[], list[Any]]
) -> None:
    before, client = taken(), client_of(attack.login)
    for language in LANGUAGES:
        answer = client.open(attack.path, method=attack.method, headers={"Accept-Language": language}, **attack.sent)
        told = is_problem(answer, attack.status, language)
        assert attack.place in str(told.get("errors", told["detail"])) + told["detail"], told
    assert taken() == before


def is_problem(answer: TestResponse, status: int, language: str) -> dict[str, Any]:
    """The problem document, which says everything in the caller's language."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = answer.json
    assert told["status"] == status
    for sentence in (told["detail"], *(error["message"] for error in told.get("errors", ()))):
        assert bool(CHINESE.search(sentence)) is (language == "zh-CN"), sentence
    return told


def test_bytes_that_differ_are_dropped_and_asked_for_again(client_of: Callable, taken: Callable) -> None:
    chelsea = client_of("chelsea")
    for language in LANGUAGES:
        evidence_id = str(new_id())
        wanted = file_bytes(evidence_id)
        assert declare(chelsea, evidence_id, wanted).status_code == 201
        chelsea.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        told = is_problem(patch(chelsea, evidence_id, wanted[:-1] + b"x"), 460, language)
        assert told["code"] == "wrong-bytes"
        seen = chelsea.get(f"/api/v1/evidence/{evidence_id}").json
        assert (seen["state"], seen["problem_code"]) == ("expected", "wrong-bytes")
        assert patch(chelsea, evidence_id, wanted).status_code == 204
        assert chelsea.get(f"/api/v1/evidence/{evidence_id}").json["state"] == "stored"
    taken()


def test_a_program_named_jpg_is_taken_and_ends_unreadable(client_of: Callable, taken: Callable) -> None:
    chelsea, evidence_id, program = client_of("chelsea"), str(new_id()), b"\x7fELF\x02\x01\x01" + bytes(500)
    sha256 = hashlib.sha256(program).hexdigest()
    assert declare(chelsea, evidence_id, program, sha256=sha256).status_code == 201
    assert patch(chelsea, evidence_id, program).status_code == 204
    outbox.drain()
    for language in LANGUAGES:
        seen = chelsea.get(f"/api/v1/evidence/{evidence_id}", headers={"Accept-Language": language}).json
        assert (seen["state"], seen["problem_code"]) == ("unreadable", "foreign_type")
        assert bool(CHINESE.search(seen["problem"])) is (language == "zh-CN")
    assert chelsea.get(f"/api/v1/evidence/{evidence_id}/renditions/thumb").status_code >= 400
    taken()


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_a_year_off_is_taken_and_flagged(client_of: Callable, taken: Callable, years: int) -> None:
    moment = (clock.now() + timedelta(days=365 * years)).isoformat()
    body = submission_for(TINY, seed="clock")
    body |= {"started_at": moment, "finished_at": moment, "marks": [{"name": "arrived", "at": moment}]}
    body["evidence"] = [{**entry, "captured_at": moment} for entry in body["evidence"]]
    answer = client_of("chelsea").put(SUBMISSION, json=body)
    assert answer.status_code == 201
    assert "clock_off" in answer.json["flags"]
    assert len(answer.json["answers"]) == len(body["answers"])


class Endless(io.RawIOBase):
    """A body of so many bytes that counts what is read of it."""

    def __init__(self, size: int) -> None:
        self.left, self.given = size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left, 64 * 1024)
        buffer[:count] = bytes(count)
        self.left -= count
        self.given += count
        return count


@pytest.mark.parametrize("path", [SUBMISSION, f"{VISIT}/abort"])
def test_a_streamed_body_is_refused_whole_not_cut_off(client_of: Callable, taken: Callable, path: str) -> None:
    """Cut off at the limit these would make sense."""
    before = taken()
    for document in (b'{"reason": "no"}', json.dumps(submission_for(TINY, seed="long")).encode()):
        body = io.BytesIO(document + b" " * (3 * MIB))
        way = {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "chunked", **CHUNKED}
        is_problem(client_of("chelsea").put(path, content_type=JSON, environ_overrides=way), 413, "en")
    assert taken() == before


def test_a_short_streamed_body_is_taken(client_of: Callable, taken: Callable) -> None:
    way = {"wsgi.input": io.BytesIO(b'{"reason": "ill"}'), "HTTP_TRANSFER_ENCODING": "chunked", **CHUNKED}
    answer = client_of("chelsea").put(f"{VISIT}/abort", content_type=JSON, environ_overrides=way)
    assert (answer.status_code, answer.json["state"]) == (200, "aborted")
    taken()


@pytest.mark.parametrize(
    "kind",
    [
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "multipart/form-data; boundary=x",
    ],
)
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "streamed"])
def test_a_spreadsheet_of_300_mb_is_refused_before_it_is_read(
    client_of: Callable, taken: Callable, kind: str, is_announced: bool
) -> None:
    before, size = taken(), 300 * MIB
    for language in LANGUAGES:
        body = Endless(size)
        way = {"CONTENT_LENGTH": str(size)} if is_announced else {"HTTP_TRANSFER_ENCODING": "chunked", **CHUNKED}
        answer = client_of("alice").post(
            "/api/v1/stores/import",
            content_type=kind,
            headers={"Accept-Language": language},
            environ_overrides={"wsgi.input": body, **way},
        )
        is_problem(answer, 413, language)
        assert body.given <= (0 if is_announced else 40 * MIB)
    assert taken() == before
