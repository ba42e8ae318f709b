"""Asking for an export, seeing it, fetching it, letting it go: who may, what is refused, and what is written down."""

import base64
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from backend.accounts.models import PersonMembership
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.outbox import Event
from backend.evidence.receiving import store
from backend.exports import rules
from tests import world
from tests.exports.conftest import EXPORTS
from tests.kept import objects


def events(name):
    with transaction(writes=False):
        return list(db.session.scalars(select(Event).where(Event.name == name)))


def test_an_export_goes_from_queued_to_done_and_tells_how_far_it_is(waves, office):
    asked = office.ask("alice", "wave_csv", waves.open)
    assert asked.status_code == 201
    assert asked.headers["Location"] == f"{EXPORTS}/{asked.json['id']}"
    assert (asked.json["state"], asked.json["expected"], asked.json["written"]) == ("queued", None, 0)
    assert (asked.json["file"], asked.json["sha256"]) == (None, None)
    office.make()
    told = office.look("alice", asked.json["id"]).json
    assert (told["state"], told["expected"], told["written"]) == ("done", 9, 9)
    assert told["name"] == "P-2-answers.csv"
    found = office.client("alice").get(told["file"])
    assert hashlib.sha256(found.data).hexdigest() == told["sha256"]
    assert len(found.data) == told["size"] == int(found.headers["Content-Length"])
    digest = base64.b64encode(bytes.fromhex(told["sha256"])).decode()
    assert found.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert found.headers["Content-Disposition"] == "attachment; filename=P-2-answers.csv"
    assert found.headers["Cache-Control"] == "private, no-store"
    assert [event.data["sha256"] for event in events("export.fetched")] == [told["sha256"]]


