"""Dated membership: which region and dealer group a store belongs to, from which day on."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from backend.core.db import db
from backend.core.ids import new_id
from backend.network.models import StoreMembership
from backend.network.queries import NO_PARENTS, Parents

# PostgreSQL and SQLite both limit the parameters of one statement.
_BATCH = 1000


def histories(store_ids: Collection[UUID]) -> dict[UUID, list[StoreMembership]]:
    """Store -> all its memberships, the earliest first; stores that never had one are left out."""
    wanted, found = list(store_ids), dict[UUID, list[StoreMembership]]()
    for start in range(0, len(wanted), _BATCH):
        rows = select(StoreMembership).where(StoreMembership.store_id.in_(wanted[start : start + _BATCH]))
        for row in db.session.scalars(rows.order_by(StoreMembership.starts_on)):
            found.setdefault(row.store_id, []).append(row)
    return found


def parents_at(history: Sequence[StoreMembership], day: date) -> Parents:
    """The parents that count on `day`; before the first membership, those of the first."""
    row = _holding(history, day) or (history[0] if history and day < history[0].starts_on else None)
    return _parents(row) if row else NO_PARENTS


def moves(history: Sequence[StoreMembership], parents: Parents, day: date) -> bool:
    """Whether `move` with the same values would change anything."""
    holding = _holding(history, day)
    return _parents(holding) != parents if holding else bool(history) or parents != NO_PARENTS


def move(store_id: UUID, history: Sequence[StoreMembership], parents: Parents, day: date) -> None:
    """Lets the store belong to `parents` from `day` on, until its next recorded membership if there is one.

    What held before ends the day before. On the very day on which a membership began, that one is corrected instead.
    """
    if not moves(history, parents, day):
        return
    holding, following = _holding(history, day), _following(history, day)
    if holding is not None and holding.starts_on == day:
        holding.region_id, holding.group_id = parents.region_id, parents.group_id
    elif holding is None and following is not None and _parents(following) == parents:
        following.starts_on = day
    else:
        if holding is not None:
            holding.ends_on = day
        db.session.add(
            StoreMembership(
                id=new_id(),
                store_id=store_id,
                region_id=parents.region_id,
                group_id=parents.group_id,
                starts_on=day,
                ends_on=following.starts_on if following else None,
            )
        )


def _holding(history: Sequence[StoreMembership], day: date) -> StoreMembership | None:
    held = (row for row in history if row.starts_on <= day and (row.ends_on is None or row.ends_on > day))
    return next(held, None)


def _following(history: Sequence[StoreMembership], day: date) -> StoreMembership | None:
    return next((row for row in history if row.starts_on > day), None)


def _parents(row: StoreMembership) -> Parents:
    return Parents(row.region_id, row.group_id)
