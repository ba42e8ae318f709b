"""The tallies of a locked wave in one row: the same numbers, gone when one is counted anew, made again and held against."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sqlalchemy import select, true, update

from backend.core.db import db, transaction
from backend.network.models import Store
from backend.reports.loading import Request, load, load_people
from backend.scores import jobs, packing, service
from backend.scores.counting import pack_counts, unpack_counts
from backend.scores.models import Tally, WaveTally
from backend.visits import releasing
from backend.waves.models import Wave
from tests import world
from tests.exports.many import actor
from tests.scores import rows

WHERE = {
    "everywhere": true(),
    "in one store": Store.id == world.ONE,
    "in some": Store.code.in_(["S0001", "S0002", "S0003"]),
    "nowhere": Store.code == "",
}


@pytest.fixture
def locked(app) -> Wave:
    """A locked wave with up to three visits a store, one without any official score."""
    with transaction(writes=True):
        made = rows.wave(
            rows.programme(), 1, rows.golden_version(), state="locked", locked_at=datetime(2026, 2, 1, tzinfo=UTC)
        )
        for number, store_id in enumerate(world.STORES.values()):
            for turn in range(number):
                letters = dict.fromkeys(rows.GOLDEN, "PF"[turn % 2]) | {"B3": "N"}
                rows.scored(
                    made, store_id, letters, auditor_id=world.person_id(("chelsea", "grace")[turn % 2]), unproven=turn
                )
        rows.scored(made, world.ONE, {"B3": "N"})
        return made


def packed():
    return db.session.scalars(select(WaveTally)).all()


def read(wave, where):
    request = Request(wave, "covert", where)
    (named,), (plain,) = load([request]), load([request], official=False, named=False)
    auditors, cells = load_people(request)
    people = sorted((auditors[person], *numbers) for person, *numbers in cells.tolist())
    counts = dict(zip(plain.keys, plain.counts.tolist(), strict=True))
    return (
        named.keys, list(named.codes), list(named.names), named.visits.tolist(), named.red_lines.tolist(),
        named.scored.tolist(), named.counts.tolist(), list(named.official_sums), list(named.official_squares), people, counts,
    )  # fmt: skip


@pytest.mark.parametrize("where", WHERE)
def test_one_row_reads_as_the_rows_do(locked, where):
    with transaction(writes=True):
        wave = db.session.get_one(Wave, locked.id)
        by_store = read(wave, WHERE[where])
        assert packing.pack(wave.id) == []
        assert len(packed()) == 1
        assert [list(part) for part in read(wave, WHERE[where])] == [list(part) for part in by_store]


def test_methods_have_rows_of_their_own(locked):
    with transaction(writes=True):
        rows.scored(db.session.get_one(Wave, locked.id), world.TWO, {"A1": "P"}, method="announced")
        packing.pack(locked.id)
        assert {each.method: len(each.store_ids) // 16 for each in packed()} == {"announced": 1, "covert": 4}


def test_only_a_locked_wave_is_packed(app):
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.golden_version(), state="closed")
        rows.scored(wave, world.ONE, {"A1": "P"})
        packing.pack(wave.id)
        packing.pack_all()
        assert packed() == []


def test_locking_has_the_worker_pack(app, client_of):
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.golden_version(), state="closed")
        rows.scored(wave, world.ONE, {"A1": "P"})
        wave_id = wave.id
    assert client_of("alice").put(f"/api/v1/waves/{wave_id}/lock").status_code == 200
    assert "scores.pack" in app.extensions["mingcha.reactions"]["wave.locked"]
    conclude = jobs.pack_wave(wave_id)
    for _ in range(2):
        with transaction(writes=True):
            conclude()
    with transaction(writes=False):
        assert [each.wave_id for each in packed()] == [wave_id]


def test_counting_a_tally_anew_drops_the_row(locked):
    with transaction(writes=True):
        packing.pack(locked.id)
        service.recompute(locked.id, world.ONE, locked.checklist_version_id, "covert")
        assert packed() == []


def test_what_does_not_equal_its_tallies_is_named_and_mended(locked):
    with transaction(writes=True):
        packing.pack(locked.id)
        assert list(packing.differences()) == packing.pack_all() == []
        db.session.execute(update(WaveTally).values(by_person=b""))
        db.session.expire_all()
        key = packing.PackKey(locked.id, locked.checklist_version_id, "covert")
        assert list(packing.differences()) == [key]
        assert packing.pack_all() == [key]
        assert list(packing.differences()) == []


def test_the_nightly_recount_mends_both_and_packs_again(locked):
    with transaction(writes=True):
        packing.pack(locked.id)
        db.session.execute(update(Tally).where(Tally.store_id == world.ONE).values(visits=9))
        db.session.expire_all()
        jobs.check(locked.id)()
        (kept,) = packed()
        assert np.frombuffer(kept.figures, dtype="<i4").reshape(3, -1)[0].sum() == 7
        assert service.rebuild_all() == []
        assert list(packing.differences()) == []


def test_packing_beside_recounts_leaves_nothing_old(app, locked):
    keys = [(locked.id, store_id, locked.checklist_version_id, "covert") for store_id in world.STORES.values()]

    def repeat(work):
        for turn in range(12):
            with app.app_context(), transaction(writes=True):
                work(turn)

    def score(turn):
        wave = db.session.get_one(Wave, keys[0][0])
        rows.scored(wave, keys[turn % 4][1], {"A1": "PF"[turn % 2]})

    works = [lambda _: packing.pack(keys[0][0]), lambda turn: service.recompute(*keys[turn % 4]), score]
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(repeat, work) for work in works]:
            done.result()
    with transaction(writes=True):
        assert list(packing.differences()) == []
        assert service.rebuild_all() == []


def test_a_wave_that_is_locked_as_usual_reads_the_same_before_and_after(app, client_of):
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.golden_version(), state="closed")
        for store_id in world.STORES.values():
            rows.scored(wave, store_id, dict.fromkeys(rows.GOLDEN, "P"), auditor_id=world.person_id("chelsea"))
        wave_id = wave.id
        releasing.lock(actor("alice"), wave_id)
    paths = [
        f"/reports/waves/{wave_id}{part}" for part in ("", "/stores", "/regions", "/people", "/matrix", "/checkpoints")
    ]
    before = [client_of("alice").get(f"/api/v1{path}").json for path in paths]
    with transaction(writes=True):
        packing.pack(wave_id)
    assert [client_of("alice").get(f"/api/v1{path}").json for path in paths] == before


@given(
    st.tuples(st.integers(0, 5), st.integers(1, 4)).flatmap(
        lambda shape: arrays(
            np.int32, (*shape, 3), elements=st.sampled_from([0, 1, 7, 255, 256, 65_535, 65_536, 2**31 - 1])
        )
    )
)
def test_counts_come_back_whatever_their_size(counts):
    blob = pack_counts(counts)
    assert np.array_equal(unpack_counts(blob, *counts.shape[:2]), counts)
    widest = int(counts.max(initial=0))
    assert len(blob) == counts.size * (1 if widest < 256 else 2 if widest < 65_536 else 4)
