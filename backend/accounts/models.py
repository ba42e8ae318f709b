"""Tables of people and their ways in. Secrets are kept as hashes only; what is revoked stays as a row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.actor import ScopeKind
from backend.core.db import Base, Key
from backend.core.permissions import Role


class Person(Base):
    """Somebody who can sign in while `is_active`. `password_hash` is argon2id; None until one is set."""

    __tablename__ = "people"

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh-CN")
    phone: Mapped[str | None]
    email: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class PersonMembership(Base):
    """One role of a person on one part of the network (`scope_id` None with kind `all`)."""

    __tablename__ = "person_memberships"

    id: Mapped[Key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[Role]
    scope_kind: Mapped[ScopeKind]
    scope_id: Mapped[UUID | None]


class WebSession(Base):
    """A signed-in browser. The cookie holds the secret whose sha256 is `secret_hash`."""

    __tablename__ = "web_sessions"

    id: Mapped[Key]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    csrf_token: Mapped[str]
    device: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Token(Base):
    """A bearer token of a program that acts for a person."""

    __tablename__ = "tokens"

    id: Mapped[Key]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Invitation(Base):
    """A sign-in link: single-use, short-lived."""

    __tablename__ = "invitations"

    id: Mapped[Key]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """One failed try, kept to slow the next ones: by what was tried (`subject`: a hashed login, or an address)."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_subject", "subject", "at"), Index("ix_sign_in_failures_at", "at"))

    id: Mapped[Key]
    subject: Mapped[str]
    at: Mapped[datetime]


class Consent(Base):
    """What a person agreed to on a phone: the text's `version`, in which language, and whether positions may be kept.

    `given_at` and `withdrawn_at` are the phone's times, the others ours. What was agreed is never changed: another
    choice is a row of its own.
    """

    __tablename__ = "consents"

    id: Mapped[Key]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    version: Mapped[str]
    position: Mapped[bool]
    language: Mapped[str]
    given_at: Mapped[datetime]
    received_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_received_at: Mapped[datetime | None]
