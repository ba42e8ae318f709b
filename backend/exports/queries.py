"""Reading exports: everybody's own, and nobody else's."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.core import clock
from backend.core.actor import Actor, Membership, ScopeKind
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.exports import rules
from backend.exports.models import Export


def own(actor: Actor) -> Select[Export]:
    return select(Export).where(Export.person_id == actor.id)


def get_own(actor: Actor, export_id: UUID, *, lock: bool = False) -> Export:
    """The actor's export; NotFound for anybody else's."""
    rows = own(actor).where(Export.id == export_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound
    return found


def count_unfinished(actor: Actor) -> int:
    rows = own(actor).where(Export.state.in_(rules.UNFINISHED)).with_only_columns(func.count())
    return db.session.scalar(rows) or 0


def overdue() -> Select[Export]:
    """Finished exports whose file has been kept for long enough."""
    return select(Export).where(Export.state == rules.DONE, Export.expires_at <= clock.now()).order_by(Export.id)


def frozen(memberships: Iterable[Membership]) -> list[dict[str, Any]]:
    """Memberships as an export keeps them."""
    return [
        {"role": each.role, "kind": each.scope_kind, "id": None if each.scope_id is None else str(each.scope_id)}
        for each in memberships
    ]


def thawed(scope: Iterable[dict[str, Any]]) -> tuple[Membership, ...]:
    """The memberships that an export keeps."""
    return tuple(
        Membership(Role(each["role"]), ScopeKind(each["kind"]), None if each["id"] is None else UUID(each["id"]))
        for each in scope
    )
