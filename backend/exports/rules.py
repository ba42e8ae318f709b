"""What can be exported, in which format, and through which states an export goes. Standard library only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

MAKE: Final = "exports.make"
"""The job that makes a file."""

WAVE_WORKBOOK, WAVE_CSV, WAVE_PARQUET = "wave_workbook", "wave_csv", "wave_parquet"
BONUS, WAVE_PDF, STORE_PDF = "bonus", "wave_pdf", "store_pdf"

XLSX, CSV, PARQUET, PDF = "xlsx", "csv", "parquet", "pdf"

FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    WAVE_WORKBOOK: (XLSX,),
    WAVE_CSV: (CSV,),
    WAVE_PARQUET: (PARQUET,),
    BONUS: (XLSX, CSV),
    WAVE_PDF: (PDF,),
    STORE_PDF: (PDF,),
}
"""Kind -> the formats it can be had in, the usual one first."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv",
    PARQUET: "application/vnd.apache.parquet",
    PDF: "application/pdf",
}

QUEUED, RUNNING, DONE = "queued", "running", "done"
FAILED, CANCELLED, EXPIRED = "failed", "cancelled", "expired"
UNFINISHED: Final = frozenset({QUEUED, RUNNING})

KEPT: Final = timedelta(days=7)
"""How long a finished file is kept."""

MOST_UNFINISHED: Final = 5
"""So many exports may one person have waiting or running."""

MOST_ATTEMPTS: Final = 3
"""After so many breakdowns an export is given up and says so."""

BATCH: Final = 1000
"""So many rows are read and written at a time."""

TELL_EVERY: Final = 0.3
"""Seconds between two words of progress: each waits for the disk, and people do not read faster."""

AT_ONCE: Final = 20_000
"""Up to so many rows are read in the moment in which they are chosen: some ten megabytes. More are chosen by their ids."""

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program might take the text for a formula."""
    return text.startswith(_FORMULA_SIGNS)


def as_text(text: str) -> str:
    """The text as a CSV field that no spreadsheet program calculates: a leading apostrophe says that it is text."""
    return f"'{text}" if is_formula(text) else text