def test_the_list_holds_ones_own_exports_the_newest_first(waves, office):
    ids = [office.ask("alice", "wave_csv", waves.open).json["id"] for _ in range(3)]
    office.ask("bob", "wave_csv", waves.open)
    first = office.client("alice").get(f"{EXPORTS}?limit=2").json
    second = office.client("alice").get(f"{EXPORTS}?limit=2&after={first['next']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


def test_an_export_is_nobody_elses(waves, office):
    mine = office.ask("alice", "wave_csv", waves.open).json["id"]
    office.make()
    for login in ("bob", "frank", "erin"):
        assert office.look(login, mine).status_code == 404
        assert office.fetch(login, mine).status_code == 404
        assert office.client(login).delete(f"{EXPORTS}/{mine}").status_code == 404
    assert office.fetch("alice", mine).status_code == 200


def test_field_people_ask_for_nothing(waves, office):
    for login in ("chelsea", "dan"):
        assert office.ask(login, "wave_csv", waves.locked).status_code == 403


@pytest.mark.parametrize("kind", ["wave_csv", "wave_workbook", "bonus"])
def test_a_wave_that_is_hidden_is_not_found(waves, office, kind):
    assert office.ask("frank", kind, waves.open).status_code == 404
    assert office.ask("alice", kind, filters={"wave": str(uuid4())}).status_code == 404


def test_what_is_asked_wrongly_is_said_by_field(waves, office):
    def wrong(**body):
        answer = office.client("alice").post(EXPORTS, json=body)
        assert answer.status_code == 422, answer.json
        return {each["field"] for each in answer.json["errors"]}

    wave = {"wave": str(waves.open.id)}
    assert wrong(kind="everything", filters=wave) == {"kind"}
    assert wrong(kind="wave_csv", format="pdf", filters=wave) == {"format"}
    assert wrong(kind="wave_csv", filters={}) == {"filters.wave"}
    assert wrong(kind="wave_csv", filters=wave | {"shopper": "x"}) == {"filters.shopper"}
    assert wrong(kind="wave_csv", locale="fr", filters=wave) == {"locale"}


def test_scores_of_a_wave_that_is_not_locked_are_refused_in_clear_words(waves, office):
    refused = office.ask("alice", "bonus", waves.open)
    assert (refused.status_code, refused.json["code"]) == (409, "wave-not-locked")
    assert "Lock the wave first" in refused.json["detail"]


def test_nobody_queues_without_end(waves, office):
    for _ in range(rules.MOST_UNFINISHED):
        assert office.ask("alice", "wave_csv", waves.open).status_code == 201
    refused = office.ask("alice", "wave_csv", waves.open)
    assert (refused.status_code, refused.json["code"]) == (409, "too-many-exports")
    assert office.ask("bob", "wave_csv", waves.open).status_code == 201
    office.make()
    assert office.ask("alice", "wave_csv", waves.open).status_code == 201


def test_a_file_that_is_not_there_yet_or_any_more_says_so(waves, office):
    id_ = office.ask("alice", "wave_csv", waves.open).json["id"]
    assert office.fetch("alice", id_).json["code"] == "export-not-ready"
    office.make()
    assert office.client("alice").delete(f"{EXPORTS}/{id_}").json["state"] == "expired"
    gone = office.fetch("alice", id_)
    assert (gone.status_code, gone.json["code"]) == (410, "export-gone")
    office.make()
    assert not {key for key in objects() if key.startswith("exports/")}
    assert office.client("alice").delete(f"{EXPORTS}/{id_}").json["state"] == "expired"


def test_a_cancelled_export_is_never_made(waves, office):
    id_ = office.ask("alice", "wave_csv", waves.open).json["id"]
    assert office.client("alice").delete(f"{EXPORTS}/{id_}").json["state"] == "cancelled"
    office.make()
    assert office.look("alice", id_).json["state"] == "cancelled"
    assert not {key for key in objects() if key.startswith("exports/")}


def test_files_go_after_some_days_and_that_is_written_down(waves, office):
    office.whole("alice", "wave_csv", waves.open)
    with clock.set_to(clock.now() + rules.KEPT - timedelta(minutes=1)):
        _expire()
        assert {key for key in objects() if key.startswith("exports/")}
    with clock.set_to(clock.now() + rules.KEPT + timedelta(minutes=1)):
        _expire()
    (item,) = office.client("alice").get(EXPORTS).json["items"]
    assert (item["state"], item["file"]) == ("expired", None)
    assert not {key for key in objects() if key.startswith("exports/")}
    assert [event.data["state"] for event in events("export.dropped")] == ["expired"]


def test_who_lost_a_role_gets_neither_the_file_nor_a_new_one_made(waves, office):
    made = office.ask("frank", "wave_csv", waves.locked).json["id"]
    office.make()
    waiting = office.ask("frank", "wave_csv", waves.locked).json["id"]
    with transaction(writes=True) as session:
        west = update(PersonMembership).where(PersonMembership.person_id == world.person_id("frank"))
        session.execute(west.values(scope_id=world.WEST))
    office.make()
    assert office.fetch("frank", made).json["code"] == "export-gone"
    told = office.look("frank", waiting).json
    assert (told["state"], told["fault"]["code"]) == ("failed", "scope-gone")
    assert "roles changed" in told["fault"]["message"]


def test_the_file_is_refused_and_logged_as_lost_when_the_store_has_it_no_more(waves, office):
    id_ = office.ask("alice", "wave_csv", waves.open).json["id"]
    office.make()
    store().delete(f"exports/{id_}.csv")
    assert office.fetch("alice", id_).status_code == 503


def test_headquarters_and_managers_ask_for_what_is_theirs(waves, office):
    for login, count in (("alice", 9), ("bob", 9), ("frank", 5), ("gina", 5), ("erin", 3)):
        id_ = office.ask(login, "wave_csv", waves.locked).json["id"]
        office.make()
        assert office.look(login, id_).json["written"] == count, login


def _expire():
    with transaction(writes=True):
        outbox.queue("exports.expire", uuid4())
    outbox.drain()


def test_an_export_that_cannot_be_found_is_not_found(client_of):
    for method in ("get", "delete"):
        assert getattr(client_of("alice"), method)(f"{EXPORTS}/{uuid4()}").status_code == 404


def test_the_language_of_the_request_is_the_language_of_the_file(waves, office, client_of):
    client = client_of("alice")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    body = {"kind": "wave_csv", "filters": {"wave": str(waves.open.id)}}
    assert client.post(EXPORTS, json=body).json["locale"] == "zh-CN"
    assert client.post(EXPORTS, json=body | {"locale": "en"}).json["locale"] == "en"
