"""The nightly recount: what differs from its scorecards is mended, and said. A wave that is locked is packed."""

from uuid import UUID

import structlog

from backend.core.outbox import Conclusion
from backend.scores.packing import pack, pack_all
from backend.scores.service import rebuild_all

log = structlog.get_logger()


def check(_period_id: UUID) -> Conclusion:
    """Recounts every tally and packs every locked wave; the log names what had to be mended."""

    def conclude() -> None:
        for difference in rebuild_all():
            log.error("tally mended", key=[str(part) for part in difference.key], fields=difference.fields)
        for key in pack_all():
            log.error("wave tally mended", key=[str(part) for part in key])

    return conclude


def pack_wave(wave_id: UUID) -> Conclusion:
    """Lays the tallies of a wave that was locked side by side."""

    def conclude() -> None:
        pack(wave_id)

    return conclude
