"""POST /visit-files: what a phone saved as one file comes to the same end as what it sends; hostile files come to none."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.evidence.models import Evidence
from backend.visits.models import Submission, Visit
from tests import world
from tests.evidence.phone import patch
from tests.submissions import answer_to, entry_for, file_bytes, follow_up_for, submission_for

ADDRESS = "/api/v1/visit-files"
VISIT = world.VISITS["chelsea-tiny"]
TINY = world.COMPILED["TINY"]
OTHER = world.VISITS["grace-tiny"]


def tables(*, visit: UUID = VISIT, login: str = "chelsea", document: Any = None, kind: str = "") -> dict[str, Any]:
    """A phone's tables with one document in line, and the records of its files."""
    draft_id = f"{visit}{kind}"
    item = {
        "id": f"words:{draft_id}",
        "kind": "words",
        "visit_id": str(visit),
        "draft_id": draft_id,
        "state": "waiting",
    }
    draft = {"id": draft_id, "visit_id": str(visit), "kind": "submission", "round": 0, "marks": [], "revision": 4}
    files = (document or {}).get("evidence", [])
    return {
        "format": 1,
        "saved_at": "2026-11-20T08:00:00.000Z",
        "device_id": "phone-1",
        "person": {"id": str(world.person_id(login)), "name": login.title()},
        "app_version": "0.1.0",
        "visits": [],
        "checklists": [],
        "drafts": [draft],
        "answers": [],
        "outbox": [item | {"document": document}] if document else [],
        "evidence": [entry | {"visit_id": str(visit), "name": f"{entry['kind']}.bin"} for entry in files],
    }


def zipped(saved: Any, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        archive.writestr("mingcha.json", saved if isinstance(saved, str) else json.dumps(saved))
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def whole(document: dict[str, Any], **options: Any) -> bytes:
    """The file of a phone that holds this document and every file it declares."""
    held = {f"files/{each['id']}.bin": file_bytes(each["id"], each["kind"]) for each in document["evidence"]}
    return zipped(tables(document=document, **options), held)


def bring(client: FlaskClient, content: bytes, **headers: str) -> TestResponse:
    return client.post(ADDRESS, data=content, content_type="application/zip", headers=headers)


def outcomes(answer: TestResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    return [(line["what"], line["outcome"]) for line in answer.json["items"]]


def refusals(answer: TestResponse) -> list[tuple[str, str]]:
    return [(line["what"], line["problem"]["code"]) for line in answer.json["items"] if line["outcome"] == "refused"]


def events(name: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.name == name)))


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_words_and_files_arrive_as_if_the_phone_had_sent_them(client_of: Callable) -> None:
    document = submission_for(TINY)
    answer = bring(client_of("alice"), whole(document))
    files = len(document["evidence"])
    assert outcomes(answer) == [("submission", "accepted"), *[("file", "accepted")] * files]
    assert answer.json["counts"] == {"accepted": 1 + files, "already_here": 0, "refused": 0}
    assert {line["store"] for line in answer.json["items"]} == {"ONE ONE 店"}
    seen = client_of("chelsea").get(f"/api/v1/visits/{VISIT}").json
    assert (seen["state"], seen["files"]["stored"], seen["files"]["expected"]) == ("submitted", files, files)
    for entry in document["evidence"]:
        original = client_of("chelsea").get(f"/api/v1/evidence/{entry['id']}/original")
        assert original.data == file_bytes(entry["id"], entry["kind"])


def test_the_history_says_who_imported_what(client_of: Callable) -> None:
    document = submission_for(TINY)
    bring(client_of("alice"), whole(document))
    [imported] = events("visit.imported")
    assert (imported.subject_id, imported.person_id, imported.data["what"]) == (
        VISIT,
        world.person_id("alice"),
        "submission",
    )
    assert {each.person_id for each in events("evidence.imported")} == {world.person_id("alice")}
    assert {each.person_id for each in events("visit.submitted")} == {world.person_id("chelsea")}
    assert db.session.scalar(select(Submission.person_id)) == world.person_id("chelsea")


def test_the_same_file_again_changes_nothing(client_of: Callable) -> None:
    content = whole(submission_for(TINY))
    bring(client_of("alice"), content)
    before = (count(Event), count(Evidence), count(Submission))
    again = bring(client_of("alice"), content)
    assert {outcome for _, outcome in outcomes(again)} == {"already_here"}
    assert (count(Event), count(Evidence), count(Submission)) == before


def test_file_and_phone_may_both_come_in_any_order(client_of: Callable) -> None:
    document, chelsea = submission_for(TINY), client_of("chelsea")
    first, *rest = document["evidence"]
    assert chelsea.put(f"/api/v1/visits/{VISIT}/submission", json=document).status_code == 201
    assert patch(chelsea, first["id"], file_bytes(first["id"], first["kind"])).status_code == 204
    told = outcomes(bring(client_of("alice"), whole(document)))
    assert told == [("submission", "already_here"), ("file", "already_here"), *[("file", "accepted")] * len(rest)]
    assert chelsea.put(f"/api/v1/visits/{VISIT}/submission", json=document).status_code == 200
    assert chelsea.put(f"/api/v1/evidence/{first['id']}", json=declared(first)).json["state"] == "stored"


