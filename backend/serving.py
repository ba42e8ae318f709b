"""What gunicorn asks of us while it runs; its command line is in `cli`."""

from typing import Any

from prometheus_client import multiprocess

from backend.core.settling import settle


def post_worker_init(_worker: Any) -> None:
    """A web process has loaded the application."""
    settle()


def child_exit(_server: Any, worker: Any) -> None:
    """Tells the metrics that a web process is gone, so that its gauges are not counted for ever."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
