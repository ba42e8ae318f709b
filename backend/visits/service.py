"""Everything that can be done to a visit, by name; each verb lives in the module of its part of a visit's life.

Importing this hands `waves` its say about visits: a wave's checklist version changes only while nobody has begun.
"""

from backend.visits.assignment import abort, accept, allow_version_change, cancel, decline, put_visit, put_visits
from backend.visits.declaring import declare_evidence
from backend.visits.drafts import read_draft, save_draft
from backend.visits.releasing import lock, outlook, publish, state_after_approval
from backend.visits.submitting import Receipt, Sent, follow_up, submit
from backend.waves import service as waves

__all__ = [
    "Receipt",
    "Sent",
    "abort",
    "accept",
    "cancel",
    "declare_evidence",
    "decline",
    "follow_up",
    "lock",
    "outlook",
    "publish",
    "put_visit",
    "put_visits",
    "read_draft",
    "save_draft",
    "state_after_approval",
    "submit",
]

if allow_version_change not in waves.VERSION_CHANGES:
    waves.VERSION_CHANGES.append(allow_version_change)
