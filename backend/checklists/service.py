"""Publishing a checklist version: once, for good."""

from typing import Final

from backend.checklists import queries
from backend.checklists.definition import Definition, parse
from backend.checklists.differences import differences
from backend.checklists.faults import DefinitionFaults
from backend.checklists.models import ChecklistVersion
from backend.checklists.problems import AddressDiffers, DefinitionInvalid, VersionPublished
from backend.checklists.source import Media
from backend.core import clock, outbox
from backend.core.actor import Actor
from backend.core.db import db
from backend.core.ids import new_id
from backend.core.problems import Fault

NAMED_DIFFERENCES: Final = 10
_PACKAGE = "backend.checklists"


def publish(actor: Actor, source: bytes, media: Media | None = None) -> tuple[ChecklistVersion, bool]:
    """The version in `source`, and whether it is newly published; the same content again changes nothing.

    Raises DefinitionInvalid with every fault of the file, VersionPublished when the version stands with other content.
    """
    return _publish(actor, _parsed(source, media))


def publish_at(actor: Actor, code: str, version: str, source: bytes, media: Media) -> tuple[ChecklistVersion, bool]:
    """As `publish`, for a file that must hold exactly this code and version (else AddressDiffers)."""
    definition = _parsed(source, media)
    given = {"code": (definition.code, code), "version": (definition.version, version)}
    faults = [
        Fault({"field": field}, _PACKAGE, "differs-from-address", {"found": found, "expected": expected})
        for field, (found, expected) in given.items()
        if found != expected
    ]
    if faults:
        raise AddressDiffers(faults=faults)
    return _publish(actor, definition)


def _parsed(source: bytes, media: Media | None) -> Definition:
    try:
        return parse(source, media=media)
    except DefinitionFaults as found:
        faults = [Fault({"field": fault.path}, _PACKAGE, fault.code, fault.params) for fault in found.faults]
        raise DefinitionInvalid(faults=faults, count=len(faults)) from found


def _publish(actor: Actor, definition: Definition) -> tuple[ChecklistVersion, bool]:
    published = queries.find_version(definition.code, definition.version)
    if published is None:
        return _insert(actor, definition), True
    if published.sha256 != definition.sha256:
        raise _differs(published, definition)
    return published, False


def _insert(actor: Actor, definition: Definition) -> ChecklistVersion:
    row = ChecklistVersion(
        id=new_id(),
        code=definition.code,
        version=definition.version,
        title=definition.document["title"],
        document=dict(definition.document),
        sha256=definition.sha256,
        published_at=clock.now(),
        published_by=actor.id,
    )
    db.session.add(row)
    db.session.flush()
    outbox.record(actor, "checklist.published", row.id, code=row.code, version=row.version)
    return row


def _differs(published: ChecklistVersion, definition: Definition) -> VersionPublished:
    paths = differences(published.document, definition.document, limit=NAMED_DIFFERENCES)
    faults = [Fault({"field": path}, _PACKAGE, "differs-from-published") for path in paths]
    return VersionPublished(faults=faults, code=definition.code, version=definition.version, paths=paths)
