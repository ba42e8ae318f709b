"""The sums over declared files, and a file that its owner gives up as lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.evidence import ledger, rules
from backend.evidence.ledger import Files
from backend.evidence.models import Evidence, Upload
from tests import world
from tests.evidence.phone import OTHER_VISIT, VISIT, declare, head, patch, photo, read, state, upload

DATA = photo()
COMMENT = "手机进水，照片已损坏"


def sums(*visits) -> list[Files]:
    with transaction(writes=False):
        found = ledger.of_visits(visits)
    return [found[visit] for visit in visits]


def loss(client: FlaskClient, evidence_id, comment: object = COMMENT):
    return client.put(f"/api/v1/evidence/{evidence_id}/loss", json={"comment": comment})


def events(evidence_id) -> list[tuple[str, dict]]:
    with transaction(writes=False):
        rows = select(Event.name, Event.data).where(Event.subject_id == evidence_id).order_by(Event.at, Event.id)
        return [(name, data) for name, data in db.session.execute(rows)]


def test_a_visit_without_files_has_none_of_anything(app) -> None:
    assert sums(VISIT) == [Files()]
    with transaction(writes=False):
        assert ledger.together(select(Evidence.visit_id).where(Evidence.visit_id == VISIT)) == Files()


def test_every_byte_is_counted_once(client_of) -> None:
    """One file is here, one half, one not at all, one came wrong, one is lost; another visit's is not counted."""
    chelsea = client_of("chelsea")
    here, half, none, wrong, lost = (declare(photo((shade, 0, 0))) for shade in range(1, 6))
    declare(photo((9, 9, 9)), visit=OTHER_VISIT)
    upload(chelsea, here, photo((1, 0, 0)))
    patch(chelsea, half, photo((2, 0, 0))[:1000], Upload_Length="1")
    assert patch(chelsea, wrong, bytes(len(photo((4, 0, 0))))).status_code == 460
    assert loss(chelsea, lost).status_code == 200
    found, other = sums(VISIT, OTHER_VISIT)
    sizes = [len(photo((shade, 0, 0))) for shade in range(1, 6)]
    assert found == Files(
        expected=5,
        stored=1,
        wrong=1,
        lost=1,
        expected_bytes=sum(sizes),
        stored_bytes=sizes[0],
        left_bytes=sizes[1] - 1000 + sizes[2] + sizes[3],
        missing_since=read(half, lambda row: row.declared_at),
    )
    assert (other.expected, other.left_bytes) == (1, len(photo((9, 9, 9))))
    assert state(none) == rules.EXPECTED


_FILE = st.tuples(
    st.sampled_from([rules.EXPECTED, rules.UPLOADING, *sorted(rules.HELD)]),
    st.integers(1, 2**41),
    st.sampled_from([None, rules.WRONG_BYTES, rules.LOST]),
    st.integers(0, 100),
    st.integers(0, 90),
)


@pytest.fixture
def emptied(app) -> Iterator[None]:
    with transaction(writes=True):
        yield
        db.session.execute(delete(Upload))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(_FILE, max_size=12))
def test_the_sums_are_those_of_plain_counting(emptied, files) -> None:
    """Whatever states, sizes and offsets there are, also beyond 32 bits; at most one problem stands on awaited files."""
    visit, now, expected = new_id(), clock.now(), Files()._asdict()
    for state_, size, problem, share, age in files:
        is_held = state_ in rules.HELD
        problem_ = None if is_held else problem
        offset = size * share // 100 if state_ == rules.UPLOADING else 0
        since = now - timedelta(days=age)
        _keep(visit, state_, size, problem_, offset, since)
        is_coming = not is_held and problem_ != rules.LOST
        expected["expected"] += 1
        expected["stored"] += is_held
        expected["ready"] += state_ == rules.READY
        expected["unreadable"] += state_ == rules.UNREADABLE
        expected["wrong"] += problem_ == rules.WRONG_BYTES
        expected["lost"] += problem_ == rules.LOST
        expected["expected_bytes"] += size
        expected["stored_bytes"] += size if is_held else 0
        expected["left_bytes"] += size - offset if is_coming else 0
        if is_coming:
            expected["missing_since"] = min(expected["missing_since"] or since, since)
    db.session.flush()
    assert ledger.of_visits([visit])[visit] == Files(**expected)
    assert ledger.together(select(Evidence.visit_id).where(Evidence.visit_id == visit)) == Files(**expected)


