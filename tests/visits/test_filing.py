"""The ledger of a visit's files: who reads it, what each line says, and the visits that wait for files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence.models import Evidence
from backend.visits.models import Visit
from backend.waves.models import Wave
from tests import world
from tests.evidence.phone import patch

CHELSEA = world.VISITS["chelsea-tiny"]
ADDRESS = f"/api/v1/visits/{CHELSEA}"
FILES = f"{ADDRESS}/files"
LINE = {
    "id",
    "kind",
    "size",
    "received",
    "sha256",
    "state",
    "problem",
    "problem_code",
    "checkpoints",
    "captured_at",
    "declared_at",
    "stored_at",
}


@pytest.fixture
def submitted(client_of: Callable) -> list[dict[str, Any]]:
    """The entries of the files of chelsea's submitted visit."""
    body = world.submission_for(world.COMPILED["TINY"])
    assert client_of("chelsea").put(f"{ADDRESS}/submission", json=body).status_code == 201
    return body["evidence"]


def put_in(state: str, visit: Any = CHELSEA) -> None:
    with transaction(writes=True):
        db.session.get_one(Visit, visit).state = state


def add_files(visit: Any, number: int, *, days_ago: int = 0, state: str = "expected") -> None:
    with transaction(writes=True):
        for _ in range(number):
            db.session.add(
                Evidence(
                    id=new_id(),
                    visit_id=visit,
                    uploader_id=world.person_id("chelsea"),
                    store_id=world.ONE,
                    kind="photo",
                    media_type="image/jpeg",
                    size=1000,
                    sha256="0" * 64,
                    source="camera",
                    state=state,
                    declared_at=clock.now() - timedelta(days=days_ago),
                    is_submitted=True,
                )
            )


def test_each_line_says_how_far_its_file_has_come(client_of: Callable, submitted: list[dict[str, Any]]) -> None:
    chelsea, (first, second) = client_of("chelsea"), submitted
    patch(chelsea, first["id"], world.file_bytes(first["id"])[:9])
    lines = {line["id"]: line for line in chelsea.get(FILES).json["items"]}
    assert set(lines) == {first["id"], second["id"]}
    half, none = lines[first["id"]], lines[second["id"]]
    assert set(half) == LINE
    assert (half["state"], half["received"], half["size"]) == ("uploading", 9, first["size"])
    assert (none["state"], none["received"], none["stored_at"], none["problem"]) == ("expected", 0, None, None)
    assert half["checkpoints"]
    patch(chelsea, first["id"], world.file_bytes(first["id"])[9:], 9)
    (done,) = (line for line in chelsea.get(FILES).json["items"] if line["id"] == first["id"])
    assert (done["state"], done["received"], done["stored_at"] is not None) == ("stored", first["size"], True)
    files = chelsea.get(ADDRESS).json["files"]
    assert (files["expected"], files["stored"], files["left_bytes"]) == (2, 1, second["size"])


def test_a_line_names_every_checkpoint_that_its_file_proves(client_of: Callable) -> None:
    body = world.submission_for(world.COMPILED["TINY"])
    shared = body["evidence"][0]["id"]
    linked = [answer for answer in body["answers"] if answer["evidence"]]
    for answer in linked:
        answer["evidence"] = [{"id": shared.upper(), "at_ms": None}, *answer["evidence"]]
    assert client_of("chelsea").put(f"{ADDRESS}/submission", json=body).status_code == 201
    (line,) = (line for line in client_of("bob").get(FILES).json["items"] if line["id"] == shared)
    assert line["checkpoints"] == sorted(answer["checkpoint"] for answer in linked)


def test_wrong_bytes_have_a_way_out(client_of: Callable, submitted: list[dict[str, Any]]) -> None:
    """The same file again from its first byte; or, if the phone's own copy is damaged, another file in its place."""
    chelsea, (first, second) = client_of("chelsea"), submitted
    for entry in submitted:
        assert patch(chelsea, entry["id"], bytes(entry["size"])).status_code == 460
    lines = client_of("bob").get(FILES, headers={"Accept-Language": "en"}).json["items"]
    assert {(line["state"], line["problem_code"], line["received"]) for line in lines} == {
        ("expected", "wrong-bytes", 0)
    }
    assert all("declared" in line["problem"] for line in lines)
    assert chelsea.get(ADDRESS).json["files"]["wrong"] == 2

    assert patch(chelsea, first["id"], world.file_bytes(first["id"])).status_code == 204
    claims, content = _retaken(second)
    assert chelsea.put(f"/api/v1/evidence/{second['id']}", json=claims).status_code == 200
    assert patch(chelsea, second["id"], content).status_code == 204
    files = chelsea.get(ADDRESS).json["files"]
    assert (files["stored"], files["wrong"], files["left_bytes"], files["missing_since"]) == (2, 0, 0, None)


