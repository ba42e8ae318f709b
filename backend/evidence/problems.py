"""What can be wrong with declaring, uploading and fetching evidence, and why a file ended as it did."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from backend.core import messages
from backend.core.problems import Problem

_PACKAGE = "backend.evidence"


class EvidenceDiffers(Problem):
    """The id is taken by a declaration of other content, whose bytes are here or on their way."""

    status = 409
    code = "evidence-differs"


class FileTooLarge(Problem):
    status = 413
    code = "file-too-large"


class BytesNotHere(Problem):
    """Declared and visible, but nothing to show yet: not uploaded, or not developed, or it has no such rendition."""

    status = 404
    code = "bytes-not-here"


class OriginalDeleted(Problem):
    """The bytes were here, and went when the time for which the wave keeps them was over."""

    status = 410
    code = "original-deleted"


class RenditionsDeleted(Problem):
    status = 410
    code = "renditions-deleted"


class QuickCopyTooLarge(Problem):
    status = 413
    code = "quick-copy-too-large"


class QuickCopyUnfit(Problem):
    """Only a photo has a quick copy, and that is a JPEG."""

    status = 422
    code = "quick-copy-unfit"


class BytesHere(Problem):
    """What is stored is not lost."""

    status = 409
    code = "bytes-here"


class RangeUnsatisfiable(Problem):
    status = 416
    code = "range-unsatisfiable"


class StoreUnreachable(Problem):
    status = 503
    code = "store-unreachable"


class StoreFull(Problem):
    status = 507
    code = "store-full"


class VersionUnsupported(Problem):
    """tus: "the Server MUST respond with 412 and MUST include the Tus-Version header"."""

    status = 412
    code = "tus-version"


class HeaderInvalid(Problem):
    status = 400
    code = "upload-header"


class LengthDiffers(Problem):
    """The upload's length is not the size that was declared for the evidence."""

    status = 422
    code = "upload-length"


class ContentTypeWrong(Problem):
    status = 415
    code = "upload-content-type"


class OffsetDiffers(Problem):
    status = 409
    code = "upload-offset"


class PastTheEnd(Problem):
    status = 413
    code = "upload-past-the-end"


class UploadExpired(Problem):
    status = 410
    code = "upload-expired"


class UploadLocked(Problem):
    status = 423
    code = "upload-locked"


class UploadInterrupted(Problem):
    """The connection broke before the announced bytes had come; those that came are kept."""

    status = 408
    code = "upload-interrupted"


class ChecksumDiffers(Problem):
    """One request's bytes are not those of its Upload-Checksum; the offset has not moved.

    tus: "MUST respond with the 460 Checksum Mismatch status [...] the Server MUST discard the chunk".
    """

    status = 460
    title = "Checksum Mismatch"
    code = "upload-checksum"


class BytesDiffer(Problem):
    """All bytes have come and they are not those of the declared sha256; the upload begins again at 0."""

    status = 460
    title = "Checksum Mismatch"
    code = "wrong-bytes"


def sentence_of(code: str, params: Mapping[str, Any] | None, language: str | None = None) -> str:
    """Why evidence is as it is, in the caller's language: a code of unreadable.yaml or of this package's messages."""
    spoken = language or messages.locale()
    known = {**messages.catalogue(_PACKAGE)[spoken], **_reasons()[spoken]}
    words = defaultdict(lambda: "?", params or {})
    if "found" in words:
        words["found"] = known[f"kind-{words['found']}"]
    return known[code].format_map(words)


@cache
def _reasons() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("unreadable.yaml")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
