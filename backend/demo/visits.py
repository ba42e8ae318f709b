"""The demo's visits, written in bulk as the services would have left them."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from backend.checklists.rules import Checkpoint, Result
from backend.core import clock
from backend.core.actor import SYSTEM
from backend.core.db import db
from backend.core.ids import named_id
from backend.demo import answers, people
from backend.demo.evidence import Album, Shots, moments
from backend.integrity import rules as integrity
from backend.integrity.models import Judgement
from backend.network.models import Store
from backend.reviews.models import Review, Waiver
from backend.scores import service as scores
from backend.settings import current
from backend.visits.models import Answer, Submission, Visit
from backend.waves.models import Wave

REASON = "demo"
Results = dict[str, Result]


@dataclass(slots=True)
class Batch:
    """Rows of many visits, written together."""

    album: Album
    visits: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    waivers: list[dict[str, Any]] = field(default_factory=list)
    judgements: list[dict[str, Any]] = field(default_factory=list)
    results: list[tuple[dict[str, Any], Results]] = field(default_factory=list)

    def write(self) -> None:
        """Writes everything, then scores what was approved."""
        db.session.execute(insert(Visit), self.visits)
        self.album.write()
        for model, rows in ((Submission, self.submissions), (Answer, self.answers), (Review, self.reviews),
                            (Waiver, self.waivers), (Judgement, self.judgements)):  # fmt: skip
            if rows:
                db.session.execute(insert(model), rows)
        for visit, results in self.results:
            scores.write_scorecard(
                SYSTEM, visit_id=visit["id"], wave_id=visit["wave_id"], store_id=visit["store_id"],
                checklist_version_id=visit["checklist_version_id"], method=visit["method"], results=results,
                reason=REASON, auditor_id=visit["auditor_id"], visited_on=visit["visited_on"],
                unproven=len(visit["holes"]),
            )  # fmt: skip


def planned(wave: Wave, store: Store, auditor_id: UUID, turn: object, **more: Any) -> dict[str, Any]:
    """The row of a visit that nobody has begun."""
    method = more.pop("method", wave.headline_method)
    return {
        "id": named_id("demo", "visit", wave.id, store.code, method, turn), "wave_id": wave.id, "store_id": store.id,
        "checklist_version_id": wave.checklist_version_id, "method": method, "auditor_id": auditor_id,
        "state": "planned", "due_on": wave.closes_on, "created_at": clock.now(), "round": 0, "open_items": [],
        "holes": [], "flags": [], "marks": [], "band": None, "revision": 1, "fee": 200, **_no_times(), **more,
    }  # fmt: skip


def submitted(
    batch: Batch, visit: dict[str, Any], checkpoints: tuple[Checkpoint, ...], results: Results, when: datetime,
    shots: Shots,
) -> None:  # fmt: skip
    """Adds a visit as received: answers, its document, its pictures.

    One without pictures gives no rule anything to find; the others are judged when their pictures are ready.
    """
    times = moments(when)
    pictures = {code: batch.album.take(visit, code, shots, next(times)) for code in sorted(shots.codes)}
    visit |= {"state": "submitted", "submitted_at": when + timedelta(hours=4), "visited_on": when.date(), "round": 1,
              "taken_at": when - timedelta(days=2)}  # fmt: skip
    rows = answers.rows(visit["id"], checkpoints, results, pictures)
    visit["holes"] = list(_holes(checkpoints, results, pictures))
    if not any(pictures.values()):
        visit["band"] = integrity.CLEAR
        batch.judgements.append(_judgement(visit))
    batch.visits.append(visit)
    batch.answers += rows
    batch.submissions.append(_submission(visit, rows))


def approved(batch: Batch, visit: dict[str, Any], checkpoints: tuple[Checkpoint, ...], results: Results) -> None:
    """Adds the decision over a submitted visit; proof that the demo does not have is waived by name."""
    wanting = [checkpoint.code for checkpoint in checkpoints
               if results.get(checkpoint.code) and checkpoint.needs[results[checkpoint.code]]]  # fmt: skip
    shown = {row["checkpoint"] for row in batch.answers[-len(results) :] if row["evidence"]}
    decided_at = visit["submitted_at"] + timedelta(days=3)
    batch.waivers += [_waiver(visit, code, decided_at) for code in wanting if code not in shown]
    batch.reviews.append(_review(visit, decided_at))
    visit |= {"decided_at": decided_at, "open_items": []}
    batch.results.append((visit, results))


def day_of(wave: Wave, seed: object) -> datetime:
    """A visit's morning inside its wave, the same for the same seed."""
    dice = random.Random(f"day {seed}")  # noqa: S311 - a demo's dice.
    span = min((wave.closes_on - wave.opens_on).days, 55)
    return datetime.combine(
        wave.opens_on + timedelta(days=dice.randint(0, span)), time(dice.randint(8, 16), dice.randint(0, 59)),
        tzinfo=current().time_zone,
    )  # fmt: skip


def _no_times() -> dict[str, None]:
    return dict.fromkeys(("taken_at", "submitted_at", "decided_at", "visited_on", "follow_up_due_at", "reason",
                          "returned", "script", "window"))  # fmt: skip


def _holes(checkpoints: tuple[Checkpoint, ...], results: Results, pictures: dict[str, list[UUID]]) -> Iterator[str]:
    for checkpoint in checkpoints:
        result = results.get(checkpoint.code)
        if result is Result.FAIL and checkpoint.needs[result] and not pictures.get(checkpoint.code):
            yield checkpoint.code


def _submission(visit: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    kept = [{key: row[key] for key in ("checkpoint", "result", "value", "comment", "evidence")} for row in rows]
    document = json.dumps({"answers": kept, "demo": True}, ensure_ascii=False).encode()
    return {
        "id": named_id("demo", "submission", visit["id"]), "visit_id": visit["id"], "kind": "submission", "round": 1,
        "document": document, "sha256": hashlib.sha256(document).hexdigest(), "app_version": "demo",
        "person_id": visit["auditor_id"], "received_at": visit["submitted_at"],
    }  # fmt: skip


def _judgement(visit: dict[str, Any]) -> dict[str, Any]:
    return {
        "visit_id": visit["id"], "score": integrity.BEST, "rules_version": integrity.VERSION,
        "facts_at": visit["submitted_at"],
    }  # fmt: skip


def _review(visit: dict[str, Any], decided_at: datetime) -> dict[str, Any]:
    return {
        "id": named_id("demo", "review", visit["id"]), "visit_id": visit["id"], "round": 1,
        "reviewer_id": people.person_id("bob"), "verdict": "approved", "reason": REASON, "document": {"demo": True},
        "sha256": hashlib.sha256(b"demo").hexdigest(), "decided_at": decided_at,
    }  # fmt: skip


def _waiver(visit: dict[str, Any], checkpoint: str, at: datetime) -> dict[str, Any]:
    return {
        "id": named_id("demo", "waiver", visit["id"], checkpoint), "visit_id": visit["id"], "checkpoint": checkpoint,
        "evidence_id": None, "reason": REASON, "person_id": people.person_id("bob"), "at": at,
    }  # fmt: skip
