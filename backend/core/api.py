"""The endpoint: how a request becomes a view's call and a view's value an answer.

flask-smorest parses arguments, serialises answers and writes OpenAPI. This layer adds what it has no opinion on.

Every route names a `permission`; one without does not start. Around the view runs one transaction:
view -> flush -> serialise -> commit -> respond, so nothing is told that is not kept, and raising a problem rolls
everything back. `PUT` and `DELETE` run once more when two writers met (`IntegrityError`, `StaleDataError`): the
loser, run again, sees the winner's row and answers the same as a replay would. That is not absurd but measured: of
160 replays by 8 threads 126 were conflicts without it, none with it. Uploads are never run twice.

`transaction` of a route is `"write"`, `"read"` or `"after"`; the default follows the method. `"after"` means that
the view opens its own short transactions, after it has made bytes durable with none open: a slow phone must never
hold the write lock.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

import flask_smorest
import structlog
from flask import Flask, Response, current_app, g, jsonify, request
from marshmallow import Schema as MarshmallowSchema
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from backend.core import db
from backend.core.actor import Actor
from backend.core.permissions import Open, Permission
from backend.core.problems import (
    BodyTooLarge,
    Broken,
    Conflict,
    CSRFMissing,
    HTTPProblem,
    NotPermitted,
    NotSignedIn,
    Problem,
    RevisionMissing,
    RevisionStale,
)
from backend.core.schemas import Schema, fields_invalid

Transaction = Literal["read", "write", "after"]
Authenticate = Callable[[], Actor | None]

_SAFE = {"GET", "HEAD", "OPTIONS"}
_REPEATABLE = {"PUT", "DELETE"}
log = structlog.get_logger()


class Parser(FlaskParser):
    """webargs, with our problem instead of its HTTP error."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": "raise", "json": None}  # noqa: RUF012 - webargs' own attribute.

    def handle_error(self, error: Any, *_args: Any, **_kwargs: Any) -> Any:
        raise fields_invalid(error.messages.get("json", error.messages.get("query", error.messages)))

    def _raw_load_json(self, req: Any) -> Any:
        _read_body()
        if req.is_json:
            # Flask keeps what it parsed (by `StrictJSONProvider`), for views that want the document as it came.
            return req.get_json()
        if req.get_data(cache=True):
            raise HTTPProblem(415)
        return missing


class Api(flask_smorest.Api):
    """flask-smorest's registry, answering every error as a problem."""

    def _register_error_handlers(self) -> None:
        app: Flask = self._app
        app.register_error_handler(Problem, _answer_problem)
        app.register_error_handler(HTTPException, answer_http)
        app.register_error_handler(Exception, _answer_broken)


