"""The demo's programmes and waves: nine finished waves of the survey, one experience-officer wave that is running."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from backend.checklists import queries as checklists
from backend.checklists import service as checklists_service
from backend.checklists.models import ChecklistVersion
from backend.core import clock
from backend.core.actor import SYSTEM
from backend.core.db import db
from backend.core.ids import named_id
from backend.demo import network
from backend.settings import ROOT, current
from backend.waves.models import Programme, Wave

SURVEY, EXPERIENCE = named_id("demo", "programme", "survey"), named_id("demo", "programme", "experience")
FILES = {"RF": "reception-and-facility.yaml", "EO": "experience-officer.yaml"}
FIRST_OPENS_ON = (date(2022, 9, 1), date(2023, 3, 1))


def publish_checklists() -> dict[str, ChecklistVersion]:
    """Publishes both reference checklists and returns their rows by code."""
    return {code: _publish(ROOT / "checklists" / name) for code, name in FILES.items()}


def build(versions: dict[str, ChecklistVersion]) -> tuple[list[Wave], Wave]:
    """Writes programmes and waves; returns the nine survey waves and the running one."""
    db.session.add_all([
        Programme(id=SURVEY, code="SURVEY", name="售后服务接待调研", brand_id=network.BRAND,
                  purpose="按期检查服务接待流程与硬件设施的落实情况，用于改进服务。录音与照片只用于核对答案。"),
        Programme(id=EXPERIENCE, code="EXPERIENCE", name="售后服务体验官", brand_id=network.BRAND,
                  purpose="由真实车主体验一次常规保养，用于改进服务。照片与视频只用于核对答案。"),
    ])  # fmt: skip
    db.session.flush()
    survey = [_survey_wave(number, versions["RF"].id) for number in range(1, 10)]
    running = _running_wave(versions["EO"].id)
    db.session.add_all([*survey, running])
    db.session.flush()
    return survey, running


def _publish(path: Path) -> ChecklistVersion:
    row, _created = checklists_service.publish(SYSTEM, path.read_bytes(), "yaml")
    db.session.flush()
    return checklists.version_by_id(row.id)


def _survey_wave(number: int, version_id: UUID) -> Wave:
    """Two waves a year, in September and in March; all published, all but the last locked."""
    start = FIRST_OPENS_ON[(number - 1) % 2]
    opens_on = start.replace(year=start.year + (number - 1) // 2)
    closes_on = opens_on + timedelta(days=60)
    ended = datetime.combine(closes_on + timedelta(days=20), time(10), tzinfo=current().time_zone)
    is_last = number == 9  # noqa: PLR2004 - the survey has nine waves.
    return Wave(
        id=named_id("demo", "wave", number), programme_id=SURVEY, number=number, name=f"第 {number} 期",
        checklist_version_id=version_id, opens_on=opens_on, closes_on=closes_on,
        state="closed" if is_last else "locked", headline_method="covert", quota={"covert": 2}, target_rate=85,
        published_at=ended, locked_at=None if is_last else ended + timedelta(days=15),
    )  # fmt: skip


def _running_wave(version_id: UUID) -> Wave:
    today = clock.today(current().time_zone)
    return Wave(
        id=named_id("demo", "wave", "EO"), programme_id=EXPERIENCE, number=1, name="第 1 期",
        checklist_version_id=version_id, opens_on=today - timedelta(days=20), closes_on=today + timedelta(days=40),
        state="open", headline_method="covert", quota={"covert": 1}, target_rate=80, gallery_allowed=True,
    )  # fmt: skip
