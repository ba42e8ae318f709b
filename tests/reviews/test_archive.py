"""The archive of a visit: what is in it, that it proves itself, who gets it, and what happens when it cannot be whole."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import media_store
from backend import verifying
from backend.core import clock
from backend.core.db import db, transaction
from backend.core.outbox import Event
from backend.core.signing import read_public
from backend.evidence.models import Evidence, EvidenceView
from backend.evidence.receiving import store
from backend.visits.models import Submission
from tests import world
from tests.kept import keep_files
from tests.reviews.conftest import files_become, path_of

DAN, CHELSEA = "dan-tiny", "chelsea-tiny"


@pytest.fixture
def judged(desk):
    """Dan's visit, whole and approved; answers the bytes of its originals by evidence."""
    desk.submit(DAN, {"T-1-02": "fail", "T-1-03": "na"})
    contents = keep_files(world.VISITS[DAN])
    change = {"checkpoint": "T-1-02", "result": "pass", "reason": "seen on the photo"}
    status, _ = desk.review(DAN, changes=[change], reason="fine")
    assert status == 200
    return contents


def archived(desk: Any, name: str = DAN, login: str = "bob") -> bytes:
    answer = desk.client(login).get(path_of(name, "/archive"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.data


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def manifest_of(data: bytes) -> dict[str, Any]:
    return json.loads(opened(data).read("manifest.json"))


def rows(model: Any, **where: Any) -> list[Any]:
    with transaction(writes=False):
        return list(db.session.scalars(select(model).filter_by(**where)))


def verdict(data: bytes, folder: Path, key: str | None = None) -> tuple[int, str]:
    file = folder / "visit.zip"
    file.write_bytes(data)
    code, lines = verifying.run(file, key)
    return code, "\n".join(lines)


def test_everything_is_in_it_and_listed(desk, judged) -> None:
    archive = opened(archived(desk))
    assert archive.testzip() is None
    names = archive.namelist()
    originals = {f"originals/{id_}.{'jpg' if b'JFIF' in data else 'mp4'}" for id_, data in judged.items()}
    others = {"README.txt", "visit.json", "checklist.json", "signing-key.pem", "submissions/round-1-submission.json"}
    assert set(names) == originals | others | {"manifest.json", "manifest.sig"}
    assert names[-2:] == ["manifest.json", "manifest.sig"]
    listed = {each["path"]: each for each in json.loads(archive.read("manifest.json"))["files"]}
    assert set(listed) == originals | others
    for path, each in listed.items():
        content = archive.read(path)
        assert (each["size"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_what_was_judged_is_told(desk, judged) -> None:
    archive = opened(archived(desk))
    visit, manifest = (json.loads(archive.read(f"{name}.json")) for name in ("visit", "manifest"))
    (submission,) = rows(Submission)
    assert archive.read("submissions/round-1-submission.json") == submission.document
    assert visit["ledger"][0]["reason"] == "seen on the photo"
    (card,) = visit["scorecards"]
    assert card["inputs"] == {each["checkpoint"]: each["result"] for each in visit["answers"]}
    assert card["inputs"]["T-1-02"] == "pass"
    assert manifest["scorecard"]["rule_version"] == card["rule_version"]
    assert manifest["scorecard"]["rate"] == desk.visit(DAN)["scorecard"]["rate"]
    assert json.loads(archive.read("checklist.json")) == world.DEFINITIONS["TINY"].document
    assert (manifest["made_by"]["name"], manifest["visit"]["store"]["code"]) == ("Bob", "ONE")
    links = {each["id"]: [link["checkpoint"] for link in each["links"]] for each in manifest["evidence"]}
    for answer in visit["answers"]:
        assert all(answer["checkpoint"] in links[link["id"]] for link in answer["evidence"])


def test_it_does_not_name_who_made_the_visit(desk, judged) -> None:
    archive = opened(archived(desk))
    for name in ("visit.json", "manifest.json", "README.txt"):
        assert b"Dan" not in archive.read(name)
    assert json.loads(archive.read("visit.json"))["auditor"]["id"] == str(world.person_id("dan"))


def test_it_is_genuine_by_the_published_key_and_no_other(desk, judged, tmp_path: Path) -> None:
    data, published = archived(desk), desk.client(None).get("/api/v1/signing-key").json
    for form in ("hex", "public_key", "pem"):
        code, told = verdict(data, tmp_path, published[form])
        assert (code, told.splitlines()[0][:7]) == (0, "GENUINE"), form
        assert "WARNING" not in told
    assert published["id"] in told
    assert opened(data).read("signing-key.pem").decode() == published["pem"]
    other = "11" * 32
    code, told = verdict(data, tmp_path, other)
    assert code == 1
    assert read_public(other).id in told


def test_without_a_key_it_says_that_the_key_proves_nothing(desk, judged, tmp_path: Path) -> None:
    code, told = verdict(archived(desk), tmp_path)
    assert code == 0
    assert "WARNING" in told
    assert "ONE" in told


def test_the_same_visit_makes_the_same_archive(desk, judged, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert archived(desk) == archived(desk)


def test_each_archive_is_logged_with_a_view_of_every_original(desk, judged) -> None:
    archived(desk)
    (event,) = rows(Event, name="visit.archived")
    assert (event.subject_id, event.person_id) == (world.VISITS[DAN], world.person_id("bob"))
    assert event.data["originals"] == len(judged)
    views = rows(EvidenceView, what="original")
    assert {(view.evidence_id, view.person_id) for view in views} == {(id_, world.person_id("bob")) for id_ in judged}
    archived(desk)
    assert len(rows(EvidenceView, what="original")) == 2 * len(judged)


@pytest.mark.parametrize(
    ("login", "status"),
    [(None, 401), ("alice", 403), ("chelsea", 403), ("dan", 403), ("erin", 403), ("frank", 403), ("bob", 200)],
)
def test_originals_are_for_reviewers_alone(desk, judged, login: str | None, status: int) -> None:
    answer = desk.client(login).get(path_of(DAN, "/archive"))
    assert answer.status_code == status
    assert len(rows(Event, name="visit.archived")) == (status == 200)


def test_a_visit_that_was_never_submitted_is_nobodys_to_archive(desk) -> None:
    assert desk.client("bob").get(path_of(DAN, "/archive")).status_code == 404
    unknown = "/api/v1/visits/00000000-0000-4000-8000-000000000009/archive"
    assert desk.client("bob").get(unknown).status_code == 404


def test_a_file_that_never_came_is_named_with_its_waiver(desk, tmp_path: Path) -> None:
    desk.submit(DAN)
    keep_files(world.VISITS[DAN])
    missing = str(rows(Evidence)[0].id)
    files_become("expected", missing)
    assert desk.review(DAN, waived=[{"evidence": missing, "reason": "the phone was stolen"}])[0] == 200
    data = archived(desk)
    (absent,) = [each for each in manifest_of(data)["evidence"] if each["absent"]]
    assert (absent["id"], absent["absent"], absent["path"]) == (missing, "not-received", None)
    assert absent["waivers"][0]["reason"] == "the phone was stolen"
    assert "1 not-received" in verdict(data, tmp_path)[1]


def test_a_file_that_the_store_lost_is_named(desk, judged, tmp_path: Path) -> None:
    row = rows(Evidence)[0]
    store().delete(row.key)
    data = archived(desk)
    assert [each["id"] for each in manifest_of(data)["evidence"] if each["absent"] == "lost"] == [str(row.id)]
    assert "1 lost" in verdict(data, tmp_path)[1]


def test_bytes_that_are_others_break_the_archive_off(desk, judged, tmp_path: Path) -> None:
    row = rows(Evidence)[0]
    path = store().local_path(row.key)
    path.chmod(0o600)
    path.write_bytes(b"x" * row.size)
    came = broken_off(desk, media_store.WrongBytes)
    assert not zipfile.is_zipfile(io.BytesIO(came))
    assert verdict(came, tmp_path)[0] == 1
    (event,) = rows(Event, name="visit.archive-broken")
    assert "WrongBytes" in event.data["fault"]


def test_a_store_that_dies_half_way_leaves_no_zip(desk, judged, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, asked = store().open, []

    def dies(key: str, *range_: Any) -> Any:
        asked.append(key)
        if len(asked) > 1:
            raise media_store.Unreachable("gone")
        return honest(key, *range_)

    monkeypatch.setattr(store(), "open", dies)
    assert not zipfile.is_zipfile(io.BytesIO(broken_off(desk, media_store.Unreachable)))
    assert len(rows(Event, name="visit.archive-broken")) == 1


def test_a_store_that_is_away_is_told_before_the_first_byte(desk, judged, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_key: str) -> Any:
        raise media_store.Unreachable("away")

    monkeypatch.setattr(store(), "stat", away)
    answer = desk.client("bob").get(path_of(DAN, "/archive"))
    assert (answer.status_code, answer.json["code"]) == (503, "store-unreachable")
    assert rows(Event, name="visit.archived") == []


def test_a_caller_who_goes_away_is_no_fault(desk, judged) -> None:
    answer = desk.client("bob").get(path_of(DAN, "/archive"), buffered=False)
    next(answer.iter_encoded())
    answer.close()
    assert rows(Event, name="visit.archive-broken") == []


def test_the_headers_make_it_a_file_to_be_saved(desk, judged) -> None:
    answer = desk.client("bob").get(path_of(DAN, "/archive"))
    day = desk.visit(DAN)["visited_on"]
    assert answer.headers["Content-Disposition"] == f"attachment; filename=visit-ONE-{day}.zip"
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/zip", "private, no-store")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def broken_off(desk: Any, fault: type[Exception]) -> bytes:
    """What came of the answer before it broke off."""
    answer = desk.client("bob").get(path_of(DAN, "/archive"), buffered=False)
    assert answer.status_code == 200
    came = bytearray()
    with pytest.raises(fault):
        for piece in answer.iter_encoded():
            came += piece
    return bytes(came)