def declared(entry: dict[str, Any], visit: UUID = VISIT) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "id"} | {"visit_id": str(visit)}


@pytest.mark.parametrize("came", ["right", "damaged"])
def test_what_had_come_of_a_file_is_gone_on_with(client_of: Callable, came: str) -> None:
    """The phone got half of it through; a damaged half is dropped, and all of it taken from the file."""
    document, chelsea = submission_for(TINY), client_of("chelsea")
    entry = document["evidence"][0]
    content = file_bytes(entry["id"], entry["kind"])
    chelsea.put(f"/api/v1/visits/{VISIT}/submission", json=document)
    half = content[:30] if came == "right" else bytes(30)
    assert patch(chelsea, entry["id"], half).status_code == 204
    assert ("file", "accepted") in outcomes(bring(client_of("alice"), whole(document)))
    assert chelsea.get(f"/api/v1/evidence/{entry['id']}/original").data == content


def test_an_unfinished_draft_is_kept_for_its_owner(client_of: Callable) -> None:
    photo = new_id()
    saved = tables()
    saved["answers"] = [
        {"draft_id": str(VISIT), "checkpoint": "T-1-01", "result": "pass", "evidence": [{"id": str(photo)}]}
    ]
    saved["evidence"] = [entry_for(photo) | {"visit_id": str(VISIT), "name": "a.jpg"}]
    content = zipped(saved, {f"files/{photo}.jpg": file_bytes(photo)})
    alice = client_of("alice")
    assert outcomes(bring(alice, content)) == [("draft", "accepted"), ("file", "accepted")]
    kept = client_of("chelsea").get(f"/api/v1/visits/{VISIT}/draft").json
    assert (kept["device_id"], kept["document"]["answers"][0]["checkpoint"]) == ("phone-1", "T-1-01")
    assert not db.session.get_one(Evidence, photo).is_submitted
    assert {outcome for _, outcome in outcomes(bring(alice, content))} == {"already_here"}


def test_a_draft_that_went_on_elsewhere_is_not_written_over(client_of: Callable) -> None:
    body = {"device_id": "another", "revision": 0, "document": {"answers": []}}
    client_of("chelsea").put(f"/api/v1/visits/{VISIT}/draft", json=body)
    assert refusals(bring(client_of("alice"), zipped(tables(), {}))) == [("draft", "draft-elsewhere")]


def test_a_follow_up_comes_after_its_submission(client_of: Callable) -> None:
    first, then = submission_for(TINY), follow_up_for(TINY)
    saved, more = tables(document=first), tables(document=then, kind="/follow_up")
    saved["outbox"] = more["outbox"] + saved["outbox"]
    saved["evidence"] += more["evidence"]
    assert [what for what, _ in outcomes(bring(client_of("alice"), zipped(saved, {})))] == ["submission", "follow_up"]


def test_what_is_wrong_with_one_thing_holds_up_no_other(client_of: Callable) -> None:
    """Answers that cannot be taken are told with their checkpoint; a damaged file leaves no trace; the rest comes."""
    document = submission_for(TINY)
    answer_to(document, "T-1-01")["result"] = "perhaps"
    broken, *sound = document["evidence"]
    held = {f"files/{each['id']}.bin": file_bytes(each["id"], each["kind"]) for each in sound}
    stranger = new_id()
    held |= {f"files/{broken['id']}.bin": file_bytes(broken["id"], broken["kind"])[::-1], f"files/{stranger}.jpg": b"?"}
    answer = bring(client_of("alice"), zipped(tables(document=document), held))
    assert sorted(refusals(answer)) == [
        ("file", "backup-file-damaged"),
        ("file", "backup-file-unknown"),
        ("submission", "answers-invalid"),
    ]
    assert answer.json["items"][0]["problem"]["errors"][0]["checkpoint"] == "T-1-01"
    assert answer.json["counts"]["accepted"] == len(sound)
    assert db.session.get(Evidence, UUID(broken["id"])) is None


def test_another_persons_visit_is_refused_with_everything_of_it(client_of: Callable) -> None:
    document = submission_for(TINY)
    answer = bring(client_of("alice"), whole(document, login="grace"))
    assert refusals(answer) == [("visit", "backup-of-another")]
    assert bring(client_of("alice"), whole(document, visit=new_id())).json["items"][0]["problem"]["status"] == 404
    assert count(Evidence) == count(Submission) == 0


