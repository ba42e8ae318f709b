"""Everything that happens later, on one screen: which event leads to which jobs, what runs again and again, what goes
first, and which job is which function.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.accounts import consents
from backend.core.outbox import Job
from backend.evidence import jobs as evidence
from backend.evidence import quick_copies, service
from backend.exports import jobs as exports
from backend.integrity import jobs as integrity
from backend.retention import jobs as retention
from backend.scores import jobs as scores
from backend.subscriptions import jobs as subscriptions
from backend.subscriptions.rules import DELIVER, RED_LINE_VISIT, RED_LINES_WAVE, SUMMARISE
from backend.visits import jobs as visits
from backend.visits import withdrawing

REACTIONS: Mapping[str, Sequence[str]] = {
    "evidence.stored": ("evidence.develop",),
    quick_copies.CAME: ("evidence.develop-quick",),
    service.COPY_LET_GO: ("evidence.dispose-quick",),
    "visit.media-erased": ("retention.dispose",),
    "evidence.ready": ("evidence.compare",),
    "evidence.compared": ("integrity.ask",),
    "evidence.unreadable": ("integrity.ask",),
    consents.WITHDRAWN: ("visits.withdraw",),
    "export.dropped": ("exports.dispose",),
    "visit.approved": (RED_LINE_VISIT,),
    "wave.published": (RED_LINES_WAVE,),
    "wave.locked": (RED_LINES_WAVE, "scores.pack"),
    "visit.submitted": (integrity.JUDGE,),
    "visit.followed_up": (integrity.JUDGE,),
}

PERIODIC: Mapping[str, timedelta] = {
    "evidence.sweep": timedelta(hours=1),
    "exports.expire": timedelta(hours=1),
    "retention.apply": timedelta(days=1),
    "scores.check": timedelta(days=1),
    "subscriptions.schedule": timedelta(minutes=15),
    "subscriptions.forget": timedelta(days=1),
    "visits.expire": timedelta(days=1),
}

# What somebody sits and waits for: it goes before a backlog of pictures.
AWAITED = frozenset({"exports.make", DELIVER})

JOBS: Mapping[str, Job] = {
    "evidence.compare": evidence.compare,
    "evidence.develop": evidence.develop,
    "evidence.develop-quick": evidence.develop_quick,
    "evidence.dispose-quick": quick_copies.dispose,
    "evidence.sweep": evidence.sweep,
    "exports.dispose": exports.dispose,
    "exports.expire": exports.expire,
    "exports.make": exports.make,
    "retention.apply": retention.apply,
    "retention.dispose": retention.dispose,
    "integrity.ask": integrity.ask,
    integrity.JUDGE: integrity.judge,
    "scores.check": scores.check,
    "scores.pack": scores.pack_wave,
    DELIVER: subscriptions.deliver,
    RED_LINE_VISIT: subscriptions.tell_red_line,
    RED_LINES_WAVE: subscriptions.tell_red_lines,
    "subscriptions.forget": subscriptions.forget,
    "subscriptions.schedule": subscriptions.schedule,
    SUMMARISE: subscriptions.summarise,
    "visits.expire": visits.expire,
    "visits.withdraw": withdrawing.withdraw,
}