class Blueprint(flask_smorest.Blueprint):
    """A domain's routes; `endpoint` is the only way to add one."""

    ARGUMENTS_PARSER = Parser()

    def endpoint(
        self,
        method: Literal["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"],
        rule: str,
        *,
        permission: Permission | Open,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        answer: type[MarshmallowSchema] | None = None,
        status: int = 200,
        transaction: Transaction | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers `view(actor, [query,] [body,] **path)` for one method of one rule.

        The view returns the value to serialise with `answer`, or (value, status), or a finished Response.
        `actor` is None on a PUBLIC route when nobody is signed in.
        """
        mode: Transaction = transaction or ("read" if method in _SAFE else "write")

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            inner = _with_actor(view)
            if body is not None:
                inner = self.arguments(body, location="json")(inner)
            if query is not None:
                inner = self.arguments(query, location="query")(inner)
            answering = self.response(status, answer)(inner)
            handler = _guarded(answering, permission, mode)
            handler.permission = permission  # type: ignore[attr-defined]
            handler.transaction = mode  # type: ignore[attr-defined]
            handler.provide_automatic_options = False  # type: ignore[attr-defined]
            self.add_url_rule(rule, view.__name__, handler, methods=[method])
            return view

        return register


def _with_actor(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def call(*args: Any, **path: Any) -> Any:
        return view(g.actor, *args, **path)

    return call


def _guarded(answering: Callable[..., Any], permission: Permission | Open, mode: Transaction) -> Callable[..., Any]:
    @wraps(answering)
    def handle(**path: Any) -> Any:
        def once() -> Any:
            with db.transaction(writes=mode == "write"):
                _admit(permission)
                response = None if mode == "after" else answering(**path)
                if mode == "write":
                    db.db.session.flush()
            return answering(**path) if mode == "after" else response

        if mode == "write":
            _read_body()  # Before the transaction: a slow phone must not hold the write lock while it sends.
        return _twice(once) if mode == "write" and request.method in _REPEATABLE else _mapped(once)

    return handle


def _read_body() -> None:
    """Reads the whole body, or raises RequestEntityTooLarge.

    werkzeug cuts a body that came without its length off at the limit, and what is left may still make sense; only
    asking for one byte more is refused.
    """
    request.get_data()
    if request.content_length is None:
        request.stream.read(1)


def _twice(once: Callable[[], Any]) -> Any:
    try:
        return once()
    except (IntegrityError, StaleDataError):
        return _mapped(once)


def _mapped(once: Callable[[], Any]) -> Any:
    try:
        return once()
    except (IntegrityError, StaleDataError) as fault:
        log.info("conflict", fault=str(fault.__cause__ or fault)[:200])
        raise Conflict from fault


def _admit(permission: Permission | Open) -> None:
    """Finds who calls and whether they may; raises NotSignedIn, NotPermitted or CSRFMissing."""
    authenticate: Authenticate = current_app.extensions["mingcha.authenticate"]
    actor = g.actor = authenticate()
    if permission is Open.PUBLIC:
        return
    if actor is None:
        raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
    if request.method not in _SAFE and actor.signed_in_by == "session":
        _check_csrf(actor)
    if isinstance(permission, Permission) and not actor.may(permission):
        raise NotPermitted


def _check_csrf(actor: Actor) -> None:
    if request.headers.get("X-CSRF-Token", "") != actor.csrf_token:
        raise CSRFMissing


def revision_tag(revision: int) -> str:
    """The ETag of a revision, as RFC 9110 section 8.8.3 writes it."""
    return f'"{revision}"'


def check_revision(present: int, *, required: bool = True) -> None:
    """Holds `If-Match` against the present revision (RFC 9110, section 13.1.1).

    Raises RevisionMissing (428) without the header where it is required, RevisionStale (412) when it differs.
    """
    given = request.headers.get("If-Match")
    if given is None:
        if required:
            raise RevisionMissing
        return
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    if "*" not in tags and revision_tag(present) not in tags:
        raise RevisionStale(headers={"ETag": revision_tag(present)})


def _answer_problem(problem: Problem) -> Response:
    told = problem.as_dict()
    answer = jsonify(told)
    answer.status_code = told["status"]
    answer.content_type = "application/problem+json"
    answer.headers.update(problem.headers)
    if answer.status_code == 401:  # noqa: PLR2004 - the status itself.
        answer.headers["Cache-Control"] = "no-store"
    return answer


def answer_http(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        limit = f"{(request.max_content_length or 0) // (1024 * 1024)} MiB"
        return _answer_problem(BodyTooLarge(limit=limit))
    if isinstance(error, ClientDisconnected):
        return _answer_problem(HTTPProblem(408))
    if error.response is not None or error.code is None or error.code < 400:  # noqa: PLR2004
        answer = error.get_response()
        return Response(answer.response, answer.status_code, answer.headers)  # type: ignore[attr-defined]
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return _answer_problem(HTTPProblem(error.code, headers))


def _answer_broken(error: Exception) -> Response:
    """Data that the database cannot hold is the caller's fault; anything else is ours."""
    if isinstance(error, DataError) or isinstance(getattr(error, "orig", error), (OverflowError, RecursionError)):
        return _answer_problem(HTTPProblem(400))
    if isinstance(error, OperationalError) and re.search("locked|deadlock", str(error)):
        return _answer_problem(Conflict())
    log.error("broken", path=request.path, exc_info=error)
    if current_app.testing:
        raise error
    return _answer_problem(Broken())
