"""Rows that tests of scores, reviews and reports start from: checklists, waves, stores and scored visits."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from backend.checklists import service as checklists
from backend.checklists.rules import Result
from backend.core.actor import SYSTEM
from backend.core.db import db
from backend.core.ids import new_id
from backend.network.models import Store, StoreMembership
from backend.scores.models import ScorecardRow
from backend.scores.service import write_scorecard
from backend.waves.models import Programme, Wave
from tests import world

LETTERS = {"P": Result.PASS, "F": Result.FAIL, "N": Result.NA}
GOLDEN = {
    "A1": {"stage": "A", "weight": 1},
    "A2": {"stage": "A", "weight": 2},
    "A3": {"stage": "A", "weight": 1},
    "B1": {"stage": "B", "weight": 2, "critical": True},
    "B2": {"stage": "B", "weight": 1},
    "B3": {"stage": "B", "weight": 1, "allow_na": True},
}
OF_STAGE = ("dimension", "methods", "capture")


def label(text: str) -> dict[str, str]:
    return {"zh-CN": f"名称 {text}", "en": f"Name {text}"}


def document(code: str, version: str, items: Mapping[str, Mapping[str, Any]], **root: Any) -> dict[str, Any]:
    """A definition of (code -> stage and fields); a stage takes `dimension`, `methods`, `capture` from its first item."""
    stages: dict[str, dict[str, Any]] = {}
    for item_code, item in items.items():
        fields = {key: value for key, value in item.items() if key != "stage" and key not in OF_STAGE}
        own = {key: item[key] for key in OF_STAGE if key in item}
        stage = stages.setdefault(
            item["stage"], {"code": item["stage"], "title": label(item["stage"]), **own, "checkpoints": []}
        )
        stage["checkpoints"].append({"code": item_code, "title": label(item_code), **fields})
    groups = {
        plural: [
            {"code": each, "title": label(each)} for each in sorted({i[name] for i in items.values() if name in i})
        ]
        for plural, name in (("modules", "module"), ("dimensions", "dimension"))
    }
    head = {"code": code, "version": version, "title": label(code), "method": "covert"}
    return head | groups | root | {"stages": list(stages.values())}


def publish(definition: Mapping[str, Any]) -> UUID:
    return checklists.publish(SYSTEM, json.dumps(definition).encode())[0].id


def golden_version() -> UUID:
    return publish(document("GOLD", "1.0.0", GOLDEN))


def programme(code: str = "P") -> UUID:
    row = Programme(id=new_id(), code=code, name=code, purpose=None, brand_id=None)
    db.session.add(row)
    db.session.flush()
    return row.id


def wave(programme_id: UUID, number: int, version_id: UUID, **fields: Any) -> Wave:
    """An open wave of one month: number 1 opens on 1 January 2026, number 2 on 1 February, and so on."""
    given = {
        "opens_on": date(2026, number, 1), "closes_on": date(2026, number, 28), "state": "open", "quota": None,
        "headline_method": "covert", "target_rate": None, "published_at": None, "locked_at": None,
    }  # fmt: skip
    row = Wave(id=new_id(), programme_id=programme_id, number=number, name=f"W{number}",
               checklist_version_id=version_id, **given | fields)  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def store(code: str, region: UUID | None = world.EAST, group: UUID | None = world.SUN) -> UUID:
    row = Store(
        id=new_id(), brand_id=world.BRAND, code=code, name=f"{code} 店", updated_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    db.session.add(row)
    db.session.flush()
    membership = StoreMembership(
        id=new_id(), store_id=row.id, region_id=region, group_id=group, starts_on=date(2020, 1, 1)
    )
    db.session.add(membership)
    db.session.flush()
    return row.id


def scored(wave: Wave, store_id: UUID, letters: Mapping[str, str], **fields: Any) -> ScorecardRow:
    """The scorecard of a visit whose results are given as P, F and N."""
    given = {"visit_id": new_id(), "method": wave.headline_method, "reason": "approved", **fields}
    return write_scorecard(
        SYSTEM, wave_id=wave.id, store_id=store_id, checklist_version_id=wave.checklist_version_id,
        results={code: LETTERS[letter] for code, letter in letters.items()}, **given,
    )  # fmt: skip


def stores(codes: Iterable[str]) -> dict[str, UUID]:
    return {code: store(code) for code in codes}
