"""Routes of the field auditor's sheet and of the pictures on it, which its reader may see nowhere else."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.core.actor import Actor
from backend.core.api import Blueprint
from backend.core.db import transaction
from backend.core.permissions import Permission
from backend.evidence import queries as evidence
from backend.evidence import service as evidence_service
from backend.evidence import serving
from backend.evidence.models import Evidence
from backend.evidence.routes import RENDITION_VIEW
from backend.evidence.serving import Shipment
from backend.visits import sheet
from backend.visits.answers import SheetAnswer

sheets = Blueprint("sheets", __name__, description="What an auditor reads of a store before an open audit.")


@sheets.endpoint("GET", "/visits/<uuid:visit_id>/sheet", permission=Permission.VISITS_FILL, answer=SheetAnswer)
def get_sheet(actor: Actor, visit_id: UUID) -> Any:
    """What the store failed in each of its last waves, for the person whose open audit it is, until it is handed in."""
    return sheet.sheet_of(actor, visit_id)


@sheets.endpoint(
    "GET",
    "/visits/<uuid:visit_id>/sheet/pictures/<uuid:evidence_id>",
    permission=Permission.VISITS_FILL,
    transaction="after",
)
def get_sheet_picture(actor: Actor, visit_id: UUID, evidence_id: UUID) -> Response:
    """A picture on the sheet, without any metadata of the camera. Views are logged."""
    with transaction(writes=False):
        row, rendition = sheet.picture_of(actor, visit_id, evidence_id)
        name = serving.name_of(row.id, rendition.name)
        shipment = Shipment(rendition.key, rendition.size, rendition.media_type, name)
        must_log = _must_log(actor, row, rendition.name)
    if must_log:
        with transaction(writes=True):
            evidence_service.record_view(actor, evidence_id, rendition.name)
    return serving.send_rendition(shipment)


def _must_log(actor: Actor, row: Evidence, what: str) -> bool:
    is_own = row.uploader_id == actor.id
    return not (is_own or evidence.looked_lately(actor, row.id, what, within=RENDITION_VIEW))
