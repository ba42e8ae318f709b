"""One store's row: made, compared, changed; and whether a place in the network is the actor's to plan."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.core import clock
from backend.core.actor import Actor, ScopeKind
from backend.core.permissions import Role
from backend.network.models import Store
from backend.network.queries import NO_PARENTS, Parents

FACTS = (
    "code",
    "name",
    "city",
    "address",
    "lat",
    "lon",
    "datum",
    "opened_on",
    "closed_on",
    "staff_informed_on",
    "staff_informed_by",
    "tags",
)


def made(store_id: UUID, brand_id: UUID, facts: Mapping[str, Any]) -> Store:
    """A store that is not in the database yet; facts left out are empty."""
    values = {name: facts.get(name) for name in FACTS} | {"tags": facts.get("tags") or []}
    return Store(id=store_id, brand_id=brand_id, updated_at=clock.now(), **values)


def differing(store: Store, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `facts` that the store does not have yet."""
    return {name: value for name, value in facts.items() if getattr(store, name) != value}


def change(store: Store, changes: Mapping[str, Any]) -> None:
    """Sets the values and marks the store as changed."""
    for name, value in changes.items():
        setattr(store, name, value)
    store.revision += 1
    store.updated_at = clock.now()


def plans(actor: Actor, brand_id: UUID | None, store_id: UUID | None = None, parents: Parents = NO_PARENTS) -> bool:
    """Whether the actor plans this place: everything, its brand, its region, its group or the very store."""
    places = {
        (ScopeKind.ALL, None),
        (ScopeKind.BRAND, brand_id),
        (ScopeKind.STORE, store_id),
        (ScopeKind.REGION, parents.region_id),
        (ScopeKind.GROUP, parents.group_id),
    }
    held = {(scope.scope_kind, scope.scope_id) for scope in actor.scopes(Role.PLANNER)}
    return any(kind is ScopeKind.ALL or part is not None for kind, part in held & places)
