"""What the worker does about subscriptions: finds out what there is to tell, and sends it, as often as it takes.

Everything is safe to repeat. A message's id follows from its subscription and its occasion, a delivery's id from the
message and the channel, so that what is run twice finds its own earlier work; whoever is killed between sending and
writing down sends once more, under the same delivery id.
"""

from collections.abc import Callable, Iterable
from uuid import UUID

import structlog

from backend import settings
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.core.outbox import Conclusion
from backend.exports.queries import frozen
from backend.subscriptions import queries, redlines, rules, sending, service, summary
from backend.subscriptions.models import Delivery, Subscription
from backend.subscriptions.problems import NotSent
from backend.subscriptions.sending import Outcome
from backend.waves import queries as waves
from backend.waves.models import Wave

log = structlog.get_logger()


def schedule(_period_id: UUID) -> Conclusion:
    """Queues every weekly summary whose moment has come; however long no worker ran, one a subscription."""

    def conclude() -> None:
        now, zone = clock.now(), settings.current().time_zone
        for row in queries.due(now):
            if row.weekday is not None and row.hour is not None:
                row.due_at = rules.next_due(now, row.weekday, row.hour, zone)
                outbox.queue(rules.SUMMARISE, row.id)

    return conclude


def summarise(subscription_id: UUID) -> Conclusion:
    """Makes one person's summary, with what they may read now."""
    with transaction(writes=False):
        row = db.session.get(Subscription, subscription_id)
        actor = None if row is None else queries.readers([row.person_id]).get(row.person_id)
        if row is None or actor is None or not row.is_active or row.kind != rules.WEEKLY:
            return _nothing
        until = clock.now()
        since = row.told_until or until - rules.WEEK
        facts = summary.facts(actor, row.programme_id, since, until)
    message_id = named_id("weekly", subscription_id, since.isoformat())

    def conclude() -> None:
        present = db.session.get(Subscription, subscription_id, with_for_update=True)
        if present is None or (present.told_until or since) > since:
            return
        present.told_until = until
        if facts is not None:
            service.tell(present, message_id, rules.WEEKLY, facts, frozen(actor.memberships), outside=True)

    return conclude


def tell_red_line(visit_id: UUID) -> Conclusion:
    """Tells of a visit that was approved with a red line whoever may read it at once."""
    with transaction(writes=False):
        found = redlines.crossing(visit_id)
        if found is None:
            return _nothing
        told = [(row.id, actor) for row, actor in _readers(found.wave) if redlines.may_be_told(actor, found)]
        facts = redlines.facts(found.wave, [found])
    return _telling(told, lambda subscription_id: named_id("red-line", subscription_id, visit_id), lambda _: facts)


def tell_red_lines(wave_id: UUID) -> Conclusion:
    """Tells dealers, when a wave is opened to them, of all its red lines in one message."""
    with transaction(writes=False):
        wave = waves.waves_by_id([wave_id]).get(wave_id)
        opened = None if wave is None else redlines.opened_at(wave)
        if wave is None or opened is None:
            return _nothing
        crossed = {
            row.id: (actor, redlines.facts(wave, found))
            for row, actor in _readers(wave)
            if row.created_at <= opened and (found := redlines.opened_to(actor, wave))
        }
    told = [(subscription_id, actor) for subscription_id, (actor, _) in crossed.items()]
    return _telling(told, lambda each: named_id("red-lines", each, wave_id), lambda each: crossed[each][1])


def deliver(delivery_id: UUID) -> Conclusion:
    """Tries one delivery once, and writes down how it went; a failed one is due again later, up to the limit."""
    with transaction(writes=False):
        delivery = db.session.get(Delivery, delivery_id)
        if delivery is None or delivery.state != rules.WAITING or (delivery.due_at or clock.now()) > clock.now():
            return _nothing
        prepared = sending.prepare(delivery)
    begun = clock.now()
    outcome = Outcome(prepared, begun, 0) if isinstance(prepared, NotSent) else sending.attempt(prepared)
    log.info("delivery tried", delivery=str(delivery_id), channel=delivery.channel, fault=outcome.code)
    return lambda: sending.conclude(delivery_id, outcome)


def forget(_period_id: UUID) -> Conclusion:
    """Deletes messages and deliveries that have been kept for long enough."""
    return service.forget


def _readers(wave: Wave) -> Iterable[tuple[Subscription, Actor]]:
    """The running red-line subscriptions of people who may read reports, as far as they are about the wave."""
    rows = [row for row in queries.active(rules.RED_LINE) if row.programme_id in {None, wave.programme_id}]
    readers = queries.readers({row.person_id for row in rows})
    return ((row, readers[row.person_id]) for row in rows if row.person_id in readers)


def _telling(
    told: list[tuple[UUID, Actor]], message_id: Callable[[UUID], UUID], facts: Callable[[UUID], dict[str, object]]
) -> Conclusion:
    def conclude() -> None:
        for subscription_id, actor in told:
            row = db.session.get(Subscription, subscription_id)
            if row is not None:
                kept = frozen(actor.memberships)
                service.tell(
                    row, message_id(subscription_id), rules.RED_LINE, facts(subscription_id), kept, outside=True
                )

    return conclude


def _nothing() -> None:
    """Nothing is left to be written down."""
