"""What the worker does about exports: makes the file, lets old ones go, and deletes the bytes of what was let go.

A file is written to a folder of its own, measured, put into the media store under the export's id and only then told
of; a killed worker leaves a row that is begun anew. The rows of a file are counted against what was expected: one that
came out short is no export.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import structlog

from backend.core.db import db, transaction
from backend.core.outbox import Conclusion
from backend.core.problems import NotFound
from backend.evidence.receiving import store
from backend.exports import columnar, rules, service, store_report, wave_files, wave_report
from backend.exports.models import Export
from backend.exports.orders import Order, Progress, order_of
from backend.exports.problems import Refused, Stopped
from media_store import Content

log = structlog.get_logger()

Maker = Callable[[Order, Progress, Path], str]
"""Writes the file and answers its name without an ending."""

MAKERS: Final[Mapping[str, Maker]] = {
    rules.WAVE_WORKBOOK: wave_files.write_workbook,
    rules.WAVE_CSV: wave_files.write_csv,
    rules.WAVE_PARQUET: columnar.write_parquet,
    rules.BONUS: wave_files.write_bonus,
    rules.WAVE_PDF: wave_report.write,
    rules.STORE_PDF: store_report.write,
}


class CameOutShort(Exception):
    """The file holds another number of rows than were expected."""


def make(export_id: UUID) -> Conclusion:
    """Makes the file of an export; what breaks down is tried again, what cannot be made says why."""
    with transaction(writes=True):
        export = service.claim(export_id)
    if export is None:
        return _nothing
    try:
        name, content = _made(export)
    except Stopped:
        return _nothing
    except Refused as fault:
        return _failing(export, fault.code)
    except NotFound:
        return _failing(export, "scope-gone")
    except Exception:
        if export.attempt < rules.MOST_ATTEMPTS:
            raise
        log.exception("export given up", export=str(export_id))
        return _failing(export, "broken")
    return lambda: service.finish(export, name, key_of(export), content)


def dispose(export_id: UUID) -> Conclusion:
    """Deletes the bytes of an export that nobody may fetch any more."""
    with transaction(writes=False):
        export = db.session.get_one(Export, export_id)
    if export.state not in {rules.DONE, *rules.UNFINISHED}:
        store().delete(key_of(export))
        log.info("export deleted", export=str(export_id), state=export.state)
    return _nothing


def expire(_period_id: UUID) -> Conclusion:
    """Lets the files go that have been kept for long enough."""
    return service.expire


def key_of(export: Export) -> str:
    return f"exports/{export.id}.{export.format}"


def _made(export: Export) -> tuple[str, Content]:
    with transaction(writes=False):
        order = order_of(export)
    progress = Progress(export)
    with TemporaryDirectory(prefix="mingcha-export-") as folder:
        path = Path(folder) / f"export.{export.format}"
        name = MAKERS[export.kind](order, progress, path)
        if progress.written != progress.expected:
            raise CameOutShort(f"{progress.written} rows of {progress.expected}")
        content = _keep(export, path)
    return f"{name}.{export.format}", content


def _keep(export: Export, path: Path) -> Content:
    with path.open("rb") as file:
        content = Content(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
        file.seek(0)
        store().put(key_of(export), file, media_type=rules.MEDIA_TYPES[export.format], **content._asdict())
    return content


def _failing(export: Export, code: str) -> Conclusion:
    return lambda: service.fail(export, code)


def _nothing() -> None:
    """Nothing is left to be written down."""
