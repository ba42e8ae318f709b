"""What is known of a visit when its integrity is judged, and what a rule finds in it. Plain values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from backend.integrity.places import Place


@dataclass(frozen=True, slots=True)
class File:
    """One file of a visit. `declared_at` is our time, `captured_at` the phone's, `written_at` the file's own.

    `camera` and `written_place` are the file's own claims too; `is_on_site` says that an answer given on site rests on
    it and that it came with the first submission.
    """

    id: UUID
    visit_id: UUID
    source: str
    declared_at: datetime
    captured_at: datetime | None = None
    place: Place | None = None
    written_at: datetime | None = None
    written_place: Place | None = None
    duration: timedelta = timedelta(0)
    camera: str | None = None
    is_on_site: bool = True


@dataclass(frozen=True, slots=True)
class Twin:
    """A file of another visit that came to us before this one and is like it: `same-bytes`, `same-picture`, `part`."""

    file_id: UUID
    how: str
    other_id: UUID
    other_visit_id: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as far as it says how the form was filled in."""

    checkpoint: str
    result: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One visit. `windows` are those of the wave and of the visit, as first and last day.

    `elsewhere` holds files of other visits of the same person captured next to this visit's, `earlier_comments` the
    comments of the person's visits before it, by visit.
    """

    visit_id: UUID
    method: str
    zone: tzinfo
    received_at: datetime
    visited_on: date
    wave_window: tuple[date | None, date | None] = (None, None)
    own_window: tuple[date | None, date | None] = (None, None)
    gallery_allowed: bool = False
    store: Place | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    files: tuple[File, ...] = ()
    answers: tuple[Told, ...] = ()
    twins: tuple[Twin, ...] = ()
    elsewhere: tuple[File, ...] = ()
    earlier_comments: Mapping[UUID, frozenset[str]] = field(default_factory=dict)

    @property
    def on_site(self) -> list[File]:
        return [file for file in self.files if file.is_on_site]


@dataclass(frozen=True, slots=True)
class Found:
    """One signal: its code, the files it is about (the telling one first), and its figures.

    `other_id` and `other_visit_id` name what it is held against where that is another visit's.
    """

    code: str
    evidence: tuple[UUID, ...] = ()
    other_id: UUID | None = None
    other_visit_id: UUID | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