def _retaken(entry: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Another file declared under the same id: the answers that link to it stay as they are."""
    other = new_id()
    content = world.file_bytes(other)
    claims = {**entry, **{name: world.entry_for(other)[name] for name in ("size", "sha256")}}
    return {name: value for name, value in claims.items() if name != "id"} | {"visit_id": str(CHELSEA)}, content


def test_a_lost_file_is_the_reviewers_to_waive_by_name(client_of: Callable, submitted: list[dict[str, Any]]) -> None:
    chelsea, bob, (first, second) = client_of("chelsea"), client_of("bob"), submitted
    patch(chelsea, first["id"], world.file_bytes(first["id"]))
    with transaction(writes=True):
        db.session.get_one(Evidence, UUID(first["id"])).state = "ready"
        db.session.get_one(Visit, CHELSEA).open_items = []
    chelsea.put(f"/api/v1/evidence/{second['id']}/loss", json={"comment": "存储卡坏了"})
    files = bob.get(ADDRESS).json["files"]
    assert (files["lost"], files["left_bytes"], files["missing_since"]) == (1, 0, None)
    assert bob.put(f"{ADDRESS}/review", json={"verdict": "approved"}).status_code == 422
    waived = [{"evidence": second["id"], "reason": "已电话核实"}]
    answer = bob.put(f"{ADDRESS}/review", json={"verdict": "approved", "waived": waived})
    assert (answer.status_code, answer.json.get("state")) == (200, "approved")


@pytest.mark.parametrize(
    ("login", "state", "status"),
    [
        ("chelsea", "submitted", 200),
        ("bob", "submitted", 200),
        ("alice", "submitted", 200),
        ("alice", "published", 200),
        ("grace", "submitted", 404),
        ("dan", "published", 404),
        ("erin", "published", 404),
        ("steve", "published", 404),
        ("frank", "published", 404),
        ("gina", "published", 404),
        (None, "published", 401),
    ],
)
def test_insiders_read_the_ledger_and_nobody_else(
    client_of: Callable, submitted: list[dict[str, Any]], login: str | None, state: str, status: int
) -> None:
    put_in(state)
    assert client_of(login).get(FILES).status_code == status
    assert client_of(login).get(f"/api/v1/visits/{new_id()}/files").status_code in {401, 404}


def test_what_is_not_submitted_is_its_uploaders_alone(client_of: Callable) -> None:
    entry = world.entry_for(new_id())
    body = {name: value for name, value in entry.items() if name != "id"} | {"visit_id": str(CHELSEA)}
    client_of("chelsea").put(f"/api/v1/evidence/{entry['id']}", json=body)
    assert len(client_of("chelsea").get(FILES).json["items"]) == 1
    assert client_of("alice").get(FILES).json["items"] == []


def test_dealers_read_noughts_for_sums(client_of: Callable, submitted: list[dict[str, Any]]) -> None:
    put_in("published")
    row = next(row for row in client_of("frank").get("/api/v1/visits").json["items"] if row["id"] == str(CHELSEA))
    whole = client_of("frank").get(ADDRESS).json
    assert (row["files"]["expected"], row["files"]["stored"], row["files"]["missing_since"]) == (0, 0, None)
    assert whole["files"] == row["files"]
    assert client_of("bob").get(ADDRESS).json["files"]["missing_since"] is not None
    with transaction(writes=True):
        db.session.get_one(Wave, world.WAVES["TINY"]).state = "locked"
    progress = client_of("frank").get(f"/api/v1/waves/{world.WAVES['TINY']}/progress").json
    assert (progress["files"]["expected"], progress["visits_missing"]) == (0, 0)


def test_the_ledger_is_paged_whole(client_of: Callable) -> None:
    put_in("submitted")
    add_files(CHELSEA, 7)
    seen, cursor = [], None
    for _ in range(5):
        asked = {"limit": 3} | ({"after": cursor} if cursor else {})
        answer = client_of("chelsea").get(FILES, query_string=asked).json
        seen += [line["id"] for line in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=x", "state=odd"])
def test_a_ledger_asked_for_nonsense_is_refused(client_of: Callable, query: str) -> None:
    assert client_of("chelsea").get(f"{FILES}?{query}").status_code == 422


def test_a_page_of_the_ledger_costs_the_same_however_long_it_is(client_of: Callable, count_queries: Callable) -> None:
    put_in("submitted")
    counted = []
    for _ in range(2):
        add_files(CHELSEA, 20, state="uploading")
        client_of("chelsea").get(FILES)
        with count_queries() as counting:
            assert len(client_of("chelsea").get(f"{FILES}?limit=200").json["items"]) >= 20
        counted.append(counting.number)
    assert counted[0] == counted[1] <= 9, counting.statements


def waiting(client: Any, query: str = "") -> list[str]:
    rows = client.get(f"/api/v1/visits?files=missing&{query}").json["items"]
    names = {str(id_): name for name, id_ in world.VISITS.items()}
    return [names[row["id"]] for row in rows]


def test_headquarters_lists_visits_with_files_on_a_phone_the_longest_wait_first(client_of: Callable) -> None:
    alice, rf = client_of("alice"), world.VISITS["grace-rf"]
    for name, days, state in (
        ("grace-tiny", 2, "submitted"),
        ("chelsea-tiny", 9, "submitted"),
        ("dan-tiny", 30, "void"),
        ("chelsea-eo", 40, "approved"),
        ("grace-rf", 50, "in_review"),
    ):
        add_files(world.VISITS[name], 2, days_ago=days)
        put_in(state, world.VISITS[name])
    with transaction(writes=True):
        for row in db.session.query(Evidence).filter_by(visit_id=rf):
            row.problem = "lost"
    add_files(CHELSEA, 1, days_ago=99, state="ready")
    assert waiting(alice) == ["chelsea-tiny", "grace-tiny"]
    assert waiting(alice, f"wave={world.WAVES['RF']}") == []
    assert waiting(client_of("chelsea")) == ["chelsea-tiny"]
    assert waiting(client_of("erin")) == []
    (first, _) = alice.get("/api/v1/visits?files=missing").json["items"]
    assert first["files"]["missing_since"][:10] == (clock.now() - timedelta(days=9)).date().isoformat()


def test_the_visits_that_wait_are_paged_whole(client_of: Callable) -> None:
    for place, visit in enumerate(world.VISITS.values()):
        add_files(visit, 2, days_ago=place // 2)
    with transaction(writes=True):
        moment = clock.now()
        for row in db.session.query(Evidence):
            row.declared_at = moment.replace(microsecond=row.declared_at.day)
    seen, cursor = [], None
    for _ in range(8):
        asked = {"files": "missing", "limit": 2} | ({"after": cursor} if cursor else {})
        answer = client_of("alice").get("/api/v1/visits", query_string=asked).json
        seen += [row["id"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(world.VISITS)


def test_a_wave_tells_how_many_files_are_still_out(client_of: Callable, submitted: list[dict[str, Any]]) -> None:
    progress = client_of("alice").get(f"/api/v1/waves/{world.WAVES['TINY']}/progress").json
    files = progress["files"]
    assert (files["expected"], files["stored"], progress["visits_missing"]) == (2, 0, 1)
    assert files["left_bytes"] == sum(entry["size"] for entry in submitted)


def test_a_list_with_files_costs_the_same_queries_however_many_there_are(
    client_of: Callable, count_queries: Callable
) -> None:
    counted = []
    # What a process reads once and keeps is no cost of a list.
    client_of("alice").get("/api/v1/visits")
    for _ in range(2):
        for visit in world.VISITS.values():
            add_files(visit, 10)
        with count_queries() as counting:
            assert len(client_of("alice").get("/api/v1/visits?files=missing").json["items"]) == len(world.VISITS)
        counted.append(counting.number)
    assert counted[0] == counted[1], counting.statements


@pytest.mark.parametrize("value", ["odd", ""])
def test_an_unknown_filter_of_files_is_refused(client_of: Callable, value: str) -> None:
    assert client_of("alice").get(f"/api/v1/visits?files={value}").status_code == 422
