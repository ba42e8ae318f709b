"""Judging in the background: when a visit is submitted or followed up, and whenever one of its files settles.

Each run judges the whole visit anew, so runs may repeat, overtake each other and be killed. Forty files that settle
together ask for one run, not forty.
"""

from collections.abc import Iterator
from uuid import UUID

from backend.core import clock, outbox
from backend.core.db import transaction
from backend.core.outbox import Conclusion
from backend.integrity import filling, gathering, pictures, service, times, travel
from backend.integrity.facts import Case, Found

JUDGE = "integrity.judge"


def judge(visit_id: UUID) -> Conclusion:
    """Finds the visit's signals; a visit that is not submitted is left alone."""
    facts_at = clock.now()
    with transaction(writes=False):
        case = gathering.case_of(visit_id)
    if case is None:
        return lambda: None
    found = list(signals(case))
    return lambda: service.judge(visit_id, found, facts_at)


def ask(evidence_id: UUID) -> Conclusion:
    """One file is ready, or will never be: asks for a judgement of its visit, and of those that hold a file like it.

    The other visits are asked for because their file may have been announced after this one and be here before it.
    """
    with transaction(writes=False):
        concerned = gathering.visits_with_file_like(evidence_id)

    def conclude() -> None:
        for visit_id in sorted(concerned):
            outbox.queue_once(JUDGE, visit_id)

    return conclude


def signals(case: Case) -> Iterator[Found]:
    """Everything that every rule finds."""
    for rule in (pictures, times, travel, filling):
        yield from rule.signals(case)
