"""What is served beside the API: the front-end's files, health, metrics, and the headers every answer carries."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request, send_file
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from whitenoise import WhiteNoise

from backend.accounts.sign_in import COOKIE
from backend.core import clock, outbox, schema
from backend.core.api import answer_http
from backend.core.db import db, transaction
from backend.core.messages import locale
from backend.settings import Settings
from media_store import StoreError

_SECURITY = {
    "default-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "script-src": "'self'",
    "img-src": "'self' blob: data:",
    "media-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
}

# As the scripts write them, or the browser fetches twice.
_WHO, _VISITS = "/api/v1/session", "/api/v1/visits?limit=200&auditor=me"

REQUESTS = Counter("mingcha_requests", "Requests answered", ["method", "endpoint", "status"])
SECONDS = Histogram("mingcha_request_seconds", "Time to answer", ["endpoint"])


def init_site(app: Flask, settings: Settings) -> None:
    """Adds the routes outside `/api/v1`, the headers, and the front-end's files when they are built."""
    headers = _headers(settings.media_public_endpoint)
    app.extensions["mingcha.headers"] = headers
    app.before_request(_start_timer)
    app.after_request(_finish)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    app.add_url_rule("/metrics", "metrics", _metrics)
    console = _told(settings.frontend_dir, "index.html", _console_asks)
    app.add_url_rule("/", "console", console, defaults={"path": ""})
    app.add_url_rule("/<path:path>", "console_path", console)
    phone = _told(settings.frontend_dir, "m/index.html", _phone_asks)
    app.add_url_rule("/m/", "phone", phone, defaults={"path": ""})
    app.add_url_rule("/m/<path:path>", "phone_path", phone)
    app.add_url_rule("/api/v1/docs", "docs", _page("docs/index.html"), defaults={"path": ""})
    app.add_url_rule("/authority.crt", "authority", _authority)
    app.register_error_handler(MethodNotAllowed, _not_here)
    if settings.frontend_dir.is_dir():
        app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
            app.wsgi_app,
            root=str(settings.frontend_dir),
            max_age=0,
            immutable_file_test=_is_hashed,
            add_headers_function=_adding(headers),
        )


def _not_here(error: HTTPException) -> Response:
    """The front-end's catch-all takes every address by GET; to a program an unknown address is 404, not 405."""
    adapter = current_app.create_url_adapter(request)
    if request.path.startswith("/api/") and adapter is not None:
        methods = adapter.allowed_methods(request.path)
        caught = {"GET", "HEAD", "OPTIONS"}.issuperset(methods) and adapter.test(request.path, "GET")
        if caught and adapter.match(request.path, "GET")[0] == "console_path":
            return answer_http(NotFound())
    return answer_http(error)


def _is_hashed(_path: str, url: str) -> bool:
    return url.startswith("/assets/")


def _headers(media_origin: str | None) -> dict[str, str]:
    """What every answer carries; pages may show pictures and clips of the media store where it has its own address."""
    extra = {"img-src": media_origin, "media-src": media_origin} if media_origin else {}
    policy = "; ".join(" ".join(filter(None, (name, value, extra.get(name)))) for name, value in _SECURITY.items())
    return {**_HEADERS, "Content-Security-Policy": policy}


def _adding(headers: Mapping[str, str]) -> Callable[..., None]:
    def add(answer: Any, _path: str, _url: str) -> None:
        for name, value in headers.items():
            answer[name] = value

    return add


