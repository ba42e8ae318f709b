"""The nightly recount: tallies that differ from their scorecards are mended, and said."""

from uuid import UUID

import structlog

from backend.core.outbox import Conclusion
from backend.scores.service import rebuild_all

log = structlog.get_logger()


def check(_period_id: UUID) -> Conclusion:
    """Recounts every tally; the log names each that had to be mended."""

    def conclude() -> None:
        for difference in rebuild_all():
            log.error("tally mended", key=[str(part) for part in difference.key], fields=difference.fields)

    return conclude
