"""Declaring evidence: replays, replacements, other people's ids, shared content, and who may see it."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.core import clock
from backend.core.actor import Membership, ScopeKind
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.outbox import Event, OutboxRow
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.evidence import queries, rules, service
from backend.evidence.models import Evidence, Upload
from backend.evidence.problems import EvidenceDiffers, FileTooLarge
from tests import world
from tests.evidence.phone import OTHER_VISIT, VISIT, actor, claims

CHELSEA = actor("chelsea")
DATA = b"bytes of a picture"


def declare(evidence_id: UUID, data: bytes = DATA, *, visit: UUID = VISIT, who=CHELSEA, **changes):
    return service.declare(who, evidence_id, visit_id=visit, store_id=world.ONE, body=claims(data, **changes))


def held(evidence_id: UUID, key: str = "originals/aa/bb/x.jpg") -> Evidence:
    row = db.session.get_one(Evidence, evidence_id)
    service.hold(row, key=key, detected_type="image/jpeg")
    db.session.flush()
    return row


def test_a_declaration_expects_its_bytes_and_opens_an_upload(writing) -> None:
    row, is_new = declare(new_id())
    upload = queries.upload_of(row.id)
    assert is_new
    assert row.state == rules.EXPECTED
    assert row.uploader_id == CHELSEA.id
    assert (upload.length, upload.offset) == (len(DATA), 0)
    assert upload.expires_at > clock.now()


def test_the_same_again_changes_nothing(writing) -> None:
    id_ = new_id()
    first, _ = declare(id_)
    upload = queries.upload_of(id_).id
    again, is_new = declare(id_)
    assert again is first
    assert not is_new
    assert queries.upload_of(id_).id == upload


def test_other_content_replaces_while_no_byte_has_come(writing) -> None:
    id_ = new_id()
    declare(id_)
    before = queries.upload_of(id_).id
    row, is_new = declare(id_, b"something longer than before")
    upload = queries.upload_of(id_)
    assert not is_new
    assert row.size == upload.length == 28
    assert upload.id != before


def test_other_content_is_refused_once_bytes_have_come(writing) -> None:
    id_ = new_id()
    row, _ = declare(id_)
    for state in (rules.UPLOADING, *rules.HELD):
        row.state = state
        with pytest.raises(EvidenceDiffers) as refused:
            declare(id_, b"other")
        assert refused.value.faults[0].where == {"evidence": str(id_)}
        assert declare(id_)[0].state == state


def test_every_claim_counts_as_content(writing) -> None:
    id_ = new_id()
    declare(id_)
    held(id_)
    for change in ({"captured_at": None}, {"position": None}, {"source": "gallery"}, {"media_type": "image/png"}):
        with pytest.raises(EvidenceDiffers):
            declare(id_, **change)


def test_evidence_never_moves_to_another_visit(writing) -> None:
    id_ = new_id()
    declare(id_)
    with pytest.raises(EvidenceDiffers):
        declare(id_, visit=OTHER_VISIT)


def test_another_persons_id_does_not_exist(writing) -> None:
    id_ = new_id()
    declare(id_)
    for login in ("grace", "bob", "alice", "dan"):
        with pytest.raises(NotFound):
            declare(id_, who=actor(login))


def test_each_kind_has_its_limit(writing) -> None:
    for kind, mib in (("photo", 200), ("audio", 1024), ("video", 4096)):
        declare(new_id(), kind=kind, size=mib * 1024 * 1024)
        with pytest.raises(FileTooLarge) as refused:
            declare(new_id(), kind=kind, size=mib * 1024 * 1024 + 1)
        assert str(mib) in refused.value.as_dict()["detail"]


def test_what_the_visit_holds_already_needs_no_upload(writing) -> None:
    first, second = new_id(), new_id()
    declare(first)
    held(first)
    row, _ = declare(second)
    assert row.state == rules.STORED
    assert row.key == "originals/aa/bb/x.jpg"
    assert queries.upload_of(second) is None
    assert db.session.scalar(select(OutboxRow.job).where(OutboxRow.subject_id == second)) == "evidence.develop"


def test_what_another_visit_holds_must_be_uploaded_again(writing) -> None:
    first, second = new_id(), new_id()
    declare(first)
    held(first)
    assert declare(second, visit=OTHER_VISIT)[0].state == rules.EXPECTED
    assert declare(new_id(), size=5)[0].state == rules.EXPECTED


def test_a_replay_shares_what_came_meanwhile(writing) -> None:
    first, second = new_id(), new_id()
    declare(first)
    declare(second)
    held(first)
    assert declare(second)[0].state == rules.STORED


def test_an_expired_upload_is_renewed_by_a_replay(writing) -> None:
    id_ = new_id()
    row, _ = declare(id_)
    old = queries.upload_of(id_)
    old.expires_at, row.state = clock.now(), rules.UPLOADING
    declare(id_)
    fresh = queries.upload_of(id_)
    assert fresh.id != old.id
    assert fresh.expires_at > clock.now()
    assert row.state == rules.EXPECTED


def test_many_at_once_answer_in_order_and_again(writing) -> None:
    entries = [claims(f"file {n}".encode(), id=new_id()) for n in range(40)]
    rows = service.declare_many(CHELSEA, VISIT, world.ONE, entries)
    assert [row.id for row in rows] == [entry["id"] for entry in entries]
    assert service.declare_many(CHELSEA, VISIT, world.ONE, entries) == rows
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 40


def test_many_twice_the_same_entry_is_one(writing) -> None:
    entry = claims(DATA, id=new_id())
    first, second = service.declare_many(CHELSEA, VISIT, world.ONE, [entry, dict(entry)])
    assert first is second
    assert service.declare_many(CHELSEA, VISIT, world.ONE, []) == []


def test_many_are_all_or_none_and_the_fault_is_named(writing) -> None:
    taken = new_id()
    declare(taken)
    held(taken)
    entries = [claims(b"fine", id=new_id()), claims(b"other", id=taken)]
    with pytest.raises(EvidenceDiffers) as refused:
        service.declare_many(CHELSEA, VISIT, world.ONE, entries)
    assert refused.value.faults[0].where == {"evidence": str(taken)}


def test_who_may_see(writing) -> None:
    id_ = new_id()
    declare(id_)
    assert {login for login in world.PEOPLE if _sees(login, id_)} == {"chelsea"}
    service.open_to_reviewers(VISIT)
    assert {login for login in world.PEOPLE if _sees(login, id_)} == {"chelsea", "bob", "alice"}
    assert not any(_sees(login, new_id()) for login in world.PEOPLE)


def test_reviewers_see_their_own_part_of_the_network_only(writing) -> None:
    id_ = new_id()
    declare(id_)
    service.open_to_reviewers(VISIT)
    for region, sees in ((world.EAST, True), (world.WEST, False)):
        reviewer = replace(actor("bob"), memberships=(Membership(Role.REVIEWER, ScopeKind.REGION, region),))
        assert bool(db.session.scalar(select(Evidence.id).where(queries._open_to(reviewer, Role.REVIEWER)))) is sees


def test_analysts_never_get_originals(writing) -> None:
    id_ = new_id()
    declare(id_)
    service.open_to_reviewers(VISIT)
    assert queries.get_original(actor("bob"), id_).id == id_
    with pytest.raises(NotFound):
        queries.get_original(actor("alice"), id_)


def test_kinds_and_files_of_a_visit(writing) -> None:
    first, second = new_id(), new_id()
    declare(first)
    held(first)
    declare(second, b"sound", kind="audio")
    nobody = new_id()
    assert queries.kinds([first, second, nobody]) == {first: "photo", second: "audio"}
    assert {row.id for row in queries.of_visit(VISIT)} == {first, second}


def test_nothing_is_recorded_for_a_mere_replay(writing) -> None:
    id_ = new_id()
    declare(id_)
    declare(id_)
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.subject_id == id_)) == 0


def _sees(login: str, evidence_id: UUID) -> bool:
    try:
        return queries.get_visible(actor(login), evidence_id).id == evidence_id
    except NotFound:
        return False
