"""How many of the declared files are here: the sums that shopper, reviewer and headquarters all read.

The bytes that are left are the declared sizes less the durable offsets of running uploads. A file that its owner gave
up as lost is missing, but no bytes of it are left: nobody can send them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, Select, Subquery, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.db import db
from backend.evidence import rules
from backend.evidence.models import Evidence, Upload


class Files(NamedTuple):
    """Of one visit, or of many together: files and bytes declared, here, and still on the phone.

    `stored` are those whose sha256 is confirmed, `ready` and `unreadable` among them; `wrong` those of which other
    bytes came than were declared; `lost` those that will not come. `missing_since` tells when the oldest file that is
    still to come was declared.
    """

    expected: int = 0
    stored: int = 0
    ready: int = 0
    unreadable: int = 0
    wrong: int = 0
    lost: int = 0
    expected_bytes: int = 0
    stored_bytes: int = 0
    left_bytes: int = 0
    missing_since: datetime | None = None


def of_visits(visit_ids: Collection[UUID]) -> dict[UUID, Files]:
    """The sums of each visit in one query; a visit without files has none of anything."""
    rows = _sums(Evidence.visit_id).where(Evidence.visit_id.in_(list(visit_ids))).group_by(Evidence.visit_id)
    found = {row.visit_id: _files(row) for row in db.session.execute(rows)}
    return {visit_id: found.get(visit_id, Files()) for visit_id in visit_ids}


def together(visit_ids: Select[UUID]) -> Files:
    """The sums of all the visits that the query selects."""
    return _files(db.session.execute(_sums().where(Evidence.visit_id.in_(visit_ids))).one())


def offsets(evidence_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Evidence id -> how many bytes of its running upload are durable, for those that have one."""
    if not evidence_ids:
        return {}
    rows = select(Upload.evidence_id, Upload.offset).where(Upload.evidence_id.in_(list(evidence_ids)))
    return {row.evidence_id: row.offset for row in db.session.execute(rows)}


def waiting() -> Subquery:
    """Each visit that has files still to come, as (`visit_id`, `since`): when the oldest of them was declared."""
    rows = select(Evidence.visit_id, func.min(Evidence.declared_at).label("since")).where(_is_coming())
    return rows.group_by(Evidence.visit_id).subquery("waiting")


def _is_coming() -> ColumnElement[bool]:
    not_lost = or_(Evidence.problem.is_(None), Evidence.problem != rules.LOST)
    return and_(Evidence.state.in_(sorted(rules.AWAITED)), not_lost)


def _sums(*keys: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    held, coming = Evidence.state.in_(sorted(rules.HELD)), _is_coming()
    columns = (
        func.count().label("expected"),
        func.count().filter(held).label("stored"),
        func.count().filter(Evidence.state == rules.READY).label("ready"),
        func.count().filter(Evidence.state == rules.UNREADABLE).label("unreadable"),
        func.count().filter(Evidence.problem == rules.WRONG_BYTES).label("wrong"),
        func.count().filter(Evidence.problem == rules.LOST).label("lost"),
        _bytes(func.sum(Evidence.size)).label("expected_bytes"),
        _bytes(func.sum(Evidence.size).filter(held)).label("stored_bytes"),
        _bytes(func.sum(Evidence.size - func.coalesce(Upload.offset, 0)).filter(coming)).label("left_bytes"),
        func.min(Evidence.declared_at).filter(coming).label("missing_since"),
    )
    return select(*keys, *columns).select_from(Evidence).outerjoin(Upload, Upload.evidence_id == Evidence.id)


def _bytes(total: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number: PostgreSQL's sums of bigint are decimals, and the sum of nothing is null."""
    return cast(func.coalesce(total, 0), BigInteger)


def _files(row: Row[*tuple[Any, ...]]) -> Files:
    return Files(*(getattr(row, name) for name in Files._fields))
