"""Grows a demo to a thousand stores, to look at the console with many: `MINGCHA_DATA_DIR=... python -m tests.bench.crowd`.

With `time TOKEN` it prints instead what each report of the last finished wave costs in processor time, the best of five.

The new stores stand near the others and take over their tallies of every wave and method; they have no visits of their
own, so lists of visits stay as they were. Run it on a copy, with no server on it.
"""

import random
import sys
import time
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from backend.app import create_app
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.network.models import Store, StoreMembership
from backend.scores.models import Tally
from backend.scores.packing import pack_all

STORES = 1000
_SPREAD_DEGREES = 0.6


def grow() -> int:
    """Adds what is missing of a thousand stores; how many tallies that made."""
    known = list(db.session.scalars(sa.select(Store).order_by(Store.code)))
    stays = {stay.store_id: stay for stay in db.session.scalars(sa.select(StoreMembership))}
    models = [store for store in known if store.id in stays]
    made: dict[UUID, list[UUID]] = {}
    dice = random.Random(1)
    for number in range(STORES - len(known)):
        model = models[number % len(models)]
        made.setdefault(model.id, []).append(_beside(model, stays[model.id], number, dice))
    rows = [_columns(tally) for tally in db.session.scalars(sa.select(Tally))]
    copies = [row | {"store_id": store_id} for row in rows for store_id in made.get(row["store_id"], ())]
    if copies:
        db.session.execute(sa.insert(Tally), copies)
        pack_all()
    return len(copies)


def _beside(model: Store, stay: StoreMembership, number: int, dice: random.Random) -> UUID:
    """A store in the same city, region and group as another."""
    store_id, code = named_id("crowd", number), f"X{number:04}"
    row = _columns(model) | {"id": store_id, "code": code, "name": f"{model.city or ''}{code} 店"}
    if model.lat is not None and model.lon is not None:
        moved = (degrees + dice.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES) for degrees in (model.lat, model.lon))
        row |= dict(zip(("lat", "lon"), moved, strict=True))
    parents = {"region_id": stay.region_id, "group_id": stay.group_id}
    held = {"id": named_id("crowd", "stay", number), "store_id": store_id, "starts_on": date(2020, 1, 1), **parents}
    db.session.execute(sa.insert(Store), [row])
    db.session.execute(sa.insert(StoreMembership), [held])
    return store_id


def _columns(row: Store | Tally) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in type(row).__table__.columns}


def clocked(token: str) -> None:
    client, headers = create_app().test_client(), {"Authorization": f"Bearer {token}"}
    finished = [wave for wave in client.get("/api/v1/waves?limit=200", headers=headers).json["items"]
                if wave["state"] in {"closed", "locked"}]  # fmt: skip
    base = f"/api/v1/reports/waves/{max(finished, key=lambda wave: wave['number'])['id']}"
    store = client.get(f"{base}/stores", headers=headers).json["items"][0]["store_id"]
    of_wave = ("", "/stores", "/regions", "/checkpoints", "/map", "/methods", f"/stores/{store}/methods")
    for path in (*(base + each for each in of_wave), f"/api/v1/reports/stores/{store}"):
        times = []
        for _ in range(6):
            begun = time.process_time()
            assert client.get(path, headers=headers).status_code == 200, path
            times.append(time.process_time() - begun)
        print(f"{min(times[1:]) * 1000:6.0f} ms  {path.replace(store, 'STORE')}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["time"]:
        clocked(sys.argv[2])
    else:
        with create_app().app_context(), transaction(writes=True):
            print(grow(), "tallies made")
