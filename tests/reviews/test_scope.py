"""What regions, groups and stores are told: every GET of the product, asked by them about everything that there is.

One wave is published, its visits reviewed; another was reviewed and not published; a third is under way.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from backend.core.clock import now
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event
from backend.visits.models import Visit
from backend.waves.models import Programme, Wave
from tests import world

READERS = {"erin": {"ONE"}, "frank": {"ONE", "TWO"}, "gina": {"ONE", "THREE"}}
TINY, EO, RF = (str(world.WAVES[code]) for code in ("TINY", "EO", "RF"))
PUBLISHED = {"chelsea-tiny", "grace-tiny", "dan-tiny"}
WORDS, OPENLY = "等了四分钟，没有人来", "与服务经理一起看过"
SECRETS = ("Chelsea", "Grace", "Dan", "Bob", "红色轿车", WORDS, "小票在一点零五分", "PHONE-7")
# Of a visit these tell who came, when, with what, or how it was judged.
FORBIDDEN = {
    "at", "at_ms", "auditor", "auditor_id", "band", "captured_at", "check_in", "decided_at",
    "device_id", "due_on", "evidence", "fee", "flags", "follow_up_due_at", "holes", "marks", "person", "position",
    "renditions", "return", "script", "sign_off", "signals", "submitted_at", "taken_at",
    "visited_on", "waivers", "window",
}  # fmt: skip
# What is the reader's own, or the wave's, or the checklist's, and no visit's.
TIMED = {"published_at", "locked_at", "expires_at", "last_seen_at", "signed_in_at", "last_used_at", "created_at"}
OWN = ("/session", "/tokens", "/consents", "/exports", "/signing-key")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
QUERIES = {
    "/visits": ["", "?limit=1", *(f"?wave={id_}" for id_ in world.WAVES.values()), f"?store={world.TWO}",
                "?failed=T-1-02", "?state=submitted", "?state=planned", "?auditor=me", "?files=missing", "?band=doubt",
                f"?auditor={world.person_id('chelsea')}"],
    "/stores": ["", "?q=TWO", f"?region={world.WEST}", f"?group={world.MOON}"],
    "/reports/trend": [f"?checklist={code}{rest}" for code in world.FILES for rest in (
        "", f"&level=region&id={world.EAST}", f"&level=region&id={world.WEST}", f"&level=group&id={world.MOON}",
        f"&level=store&id={world.ONE}", f"&level=store&id={world.TWO}")],
    "/reports/waves/<uuid:wave_id>/matrix": [
        f"?rows={rows}&columns={columns}"
        for rows, columns in product(("stores", "regions", "groups"), ("stages", "checkpoints"))
    ],
    "/reports/waves/<uuid:wave_id>/stores": ["", f"?region={world.WEST}", f"?group={world.MOON}", "?method=announced"],
}  # fmt: skip


def said(words: str) -> dict[str, Any]:
    return {"T-1-02": {"result": "fail", "value": 20, "comment": words}}


@pytest.fixture
def reviewed(desk: SimpleNamespace) -> set[str]:
    """Everything is submitted, most of it approved, nothing published; answers the ids of all files."""
    with transaction(writes=True):
        for visit in db.session.query(Visit):
            visit.script, visit.window = {"car": "红色轿车"}, {"from": "2026-01-01"}
    sent = [desk.submit(name, said(OPENLY if name == "dan-tiny" else WORDS)) for name in sorted(PUBLISHED)]
    sent += [desk.submit(name) for name in ("grace-rf", "dan-rf", "chelsea-eo")]
    for name in ("chelsea-tiny", "grace-tiny", "grace-rf"):
        desk.follow_up(name)
    changes = [{"checkpoint": "T-1-01", "result": "fail", "reason": "照片与回答不符"}]
    for name in (*sorted(PUBLISHED), "grace-rf", "dan-rf"):
        body = {"changes": changes if name in PUBLISHED else [], "reason": "小票在一点零五分"}
        status, answer = desk.review(name, **body)
        assert status == 200, (name, answer.get("errors"))
    return {entry["id"] for body in sent for entry in body["evidence"]}


def everything(app: Flask, files: set[str]) -> Iterator[str]:
    """The address of every GET about every thing that there is."""
    known = {
        "visit_id": [*world.VISITS.values()], "wave_id": [*world.WAVES.values()], "store_id": [*world.STORES.values()],
        "person_id": [world.person_id(login) for login in world.PEOPLE], "evidence_id": sorted(files)[:3],
        "code": [*world.FILES, world.PROGRAMME_CODE], "version": ["1.0.0"], "name": ["thumb"],
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not hasattr(app.view_functions[rule.endpoint], "permission"):
            continue
        queries = QUERIES.get(rule.rule.removeprefix("/api/v1"), [""])
        for chosen in product(*(known.get(name, [new_id()]) for name in sorted(rule.arguments))):
            path = rule.rule
            for name, value in zip(sorted(rule.arguments), chosen, strict=True):
                path = re.sub(rf"<(\w+:)?{name}>", str(value), path)
            yield from (path + query for query in queries)


def walk(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every (key, value) of a JSON answer, at whatever depth; a value of a list under the list's key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield name, inner
            yield from walk(inner, name)


def told(app: Flask, client: Any, files: set[str]) -> dict[str, Any]:
    """Address -> JSON of everything that the reader may read. What is refused says nothing either."""
    found = {}
    for path in everything(app, files):
        answer = client.get(path)
        assert answer.status_code < 500, path
        for secret in SECRETS:
            assert secret not in answer.text, (path, secret)
        if answer.status_code == 200:
            found[path.removeprefix("/api/v1")] = answer.json
        else:
            assert answer.status_code in {403, 404, 422}, (path, answer.status_code)
    return found


def hidden_from(login: str, files: set[str], *, waves: set[str]) -> set[str]:
    """Ids that the reader must never be told, however they ask."""
    foreign = {str(id_) for code, id_ in world.STORES.items() if code not in READERS[login]}
    others = {str(id_) for name, id_ in world.VISITS.items()
              if str(world.WAVES[world.ASSIGNED[name][1]]) not in waves or world.ASSIGNED[name][2] not in READERS[login]}  # fmt: skip
    people = {str(world.person_id(each)) for each in world.PEOPLE if each != login}
    return foreign | others | people | files | ({TINY, EO, RF} - waves)


def require_discreet(login: str, found: dict[str, Any], hidden: set[str]) -> None:
    for path, answer in found.items():
        text = json.dumps(answer)
        for id_ in hidden:
            assert id_ not in text, (login, path, id_)
        if path.startswith((*OWN, "/checklists/")):
            continue
        for key, value in walk(answer):
            assert key not in FORBIDDEN or value in (None, [], {}), (login, path, key, value)
            if isinstance(value, str) and key not in TIMED:
                assert not INSTANT.search(value), (login, path, key, value)


@pytest.mark.parametrize("login", READERS)
def test_before_it_is_published_nothing_of_a_wave_is_told(
    app: Flask, client_of: Callable, reviewed: set[str], login: str
) -> None:
    found = told(app, client_of(login), reviewed)
    require_discreet(login, found, hidden_from(login, reviewed, waves=set()))
    for path in ("/waves", "/visits", "/programmes", "/checklists", "/exports"):
        assert found[path]["items"] == [], path
    assert not [path for path in found if re.match(r"/(reports/)?(waves|visits|checklists)/", path)]
    for code in READERS[login]:
        assert found[f"/reports/stores/{world.STORES[code]}"]["waves"] == []
    for kind, wave in product(("wave_workbook", "wave_csv", "wave_pdf", "bonus"), (TINY, RF)):
        format_ = {"wave_csv": "csv", "wave_pdf": "pdf"}.get(kind, "xlsx")
        body = {"kind": kind, "format": format_, "filters": {"wave": wave}}
        assert client_of(login).post("/api/v1/exports", json=body).status_code == 404, body


@pytest.mark.parametrize("login", READERS)
def test_after_that_they_read_their_own_stores_and_nothing_of_who_came_when(
    app: Flask, client_of: Callable, reviewed: set[str], login: str
) -> None:
    assert client_of("alice").put(f"/api/v1/waves/{TINY}/publish").status_code == 200
    found = told(app, client_of(login), reviewed)
    require_discreet(login, found, hidden_from(login, reviewed, waves={TINY}))
    own = {name for name in PUBLISHED if world.ASSIGNED[name][2] in READERS[login]}
    assert {row["id"] for row in found["/visits"]["items"]} == {str(world.VISITS[name]) for name in own}
    assert [row["id"] for row in found["/waves"]["items"]] == [TINY]
    assert [row["code"] for row in found["/checklists"]["items"]] == ["TINY"]
    (wave,) = found["/waves"]["items"]
    assert (wave["quota"], wave["originals_days"], wave["renditions_days"]) == (None, None, None)
    stores = found[f"/reports/waves/{TINY}/stores"]["items"]
    assert {row["code"] for row in stores} == {world.ASSIGNED[name][2] for name in own if "dan" not in name}
    for name in own:
        visit = found[f"/visits/{world.VISITS[name]}"]
        assert (visit["state"], visit["scorecard"]["red_line"]) == ("published", False)
        changed = next(each for each in visit["answers"] if each["checkpoint"] == "T-1-01")
        assert changed["result"] == "fail"
        assert visit["ledger"][0]["reason"] == "照片与回答不符"


def test_words_of_an_open_audit_are_told_and_those_of_a_shopper_are_not(
    client_of: Callable, reviewed: set[str]
) -> None:
    client_of("alice").put(f"/api/v1/waves/{TINY}/publish")

    def comments(name: str, login: str) -> set[str | None]:
        visit = client_of(login).get(f"/api/v1/visits/{world.VISITS[name]}").json
        return {each["comment"] for each in visit["answers"]}

    assert comments("chelsea-tiny", "bob") == {WORDS, None}
    assert comments("chelsea-tiny", "erin") == {None}
    assert comments("dan-tiny", "erin") == {OPENLY, None}


def test_an_earlier_wave_that_is_not_published_is_not_named(client_of: Callable, reviewed: set[str]) -> None:
    with transaction(writes=True):
        first = db.session.get_one(Wave, UUID(TINY))
        later = Wave(
            id=new_id(), programme_id=first.programme_id, number=9, name="第 9 期", state="open", published_at=now(),
            checklist_version_id=first.checklist_version_id, opens_on=first.opens_on, closes_on=first.closes_on,
            headline_method="covert",
        )  # fmt: skip
        db.session.add(later)
    path = f"/api/v1/reports/waves/{later.id}"
    assert client_of("alice").get(path).json["previous_wave_id"] == TINY
    assert client_of("frank").get(path).json["previous_wave_id"] is None
    client_of("alice").put(f"/api/v1/waves/{TINY}/publish")
    assert client_of("frank").get(path).json["previous_wave_id"] == TINY


def test_a_wave_of_a_foreign_brand_is_nobodys_business(client_of: Callable) -> None:
    from backend.network.models import Brand

    with transaction(writes=True):
        db.session.add(other := Brand(id=new_id(), code="OTHER", name="别的品牌"))
        db.session.flush()
        db.session.get_one(Programme, world.PROGRAMME).brand_id = other.id
    client_of("alice").put(f"/api/v1/waves/{TINY}/publish")
    assert client_of("erin").get("/api/v1/waves").json["items"] == []
    assert client_of("erin").get(f"/api/v1/waves/{TINY}").status_code == 404
    with transaction(writes=True):
        db.session.get_one(Programme, world.PROGRAMME).brand_id = world.BRAND
    assert client_of("erin").get(f"/api/v1/waves/{TINY}").status_code == 200


def test_what_publishing_would_do_is_told_before_and_stands_in_the_audit_line(
    client_of: Callable, desk: SimpleNamespace
) -> None:
    desk.submit("chelsea-tiny")
    desk.submit("grace-tiny")
    desk.follow_up("chelsea-tiny")
    assert desk.review("chelsea-tiny")[0] == 200
    path = f"/api/v1/waves/{TINY}/release"
    expected = {"approved": 1, "released": 0, "undecided": 1, "not_begun": 1, "stores": 1}
    answer = client_of("alice").get(path)
    assert answer.status_code == 200
    assert {name: answer.json[name] for name in expected} == expected
    assert answer.json["readers"] == {"regional_manager": 1, "group_manager": 1, "store_manager": 2}
    assert client_of("erin").get(path).status_code == client_of("bob").get(path).status_code == 403
    client_of("alice").put(f"/api/v1/waves/{TINY}/publish")
    assert client_of("alice").get(path).json["released"] == 1
    (line,) = db.session.query(Event).filter_by(name="wave.published")
    assert (line.data["undecided"], line.data["not_begun"]) == (1, 1)


def test_a_locked_wave_is_published_and_changes_no_more(client_of: Callable, desk: SimpleNamespace) -> None:
    desk.submit("chelsea-tiny")
    desk.follow_up("chelsea-tiny")
    assert desk.review("chelsea-tiny")[0] == 200
    alice, wave = client_of("alice"), f"/api/v1/waves/{TINY}"
    locked = alice.put(f"{wave}/lock")
    assert locked.status_code == 200
    assert locked.json["published_at"] is not None
    assert alice.put(f"{wave}/publish").json == alice.put(f"{wave}/lock").json == locked.json
    assert desk.review("chelsea-tiny", verdict="void", reason="迟了")[0] == 409
    plan = {name: locked.json[name] for name in (
        "programme", "number", "name", "checklist", "version", "opens_on", "closes_on", "state", "headline_method")}  # fmt: skip
    assert alice.put(wave, json=plan | {"name": "改名"}).status_code == 409
    assert client_of("erin").get(wave).status_code == 200
