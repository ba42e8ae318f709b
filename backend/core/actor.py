"""Who acts: a person (or the system itself) with what they may do and on which part of the network."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from backend.core.permissions import ROLE_PERMISSIONS, Permission, Role


class ScopeKind(StrEnum):
    """The part of the network that a membership covers."""

    ALL = "all"
    BRAND = "brand"
    REGION = "region"
    GROUP = "group"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Membership:
    """One role on one part of the network; `scope_id` is None for all of it."""

    role: Role
    scope_kind: ScopeKind
    scope_id: UUID | None


@dataclass(frozen=True, slots=True)
class Actor:
    """The first argument of every service and query.

    `signed_in_by` tells how the request proved who it is: a browser's session must also send the CSRF token.
    """

    id: UUID | None
    name: str
    locale: str
    memberships: tuple[Membership, ...]
    signed_in_by: Literal["session", "token", "system"]
    session_id: UUID | None = None
    csrf_token: str | None = None

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(membership.role for membership in self.memberships)

    @property
    def permissions(self) -> frozenset[Permission]:
        if self.signed_in_by == "system":
            return frozenset(Permission)
        return frozenset().union(*(ROLE_PERMISSIONS[role] for role in self.roles))

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def scopes(self, *roles: Role) -> tuple[Membership, ...]:
        """The memberships held as one of `roles`; the system holds every role everywhere."""
        if self.signed_in_by == "system":
            return (Membership(roles[0], ScopeKind.ALL, None),)
        return tuple(membership for membership in self.memberships if membership.role in roles)

    @property
    def person_id(self) -> UUID:
        """The acting person; an error for the system, which is nobody."""
        if self.id is None:
            raise LookupError("the system is not a person")
        return self.id


SYSTEM = Actor(id=None, name="system", locale="zh-CN", memberships=(), signed_in_by="system")