def _languages(file: Path) -> Mapping[str, Sequence[str]]:
    """The addresses of a page's texts by language, as the build tells them; none where nothing is built."""
    found: Mapping[str, Sequence[str]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _page(name: str) -> Callable[..., Response]:
    """A page of the front-end; its own router reads the rest of the address."""

    def answer(path: str) -> Response:
        settings: Settings = current_app.extensions["mingcha.settings"]
        file: Path = settings.frontend_dir / name
        if path.startswith("api/") or _names_a_file(path) or not file.is_file():
            raise NotFound
        page = send_file(file, max_age=0)
        page.headers["Cache-Control"] = "no-cache"
        return page

    return answer


def _told(folder: Path, name: str, asks: Callable[[str], Sequence[str]]) -> Callable[..., Response]:
    """A page along with which is named what its scripts would ask for round trips later: the visitor's texts, and data."""
    answer, languages = _page(name), _languages((folder / name).with_name("languages.json"))

    def told(path: str) -> Response:
        page = answer(path)
        page.headers["Vary"] = "Accept-Language, Cookie"
        for address in languages.get(locale(), ()):
            page.headers.add("Link", f"<{address}>; rel=modulepreload")
        for address in asks(path):
            page.headers.add("Link", f"<{address}>; rel=preload; as=fetch; crossorigin")
        return page

    return told


def _phone_asks(path: str) -> Sequence[str]:
    """Who is signed in, and, on the first screen of somebody who may be, the own visits."""
    return (_WHO, _VISITS) if COOKIE in request.cookies and not path else (_WHO,)


def _console_asks(_path: str) -> Sequence[str]:
    """Who is signed in, where somebody may be; a link signs in instead of asking."""
    return (_WHO,) if COOKIE in request.cookies and "link" not in request.args else ()


def _names_a_file(path: str) -> bool:
    """Whether the address is a file's and not a page's; the versions of checklists are written with dots too."""
    return "." in path.rpartition("/")[2] and not path.startswith("checklists/")


def _start_timer() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    for name, value in current_app.extensions["mingcha.headers"].items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "private, no-cache")
    endpoint = request.endpoint or "none"
    REQUESTS.labels(request.method, endpoint, response.status_code).inc()
    SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


def _authority() -> Response:
    """The authority of a trial on the local network (`make run HTTPS=1`), for a phone to trust; else not here."""
    settings: Settings = current_app.extensions["mingcha.settings"]
    if settings.trial_authority is None or not settings.trial_authority.is_file():
        raise NotFound
    return send_file(settings.trial_authority, mimetype="application/x-x509-ca-cert", max_age=0)


def _healthz() -> Response:
    """The process answers; says nothing about what it depends on."""
    return jsonify(status="ok")


def _readyz() -> tuple[Response, int]:
    """Whether visitors can be served: each part with `ok` or the reason why not."""
    checks = {"database": _database(), "media_store": _media_store(), "outbox": _outbox(), "demo": _demo()}
    ready = all(found == "ok" for found in checks.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(status="ready" if ready else "not ready", checks=checks), status


def _database() -> str:
    try:
        return "ok" if schema.is_current() else "migrations have not run"
    except SQLAlchemyError as fault:
        return f"unreachable: {type(fault).__name__}"


def _media_store() -> str:
    try:
        current_app.extensions["mingcha.media"].check()
    except StoreError as fault:
        return f"unreachable: {fault}"
    return "ok"


_STALE_SECONDS = 900


def _outbox() -> str:
    """Jobs that nobody has taken for a quarter of an hour mean that no worker runs."""
    try:
        with transaction(writes=False):
            since = outbox.oldest_due()
    except SQLAlchemyError as fault:
        return f"unreachable: {type(fault).__name__}"
    waited = (clock.now() - since).total_seconds() if since else 0
    return "ok" if waited < _STALE_SECONDS else f"the oldest job has waited {waited:.0f} s: is the worker running?"


def _demo() -> str:
    """Demo data is either absent and not wanted, or completely there."""
    if not current_app.extensions["mingcha.settings"].wants_demo:
        return "ok"
    try:
        with transaction(writes=False):
            loaded = db.session.scalar(
                select(func.count()).select_from(outbox.Event).where(outbox.Event.name == "demo.loaded")
            )
    except SQLAlchemyError as fault:
        return f"unreachable: {type(fault).__name__}"
    return "ok" if loaded else "demo data is not loaded yet"


def _metrics() -> Response:
    registry = CollectorRegistry()
    if current_app.extensions["mingcha.settings"].metrics_dir:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    _outbox_figures(registry)
    return Response(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


def _outbox_figures(registry: CollectorRegistry) -> None:
    row = outbox.OutboxRow
    with transaction(writes=False):
        waiting = db.session.scalar(select(func.count()).where(row.done_at.is_(None), row.failed_at.is_(None)))
        failed = db.session.scalar(select(func.count()).where(row.failed_at.is_not(None), row.done_at.is_(None)))
    Gauge("mingcha_outbox_waiting", "Jobs that wait or run", registry=registry).set(waiting or 0)
    Gauge("mingcha_outbox_failed", "Jobs that wait for a person", registry=registry).set(failed or 0)
