"""What accounts take and answer."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load

from backend.accounts import rules
from backend.core.actor import Membership, ScopeKind
from backend.core.messages import LOCALES
from backend.core.paging import PageQuery
from backend.core.permissions import Role
from backend.core.schemas import PhoneSchema, Schema, length, one_of, text

_ROLES = one_of(*(role.value for role in Role))
_MOST_ROLES = 200
# Beyond these years no database keeps an instant; a phone's clock that is merely wrong is taken.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def _is_keepable(moment: datetime) -> None:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValidationError("out-of-range")


class SignInBody(Schema):
    """Login and password, or a link alone."""

    login = text(200, required=False)
    password = text(rules.PASSWORD_LENGTH[1], required=False)
    link = text(200, required=False)


class PasswordBody(Schema):
    current = text(rules.PASSWORD_LENGTH[1], required=False, allow_none=True, low=0)
    new = fields.String(required=True, validate=length(*rules.PASSWORD_LENGTH))


class MembershipBody(Schema):
    role = fields.String(required=True, validate=_ROLES)
    scope_kind = fields.String(required=True, validate=one_of(*(kind.value for kind in ScopeKind)))
    scope_id = fields.UUID(load_default=None, allow_none=True)

    @post_load
    def made(self, data: dict[str, Any], **_options: Any) -> Membership:
        return Membership(Role(data["role"]), ScopeKind(data["scope_kind"]), data["scope_id"])


class PersonBody(Schema):
    login = text(100)
    name = text(100)
    locale = fields.String(load_default=LOCALES[0], validate=one_of(*LOCALES))
    phone = text(40, required=False, allow_none=True)
    email = text(200, required=False, allow_none=True)
    roles = fields.List(fields.Nested(MembershipBody), validate=length(0, _MOST_ROLES))
    active = fields.Boolean()


class PeopleQuery(PageQuery):
    role = fields.String(load_default=None, validate=_ROLES)
    q = text(100, required=False, low=0)


class TokenBody(Schema):
    name = text(100)
    expires_at = fields.AwareDateTime(load_default=None, allow_none=True)


class ConsentBody(PhoneSchema):
    """What was agreed to: the `version` of the text in `language`, when by the phone's clock, with positions or without."""

    version = text(40)
    given_at = fields.AwareDateTime(required=True, validate=_is_keepable)
    position = fields.Boolean(required=True, truthy={True}, falsy={False})
    language = fields.String(required=True, validate=one_of(*LOCALES))


class WithdrawalBody(PhoneSchema):
    at = fields.AwareDateTime(required=True, validate=_is_keepable)


class MembershipAnswer(Schema):
    role = fields.String()
    scope_kind = fields.String()
    scope_id = fields.UUID()


class OneselfAnswer(Schema):
    id = fields.UUID()
    name = fields.String()
    login = fields.String()
    locale = fields.String()


class SessionAnswer(Schema):
    """`csrf_token` goes into the X-CSRF-Token header of every write; None for a bearer token, which needs none."""

    person = fields.Nested(OneselfAnswer)
    permissions = fields.List(fields.String())
    roles = fields.List(fields.Nested(MembershipAnswer))
    csrf_token = fields.String(allow_none=True)
    demo = fields.Boolean()


class PersonAnswer(OneselfAnswer):
    """`phone` and `email` are null for those who may only read."""

    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    roles = fields.List(fields.Nested(MembershipAnswer))
    active = fields.Boolean()
    has_password = fields.Boolean()
    created_at = fields.AwareDateTime()
    revision = fields.Integer()


class PeopleAnswer(Schema):
    items = fields.List(fields.Nested(PersonAnswer))
    next = fields.String(allow_none=True)


class InvitationAnswer(Schema):
    link = fields.String()
    expires_at = fields.AwareDateTime()


class DeviceAnswer(Schema):
    """One signed-in browser; `device` is what it calls itself, `current` the one that asks."""

    id = fields.UUID()
    device = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    last_seen_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    current = fields.Boolean()


class DevicesAnswer(Schema):
    items = fields.List(fields.Nested(DeviceAnswer))
    next = fields.String(allow_none=True)


class TokenAnswer(Schema):
    id = fields.UUID()
    name = fields.String()
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)


class NewTokenAnswer(TokenAnswer):
    """`token` is told this once."""

    token = fields.String()


class TokensAnswer(Schema):
    items = fields.List(fields.Nested(TokenAnswer))
    next = fields.String(allow_none=True)


class ConsentAnswer(Schema):
    """`given_at` and `withdrawn_at` by the phone's clock, `received_at` and `withdrawal_received_at` by ours."""

    id = fields.UUID()
    version = fields.String()
    given_at = fields.AwareDateTime()
    position = fields.Boolean()
    language = fields.String()
    received_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    withdrawal_received_at = fields.AwareDateTime(allow_none=True)


class ConsentsAnswer(Schema):
    items = fields.List(fields.Nested(ConsentAnswer))
    next = fields.String(allow_none=True)
