"""A wave with decided visits whose files are all here, and its clocks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backend.core import clock
from backend.core.db import db, transaction
from backend.evidence.models import Evidence
from backend.retention import jobs
from backend.waves.models import Wave
from tests import world
from tests.kept import keep_files
from tests.reviews.conftest import desk

__all__ = ["desk"]

DAN, CHELSEA, GRACE = "dan-tiny", "chelsea-tiny", "grace-tiny"
TINY = world.WAVES["TINY"]


def set_wave(**values: Any) -> None:
    with transaction(writes=True):
        for name, value in values.items():
            setattr(db.session.get_one(Wave, TINY), name, value)


def evidence_of(name: str) -> list[Evidence]:
    with transaction(writes=False):
        return list(db.session.scalars(select(Evidence).where(Evidence.visit_id == world.VISITS[name])))


def originals(name: str) -> set[str]:
    return {str(row.key) for row in evidence_of(name) if row.key}


@pytest.fixture
def kept(app: Flask, desk: Any) -> Callable[..., None]:
    """Submits visits, keeps their files, and approves them unless told otherwise."""
    app.extensions["mingcha.jobs"] = {"retention.dispose": jobs.dispose, "evidence.develop": lambda _: lambda: None}

    def make(*names: str, approved: bool = True, **options: Any) -> None:
        for name in names:
            desk.submit(name, after_visit=True, **options)
            keep_files(world.VISITS[name])
            if approved:
                status, told = desk.review(name)
                assert status == 200, told

    return make


@pytest.fixture
def overdue(kept: Callable[..., None]) -> None:
    """Dan's and Chelsea's visits, approved; the wave was locked a hundred days ago and keeps originals for ninety."""
    kept(DAN, CHELSEA)
    set_wave(originals_days=90, state="locked", locked_at=clock.now() - timedelta(days=100))
