"""What `mingcha retention` says: what would go, what went, and what is held back, in lines for people."""

from collections.abc import Iterator

from backend.core.actor import SYSTEM
from backend.core.db import db, transaction
from backend.evidence.disposal import delete_unmentioned
from backend.retention import jobs, queries, service
from backend.retention.queries import Clock
from backend.waves.models import Wave


def plan() -> Iterator[str]:
    """Every clock that runs, wave by wave; nothing is changed."""
    with transaction(writes=False):
        waves = queries.waves_with_clocks()
        for wave in waves:
            yield f"{wave.number} {wave.name} ({wave.opens_on} to {wave.closes_on})"
            yield from (_clock_line(wave, clock) for clock in queries.clocks_of(wave))
            yield from (
                f"  held: visit {hold.visit_id} since {hold.placed_at:%Y-%m-%d}, {hold.code}: {hold.reason}"
                for hold in queries.running_holds(wave.id)
            )
    if not waves:
        yield "no wave has a retention clock: everything is kept"


def carry_out() -> Iterator[str]:
    """Deletes what is due, rows and then bytes, and says so visit by visit. Raises StoreError; the rest is for later."""
    for visit_id, media in jobs.due():
        with transaction(writes=True):
            keys = service.erase(SYSTEM, visit_id, media)
            db.session.flush()
        gone = delete_unmentioned(keys)
        if keys:
            yield f"visit {visit_id}: {len(keys)} {media} deleted{_shared(len(set(keys)) - len(gone))}"


def _clock_line(wave: Wave, clock: Clock) -> str:
    if clock.due_on is None:
        return f"  {clock.media}: kept for ever"
    when = "due since" if clock.is_due else "due on"
    awaits = "" if wave.locked_at else " unless it is locked later"
    kept = [
        f"{amount.files} {why}" for amount, why in ((clock.held, "held"), (clock.undecided, "wait for a decision"))
        if amount.files
    ]  # fmt: skip
    also = f" ({', '.join(kept)})" if kept else ""
    return (
        f"  {clock.media}: {clock.amount.files} files, {clock.amount.bytes} bytes, {when} {clock.due_on}{awaits}{also}"
    )


def _shared(count: int) -> str:
    return f", {count} of their objects kept because other visits share them" if count else ""