def test_a_file_cannot_bring_evidence_of_another_visit(client_of: Callable) -> None:
    grace, document = client_of("grace"), submission_for(TINY)
    entry = document["evidence"][0]
    assert grace.put(f"/api/v1/evidence/{entry['id']}", json=declared(entry, OTHER)).status_code == 201
    answer = bring(client_of("alice"), whole(document))
    assert ("submission", "answers-invalid") in refusals(answer)
    assert db.session.get_one(Evidence, UUID(entry["id"]), populate_existing=True).visit_id == OTHER


@pytest.mark.parametrize(
    ("login", "status"), [("chelsea", 403), ("bob", 403), ("erin", 403), ("frank", 403), (None, 401)]
)
def test_only_planners_import(client_of: Callable, login: str | None, status: int) -> None:
    assert bring(client_of(login), whole(submission_for(TINY))).status_code == status
    assert count(Submission) == 0


def test_a_planner_of_another_region_finds_no_visit(client_of: Callable, app: Any) -> None:
    from backend.accounts.models import PersonMembership
    from backend.core.actor import ScopeKind

    with transaction(writes=True):
        for row in db.session.scalars(
            select(PersonMembership).where(PersonMembership.person_id == world.person_id("alice"))
        ):
            row.scope_kind, row.scope_id = ScopeKind.REGION, world.WEST
    answer = bring(client_of("alice"), whole(submission_for(TINY)))
    assert refusals(answer) == [("visit", "not-found")]
    assert answer.json["items"][0]["store"] is None


def test_a_visit_whose_auditor_lost_their_account_can_still_be_imported(client_of: Callable) -> None:
    from backend.accounts.models import Person, PersonMembership

    with transaction(writes=True):
        db.session.get_one(Person, world.person_id("chelsea")).is_active = False
        for row in db.session.scalars(
            select(PersonMembership).where(PersonMembership.person_id == world.person_id("chelsea"))
        ):
            db.session.delete(row)
    assert refusals(bring(client_of("alice"), whole(submission_for(TINY)))) == []
    assert db.session.get_one(Visit, VISIT, populate_existing=True).state == "submitted"


def _hostile() -> dict[str, bytes]:
    document = submission_for(TINY)
    saved, id_ = tables(document=document), document["evidence"][0]["id"]
    sound = whole(document)
    doubled = io.BytesIO()
    with zipfile.ZipFile(doubled, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for _ in range(2):
            archive.writestr("mingcha.json", json.dumps(saved))
    deep = '{"format": ' + "[" * 100_000 + "]" * 100_000 + "}"
    lying = bytearray(sound)
    place = lying.rfind(b"PK\x05\x06")
    lying[place + 12 : place + 16] = (2**31).to_bytes(4, "little")
    return {
        "no zip": b"PK\x03\x04 but no more",
        "nothing": b"",
        "cut off": sound[:-40],
        "a bomb": zipped(saved, {f"files/{id_}.bin": bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
        "a directory longer than the file": bytes(lying),
        "a path that climbs": zipped(saved, {"../../etc/passwd": b"x"}),
        "an absolute path": zipped(saved, {"/files/x.jpg": b"x"}),
        "a path inside files": zipped(saved, {f"files/../{id_}.jpg": b"x"}),
        "a backslash": zipped(saved, {f"files\\{id_}.jpg": b"x"}),
        "a NUL in a name": zipped(saved, {f"files/{id_}.jpgX": b"x"}).replace(b".jpgX", b".jpg\0"),
        "the tables twice": doubled.getvalue(),
        "no tables": zipped(saved, {}).replace(b"mingcha.json", b"mingchb.json"),
        "broken JSON": zipped('{"format": 1,', {}),
        "endless nesting": zipped(deep, {}),
        "a list instead of tables": zipped("[]", {}),
        "another format": zipped(saved | {"format": 99}, {}),
        "a foreign id": zipped(saved | {"evidence": [{"id": "../x", "visit_id": str(VISIT)}]}, {}),
        "no person": zipped({name: value for name, value in saved.items() if name != "person"}, {}),
    }


HOSTILE = _hostile()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_whole_in_clear_words(client_of: Callable, name: str) -> None:
    for language in ("zh-CN", "en"):
        answer = bring(client_of("alice"), HOSTILE[name], **{"Accept-Language": language})
        assert answer.status_code == 422, answer.text
        assert answer.json["code"].startswith("backup-")
        assert ("nothing was imported" in answer.json["detail"]) is (language == "en")
    assert count(Event) == count(Evidence) == count(Submission) == 0


def test_an_entry_that_fails_its_checksum_is_a_damaged_file(client_of: Callable) -> None:
    document = submission_for(TINY)
    content = bytearray(whole(document))
    entry = document["evidence"][0]
    place = content.find(file_bytes(entry["id"], entry["kind"]))
    content[place + 5] ^= 1
    assert refusals(bring(client_of("alice"), bytes(content))) == [("file", "backup-file-damaged")]


def test_only_a_zip_is_taken(client_of: Callable) -> None:
    answer = client_of("alice").post(ADDRESS, json={"format": 1})
    assert answer.status_code == 415
