"""Who reads and clears signals, what they are told, and the band in lists."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from backend.accounts.models import PersonMembership
from backend.core import outbox
from backend.core.actor import ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import named_id, new_id
from backend.core.permissions import Role
from backend.evidence.models import Evidence
from backend.integrity import rules
from backend.integrity.facts import Found
from backend.integrity.models import Signal
from backend.integrity.sentences import sentence
from backend.visits.models import Visit
from tests import world
from tests.integrity.test_service import CHELSEA, GRACE, judge, submit

EVERYBODY = ("chelsea", "grace", "dan", "erin", "steve", "frank", "gina", None)
PARAMS = {"visits": 1, "metres": 12_345, "seconds": 300, "files": 2, "of": 3, "answers": 78, "comments": 2}
MORE = {"result": "pass", "cameras": ["A 1", "B 2"], "day": "2026-05-20", "first": "2026-05-01", "last": None}
TIMES = {"written_at": "2026-05-20T02:00:00+00:00", "captured_at": "2026-05-20T03:30:00+00:00", "ahead": True}


@pytest.fixture
def signal(app: Flask, client_of: Callable) -> UUID:
    """Chelsea's submitted visit has one signal, of gallery pictures."""
    submit(client_of, "chelsea", CHELSEA, "a", source="gallery")
    outbox.drain()
    with transaction(writes=False):
        return db.session.query(Signal.id).filter_by(visit_id=CHELSEA).scalar()


def allow(login: str, role: Role, kind: ScopeKind = ScopeKind.ALL, scope: UUID | None = None) -> None:
    with transaction(writes=True):
        row = PersonMembership(
            id=new_id(), person_id=world.person_id(login), role=role, scope_kind=kind, scope_id=scope
        )
        db.session.add(row)


@pytest.mark.parametrize("login", EVERYBODY)
def test_nobody_else_learns_of_signals(client_of: Callable, signal: UUID, login: str | None) -> None:
    client, refused = client_of(login), 401 if login is None else 403
    assert client.get(f"/api/v1/visits/{CHELSEA}/integrity").status_code == refused
    assert client.put(f"/api/v1/signals/{signal}/clearing", json={"reason": "x"}).status_code == refused
    assert client.delete(f"/api/v1/signals/{signal}/clearing").status_code == refused


def test_planners_read_and_do_not_clear(client_of: Callable, signal: UUID) -> None:
    assert client_of("alice").get(f"/api/v1/visits/{CHELSEA}/integrity").json["score"] == 85
    assert client_of("alice").put(f"/api/v1/signals/{signal}/clearing", json={"reason": "x"}).status_code == 403


def test_what_is_not_there_or_not_submitted_is_not_found(client_of: Callable, signal: UUID) -> None:
    for visit_id in (GRACE, new_id()):
        assert client_of("bob").get(f"/api/v1/visits/{visit_id}/integrity").status_code == 404
        assert client_of("alice").get(f"/api/v1/visits/{visit_id}/integrity").status_code == 404
    assert client_of("bob").put(f"/api/v1/signals/{new_id()}/clearing", json={"reason": "x"}).status_code == 404
    assert client_of("bob").delete(f"/api/v1/signals/{new_id()}/clearing").status_code == 404


def test_a_reviewer_of_another_region_finds_nothing(client_of: Callable, signal: UUID) -> None:
    allow("steve", Role.REVIEWER, ScopeKind.REGION, world.WEST)
    client = client_of("steve")
    assert client.get(f"/api/v1/visits/{CHELSEA}/integrity").status_code == 404
    assert client.put(f"/api/v1/signals/{signal}/clearing", json={"reason": "x"}).status_code == 404
    assert client.delete(f"/api/v1/signals/{signal}/clearing").status_code == 404
    assert client.get("/api/v1/visits?band=look").json["items"] == []
    allow("steve", Role.REVIEWER, ScopeKind.REGION, world.EAST)
    assert client.get(f"/api/v1/visits/{CHELSEA}/integrity").status_code == 200


def test_nobody_judges_their_own_visit(client_of: Callable, signal: UUID) -> None:
    allow("chelsea", Role.REVIEWER)
    client = client_of("chelsea")
    assert client.get(f"/api/v1/visits/{CHELSEA}/integrity").status_code == 404
    assert client.put(f"/api/v1/signals/{signal}/clearing", json={"reason": "x"}).status_code == 404
    assert client.get(f"/api/v1/visits/{CHELSEA}").json["band"] is None
    assert client.get("/api/v1/visits?band=look").json["items"] == []


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}, {"reason": "x" * 2001}, []])
def test_a_clearing_needs_words(client_of: Callable, signal: UUID, body: object) -> None:
    assert client_of("bob").put(f"/api/v1/signals/{signal}/clearing", json=body).status_code == 422


def test_before_it_is_judged_a_submitted_visit_has_no_score(app: Flask, client_of: Callable) -> None:
    submit(client_of, "chelsea", CHELSEA, "a")
    told = client_of("bob").get(f"/api/v1/visits/{CHELSEA}/integrity").json
    assert told == {
        "visit_id": str(CHELSEA),
        "score": None,
        "band": None,
        "rules_version": None,
        "judged_at": None,
        "signals": [],
    }


