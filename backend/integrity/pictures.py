"""Signals of the pictures themselves: one that another visit brought before, a gallery, two cameras. Pure."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from backend.integrity.facts import Case, Found, Twin

_CODES: Final = {"same-bytes": "reused-file", "same-picture": "same-picture", "part": "part-of-picture"}
_ORDER: Final = tuple(_CODES)


def signals(case: Case) -> Iterator[Found]:
    yield from reused(case)
    yield from from_gallery(case)
    yield from two_cameras(case)


def reused(case: Case) -> Iterator[Found]:
    """One signal for each file that is like an earlier visit's, held against the most alike; `visits` counts them."""
    by_file: dict[UUID, list[Twin]] = {}
    for twin in case.twins:
        by_file.setdefault(twin.file_id, []).append(twin)
    for file_id, twins in sorted(by_file.items()):
        nearest = min(twins, key=lambda twin: (_ORDER.index(twin.how), twin.other_id))
        visits = len({twin.other_visit_id for twin in twins})
        yield Found(
            _CODES[nearest.how], (file_id,), nearest.other_id, nearest.other_visit_id, params={"visits": visits}
        )


def from_gallery(case: Case) -> Iterator[Found]:
    """On-site proof that was not taken inside our app; where the wave allows it, it is worth a word and no more."""
    chosen = tuple(file.id for file in case.on_site if file.source != "camera")
    if chosen:
        code = "gallery" if case.gallery_allowed else "gallery-not-allowed"
        yield Found(code, chosen, params={"files": len(chosen), "of": len(case.on_site)})


def two_cameras(case: Case) -> Iterator[Found]:
    """Files that name different cameras: one of each, the most frequent camera's first."""
    by_camera: dict[str, list[UUID]] = {}
    for file in case.on_site:
        if file.camera:
            by_camera.setdefault(file.camera, []).append(file.id)
    if len(by_camera) > 1:
        ranked = sorted(by_camera, key=lambda camera: (-len(by_camera[camera]), camera))
        yield Found("cameras-differ", tuple(by_camera[camera][0] for camera in ranked), params={"cameras": ranked})