def _keep(visit, state_: str, size: int, problem: str | None, offset: int, since) -> None:
    row = Evidence(
        id=new_id(),
        visit_id=visit,
        uploader_id=world.person_id("chelsea"),
        store_id=world.ONE,
        kind="video",
        media_type="video/mp4",
        size=size,
        sha256="0" * 64,
        source="camera",
        declared_at=since,
        state=state_,
        problem=problem,
    )
    db.session.add(row)
    db.session.flush()
    if state_ == rules.UPLOADING:
        now = clock.now()
        db.session.add(
            Upload(id=new_id(), evidence_id=row.id, length=size, offset=offset, created_at=now, expires_at=now)
        )


def test_a_lost_file_says_so_in_its_owners_words(client_of) -> None:
    id_ = declare(DATA, submitted=True)
    answer = loss(client_of("chelsea"), id_)
    assert (answer.status_code, answer.json["state"], answer.json["problem_code"]) == (200, "expected", "lost")
    shown = client_of("bob").get(f"/api/v1/evidence/{id_}", headers={"Accept-Language": "en"}).json
    assert shown["problem"].endswith(COMMENT)
    assert shown["problem"].startswith("The person who made the visit says")
    assert answer.json["upload_url"] is not None, "it may still turn up"


def test_saying_it_again_is_recorded_once_and_other_words_once_more(client_of) -> None:
    id_ = declare(DATA)
    for comment in (COMMENT, f"  {COMMENT} ", "备份也没有"):
        assert loss(client_of("chelsea"), id_, comment).status_code == 200
    assert events(id_) == [("evidence.lost", {"comment": COMMENT}), ("evidence.lost", {"comment": "备份也没有"})]


def test_a_comment_is_text_and_never_a_pattern(client_of) -> None:
    id_ = declare(DATA)
    assert "{0.__class__} {comment}" in loss(client_of("chelsea"), id_, "{0.__class__} {comment}").json["problem"]


def test_what_was_staged_of_a_lost_file_is_given_up(client_of) -> None:
    chelsea, id_ = client_of("chelsea"), declare(DATA)
    patch(chelsea, id_, DATA[:500])
    loss(chelsea, id_)
    assert state(id_) == rules.EXPECTED
    assert head(chelsea, id_).headers["Upload-Offset"] == "0"


def test_bytes_that_come_after_all_end_the_loss(client_of) -> None:
    chelsea, id_ = client_of("chelsea"), declare(DATA)
    loss(chelsea, id_)
    upload(chelsea, id_, DATA)
    assert (state(id_), read(id_, lambda row: row.problem)) == (rules.STORED, None)
    assert sums(VISIT)[0].lost == 0
    answer = loss(chelsea, id_)
    assert (answer.status_code, answer.json["code"]) == (409, "bytes-here")
    assert state(id_) == rules.STORED


@pytest.mark.parametrize(
    ("login", "status"),
    [("grace", 404), ("dan", 404), ("bob", 403), ("alice", 403), ("erin", 403), ("frank", 403), (None, 401)],
)
def test_only_its_owner_says_that_a_file_is_lost(client_of, login: str | None, status: int) -> None:
    id_ = declare(DATA, submitted=True)
    assert loss(client_of(login), id_).status_code == status
    assert read(id_, lambda row: row.problem) is None


@pytest.mark.parametrize("comment", ["", "  \n", None, 7, "字" * 1001])
def test_a_loss_needs_words(client_of, comment: object) -> None:
    assert loss(client_of("chelsea"), declare(DATA), comment).status_code == 422
    assert client_of("chelsea").put(f"/api/v1/evidence/{new_id()}/loss", json={"comment": "x"}).status_code == 404


def test_a_file_that_reviewers_know_of_is_replaced_in_their_sight(client_of) -> None:
    """Before the submission a declaration is a draft; after it what was claimed first is on record."""
    draft, known = declare(DATA), declare(DATA, visit=OTHER_VISIT, submitted=True)
    before = read(known, lambda row: row.sha256)
    declare(photo((1, 2, 3)), evidence_id=draft)
    declare(photo((1, 2, 3)), visit=OTHER_VISIT, evidence_id=known)
    assert events(draft) == []
    assert events(known) == [("evidence.replaced", {"sha256": before, "size": len(DATA)})]
