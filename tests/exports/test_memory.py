"""Files in constant memory: what is held while a file is made does not grow with the number of visits.

`python -m tests.bench --only exports` measures all kinds, in whole processes at 20,000 and 100,000 visits.
"""

import tracemalloc
from types import SimpleNamespace
from uuid import UUID

import pytest

from backend.core.db import transaction
from backend.exports import rules, service
from backend.exports.jobs import MAKERS
from backend.exports.orders import Progress, order_of
from tests.exports.many import plant

FEW, MANY = 200, 800
MIB = 1024 * 1024


@pytest.fixture
def planted(app):
    with transaction(writes=True):
        return {visits: SimpleNamespace(id=plant(f"many {visits}", visits=visits, stores=20)) for visits in (FEW, MANY)}


def peak(office, kind, wave, folder):
    """The most that was held at once while the file was made, in MiB."""
    id_ = office.ask("alice", kind, wave).json["id"]
    with transaction(writes=True):
        export = service.claim(UUID(id_))
    with transaction(writes=False):
        order = order_of(export)
    tracemalloc.start()
    try:
        MAKERS[kind](order, Progress(export), folder / f"{wave.id}.{kind}")
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["wave_csv", "wave_workbook"])
def test_four_times_the_visits_take_no_more_memory(planted, office, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(rules, "BATCH", 50)
    monkeypatch.setattr(rules, "AT_ONCE", 0)
    monkeypatch.setattr(rules, "TELL_EVERY", 0)
    peak(office, kind, planted[FEW], tmp_path)
    few, many = (peak(office, kind, planted[visits], tmp_path) for visits in (FEW, MANY))
    assert many - few < 0.5, (few, many)
