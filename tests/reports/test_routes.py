"""Who may read which report, what is asked wrongly, and that the number of statements does not grow."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from backend.core.db import db, transaction
from backend.waves.models import Wave
from tests import world
from tests.scores import rows

TABLES = ("", "/checkpoints", "/stores", "/stages", "/modules", "/dimensions", "/regions", "/groups", "/matrix",
          "/map", "/methods")  # fmt: skip
ALL_PASS = dict.fromkeys(rows.GOLDEN, "P")
RELEASED = datetime(2026, 3, 1, tzinfo=UTC)


def visited(number, programme_id, version_id, letters=ALL_PASS, **fields):
    """A wave in which each of the world's stores was visited twice."""
    made = rows.wave(programme_id, number, version_id, **fields)
    for store_id in world.STORES.values():
        for _ in range(2):
            rows.scored(made, store_id, letters)
    return made


@pytest.fixture
def waves(app):
    """Two waves: the first published, the second not."""
    with transaction(writes=True):
        programme_id, version_id = rows.programme(), rows.golden_version()
        first = visited(1, programme_id, version_id, ALL_PASS | {"A1": "F"}, published_at=RELEASED)
        return first, visited(2, programme_id, version_id)


def reports(wave):
    paths = [f"/waves/{wave.id}{table}" for table in TABLES]
    return [*paths, "/trend?checklist=GOLD", f"/stores/{world.ONE}", f"/stores/{world.ONE}/visits",
            f"/waves/{wave.id}/stores/{world.ONE}/methods"]  # fmt: skip


def status(client, path):
    return client.get(f"/api/v1/reports{path}").status_code


def test_reports_need_the_permission(waves, client_of):
    for path in reports(waves[0]):
        assert status(client_of(None), path) == 401, path
        for login in ("chelsea", "dan"):
            assert status(client_of(login), path) == 403, (login, path)
        for login in ("alice", "bob", "erin", "frank", "gina"):
            assert status(client_of(login), path) == 200, (login, path)


def test_dealers_do_not_find_an_unpublished_wave(waves, client_of):
    for table in TABLES:
        for login in ("erin", "frank", "gina"):
            assert status(client_of(login), f"/waves/{waves[1].id}{table}") == 404, (login, table)


def test_a_wave_that_is_not_is_not_found(waves, client_of):
    for table in TABLES:
        assert status(client_of("alice"), f"/waves/{uuid4()}{table}") == 404
        assert status(client_of("alice"), f"/waves/nonsense{table}") == 404


@pytest.mark.parametrize(
    ("login", "stores"),
    [
        ("alice", {"ONE", "TWO", "THREE", "FOUR"}),
        ("frank", {"ONE", "TWO"}),
        ("gina", {"ONE", "THREE"}),
        ("erin", {"ONE"}),
    ],
)
def test_everyone_reads_their_own_stores_only(waves, read, login, stores):
    wave = waves[0]
    assert {row["code"] for row in read(login, f"/waves/{wave.id}/stores")["items"]} == stores
    assert {row["code"] for row in read(login, f"/waves/{wave.id}/matrix", rows="stores")["items"]} == stores
    found = read(login, f"/waves/{wave.id}")
    assert (found["stores"], found["visits"]) == (len(stores), 2 * len(stores))
    for table in ("regions", "groups"):
        assert sum(row["stores"] for row in read(login, f"/waves/{wave.id}/{table}")["items"]) == len(stores)
    assert {row["visits"] for row in read(login, f"/waves/{wave.id}/checkpoints")["items"]} == {2 * len(stores)}
    assert {row["stores"] for row in read(login, f"/waves/{wave.id}/stages")["items"]} == {len(stores)}


def test_a_store_learns_its_rank_among_all_and_no_names(waves, client_of):
    with transaction(writes=True):
        wave = db.session.get(Wave, waves[0].id)
        rows.scored(wave, world.ONE, ALL_PASS | {"A2": "F"})
    answer = client_of("erin").get(f"/api/v1/reports/waves/{wave.id}/stores")
    (row,) = answer.json["items"]
    assert (row["code"], row["rank"], row["band"], answer.json["ranked"]) == ("ONE", 4, [1, 4], 4)
    for other in ("TWO", "THREE", "FOUR"):
        assert other not in answer.get_data(as_text=True)
        assert str(world.STORES[other]) not in answer.get_data(as_text=True)


def test_dealers_do_not_compare_with_an_unpublished_wave(waves, client_of, read):
    with transaction(writes=True):
        first, second = (db.session.get(Wave, wave.id) for wave in waves)
        first.published_at, second.published_at = None, RELEASED
    assert read("alice", f"/waves/{second.id}")["change_pp"] == 16.7
    found = read("erin", f"/waves/{second.id}")
    assert (found["change_pp"], found["change_shown"]) == (None, False)
    assert [point["number"] for point in read("erin", "/trend", checklist="GOLD")["points"]] == [2]
    assert [row["number"] for row in read("erin", f"/stores/{world.ONE}")["waves"]] == [2]
    assert {row["number"] for row in read("erin", f"/stores/{world.ONE}/visits")["items"]} == {2}


def test_a_dealer_reads_a_locked_wave_that_was_never_published(waves, read):
    with transaction(writes=True):
        db.session.get(Wave, waves[1].id).state = "locked"
    assert read("frank", f"/waves/{waves[1].id}")["stores"] == 2


def test_reports_of_foreign_stores_and_parts_are_not_found(waves, client_of):
    for login, store in (("erin", "TWO"), ("frank", "THREE"), ("gina", "TWO"), ("steve", "ONE")):
        assert status(client_of(login), f"/stores/{world.STORES[store]}") == 404
        assert status(client_of(login), f"/stores/{world.STORES[store]}/visits") == 404
        assert status(client_of(login), f"/trend?checklist=GOLD&level=store&id={world.STORES[store]}") == 404
    for login, part in (("frank", f"region&id={world.WEST}"), ("gina", f"group&id={world.MOON}")):
        assert status(client_of(login), f"/trend?checklist=GOLD&level={part}") == 404
    for level in ("brand", "region", "group", "store"):
        assert status(client_of("alice"), f"/trend?checklist=GOLD&level={level}&id={uuid4()}") == 404
    assert status(client_of("alice"), f"/stores/{uuid4()}") == 404


def test_a_filter_outside_ones_scope_finds_nothing(waves, read):
    found = read("frank", f"/waves/{waves[0].id}", region=world.WEST)
    assert (found["stores"], found["rate"]["mean_of_stores"], found["official_score"]) == (0, None, None)
    assert read("erin", f"/waves/{waves[0].id}/stores", group=world.MOON)["items"] == []


def test_an_empty_wave_answers_with_nothing_not_with_zero(waves, read):
    with transaction(writes=True):
        empty = rows.wave(waves[0].programme_id, 3, waves[0].checklist_version_id)
    found = read("alice", f"/waves/{empty.id}")
    assert found["rate"] == {"mean_of_stores": None, "pooled": None, "interval": None, "n": 0}
    assert (found["stores"], found["passed"], found["official_score"], found["change_pp"]) == (0, 0, None, None)
    assert (found["change_shown"], found["previous_wave_id"]) == (False, str(waves[1].id))
    for table in ("stores", "regions", "groups"):
        assert read("alice", f"/waves/{empty.id}/{table}")["items"] == []
    for row in read("alice", f"/waves/{empty.id}/checkpoints")["items"]:
        assert (row["applicable"], row["rate"], row["interval"]) == (0, None, None)
    for row in read("alice", f"/waves/{empty.id}/stages")["items"]:
        assert (row["rate"]["mean_of_stores"], row["score"]) == (None, None)
    for down in ("stores", "regions"):
        assert read("alice", f"/waves/{empty.id}/matrix", rows=down)["items"] == []
    assert read("alice", "/trend", checklist="GOLD")["points"][-1]["rate"] is None


