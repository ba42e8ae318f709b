"""What becomes of visits by time alone."""

from uuid import UUID

from sqlalchemy import select

from backend import settings
from backend.core import clock, outbox
from backend.core.actor import SYSTEM
from backend.core.db import db
from backend.core.outbox import Conclusion
from backend.visits.models import Visit
from backend.waves.models import Wave


def expire(_period_id: UUID) -> Conclusion:
    """Lets visits expire that nobody took before their wave closed; one that is submitted all the same is still taken."""

    def conclude() -> None:
        today = clock.today(settings.current().time_zone)
        overdue = select(Visit).join(Wave, Wave.id == Visit.wave_id).where(Visit.state == "planned")
        for visit in db.session.scalars(overdue.where(Wave.closes_on < today).with_for_update(of=Visit)):
            visit.state = "expired"
            outbox.record(SYSTEM, "visit.expired", visit.id)

    return conclude
