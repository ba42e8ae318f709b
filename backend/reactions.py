"""Everything that happens later, on one screen: which event leads to which jobs, what runs again and again, and
which job is which function."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.core.outbox import Job

REACTIONS: Mapping[str, Sequence[str]] = {
    "evidence.stored": ("evidence.develop",),
}

PERIODIC: Mapping[str, timedelta] = {}

JOBS: Mapping[str, Job] = {}
