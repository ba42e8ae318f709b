"""The worker: takes due outbox rows and runs them, in a pool of its own or through dramatiq.

The outbox is the truth in both cases. With `MINGCHA_BROKER_URL` set, rows are relayed to RabbitMQ or Redis and any
worker's consumer runs them; a message that is lost, doubled or late does no harm, because a row runs under its lease
and is marked done with its own effect.
"""

import itertools
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from flask import Flask

from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import named_id
from backend.reactions import PERIODIC

THREADS = 2
IDLE_SECONDS = 0.5
ROUNDS_A_MINUTE = 120
log = structlog.get_logger()


def work(app: Flask, stop: threading.Event, broker_url: str | None) -> None:
    """Runs jobs until `stop` is set, then lets running ones end."""
    send, close = _through_broker(app, broker_url) if broker_url else _through_pool(app)
    log.info("worker started", carrier="broker" if broker_url else "pool")
    try:
        rounds = itertools.count()
        while not stop.is_set():
            if not _relay(app, send, periodic=next(rounds) % ROUNDS_A_MINUTE == 0):
                stop.wait(IDLE_SECONDS)
    finally:
        close()
        log.info("worker ended")


def stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def queue_periodic() -> None:
    """Puts this period's periodic jobs into the outbox; a row's id names job and period, so each is queued once."""
    now = clock.now()
    for job, every in PERIODIC.items():
        period = int(now.timestamp() // every.total_seconds())
        row_id = named_id("periodic", job, period)
        if db.session.get(outbox.OutboxRow, row_id) is None:
            db.session.add(outbox.OutboxRow(id=row_id, job=job, subject_id=row_id, due_at=now))


def _relay(app: Flask, send: Callable[[UUID], None], *, periodic: bool) -> bool:
    """Takes what is due and hands it on; whether anything was due. A database that is away is waited for."""
    try:
        with app.app_context():
            if periodic:
                with transaction(writes=True):
                    queue_periodic()
            ids = outbox.take_due(THREADS)
    except Exception as fault:
        log.warning("outbox out of reach", exc_info=fault)
        return False
    for row_id in ids:
        send(row_id)
    return bool(ids)


def _through_pool(app: Flask) -> tuple[Callable[[UUID], None], Callable[[], None]]:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
    room = threading.BoundedSemaphore(THREADS)

    def send(row_id: UUID) -> None:
        room.acquire()
        future: Future[None] = pool.submit(_run, app, row_id)
        future.add_done_callback(lambda _: room.release())

    return send, pool.shutdown


def _through_broker(app: Flask, url: str) -> tuple[Callable[[UUID], None], Callable[[], None]]:
    broker: dramatiq.Broker = _broker(url)
    dramatiq.set_broker(broker)

    @dramatiq.actor(actor_name="mingcha.run", max_retries=0)
    def run_row(row_id: str) -> None:
        _run(app, UUID(row_id))

    consumer = dramatiq.Worker(broker, worker_threads=THREADS)
    consumer.start()

    def send(row_id: UUID) -> None:
        run_row.send(str(row_id))

    return send, consumer.stop


def _broker(url: str) -> dramatiq.Broker:
    if url.startswith("redis"):
        return RedisBroker(url=url)  # type: ignore[no-untyped-call]
    return RabbitmqBroker(url=url)


def _run(app: Flask, row_id: UUID) -> None:
    with app.app_context():
        outbox.run(row_id)
