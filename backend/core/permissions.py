"""What can be permitted, and which role is permitted what. A permission is named `thing:verb`.

A role says what a person may do; the scopes of the membership say where. Both are needed: the permission stands on
the route, the scope in the query.
"""

from enum import StrEnum


class Permission(StrEnum):
    """Alphabetical; each names a thing and a verb."""

    CHECKLISTS_PUBLISH = "checklists:publish"
    CHECKLISTS_READ = "checklists:read"
    EVIDENCE_ORIGINALS = "evidence:originals"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_UPLOAD = "evidence:upload"
    INTEGRITY_READ = "integrity:read"
    NETWORK_MANAGE = "network:manage"
    NETWORK_READ = "network:read"
    PEOPLE_MANAGE = "people:manage"
    PEOPLE_READ = "people:read"
    REPORTS_READ = "reports:read"
    VISITS_ASSIGN = "visits:assign"
    VISITS_FILL = "visits:fill"
    VISITS_HOLD = "visits:hold"
    VISITS_READ = "visits:read"
    VISITS_REVIEW = "visits:review"
    WAVES_PLAN = "waves:plan"
    WAVES_READ = "waves:read"
    WEBHOOKS_MANAGE = "webhooks:manage"


class Open(StrEnum):
    """For routes that ask for no permission: said aloud, so that leaving one out is an error."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


class Role(StrEnum):
    """What a person is in some part of the network."""

    SHOPPER = "shopper"
    AUDITOR = "auditor"
    PLANNER = "planner"
    REVIEWER = "reviewer"
    ANALYST = "analyst"
    REGIONAL_MANAGER = "regional_manager"
    GROUP_MANAGER = "group_manager"
    STORE_MANAGER = "store_manager"


_P = Permission
_FIELD = frozenset(
    {_P.CHECKLISTS_READ, _P.EVIDENCE_ORIGINALS, _P.EVIDENCE_READ, _P.EVIDENCE_UPLOAD, _P.VISITS_FILL, _P.VISITS_READ}
)
_DEALER = frozenset({_P.CHECKLISTS_READ, _P.NETWORK_READ, _P.REPORTS_READ, _P.VISITS_READ, _P.WAVES_READ})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SHOPPER: _FIELD,
    Role.AUDITOR: _FIELD,
    Role.PLANNER: _DEALER
    | {
        _P.CHECKLISTS_PUBLISH,
        _P.INTEGRITY_READ,
        _P.NETWORK_MANAGE,
        _P.PEOPLE_MANAGE,
        _P.PEOPLE_READ,
        _P.VISITS_ASSIGN,
        _P.VISITS_HOLD,
        _P.WAVES_PLAN,
        _P.WEBHOOKS_MANAGE,
    },
    Role.REVIEWER: _DEALER
    | {
        _P.EVIDENCE_ORIGINALS,
        _P.EVIDENCE_READ,
        _P.INTEGRITY_READ,
        _P.PEOPLE_READ,
        _P.VISITS_HOLD,
        _P.VISITS_REVIEW,
    },
    Role.ANALYST: _DEALER | {_P.EVIDENCE_READ},
    Role.REGIONAL_MANAGER: _DEALER,
    Role.GROUP_MANAGER: _DEALER,
    Role.STORE_MANAGER: _DEALER,
}