def test_the_band_is_the_judges_alone(client_of: Callable, signal: UUID) -> None:
    for login in ("alice", "bob"):
        client = client_of(login)
        assert client.get(f"/api/v1/visits/{CHELSEA}").json["band"] == "look"
        assert {row["id"]: row["band"] for row in client.get("/api/v1/visits").json["items"]}[str(CHELSEA)] == "look"
        assert [row["id"] for row in client.get("/api/v1/visits?band=look").json["items"]] == [str(CHELSEA)]
        assert client.get("/api/v1/visits?band=doubt").json["items"] == []
    client = client_of("chelsea")
    assert client.get(f"/api/v1/visits/{CHELSEA}").json["band"] is None
    assert all(row["band"] is None for row in client.get("/api/v1/visits").json["items"])
    assert client.get("/api/v1/visits?band=look").json["items"] == []
    assert client.get("/api/v1/visits?band=guilty").status_code == 422


def test_a_dealer_cannot_ask_by_band(client_of: Callable, signal: UUID) -> None:
    with transaction(writes=True):
        db.session.get_one(Visit, CHELSEA).state = "published"
    for login in ("erin", "frank", "gina"):
        client = client_of(login)
        assert client.get(f"/api/v1/visits/{CHELSEA}").json["band"] is None
        assert client.get("/api/v1/visits?band=look").json["items"] == []


def test_a_page_of_bands_costs_the_same_queries(client_of: Callable, signal: UUID, count_queries: Callable) -> None:
    def cost() -> int:
        with count_queries() as counted:
            assert client_of("bob").get("/api/v1/visits").status_code == 200
        return counted.number

    one = cost()
    submit(client_of, "grace", GRACE, "b")
    judge(GRACE, Found("clock"))
    assert cost() == one


def held_against(visit_id: UUID, *, shown: bool = True) -> Found:
    """A signal of a picture in grace's visit that is like one of another visit."""
    with transaction(writes=False):
        mine = db.session.query(Evidence.id).filter_by(visit_id=GRACE, kind="photo").limit(1).scalar()
        theirs = db.session.query(Evidence.id).filter_by(visit_id=visit_id, kind="photo").limit(1).scalar()
    return Found("same-picture", (mine,), theirs if shown else None, visit_id, {"visits": 1})


def test_a_signal_shows_both_pictures_and_where_the_other_is(client_of: Callable, signal: UUID) -> None:
    submit(client_of, "grace", GRACE, "b")
    found = held_against(CHELSEA)
    judge(GRACE, found)
    (told,) = client_of("bob").get(f"/api/v1/visits/{GRACE}/integrity").json["signals"]
    assert [each["id"] for each in told["files"]] == [str(found.evidence[0])]
    assert told["other"]["visit_id"] == str(CHELSEA)
    assert told["other"]["store"]["code"] == "ONE"
    assert told["other"]["file"]["id"] == str(found.other_id)
    assert told["sentence"].startswith("This picture is nearly the same")
    chinese = client_of("bob").get(f"/api/v1/visits/{GRACE}/integrity", headers={"Accept-Language": "zh-CN"})
    assert "几乎是同一张" in chinese.json["signals"][0]["sentence"]


def test_another_visit_out_of_sight_is_not_named(client_of: Callable, signal: UUID) -> None:
    allow("steve", Role.REVIEWER, ScopeKind.STORE, world.TWO)
    submit(client_of, "grace", GRACE, "b")
    judge(GRACE, held_against(CHELSEA))
    answer = client_of("steve").get(f"/api/v1/visits/{GRACE}/integrity")
    assert set(answer.json["signals"][0]["other"].values()) == {None}
    assert str(CHELSEA) not in answer.text
    assert "ONE" not in answer.text


def test_signals_out_of_sight_cost_no_more_queries(client_of: Callable, signal: UUID, count_queries: Callable) -> None:
    submit(client_of, "grace", GRACE, "b")

    def cost(*found: Found) -> int:
        judge(GRACE, *found)
        with count_queries() as counted:
            client_of("bob").get(f"/api/v1/visits/{GRACE}/integrity")
        return counted.number

    one = held_against(CHELSEA)
    many = [Found("part-of-picture", (named_id(n),), one.other_id, CHELSEA, {"visits": 1}) for n in range(30)]
    assert cost(one) == cost(one, *many)


@pytest.mark.parametrize("code", sorted(rules.WEIGHTS))
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_signal_reads_as_a_sentence(app: Flask, client_of: Callable, code: str, language: str) -> None:
    submit(client_of, "chelsea", CHELSEA, "a")
    judge(CHELSEA, Found(code, params=PARAMS | MORE | TIMES))
    answer = client_of("bob").get(f"/api/v1/visits/{CHELSEA}/integrity", headers={"Accept-Language": language})
    (told,) = answer.json["signals"]
    assert "{" not in told["sentence"]
    assert told["sentence"].endswith("。" if language == "zh-CN" else ".")
    assert told["weight"] == rules.WEIGHTS[code]


def test_figures_read_in_units_of_people(app: Flask) -> None:
    assert "12.3 公里" in sentence("far-away", PARAMS)
    assert "850 米" in sentence("far-from-store", PARAMS | {"metres": 850})
    assert "2026-05-20 10:00" in sentence("file-dated-otherwise", PARAMS | TIMES)
    assert "（2026-05-01 至 …）" in sentence("outside-wave", PARAMS | MORE)
    for seconds, text in ((0, "0 秒"), (119, "119 秒"), (120, "2 分钟"), (7200, "2 小时"), (172_800, "2 天")):
        assert text in sentence("filled-fast", PARAMS | {"seconds": seconds})
