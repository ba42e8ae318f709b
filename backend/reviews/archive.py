"""The archive of a whole visit: a zip with its dossier, its originals, and a signed manifest over all of them.

It is streamed: nothing is written to a disk and no file is ever held whole. The manifest is made from the hashes that
were confirmed when the bytes came, and the bytes are hashed again as they go out: if they are not the same any more,
or the media store fails, the stream breaks off, and without its end it is no zip file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import media_store
from backend.core import clock
from backend.core.actor import Actor
from backend.core.signing import ALGORITHM, SigningKey
from backend.reviews.dossier import LOST, Dossier, Original
from backend.reviews.zipping import Entry, zipped
from media_store.streams import CHUNK, Measured

FORMAT: Final = "mingcha-visit-archive"
FORMAT_VERSION: Final = 1
_README: Final = Path(__file__).with_name("archive-readme.txt")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes an archive, where, and with which key."""

    actor: Actor
    server: str
    key: SigningKey


@dataclass(frozen=True, slots=True)
class Archive:
    """What will be streamed: small files that are at hand, originals that are in the media store, then the proof."""

    documents: Mapping[str, bytes]
    originals: tuple[Original, ...]
    manifest: bytes
    signature: bytes
    made_at: datetime


def lost_originals(store: media_store.MediaStore, dossier: Dossier) -> set[str]:
    """The keys of originals that ought to be in the store and are not. Raises Unreachable when it does not answer."""
    return {original.key for original in dossier.originals if not _is_there(store, original.key)}


def pack(dossier: Dossier, lost: set[str], origin: Origin) -> Archive:
    """Writes and signs the manifest; the originals under lost keys are said to be absent."""
    made_at = clock.now()
    originals = tuple(original for original in dossier.originals if original.key not in lost)
    documents = _documents(dossier, origin)
    files = [_listed(path, len(content), _sha256(content)) for path, content in documents.items()]
    files += [_listed(original.path, original.size, original.sha256) for original in originals]
    manifest = _text(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "made_at": made_at.isoformat(),
            "made_by": {"id": str(origin.actor.person_id), "name": origin.actor.name},
            "server": origin.server,
            "key": _key(origin.key),
            "visit": dossier.summary,
            "scorecard": _figures(dossier),
            "files": files,
            "submissions": [{"path": each.path, **each.about} for each in dossier.submissions],
            "evidence": list(_evidence(dossier, originals)),
        }
    )
    return Archive(documents, originals, manifest, origin.key.sign(manifest), made_at)


def stream(archive: Archive, store: media_store.MediaStore) -> Iterator[bytes]:
    """The zip in pieces. Raises what the store raises, and WrongBytes when an original is not what it was."""
    return zipped(_entries(archive, store), archive.made_at)


def _is_there(store: media_store.MediaStore, key: str) -> bool:
    try:
        store.stat(key)
    except media_store.Missing:
        return False
    return True


def _documents(dossier: Dossier, origin: Origin) -> dict[str, bytes]:
    public = origin.key.public
    readme = _README.read_text(encoding="utf-8").format(server=origin.server, key_id=public.id)
    return {
        "README.txt": readme.encode(),
        "visit.json": _text(dossier.visit),
        "checklist.json": _text(dossier.checklist),
        "signing-key.pem": public.pem.encode(),
        **{each.path: each.document for each in dossier.submissions},
    }


def _entries(archive: Archive, store: media_store.MediaStore) -> Iterator[Entry]:
    for path, content in archive.documents.items():
        yield Entry(path, len(content), [content])
    for original in archive.originals:
        yield Entry(original.path, original.size, _pieces(store, original))
    yield Entry("manifest.json", len(archive.manifest), [archive.manifest])
    yield Entry("manifest.sig", len(archive.signature), [archive.signature])


def _pieces(store: media_store.MediaStore, original: Original) -> Iterator[media_store.Bytes]:
    with store.open(original.key) as file:
        measured = Measured(iter(lambda: file.read(CHUNK), b""))
        yield from measured
        measured.require(media_store.Content(original.size, original.sha256))


def _key(key: SigningKey) -> dict[str, str]:
    return {"algorithm": ALGORITHM, "id": key.public.id, "public_key": key.public.base64}


def _figures(dossier: Dossier) -> dict[str, Any] | None:
    """The scorecard that counts, less its parts and inputs, which are in visit.json."""
    if dossier.scorecard is None:
        return None
    return {name: value for name, value in dossier.scorecard.items() if not isinstance(value, (dict, list))}


def _evidence(dossier: Dossier, originals: Iterable[Original]) -> Iterator[dict[str, Any]]:
    paths = {str(original.evidence_id): original.path for original in originals}
    for each in dossier.evidence:
        path = paths.get(each["id"])
        yield {**each, "path": path, "absent": None if path else each["absent"] or LOST}


def _listed(path: str, size: int, sha256: str) -> dict[str, Any]:
    return {"path": path, "size": size, "sha256": sha256}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
