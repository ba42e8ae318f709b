"""Everything that happens later, on one screen: which event leads to which job, and which job is which function."""

from collections.abc import Mapping, Sequence

from backend.core.outbox import Job

REACTIONS: Mapping[str, Sequence[str]] = {
    "evidence.stored": ("evidence.develop",),
}

JOBS: Mapping[str, Job] = {}
