"""What people do at a deployment, in a few verbs that several journeys share."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from backend.core.ids import new_id
from tests import world
from tests.journeys.camera import Shot, clip, photo
from tests.journeys.phone import Desk, Phone
from tests.live import Deployment
from tests.submissions import answer_to, submission_for

EO = world.COMPILED["EO"]
TINY = world.COMPILED["TINY"]
CLEAN_PROOF = "nothing to be seen, so there is nothing to photograph"


@dataclass
class Paper:
    """A document ready to be sent, and the files it speaks of, by evidence id."""

    body: dict[str, Any]
    shots: dict[str, Shot] = field(default_factory=dict)

    def entry(self, evidence_id: str) -> dict[str, Any]:
        return next(entry for entry in self.body["evidence"] if entry["id"] == evidence_id)


def desk(place: Deployment, login: str) -> Desk:
    return Desk(place.address, token=world.token_of(login))


def phone(place: Deployment, login: str, seed: int = 1) -> Phone:
    return Phone(place.address, token=world.token_of(login), seed=seed)


def paper(
    shots: Mapping[str, Iterable[Shot]],
    version: Any = EO,
    results: Mapping[str, Any] | None = None,
    known: Mapping[str, Shot] | None = None,
    **options: Any,
) -> Paper:
    """A complete document whose answers rest on these files, dealt out in turn; `known` are files declared before."""
    body = submission_for(version, results, **options)
    kinds = {entry["id"]: entry["kind"] for entry in body["evidence"]}
    ids = {kind: [(str(new_id()), shot) for shot in several] for kind, several in shots.items()}
    turns: dict[str, Iterator[int]] = {kind: count() for kind in ids}
    for answer in body["answers"]:
        answer["evidence"] = [
            {**link, "id": ids[kind][next(turns[kind]) % len(ids[kind])][0]}
            for link in answer["evidence"]
            for kind in [kinds[link["id"]]]
        ]
    linked = {link["id"] for answer in body["answers"] for link in answer["evidence"]}
    used = {id_: shot for several in ids.values() for id_, shot in several if id_ in linked}
    body["evidence"] = [shot.entry(id_) for id_, shot in used.items()]
    return Paper(body, used | dict(known or {}))


def hole(made: Paper, code: str) -> None:
    """Makes one answer a fail with nothing to photograph."""
    answer_to(made.body, code).update(result="fail", comment=CLEAN_PROOF, evidence=[])


def short_visit(
    place: Deployment,
    login: str,
    visit_id: str,
    version: Any = EO,
    results: Mapping[str, Any] | None = None,
    number: int = 100,
) -> Paper:
    """A whole visit without adventures, follow-up included, approved by bob; files are made from `number` on."""
    shots = {"photo": [photo(number), photo(number + 1)], "video": [clip(number)]}
    made, sender = paper(shots, version, results, after_visit=True), phone(place, login)
    assert sender.put(f"visits/{visit_id}/submission", made.body).status_code == 201
    for evidence_id, shot in made.shots.items():
        sender.deliver(evidence_id, shot.content)
    answer = desk(place, "bob").put(f"visits/{visit_id}/review", {"verdict": "approved"})
    assert answer.status_code == 200, answer.text
    return made


def until_ready(reader: Desk, visit_id: str, seconds: float = 60) -> dict[str, Any]:
    """The visit, once the worker has looked at all of its files."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        visit: dict[str, Any] = reader.get(f"visits/{visit_id}")
        if all(file["state"] in {"ready", "unreadable"} for file in visit["evidence"]):
            return visit
        time.sleep(0.2)
    raise AssertionError([(file["id"], file["state"]) for file in visit["evidence"]])


def comes(question: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether the answer turns to yes within that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.02)
    return False
