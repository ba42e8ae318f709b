"""Consent to being recorded at work: given on the phone before the first capture, and withdrawn there.

The phone decides offline and tells the server later, perhaps twice and with a wrong clock: the phone's times are kept
beside ours and never refused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from backend.accounts.models import Consent
from backend.accounts.problems import ConsentDiffers
from backend.accounts.rules import Agreement
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.problems import NotFound

WITHDRAWN: Final = "consent.withdrawn"
_AGREED: Final = ("version", "position", "language", "given_at")


def of(actor: Actor) -> Select[Consent]:
    """The actor's own consents; nobody reads those of others through the product."""
    return select(Consent).where(Consent.person_id == actor.person_id)


def give(actor: Actor, consent_id: UUID, body: Mapping[str, Any]) -> tuple[Consent, bool]:
    """Keeps what was agreed to; the row and whether it is new. The same again changes nothing.

    Raises ConsentDiffers for other content under the id, NotFound for an id of somebody else.
    """
    if db.session.get(Consent, consent_id) is not None:
        return _repeated(_own(actor, consent_id), body), False
    agreed = {**{name: body[name] for name in _AGREED}, "given_at": body["given_at"].astimezone(UTC)}
    consent = Consent(id=consent_id, person_id=actor.person_id, received_at=clock.now(), **agreed)
    db.session.add(consent)
    outbox.record(actor, "consent.given", consent_id, version=consent.version, position=consent.position)
    return consent, True


def withdraw(actor: Actor, consent_id: UUID, at: datetime) -> Consent:
    """Ends the actor's own consent; the first withdrawal counts. What was captured until then stays.

    What came here before the withdrawal did, though captured after it, is looked for by the reaction to `WITHDRAWN`.
    """
    consent = _own(actor, consent_id)
    if consent.withdrawn_at is None:
        consent.withdrawn_at, consent.withdrawal_received_at = at.astimezone(UTC), clock.now()
        outbox.record(actor, WITHDRAWN, consent_id)
    return consent


def agreements_of(person_id: UUID) -> Sequence[Agreement]:
    """All that the person ever agreed to, for `rules.is_covered`."""
    told = select(Consent.given_at, Consent.withdrawn_at, Consent.position).where(Consent.person_id == person_id)
    return [Agreement(*row) for row in db.session.execute(told)]


def _own(actor: Actor, consent_id: UUID) -> Consent:
    consent = db.session.scalar(of(actor).where(Consent.id == consent_id).with_for_update())
    if consent is None:
        raise NotFound
    return consent


def _repeated(consent: Consent, body: Mapping[str, Any]) -> Consent:
    if any(getattr(consent, name) != body[name] for name in _AGREED):
        raise ConsentDiffers
    return consent
