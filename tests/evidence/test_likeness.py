"""Pictures like one."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.evidence.likeness import Like, likes_of
from backend.evidence.models import Evidence
from tests import world

HASH, OTHER_HASH, FLAT = "a5b1c3d7e9f01234", "5a4e3c28160fedcb", "8000000000000000"


@pytest.fixture
def keep(app: Flask) -> Callable[..., UUID]:
    def keep(name: str, **changed) -> UUID:
        own = {"sha256": name * 64, "perceptual_hash": HASH, "state": "ready"} | changed
        with transaction(writes=True):
            row = Evidence(
                id=named_id(name), visit_id=named_id("visit", name), uploader_id=world.person_id("chelsea"),
                store_id=world.ONE, kind="photo", media_type="image/jpeg", size=1, source="camera",
                declared_at=clock.now(), **own,
            )  # fmt: skip
            db.session.add(row)
        return named_id(name)

    return keep


def likes(id_: UUID) -> list[Like]:
    with transaction(writes=False):
        return likes_of(id_)


def test_copies_are_told_by_how_they_are_alike(keep: Callable) -> None:
    asked = keep("a")
    keep("b")
    keep("c", sha256="a" * 64, perceptual_hash=OTHER_HASH)
    keep("d", perceptual_hash=OTHER_HASH)
    found = [(each.evidence_id, each.visit_id, each.how) for each in likes(asked)]
    assert found == [
        (named_id("b"), named_id("visit", "b"), "same-picture"),
        (named_id("c"), named_id("visit", "c"), "same-bytes"),
    ]


def test_plain_surfaces_are_like_nothing_but_their_own_bytes(keep: Callable) -> None:
    asked = keep("a", perceptual_hash=FLAT)
    keep("b", perceptual_hash=FLAT)
    keep("c", perceptual_hash=FLAT, sha256="a" * 64)
    assert [each.evidence_id for each in likes(asked)] == [named_id("c")]


@pytest.mark.parametrize("changed", [{"state": "stored"}, {"perceptual_hash": None, "state": "unreadable"}])
def test_what_is_not_developed_is_like_nothing(keep: Callable, changed: dict) -> None:
    asked, other = keep("a"), keep("b", **changed)
    assert likes(asked) == likes(other) == likes(named_id("nothing")) == []
