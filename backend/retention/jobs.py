"""What the worker does about retention: once a day it lets go what is due, and deletes the bytes of what was let go.

Both are safe to repeat. What is killed between a row and its bytes is found again: the job that deletes them was
written down together with the row.
"""

from collections.abc import Iterator
from uuid import UUID

from backend.core.actor import SYSTEM
from backend.core.db import transaction
from backend.core.outbox import Conclusion
from backend.evidence.disposal import delete_unmentioned
from backend.retention import queries, rules, service


def apply(_period_id: UUID) -> Conclusion:
    """Erases what is due in every wave, one visit after the other, each in a transaction of its own."""
    for visit_id, media in due():
        with transaction(writes=True):
            service.erase(SYSTEM, visit_id, media)
    return lambda: None


def dispose(visit_id: UUID) -> Conclusion:
    """Deletes the bytes of what was erased of the visit, unless another row mentions them."""
    with transaction(writes=False):
        keys = service.erased_keys(visit_id)
    delete_unmentioned(sorted(keys))
    return lambda: None


def due() -> Iterator[tuple[UUID, str]]:
    """Every visit that has media whose time is over, with which; read in batches, with no transaction left open."""
    with transaction(writes=False):
        clocks = [
            (wave.id, media) for wave in queries.waves_with_clocks() for media in rules.MEDIA
            if queries.is_due(wave, media)
        ]  # fmt: skip
    for wave_id, media in clocks:
        yield from ((visit_id, media) for visit_id in _visits(wave_id, media))


def _visits(wave_id: UUID, media: str) -> Iterator[UUID]:
    last = None
    while True:
        with transaction(writes=False):
            found = queries.due_visits(wave_id, media, after=last)
        if not found:
            return
        yield from found
        last = found[-1]
