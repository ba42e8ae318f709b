"""Everything that happens later, on one screen: which event leads to which jobs, what runs again and again, and
which job is which function.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.core.outbox import Job
from backend.evidence import jobs as evidence
from backend.integrity import jobs as integrity
from backend.scores import jobs as scores
from backend.visits import jobs as visits

REACTIONS: Mapping[str, Sequence[str]] = {
    "evidence.stored": ("evidence.develop",),
    "evidence.ready": ("integrity.ask",),
    "evidence.unreadable": ("integrity.ask",),
    "visit.submitted": (integrity.JUDGE,),
    "visit.followed_up": (integrity.JUDGE,),
}

PERIODIC: Mapping[str, timedelta] = {
    "evidence.sweep": timedelta(hours=1),
    "scores.check": timedelta(days=1),
    "visits.expire": timedelta(days=1),
}

JOBS: Mapping[str, Job] = {
    "evidence.develop": evidence.develop,
    "evidence.sweep": evidence.sweep,
    "integrity.ask": integrity.ask,
    integrity.JUDGE: integrity.judge,
    "scores.check": scores.check,
    "visits.expire": visits.expire,
}
