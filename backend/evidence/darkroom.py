"""What the studio's own process does with pictures, clips and sound; bytes from outside are decoded here and nowhere else.

Each task takes plain values and answers plain values, since both travel as JSON. Failures are Unreadable.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.evidence import alignment, clips, imaging, rules
from backend.evidence.fingerprints import fingerprint
from backend.evidence.imaging import Picture
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable, sniff_file


def develop(source: str, kind: str, out: str) -> dict[str, Any]:
    """The fields of a `studio.Development`; its renditions are put into the folder `out`."""
    path, declared = Path(source), Kind(kind)
    media_type = sniff_file(path)
    if media_type is None:
        raise Unreadable(Reason.FOREIGN_TYPE)
    if (media_type.kind is Kind.PHOTO) != (declared is Kind.PHOTO):
        raise Unreadable(Reason.KIND_MISMATCH, {"found": media_type.kind})
    if declared is Kind.PHOTO:
        return _photo(path, media_type, Path(out))
    return _clip(path, media_type, declared, Path(out))


def terms(picture: str) -> dict[str, Any]:
    """The fields of `fingerprints.Terms` for one of our thumbnails."""
    return asdict(alignment.terms_of(_grey(picture)))


def compare(picture: str, others: list[str]) -> list[str | None]:
    """For each of the other thumbnails how it shows the same shot, or None."""
    first, *rest = (alignment.Sighted(_grey(each)) for each in [picture, *others])
    return [found.how if (found := alignment.agreement(first, each)) else None for each in rest]


TASKS: Mapping[str, Callable[..., Any]] = {"development": develop, "terms": terms, "comparison": compare}


def _grey(picture: str) -> Any:
    return imaging.greyscale(Path(picture).read_bytes())


def _photo(source: Path, media_type: MediaType, out: Path) -> dict[str, Any]:
    rendered = imaging.render(source, media_type)
    return {
        "media_type": media_type,
        "kind": Kind.PHOTO,
        "width": rendered.width,
        "height": rendered.height,
        **asdict(rendered.facts),
        **_written(rendered.renditions, out),
    }


def _clip(source: Path, media_type: MediaType, kind: Kind, out: Path) -> dict[str, Any]:
    clip = clips.develop(source, media_type, kind, out)
    made = _written(clip.stills, out) if clip.stills else {"renditions": []}
    made["renditions"] += [{"name": each.name, "width": each.width, "height": each.height} for each in clip.besides]
    return {**clip.facts, **made}


def _written(pictures: tuple[Picture, ...], out: Path) -> dict[str, Any]:
    """The pictures put on disk and the fingerprint taken of the smallest."""
    for picture in pictures:
        (out / rules.RENDITIONS[picture.name]).write_bytes(picture.data)
    smallest = min(pictures, key=lambda picture: picture.width * picture.height)
    return {
        "fingerprint": fingerprint(imaging.greyscale(smallest.data)).hex(),
        "renditions": [{"name": each.name, "width": each.width, "height": each.height} for each in pictures],
    }
