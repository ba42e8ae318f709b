"""The checklist routes: media types, idempotence, refusals, caching."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from flask import Flask

from backend.checklists.models import ChecklistVersion
from backend.core.db import db
from tests import world

TINY = world.FILES["TINY"].read_bytes()
ADDRESS = "/api/v1/checklists/TINY/versions/{}"
HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"\xff\xfe\x00",
    b"a: &x [*x]",
    b"!!python/object/apply:os.system [x]",
    b"[" * 50_000,
    b'{"a":' * 2000,
    b"{}",
    b'{"code": NaN}',
    b'{"code":1e999}',
    b'{"code":"\\ud800"}',
    b'{"code":"\\u0000"}',
    b'{"code":1,"code":2}',
    b"---\n---\n",
]


def tiny(version: str, **changes: Any) -> dict[str, Any]:
    return yaml.safe_load(TINY) | {"version": version} | changes


def test_the_list_names_every_version(client_of: Callable) -> None:
    rows = client_of("chelsea").get("/api/v1/checklists").json["items"]
    assert [(row["code"], row["version"], row["checkpoints"]) for row in rows] == [
        ("EO", "1.0.0", 78),
        ("RF", "1.0.0", 68),
        ("TINY", "1.0.0", 8),
    ]
    assert rows[0]["title"]["zh-CN"] == "售后服务体验官检查表"


def test_the_list_is_paged(client_of: Callable) -> None:
    client = client_of("alice")
    first = client.get("/api/v1/checklists?limit=2").json
    rest = client.get("/api/v1/checklists", query_string={"after": first["next"], "limit": 2}).json
    assert [row["code"] for row in first["items"] + rest["items"]] == ["EO", "RF", "TINY"]
    assert rest["next"] is None


def test_a_version_answers_with_defaults_filled_in(client_of: Callable) -> None:
    answer = client_of("chelsea").get(ADDRESS.format("1.0.0"))
    first = answer.json["stages"][0]["checkpoints"][0]
    assert first["answer"] == {"type": "pass_fail"}
    assert first["evidence"] == [{"kind": "photo", "required": True, "min": 1}]
    assert answer.json["stages"][1]["methods"] == ["covert"]


def test_a_version_is_cached_by_its_tag(client_of: Callable) -> None:
    client = client_of("chelsea")
    answer = client.get(ADDRESS.format("1.0.0"))
    tag = answer.headers["ETag"]
    assert not tag.startswith("W/")
    assert "private" in answer.headers["Cache-Control"]
    assert client.get(ADDRESS.format("1.0.0"), headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["/api/v1/checklists/NONE/versions/1", ADDRESS.format("9"), ADDRESS.format("%00")])
def test_an_unknown_version_is_not_found(client_of: Callable, address: str) -> None:
    assert client_of("alice").get(address).status_code in {400, 404}


@pytest.mark.parametrize("media", ["application/yaml", "text/yaml", "application/x-yaml", "text/yaml; charset=utf-8"])
def test_yaml_is_published(client_of: Callable, media: str) -> None:
    source = yaml.safe_dump(tiny("2.0.0")).encode()
    first = client_of("alice").put(ADDRESS.format("2.0.0"), data=source, content_type=media)
    again = client_of("alice").put(ADDRESS.format("2.0.0"), data=source, content_type=media)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == client_of("bob").get(ADDRESS.format("2.0.0")).json


def test_json_is_published_and_equals_the_yaml(client_of: Callable) -> None:
    client = client_of("alice")
    assert client.put(ADDRESS.format("2.0.0"), json=tiny("2.0.0")).status_code == 201
    source = yaml.safe_dump(tiny("2.0.0")).encode()
    assert client.put(ADDRESS.format("2.0.0"), data=source, content_type="text/yaml").status_code == 200


def test_a_published_version_that_differs_is_refused_by_name(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS.format("1.0.0"), json=tiny("1.0.0", method="announced"))
    assert answer.status_code == 409
    assert answer.json["code"] == "version-published"
    assert answer.json["errors"][0]["field"] == "method"
    assert "method" in answer.json["detail"]


def test_a_body_for_another_address_is_refused(client_of: Callable) -> None:
    answer = client_of("alice").put(ADDRESS.format("3.0.0"), json=tiny("2.0.0"))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "version")


def test_faults_are_told_by_path_in_both_languages(client_of: Callable) -> None:
    body = tiny("2.0.0")
    body["stages"][0]["checkpoints"][1]["answer"]["min"] = 100
    english = client_of("alice").put(ADDRESS.format("2.0.0"), json=body)
    chinese = client_of("alice").put(ADDRESS.format("2.0.0"), json=body, headers={"Accept-Language": "zh-CN"})
    assert english.status_code == 422
    assert english.json["errors"][0]["field"] == "stages[0].checkpoints[1].answer.min"
    assert english.json["errors"][0]["message"] != chinese.json["errors"][0]["message"]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("media", ["application/json", "application/yaml"])
def test_hostile_files_are_refused(client_of: Callable, media: str, body: bytes) -> None:
    answer = client_of("alice").put(ADDRESS.format("2.0.0"), data=body, content_type=media)
    assert 400 <= answer.status_code < 500
    assert answer.json["code"]


def test_a_type_of_content_that_is_neither_is_refused(client_of: Callable) -> None:
    assert client_of("alice").put(ADDRESS.format("2.0.0"), data=TINY, content_type="text/plain").status_code == 415


def test_a_file_over_the_limit_is_refused_before_it_is_read(client_of: Callable) -> None:
    body = b"#" * (2 * 1024 * 1024 + 1)
    answer = client_of("alice").put(ADDRESS.format("2.0.0"), data=body, content_type="text/yaml")
    assert answer.status_code == 413
    assert "2 MiB" in answer.json["detail"]


@pytest.mark.parametrize(("login", "status"), [(None, 401), ("chelsea", 403), ("bob", 403), ("erin", 403)])
def test_only_planners_publish(client_of: Callable, login: str | None, status: int) -> None:
    assert client_of(login).put(ADDRESS.format("2.0.0"), json=tiny("2.0.0")).status_code == status


def test_eight_threads_publishing_one_version_make_one_row(app: Flask, client_of: Callable) -> None:
    def put(_number: int) -> int:
        return client_of("alice").put(ADDRESS.format("2.0.0"), json=tiny("2.0.0")).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(put, range(16)))
    assert sorted(statuses) == [200] * 15 + [201]
    assert db.session.query(ChecklistVersion).filter_by(code="TINY").count() == 2


def test_the_answer_is_valid_json_of_the_document(client_of: Callable) -> None:
    answer = client_of("alice").get("/api/v1/checklists/EO/versions/1.0.0")
    assert json.loads(answer.data) == world.DEFINITIONS["EO"].document
