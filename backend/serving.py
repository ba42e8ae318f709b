"""What gunicorn asks of us while it runs; its command line is in `cli`."""

import gc
from typing import Any

from prometheus_client import multiprocess


def post_worker_init(_worker: Any) -> None:
    """Takes what the application is made of out of the collector's rounds.

    A report makes thousands of objects at once and so sets off a full round, which would walk over half a million that
    never go away: a tenth of a second (`docs/performance.md`).
    """
    gc.collect()
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Tells the metrics that a web process is gone, so that its gauges are not counted for ever."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
