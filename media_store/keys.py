"""The names under which bytes are kept: what a key may look like, and the content addresses made from a SHA-256.

Where a key leads to on a disk or in a bucket is the backends' business.
"""

import re

LONGEST_KEY = 300
STAGING = "staging"
ORIGINALS, RENDITIONS = "originals/", "renditions/"

# No segment begins with a dot: that rules out "." and ".." and leaves dotted names to the backends' scratch files.
_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*")
_LONGEST_SEGMENT = 200
_UPLOAD_ID = re.compile(r"[a-z0-9_-]{1,100}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z0-9]{1,16}")
_ADDRESS = re.compile(r"(originals|renditions)/../../(?P<sha256>[0-9a-f]{64})(-[a-z0-9]{1,16})?\.[a-z0-9]{1,16}")


class BadKey(ValueError):
    """A key, or a part of one, that no backend could keep safely."""


def validate(key: str) -> str:
    """Answers the key itself, or raises `BadKey`.

    A key is at most 300 characters of `a-z`, `0-9`, `.`, `_`, `-` in segments of at most 200, parted by single slashes,
    none of them empty or begun with a dot. Names under `staging/` belong to uploads and are refused.
    """
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadKey(key[:LONGEST_KEY])
    segments = key.split("/")
    if segments[0] == STAGING or max(map(len, segments)) > _LONGEST_SEGMENT:
        raise BadKey(key)
    return key


def is_key(name: str) -> bool:
    """Whether `validate` would let the name pass."""
    try:
        validate(name)
    except BadKey:
        return False
    return True


def validate_prefix(prefix: str) -> str:
    """Answers the beginning of some key itself, or raises `BadKey`; the empty one begins every key."""
    if prefix:
        # Any beginning of a key becomes a key once a letter closes it.
        validate(prefix + "a")
    return prefix


def validate_upload_id(upload_id: str) -> str:
    """Answers the id itself, or raises `BadKey`; an id is 1 to 100 characters of `a-z`, `0-9`, `_`, `-`."""
    return _matching(_UPLOAD_ID, upload_id)


def original_key(sha256: str, extension: str) -> str:
    """`originals/ab/cd/<sha256>.jpg`: equal bytes have equal keys, and no folder grows large."""
    return f"{ORIGINALS}{_sharded(sha256)}.{_matching(_WORD, extension)}"


def rendition_key(sha256: str, name: str, extension: str) -> str:
    """`renditions/ab/cd/<sha256>-<name>.jpg`, where `sha256` is the original's; `name` is as `thumb` or `screen`."""
    return f"{RENDITIONS}{_sharded(sha256)}-{_matching(_WORD, name)}.{_matching(_WORD, extension)}"


def sha256_in(key: str) -> str | None:
    """The original's SHA-256 in a key that `original_key` or `rendition_key` made; None in any other."""
    found = _ADDRESS.fullmatch(key)
    return found["sha256"] if found else None


def _sharded(sha256: str) -> str:
    _matching(_SHA256, sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise BadKey(text[:LONGEST_KEY])
    return text
