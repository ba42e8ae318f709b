"""What a maker of files is given: who asked, for what, in which language, and whom to tell about progress."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.accounts import queries as accounts
from backend.accounts.models import Person
from backend.core import clock, outbox
from backend.core.actor import Actor, Membership
from backend.core.db import db, transaction
from backend.core.messages import say
from backend.exports import queries, rules, service
from backend.exports.models import Export
from backend.exports.problems import Refused
from backend.reports.labels import labels_of
from backend.reports.scope import Part
from backend.reports.waves import Filters
from backend.waves.models import Wave

_PACKAGE = "backend.exports"


@dataclass(frozen=True, slots=True)
class Order:
    """One export to be made. `actor` holds the roles of the moment at which it was asked for, and no others."""

    export_id: UUID
    kind: str
    format: str
    locale: str
    actor: Actor
    wave_id: UUID | None
    store_id: UUID | None
    checklist: str | None
    filters: Filters
    made_at: datetime

    @property
    def wave(self) -> UUID:
        """The wave that the order is about; an error for a kind that is about none."""
        if self.wave_id is None:
            raise LookupError(self.kind)
        return self.wave_id

    def say(self, key: str, **params: Any) -> str:
        """A sentence or heading in the order's language."""
        return say(_PACKAGE, key, params, self.locale)

    def title(self, titles: Any) -> str:
        """The title of a checklist's part in the order's language."""
        found: str = titles.get(self.locale) or next(iter(titles.values()), "")
        return found

    def titles_of(self, wave: Wave) -> dict[str, str]:
        """Code -> title of the wave's checkpoints in the order's language, inside a transaction."""
        titles = labels_of(wave.checklist_version_id).checkpoints
        return {code: self.title(each) for code, each in titles.items()}


@dataclass(slots=True)
class Progress:
    """Tells how many rows are expected and written, in short transactions of its own between batches.

    Each of them raises Stopped when the export was cancelled meanwhile or another worker has it.
    """

    export: Export
    expected: int | None = None
    written: int = 0
    _told_at: float = 0.0

    def expect(self, rows: int) -> None:
        self.expected = rows
        self._tell(expected=rows)

    def wrote(self, rows: int) -> None:
        self.written += rows
        if self.written == self.expected or time.monotonic() - self._told_at >= rules.TELL_EVERY:
            self._tell(written=self.written)

    def _tell(self, **columns: int) -> None:
        self._told_at = time.monotonic()
        with transaction(writes=True):
            service.advance(self.export, **columns)
            outbox.keep_lease(rules.MAKE, self.export.id)


def order_of(export: Export) -> Order:
    """The order behind a row, inside a transaction. Refused when the asker lost what they asked as."""
    given: Callable[[str], str | None] = export.filters.get
    return Order(
        export_id=export.id,
        kind=export.kind,
        format=export.format,
        locale=export.locale,
        actor=_actor(export),
        wave_id=_uuid(given("wave")),
        store_id=_uuid(given("store")),
        checklist=given("checklist"),
        filters=Filters(_part(given), given("method")),
        made_at=clock.now(),
    )


def _actor(export: Export) -> Actor:
    person = db.session.scalar(select(Person).where(Person.id == export.person_id, Person.is_active))
    held = accounts.memberships_of([export.person_id]).get(export.person_id, [])
    present = {Membership(each.role, each.scope_kind, each.scope_id) for each in held}
    asked_as = queries.thawed(export.scope)
    if person is None or not set(asked_as) <= present:
        raise Refused("scope-gone")
    return Actor(id=person.id, name=person.name, locale=export.locale, memberships=asked_as, signed_in_by="token")


def _part(given: Callable[[str], str | None]) -> Part:
    return Part(
        region=_uuid(given("region")), group=_uuid(given("group")), store=_uuid(given("store")), tag=given("tag")
    )


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
