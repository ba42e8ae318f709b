"""The demo's reports against the recount of its raw answers, and against DuckDB over its Parquet file."""

import hashlib

import duckdb
import pytest
from sqlalchemy import select

from backend import demo
from backend import settings as deployment
from backend.accounts.models import Person, Token
from backend.app import create_app
from backend.checklists.models import ChecklistVersion
from backend.core import schema
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.exports import columnar, rules
from backend.exports.orders import Order
from backend.reports.scope import WHOLE
from backend.reports.waves import Filters
from backend.waves.models import Programme, Wave
from tests import world
from tests.exports.test_questions import QUERIES
from tests.reports import networks
from tests.reports.recount import Slice, store_report, trend
from tests.reports.test_recount import KINDS, plain

SECRET = "demo"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The demo, with a token of alice's; the latest wave whose visits are all released."""
    app = create_app(deployment.read({"MINGCHA_DATA_DIR": str(tmp_path_factory.mktemp("demo"))}))
    with app.app_context():
        schema.upgrade()
        demo.load(lambda _text: None)
        with transaction(writes=True):
            alice = db.session.scalars(select(Person.id).where(Person.login == "alice")).one()
            hashed = hashlib.sha256(SECRET.encode()).hexdigest()
            made = {"id": new_id(), "person_id": alice, "name": "tests", "created_at": world.MADE_AT}
            db.session.add(Token(**made, secret_hash=hashed))
        yield app
        db.engine.dispose()


@pytest.fixture(scope="module")
def read(loaded):
    def get(path, **query):
        asked = {key: str(value) for key, value in query.items()}
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = loaded.test_client().get(f"/api/v1/reports{path}", query_string=asked, headers=headers)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return get


@pytest.fixture(scope="module")
def wave(loaded):
    with transaction(writes=False):
        rows = select(Wave).where(Wave.state.in_(["closed", "locked"])).order_by(Wave.number.desc())
        return db.session.scalars(rows).first()


@pytest.fixture(scope="module")
def truth(loaded, wave):
    with transaction(writes=False):
        return networks.read_world(db.session.get_one(Programme, wave.programme_id).code)


def slice_of(truth, wave):
    return Slice(truth, wave, wave.method, lambda _wave, _store: True)


def test_every_table_of_a_wave(truth, wave, read):
    now, path = slice_of(truth, truth.wave(wave.id)), f"/waves/{wave.id}"
    before = slice_of(truth, truth.before(now.wave))
    assert read(path) == plain(now.headline(before))
    expected = {
        "checkpoints": now.table(now.checkpoints(before)),
        **{f"{kind}s": now.table(now.parts(kind, before)) for kind in KINDS},
        "regions": now.table(now.parents("region_id", 0, before)),
        "groups": now.table(now.parents("group_id", 1, before)),
        "stores": now.store_table(before),
        "people": now.people(),
        "matrix": now.matrix("regions", "stages"),
    }
    for table, answer in expected.items():
        assert read(f"{path}/{table}") == plain(answer), table
    wide = read(f"{path}/matrix", rows="stores", columns="checkpoints")
    assert wide == plain(now.matrix("stores", "checkpoints"))


def test_the_trend_and_the_stores(truth, wave, read):
    with transaction(writes=False):
        version = db.session.get_one(Wave, wave.id).checklist_version_id
        checklist = db.session.get_one(ChecklistVersion, version).code
    slices = [slice_of(truth, each) for each in truth.waves]
    programme = slices[0].wave.programme
    found = read("/trend", checklist=checklist, programme=programme)["points"]
    slices = [each for each in slices if str(each.wave.id) in {point["wave_id"] for point in found}]
    assert found == plain(trend(slices, "nation", None))
    for store in [each for each in truth.stores if each.id in slices[-1].of_store][:2]:
        own = [each for each in slices if store.id in each.of_store]
        told = read(f"/stores/{store.id}", checklist=checklist)
        expected = plain(store_report(own, store))
        assert {name: told[name] for name in expected} == expected


class Silent:
    written = 0

    def expect(self, rows):
        """Nothing is told."""

    def wrote(self, rows):
        self.written += rows


def test_duckdb_over_the_parquet_file_says_the_same(wave, read, tmp_path, monkeypatch):
    with transaction(writes=False):
        alice = db.session.scalars(select(Person).where(Person.login == "alice")).one()
    actor = Actor(alice.id, alice.name, "zh-CN", (Membership(Role.ANALYST, ScopeKind.ALL, None),), "token")
    order = Order(wave.id, rules.WAVE_PARQUET, "parquet", "zh-CN", actor, wave.id, None, None, Filters(WHOLE),
                  world.MADE_AT)  # fmt: skip
    columnar.write_parquet(order, Silent(), tmp_path / "answers.parquet")
    monkeypatch.chdir(tmp_path)

    def ask(query):
        found = duckdb.sql(query)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    checkpoints = {row["checkpoint"]: row for row in read(f"/waves/{wave.id}/checkpoints")["items"]}
    for row in ask(QUERIES[0]):
        told = checkpoints[row["checkpoint"]]
        assert (row["rate"], row["n"]) == (pytest.approx(told["rate"], abs=0.0051), told["applicable"])
    for row in ask(QUERIES[2]):
        told = checkpoints[row["checkpoint"]]
        assert (row["na_rate"], row["n"]) == (pytest.approx(told["na_rate"], abs=0.0051), told["visits"])
    regions = {row["code"]: row for row in read(f"/waves/{wave.id}/regions")["items"]}
    for row in ask(QUERIES[1]):
        told = regions[row["region_code"]]["rate"]
        assert (row["rate"], row["n"]) == (pytest.approx(told["mean_of_stores"], abs=0.0051), told["n"])
    by_store = (
        "SELECT store_code, 100.0 * count(*) FILTER (result = 'pass') / count(*) AS rate, "
        "count(DISTINCT visit) AS visits FROM 'answers.parquet' WHERE result <> 'na' GROUP BY ALL"
    )
    stores = {row["code"]: row for row in read(f"/waves/{wave.id}/stores")["items"]}
    found = ask(by_store)
    assert len(found) == len(stores)
    for row in found:
        told = stores[row["store_code"]]
        assert (row["rate"], row["visits"]) == (pytest.approx(told["rate"], abs=0.0051), told["visits"])
    (whole,) = ask(f"SELECT avg(rate) AS mean, count(*) AS n FROM ({by_store})")
    headline = read(f"/waves/{wave.id}")["rate"]
    assert (whole["mean"], whole["n"]) == (pytest.approx(headline["mean_of_stores"], abs=0.0051), headline["n"])
