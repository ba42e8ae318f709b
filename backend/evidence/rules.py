"""What evidence may be, how far it may have come, and what counts as the same declaration. Standard library only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

EXPECTED, UPLOADING, STORED, READY, UNREADABLE = "expected", "uploading", "stored", "ready", "unreadable"
HELD = frozenset({STORED, READY, UNREADABLE})
"""States in which the bytes are here and their sha256 is confirmed."""
AWAITED = frozenset({EXPECTED, UPLOADING})

WRONG_BYTES, LOST = "wrong-bytes", "lost"
"""Why a file is expected: what came was not it; its owner said that it will not come. Bytes that come end both."""

SOURCES = ("camera", "gallery", "file")
DATUMS = ("WGS-84", "GCJ-02", "BD-09")
RENDITIONS = {
    "thumb": "thumb.jpg",
    "screen": "screen.jpg",
    "poster": "poster.jpg",
    "preview": "preview.mp4",
    "waveform": "waveform.png",
}
"""What may be derived from an original, and the name of the file it is made as."""
QUICK = "quick"
"""The name of a small picture that a phone sent ahead; it is kept among the renditions and shown to nobody."""

MIB = 1024 * 1024
MOST_BYTES = {"photo": 200 * MIB, "audio": 1024 * MIB, "video": 4096 * MIB}
KINDS = tuple(MOST_BYTES)
MOST_QUICK_BYTES = 512 * 1024

UPLOAD_LIFE = timedelta(days=30)
"""How long an upload rests untouched before its bytes are given up: a phone may lie in a drawer for weeks."""

# What the phone says of a file. A repeated declaration must say all of it again.
CLAIMS = ("kind", "media_type", "size", "sha256", "captured_at", "source", "position", "device")


def claims_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The claims in a declaration; one left out is None."""
    return {name: body.get(name) for name in CLAIMS}


def placeless(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of itself, without the place."""
    return {name: value for name, value in facts.items() if name not in {"lat", "lon"}}


def is_too_large(kind: str, size: int) -> bool:
    return size > MOST_BYTES[kind]
