"""A zip file that is written to nobody in particular: its pieces come out as they are made, and nothing is kept.

Entries are stored, not compressed (photos and films are already), each followed by its size and checksum; sizes
beyond 4 GiB are written as ZIP64. The directory at the end, without which no program takes it for a zip file, comes
only when every entry before it was whole.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from media_store import Bytes

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the zip: its name, its size in bytes, and its bytes, which are asked for when its turn comes."""

    path: str
    size: int
    pieces: Iterable[Bytes]


def zipped(entries: Iterable[Entry], moment: datetime) -> Iterator[bytes]:
    """The zip file in pieces; the entries in their order, all of them dated `moment`.

    What an entry's bytes raise passes through, and what has come out until then is no zip file.
    """
    pipe = _Pipe()
    archive = ZipFile(pipe, "w", ZIP_STORED)
    for entry in entries:
        info = ZipInfo(entry.path, moment.timetuple()[:6])
        info.file_size = entry.size
        with archive.open(info, "w") as file:
            for piece in entry.pieces:
                file.write(piece)
                yield from pipe.drained()
    archive.close()
    yield from pipe.drained()


class _Pipe(io.RawIOBase):
    """Takes what is written until it is fetched. It cannot seek, so that nothing is mended after it went out."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def drained(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces
