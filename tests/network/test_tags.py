"""Tags of stores: kept in order and once each, listed, looked for, imported; only in one's own scope."""

import pytest

from backend.network.rules import CellFault, read_cells, tags_in_order
from tests import world


def put(client, **more):
    body = {"code": "ONE", "name": "ONE 店", "city": "上海", **more}
    return client.put(f"/api/v1/stores/{world.ONE}", json=body)


def test_tags_are_kept_in_order_and_once():
    assert tags_in_order([" 试点 ", "b  c", "试点", "", "a\nb"]) == ["a b", "b c", "试点"]


def test_cells_hold_tags_between_commas():
    values, faults = read_cells({"tags": "新店，试点;试点、 a"})
    assert (values, faults) == ({"tags": ["a", "新店", "试点"]}, [])


@pytest.mark.parametrize("cell", ["x" * 31, ",".join(map(str, range(21)))])
def test_too_much_of_them_is_refused(cell):
    _values, faults = read_cells({"tags": cell})
    assert [(column, type(fault)) for column, fault in faults] == [("tags", CellFault)]


def test_a_store_is_tagged_and_found(client_of):
    alice = client_of("alice")
    assert put(alice, tags=["试点", "新店", "试点"]).get_json()["tags"] == ["新店", "试点"]
    assert put(alice, tags=["x" * 31]).status_code == 422

    def found(login, **query):
        return [row["code"] for row in client_of(login).get("/api/v1/stores", query_string=query).get_json()["items"]]

    assert found("alice", tag="新店") == ["ONE"]
    assert found("alice", tag="新") == []
    listed = alice.get("/api/v1/store-tags").get_json()["items"]
    assert listed == [{"tag": "新店", "stores": 1}, {"tag": "试点", "stores": 1}]


def test_nobody_learns_the_tags_of_stores_they_cannot_see(client_of):
    put(client_of("alice"), tags=["试点"])
    tags = {login: client_of(login).get("/api/v1/store-tags").get_json()["items"] for login in ("erin", "frank")}
    assert all(len(items) == 1 for items in tags.values())
    assert put(client_of("erin"), tags=[]).status_code in {403, 404}
