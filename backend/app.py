"""Assembles the application: settings, database, media store, domains, errors, the front-end's files."""

from importlib import import_module

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import settings as deployment
from backend.core import db, logs
from backend.core.api import Api
from backend.core.jsons import StrictJSONProvider
from backend.reactions import AWAITED, JOBS, REACTIONS
from backend.site import init_site
from media_store import open_store

PREFIX = "/api/v1"
MOST_BODY = 32 * 1024 * 1024

DOMAINS = (
    "accounts",
    "network",
    "checklists",
    "evidence",
    "waves",
    "visits",
    "integrity",
    "retention",
    "reviews",
    "reports",
    "exports",
    "subscriptions",
)
MODELS = (
    "core.outbox",
    "network.models",
    "accounts.models",
    "checklists.models",
    "evidence.models",
    "waves.models",
    "scores.models",
    "visits.models",
    "retention.models",
    "integrity.models",
    "reviews.models",
    "exports.models",
    "subscriptions.models",
)


def create_app(settings: deployment.Settings | None = None) -> Flask:
    """The application for one process; build it after the fork, never before."""
    logs.configure()
    settings = settings or deployment.read()
    app = Flask("mingcha", static_folder=None)
    app.json = StrictJSONProvider(app)
    app.config.update(_config(settings))
    app.extensions["mingcha.settings"] = settings
    app.extensions["mingcha.media"] = open_store(settings.media_url, settings.media_public_endpoint)
    app.extensions["mingcha.reactions"] = REACTIONS
    app.extensions["mingcha.jobs"] = JOBS
    app.extensions["mingcha.awaited"] = AWAITED
    for name in MODELS:
        import_module(f"backend.{name}")
    db.init_app(app, settings.database_url)
    _register_domains(app)
    init_site(app, settings)
    _trust_proxies(app, settings.trusted_proxies)
    return app


def _trust_proxies(app: Flask, proxies: int) -> None:
    """Behind `proxies` of our own, their word counts for who called (`X-Forwarded-For`) and how."""
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]


def _config(settings: deployment.Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": MOST_BODY,
        "API_TITLE": "Mingcha",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
    }


def _register_domains(app: Flask) -> None:
    api = Api(app)
    for domain in DOMAINS:
        routes = import_module(f"backend.{domain}.routes")
        for blueprint in routes.BLUEPRINTS:
            api.register_blueprint(blueprint, url_prefix=PREFIX)
    app.extensions["mingcha.authenticate"] = import_module("backend.accounts.sign_in").authenticate
