"""Problems: what a caller did that cannot be done, as RFC 9457 `application/problem+json`.

A domain names its problems in its own `problems.py`: a class is a status, a code and a sentence in the package's
`messages.yaml` under that code. Raising one rolls the transaction back; the edge turns it into the answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from backend.core import messages


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong inside a request: where it is, and its sentence.

    `where` names the place: `{"field": "answers.3.value"}`, `{"checkpoint": "EO-01-02"}`, `{"row": 7}`.
    `package` owns the sentence `code`.
    """

    where: Mapping[str, Any]
    package: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        message = messages.say(self.package, self.code, dict(self.params))
        return {**self.where, "code": self.code, "message": message}


class Problem(Exception):
    """The base of all problems. The sentence's parameters are the keyword arguments."""

    status: ClassVar[int] = 400
    code: ClassVar[str]
    title: ClassVar[str | None] = None

    def __init__(
        self, *, faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None, **params: Any
    ) -> None:
        super().__init__(self.code)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.params = params

    @classmethod
    def package(cls) -> str:
        return cls.__module__.rpartition(".")[0]

    def as_dict(self) -> dict[str, Any]:
        """The problem document in the caller's language."""
        body: dict[str, Any] = {
            "type": f"urn:mingcha:problem:{self.code}",
            # A status of our own protocols (tus has 460) is not in the register and brings its title.
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": messages.say(self.package(), self.code, self.params),
        }
        if self.faults:
            body["errors"] = [fault.as_dict() for fault in self.faults]
        return body


class NotSignedIn(Problem):
    status = 401
    code = "not-signed-in"


class CSRFMissing(Problem):
    status = 403
    code = "csrf-missing"


class NotPermitted(Problem):
    status = 403
    code = "not-permitted"


class NotFound(Problem):
    """Also the answer for what exists but is not the caller's to see."""

    status = 404
    code = "not-found"


class FieldsInvalid(Problem):
    status = 422
    code = "fields-invalid"


class BodyUnreadable(Problem):
    status = 400
    code = "body-unreadable"


class BodyTooLarge(Problem):
    status = 413
    code = "body-too-large"


class CursorInvalid(Problem):
    status = 422
    code = "cursor-invalid"


class RevisionMissing(Problem):
    status = 428
    code = "revision-missing"


class RevisionStale(Problem):
    status = 412
    code = "revision-stale"


class Conflict(Problem):
    """Two writers met and the second try met again: the caller may simply repeat."""

    status = 409
    code = "conflict"


class Broken(Problem):
    """Our own fault: logged with its trace, told without it."""

    status = 500
    code = "broken"


class HTTPProblem(Problem):
    """What the web framework refuses by itself: 404, 405, 415 and their like."""

    code = "http"

    def __init__(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers=headers, status=status)
        self.http_status = status

    def as_dict(self) -> dict[str, Any]:
        known = messages.catalogue(self.package())[messages.locale()]
        key = f"http-{self.http_status}"
        detail = known[key] if key in known else messages.say(self.package(), "http", {"status": self.http_status})
        title = HTTPStatus(self.http_status).phrase
        return {"type": "about:blank", "title": title, "status": self.http_status, "code": key, "detail": detail}
