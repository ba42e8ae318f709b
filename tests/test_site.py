"""Health, headers, and the front-end's files."""

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from backend import settings as deployment
from backend.app import create_app


@pytest.fixture
def built(settings: deployment.Settings, tmp_path: Path) -> Flask:
    """The application with a small built front-end."""
    folder = tmp_path / "dist"
    (folder / "m").mkdir(parents=True)
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("console")
    (folder / "m" / "index.html").write_text("phone")
    (folder / "m" / "languages.json").write_text('{"en": ["/assets/en-1.js"], "zh-CN": ["/assets/zh-1.js"]}')
    (folder / "languages.json").write_text('{"en": ["/assets/en-2.js"], "zh-CN": ["/assets/zh-2.js"]}')
    (folder / "assets" / "app-1234.js").write_text("code")
    return create_app(dataclasses.replace(settings, frontend_dir=folder))


def test_health_and_readiness(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["checks"]) == (
        200, {"database": "ok", "media_store": "ok", "outbox": "ok", "demo": "ok"})  # fmt: skip


def test_not_ready_while_wanted_demo_data_is_missing(settings: deployment.Settings) -> None:
    app = create_app(dataclasses.replace(settings, wants_demo=True))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "demo" in answer.json["checks"]["demo"]


def test_metrics_can_be_scraped(app: Flask) -> None:
    app.test_client().get("/healthz")
    text = app.test_client().get("/metrics").get_data(as_text=True)
    assert "mingcha_outbox_waiting 0.0" in text


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/", "console"),
        ("/waves/1", "console"),
        ("/m/", "phone"),
        ("/m/visits/1", "phone"),
        ("/assets/app-1234.js", "code"),
    ],
)
def test_pages_and_files(built: Flask, address: str, text: str) -> None:
    answer = built.test_client().get(address)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_hashed_files_are_kept_for_ever_and_pages_are_asked_for_again(built: Flask) -> None:
    client = built.test_client()
    assert "immutable" in client.get("/assets/app-1234.js").headers["Cache-Control"]
    assert "no-cache" in client.get("/waves/1").headers["Cache-Control"]


@pytest.mark.parametrize(("wanted", "file"), [("en-GB,en;q=0.9", "en"), ("zh-TW", "zh"), ("fr", "zh"), ("", "zh")])
def test_a_page_is_told_at_once_which_texts_it_needs(built: Flask, wanted: str, file: str) -> None:
    for address, of_page in (("/m/history", f"{file}-1"), ("/waves/1", f"{file}-2")):
        answer = built.test_client().get(address, headers={"Accept-Language": wanted})
        assert answer.headers.getlist("Link")[0] == f"</assets/{of_page}.js>; rel=modulepreload"
        assert answer.headers["Vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize(
    ("address", "has_cookie", "named"),
    [
        ("/m/", True, ["/api/v1/session", "/api/v1/visits?limit=200&auditor=me"]),
        ("/m/", False, ["/api/v1/session"]),
        ("/m/history", True, ["/api/v1/session"]),
        ("/waves/1", True, ["/api/v1/session"]),
        ("/waves/1", False, []),
        ("/?link=secret", True, []),
    ],
)
def test_a_page_is_told_at_once_what_its_first_screen_asks(
    built: Flask, address: str, has_cookie: bool, named: list[str]
) -> None:
    client = built.test_client()
    if has_cookie:
        client.set_cookie("mingcha_session", "whatever")
    links = client.get(address).headers.getlist("Link")[1:]
    assert links == [f"<{each}>; rel=preload; as=fetch; crossorigin" for each in named]


def test_a_page_whose_address_holds_a_version_can_be_read_again(built: Flask) -> None:
    assert built.test_client().get("/checklists/RF/1.0.0").status_code == 200


@pytest.mark.parametrize("address", ["/assets/none.js", "/api/v1/none", "/robots.txt", "/..%2f..%2fetc/passwd.txt"])
def test_what_is_not_there_is_404(built: Flask, address: str) -> None:
    assert built.test_client().get(address).status_code == 404


def test_an_answer_to_a_person_is_not_kept_by_proxies(app: Flask) -> None:
    assert app.test_client().get("/api/v1/session").headers["Cache-Control"].startswith(("private", "no-store"))


def test_a_trial_gives_its_authority_to_phones_and_nobody_else_does(
    app: Flask, settings: deployment.Settings, tmp_path: Path
) -> None:
    assert app.test_client().get("/authority.crt").status_code == 404
    (tmp_path / "authority.crt").write_text("PEM")
    trial = create_app(dataclasses.replace(settings, trial_authority=tmp_path / "authority.crt"))
    answer = trial.test_client().get("/authority.crt")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-x509-ca-cert")
