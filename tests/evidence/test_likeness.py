"""Which evidence shows the same picture: over rows, bytes and thumbnails as they really are."""

import random

import pytest
from flask import Flask
from sqlalchemy import event, text

from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.evidence import jobs, likeness, queries, studio
from backend.evidence.likeness import alike, likes_of
from backend.evidence.models import Evidence, Fingerprint
from backend.evidence.receiving import store
from tests import scenes, world
from tests.evidence.phone import OTHER_VISIT, VISIT, declare, upload


@pytest.fixture
def chelsea(app: Flask, client_of):
    app.extensions["mingcha.jobs"] = {
        "evidence.develop": jobs.develop,
        "evidence.compare": jobs.compare,
        "integrity.ask": lambda _id: lambda: None,
    }
    yield client_of("chelsea")
    studio.close()


def taken(client, picture, *, visit=VISIT, place=world.ONE, quality=90):
    """Evidence of a visit that shows the picture, developed."""
    data = _bytes(picture, quality)
    id_ = declare(data, visit=visit, store=place)
    upload(client, id_, data)
    outbox.drain()
    return id_


def _bytes(picture, quality):
    import io

    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def found(evidence_id):
    with transaction(writes=False):
        return [(like.evidence_id, like.how) for like in likes_of(evidence_id)]


def test_the_same_bytes_in_another_visit(chelsea) -> None:
    first = taken(chelsea, scenes.clutter(1))
    again = taken(chelsea, scenes.clutter(1), visit=OTHER_VISIT)
    with transaction(writes=False):
        (like,) = likes_of(again)
    assert (like.evidence_id, like.visit_id, like.store_id) == (first, VISIT, world.ONE)
    assert (like.how, like.distance) == ("same-bytes", 0)
    assert found(first) == [(again, "same-bytes")]


def test_a_copy_that_was_encoded_again_and_one_that_was_cropped(chelsea) -> None:
    shot = taken(chelsea, scenes.clutter(2))
    stranger = taken(chelsea, scenes.clutter(3))
    copy = taken(chelsea, scenes.clutter(2), visit=OTHER_VISIT, quality=45)
    crop = taken(chelsea, scenes.cropped(scenes.clutter(2), 0.1, random.Random(1)), visit=new_id())
    assert set(found(copy)) == {(shot, "same-picture"), (crop, "part")}
    assert set(found(crop)) == {(shot, "part"), (copy, "part")}
    assert found(stranger) == []


def test_a_screenshot(chelsea) -> None:
    shot = taken(chelsea, scenes.clutter(4))
    screen = scenes.screenshot(scenes.clutter(4), random.Random(4), dark=True)
    assert found(taken(chelsea, screen, visit=OTHER_VISIT)) == [(shot, "part")]


def test_the_same_visit_may_show_a_picture_twice(chelsea) -> None:
    taken(chelsea, scenes.clutter(5))
    assert found(taken(chelsea, scenes.clutter(5), quality=50)) == []


def test_what_is_not_here_is_like_nothing(chelsea) -> None:
    waiting = declare(_bytes(scenes.clutter(6), 90))
    taken(chelsea, scenes.clutter(6), visit=OTHER_VISIT)
    assert found(waiting) == found(new_id()) == []


def test_a_picture_whose_thumbnail_was_deleted_is_found_by_its_bytes_alone(chelsea) -> None:
    first = taken(chelsea, scenes.clutter(7))
    with transaction(writes=False):
        keys = {each.name: each.key for each in queries.renditions_of(first)}
    store().delete(keys["thumb"])
    assert found(taken(chelsea, scenes.clutter(7), visit=OTHER_VISIT, quality=50)) == []
    same = taken(chelsea, scenes.clutter(7), visit=new_id())
    assert (first, "same-bytes") in found(same)


def test_what_a_slow_transaction_adds_behind_our_back_is_found(app: Flask, chelsea) -> None:
    """Another process' fingerprint may become visible after later ones were taken."""
    late = taken(chelsea, scenes.clutter(8))
    with transaction(writes=True):
        row = db.session.get_one(Fingerprint, late)
        data, made_at = row.data, row.made_at
        db.session.delete(row)
    del app.extensions["mingcha.likeness"]
    taken(chelsea, scenes.clutter(9))
    copy = taken(chelsea, scenes.clutter(8), visit=OTHER_VISIT, quality=50)
    assert alike(copy) == []
    with transaction(writes=True):
        db.session.add(Fingerprint(evidence_id=late, data=data, made_at=made_at))
    assert [(like.evidence_id, like.how) for like in alike(copy)] == [(late, "same-picture")]


def test_topping_up_costs_the_same_however_much_is_known(chelsea) -> None:
    first = taken(chelsea, scenes.clutter(1))
    alike(first)

    def statements() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731 - removed again below.
        event.listen(db.engine, "before_cursor_execute", listen)
        alike(first)
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(seen)

    few = statements()
    _add_strangers(first, 3000)
    alike(first)
    assert statements() == few


def test_topping_up_reads_by_index(app: Flask, engine: str) -> None:
    if engine == "sqlite":
        with transaction(writes=False):
            plan = db.session.execute(
                text("EXPLAIN QUERY PLAN SELECT evidence_id FROM fingerprints WHERE made_at >= :at ORDER BY made_at"),
                {"at": clock.now()},
            ).all()
        assert "ix_fingerprints_made_at" in str(plan)
    else:
        with transaction(writes=False):
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = db.session.execute(
                text("EXPLAIN SELECT evidence_id FROM fingerprints WHERE made_at >= now() ORDER BY made_at")
            ).all()
        assert "ix_fingerprints_made_at" in str(plan)


def _add_strangers(like, count: int) -> None:
    """Rows as old as a year, so that they are not asked for again and again."""
    dice = random.Random(1)
    old = clock.now() - likeness.OVERLAP * 50_000
    with transaction(writes=True):
        model = db.session.get_one(Evidence, like)
        columns = {each.name: getattr(model, each.name) for each in Evidence.__table__.columns}
        rows = [
            columns | {"id": new_id(), "visit_id": new_id(), "sha256": dice.randbytes(32).hex()} for _ in range(count)
        ]
        db.session.execute(Evidence.__table__.insert(), rows)
        prints = [{"evidence_id": row["id"], "data": dice.randbytes(56), "made_at": old} for row in rows]
        db.session.execute(Fingerprint.__table__.insert(), prints)
