"""Consent to being recorded at work: given once, never rewritten, withdrawn by its owner only."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from backend.core.ids import new_id
from tests.accounts.conftest import API

CONSENTS = f"{API}/consents"
AGREED = {"version": "2026-11", "given_at": "2026-11-25T09:00:00+08:00", "position": True, "language": "zh-CN"}
LATER = {"at": "2026-11-26T01:00:00+00:00"}


@pytest.fixture
def chelsea(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of("chelsea")


def test_what_was_agreed_is_kept_with_version_and_both_times(chelsea: FlaskClient) -> None:
    given = chelsea.put(f"{CONSENTS}/{new_id()}", json=AGREED)
    assert given.status_code == 201
    assert (given.json["version"], given.json["position"], given.json["language"]) == ("2026-11", True, "zh-CN")
    assert given.json["given_at"] == "2026-11-25T01:00:00+00:00"
    assert given.json["received_at"] is not None
    assert given.json["withdrawn_at"] is None
    assert chelsea.get(CONSENTS).json["items"] == [given.json]


def test_telling_it_twice_changes_nothing(chelsea: FlaskClient) -> None:
    address = f"{CONSENTS}/{new_id()}"
    first = chelsea.put(address, json=AGREED)
    again = chelsea.put(address, json=AGREED)
    assert (again.status_code, again.json) == (200, first.json)
    assert len(chelsea.get(CONSENTS).json["items"]) == 1


def test_a_consent_is_never_rewritten(chelsea: FlaskClient) -> None:
    address = f"{CONSENTS}/{new_id()}"
    chelsea.put(address, json=AGREED)
    other = chelsea.put(address, json={**AGREED, "position": False})
    assert (other.status_code, other.json["code"]) == (409, "consent-differs")
    assert chelsea.get(CONSENTS).json["items"][0]["position"] is True


def test_the_first_withdrawal_counts_and_the_consent_stays_on_record(chelsea: FlaskClient) -> None:
    address = f"{CONSENTS}/{new_id()}"
    chelsea.put(address, json=AGREED)
    ended = chelsea.put(f"{address}/withdrawal", json=LATER)
    assert (ended.status_code, ended.json["withdrawn_at"]) == (200, LATER["at"])
    again = chelsea.put(f"{address}/withdrawal", json={"at": "2027-01-01T00:00:00Z"})
    assert again.json == ended.json
    # The phone may repeat the consent after its withdrawal was taken: nothing comes back to life.
    assert chelsea.put(address, json=AGREED).json["withdrawn_at"] == LATER["at"]


@pytest.mark.parametrize("login", ["alice", "bob", "erin"])
def test_the_consent_of_another_is_not_there(
    chelsea: FlaskClient, client_of: Callable[..., FlaskClient], login: str
) -> None:
    address = f"{CONSENTS}/{new_id()}"
    chelsea.put(address, json=AGREED)
    other = client_of(login)
    assert other.get(CONSENTS).json["items"] == []
    assert other.put(address, json=AGREED).status_code == 404
    assert other.put(f"{address}/withdrawal", json=LATER).status_code == 404
    assert chelsea.get(CONSENTS).json["items"][0]["withdrawn_at"] is None


def test_a_withdrawal_of_what_was_never_told_is_not_found(chelsea: FlaskClient) -> None:
    assert chelsea.put(f"{CONSENTS}/{new_id()}/withdrawal", json=LATER).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": ""}, "version"),
        ({"position": "yes"}, "position"),
        ({"language": "fr"}, "language"),
        ({"given_at": "yesterday"}, "given_at"),
        ({"given_at": "0001-01-01T00:00:00Z"}, "given_at"),
    ],
)
def test_what_cannot_be_a_consent_is_refused_by_its_field(chelsea: FlaskClient, change: dict, field: str) -> None:
    refused = chelsea.put(f"{CONSENTS}/{new_id()}", json={**AGREED, **change})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, field)
    assert chelsea.get(CONSENTS).json["items"] == []


def test_a_clock_that_is_wrong_by_years_is_kept_as_it_was_said(chelsea: FlaskClient) -> None:
    given = chelsea.put(f"{CONSENTS}/{new_id()}", json={**AGREED, "given_at": "1999-01-01T00:00:00Z"})
    assert (given.status_code, given.json["given_at"]) == (201, "1999-01-01T00:00:00+00:00")


def test_without_a_session_there_is_nothing(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of(None).put(f"{CONSENTS}/{new_id()}", json=AGREED).status_code == 401
