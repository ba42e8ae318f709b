"""Which evidence there is and who may see it: the uploader always, reviewers and analysts once it is submitted."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from backend.core import clock
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.permissions import Role
from backend.core.problems import NotFound
from backend.evidence import rules
from backend.evidence.models import Evidence, EvidenceView, Rendition, Upload
from backend.network import queries as network


def get_visible(actor: Actor, evidence_id: UUID) -> Evidence:
    """The evidence for its uploader, and once submitted for reviewers and analysts of its store; else NotFound."""
    return _one(evidence_id, _open_to(actor, Role.REVIEWER, Role.ANALYST))


def get_original(actor: Actor, evidence_id: UUID) -> Evidence:
    """As `get_visible`, but not for analysts: they see pictures derived from it only."""
    return _one(evidence_id, _open_to(actor, Role.REVIEWER))


def get_own(actor: Actor, evidence_id: UUID, *, lock: bool = False) -> Evidence:
    """The evidence for its uploader alone; NotFound for everybody else."""
    return _one(evidence_id, Evidence.uploader_id == actor.id, lock=lock)


def of_visit(visit_id: UUID) -> list[Evidence]:
    """All evidence of a visit in the order in which it was declared."""
    rows = select(Evidence).where(Evidence.visit_id == visit_id).order_by(Evidence.declared_at, Evidence.id)
    return list(db.session.scalars(rows))


def kinds(ids: Collection[UUID]) -> dict[UUID, str]:
    """Evidence id -> photo, video or audio; ids that are not declared are left out."""
    rows = db.session.execute(select(Evidence.id, Evidence.kind).where(Evidence.id.in_(list(ids))))
    return {evidence_id: kind for evidence_id, kind in rows}  # noqa: C416 - a Row is no pair to the type checker.


def upload_of(evidence_id: UUID) -> Upload | None:
    """The present upload of an evidence; None after it was terminated, or when its bytes needed none."""
    return db.session.scalar(select(Upload).where(Upload.evidence_id == evidence_id))


def renditions_of(evidence_id: UUID) -> list[Rendition]:
    """What was derived from an evidence, the smallest first."""
    rows = select(Rendition).where(Rendition.evidence_id == evidence_id, Rendition.name != rules.QUICK)
    rows = rows.order_by(Rendition.width, Rendition.name)
    return list(db.session.scalars(rows))


def rendition_names(evidence_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """By evidence which pictures were made of it, the smallest first; evidence without any is left out."""
    found: dict[UUID, list[str]] = {}
    if evidence_ids:
        rows = select(Rendition.evidence_id, Rendition.name).where(Rendition.evidence_id.in_(list(evidence_ids)))
        rows = rows.where(Rendition.name != rules.QUICK)
        for evidence_id, name in db.session.execute(rows.order_by(Rendition.width, Rendition.name)):
            found.setdefault(evidence_id, []).append(name)
    return found


def thumbs_visible(actor: Actor, evidence_ids: Collection[UUID]) -> dict[UUID, str]:
    """Evidence -> the key of its thumbnail, for those of the evidence that the actor may see; in the order of ids."""
    if not evidence_ids:
        return {}
    rows = (
        select(Evidence.id, Rendition.key)
        .join(Rendition, Rendition.evidence_id == Evidence.id)
        .where(
            Evidence.id.in_(list(evidence_ids)), Rendition.name == "thumb", _open_to(actor, Role.REVIEWER, Role.ANALYST)
        )
        .order_by(Evidence.id)
    )
    return {evidence_id: key for evidence_id, key in db.session.execute(rows)}  # noqa: C416 - Rows, not pairs.


def quick_copy_of(evidence_id: UUID) -> Rendition | None:
    """The small picture that came ahead of the original, until the original is developed."""
    return db.session.get(Rendition, (evidence_id, rules.QUICK), populate_existing=True)


def provisional(evidence_ids: Collection[UUID]) -> set[UUID]:
    """Those of the evidence whose pictures were made of a quick copy, while the original is still to come."""
    if not evidence_ids:
        return set()
    made = (Rendition.quick_sha256.is_not(None), Rendition.name != rules.QUICK)
    rows = select(Rendition.evidence_id).where(Rendition.evidence_id.in_(list(evidence_ids)), *made)
    return set(db.session.scalars(rows))


def sees_exact_place(actor: Actor, evidence: Evidence) -> bool:
    """Whether the actor, who may see the evidence, may also know where it was captured."""
    return evidence.id in placed_for(actor, [evidence])


def placed_for(actor: Actor, rows: Collection[Evidence]) -> set[UUID]:
    """Those of the evidence, all of it visible to the actor, whose place they may know; at most one query for all.

    A person's own evidence is not asked for: a visit of forty files would cost its auditor forty queries.
    """
    own = {row.id for row in rows if row.uploader_id == actor.id}
    others = [row.id for row in rows if row.id not in own]
    if not others or not actor.scopes(Role.REVIEWER):
        return own
    seen = select(Evidence.id).where(Evidence.id.in_(others), _open_to(actor, Role.REVIEWER))
    return own | set(db.session.scalars(seen))


def looked_lately(actor: Actor, evidence_id: UUID, what: str, *, within: timedelta) -> bool:
    """Whether a view of this kind by this person is on record already within the time given."""
    seen = select(EvidenceView.id).where(
        EvidenceView.evidence_id == evidence_id,
        EvidenceView.person_id == actor.person_id,
        EvidenceView.what == what,
        EvidenceView.at > clock.now() - within,
    )
    return db.session.scalar(seen.limit(1)) is not None


def _one(evidence_id: UUID, condition: ColumnElement[bool], *, lock: bool = False) -> Evidence:
    query = select(Evidence).where(Evidence.id == evidence_id, condition)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def _open_to(actor: Actor, *roles: Role) -> ColumnElement[bool]:
    own = Evidence.uploader_id == actor.id
    if not actor.scopes(*roles):
        return own
    stores = network.store_ids_visible_on(actor, *roles, day=network.today())
    return or_(own, and_(Evidence.is_submitted, Evidence.store_id.in_(stores)))