def test_methods_are_never_pooled(waves, read):
    with transaction(writes=True):
        wave = db.session.get(Wave, waves[1].id)
        rows.scored(wave, world.ONE, dict.fromkeys(rows.GOLDEN, "F"), method="announced")
    assert (read("alice", f"/waves/{wave.id}")["visits"], read("alice", f"/waves/{wave.id}")["method"]) == (8, "covert")
    found = read("alice", f"/waves/{wave.id}", method="announced")
    assert (found["visits"], found["rate"]["mean_of_stores"], found["red_lines"]) == (1, 0.0, 1)


@pytest.mark.parametrize(
    "query",
    ["region=x", "group=1", "method=sideways", "unknown=1", "region=", f"region={world.EAST}&region=x", "method=%00"],
)
def test_filters_that_make_no_sense_are_refused(waves, client_of, query):
    for table in TABLES:
        found = status(client_of("alice"), f"/waves/{waves[0].id}{table}?{query}")
        assert found == 422 or (found == 200 and query.count("region") == 2), table


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 422), ("checklist=", 422), ("checklist=GOLD&level=moon", 422), ("checklist=GOLD&level=store", 422),
        ("checklist=GOLD&level=store&id=x", 422), ("checklist=GOLD&level=checkpoint", 422), ("checklist=NONE", 404),
        ("checklist=GOLD&level=checkpoint&id=ZZ", 404), ("checklist=GOLD&level=stage&id=ZZ", 404),
        ("checklist=GOLD&level=module&id=A", 404), ("checklist=GOLD&level=checkpoint&id=" + "x" * 100, 422),
        ("checklist=GOLD&programme=NONE", 200), (f"checklist=GOLD&level=region&id={world.EAST}&region={world.WEST}", 404),
        ("checklist=%F0%9F%98%80", 404), ("checklist=GOLD&id=whatever", 200), ("checklist='--", 404),
    ],
)  # fmt: skip
def test_trends_asked_wrongly(waves, client_of, query, expected):
    assert status(client_of("alice"), f"/trend?{query}") == expected


def test_text_that_no_database_can_hold(waves, client_of):
    for query in ("checklist=%00", "checklist=GOLD&programme=%00", "checklist=GOLD&level=stage&id=%00"):
        assert status(client_of("alice"), f"/trend?{query}") in (200, 400, 404, 422), query
    assert status(client_of("alice"), f"/stores/{world.ONE}?checklist=%00") in (200, 400, 422)


def test_a_matrix_asked_wrongly(waves, client_of):
    for query in ("rows=people", "columns=answers", "rows=stores&rows=x", "columns="):
        assert status(client_of("alice"), f"/waves/{waves[0].id}/matrix?{query}") in (200, 422), query
    assert status(client_of("alice"), f"/waves/{waves[0].id}/matrix?rows=people") == 422


def test_the_number_of_statements_does_not_grow(waves, client_of, counted):
    client = client_of("alice")
    paths = [
        *reports(waves[1]),
        f"/trend?checklist=GOLD&level=region&id={world.EAST}",
        f"/waves/{waves[1].id}/stores?region={world.EAST}",
    ]

    def statements():
        found = {}
        for path in paths:
            with counted() as sent:
                assert status(client, path) == 200
            found[path] = len(sent)
        return found

    statements()  # The first request compiles the version.
    before = statements()
    with transaction(writes=True):
        for number in range(3, 7):
            made = visited(number, waves[0].programme_id, waves[0].checklist_version_id)
            for code in (f"X{number}{letter}" for letter in "abcd"):
                rows.scored(made, rows.store(code, world.WEST, None), ALL_PASS)
        second = db.session.get(Wave, waves[1].id)
        for letter in "efgh":
            rows.scored(second, rows.store(f"Y{letter}"), ALL_PASS)
    assert statements() == before
    assert max(before.values()) <= 16
