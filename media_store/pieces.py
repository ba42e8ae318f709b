"""Arithmetic of uploads that are staged as many immutable pieces, each named by the byte range it holds.

Knows no bucket. Names that never change their meaning are what lets two processes take chunks of one upload without a
lock: whoever comes late can only add a piece that is already covered, never shorten or alter what was acknowledged.
"""

import secrets
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, Self


class Piece(NamedTuple):
    """Bytes `start` up to, not including, `end` of an upload; the mark tells apart pieces of the same range."""

    start: int
    end: int
    mark: str

    @classmethod
    def new(cls, start: int, size: int) -> Self:
        """A piece whose name nobody else has."""
        return cls(start, start + size, secrets.token_hex(8))

    @classmethod
    def from_name(cls, name: str) -> Self:
        """The reverse of `name`."""
        start, end, mark = name.split("-")
        return cls(int(start), int(end), mark)

    @property
    def name(self) -> str:
        """Twelve digits for each end, so that names sort as numbers do: up to a terabyte."""
        return f"{self.start:012d}-{self.end:012d}-{self.mark}"


class Slice(NamedTuple):
    """The bytes of one piece that are used: the whole of it, or its end where another piece covers the beginning."""

    piece: Piece
    start: int

    @property
    def skipped(self) -> int:
        """How many bytes at the piece's beginning are not used."""
        return self.start - self.piece.start

    @property
    def size(self) -> int:
        """How many bytes are used."""
        return self.piece.end - self.start

    @property
    def is_whole(self) -> bool:
        """Whether every byte of the piece is used."""
        return self.skipped == 0


def unbroken(pieces: Iterable[Piece]) -> list[Slice]:
    """The pieces that cover the upload from byte 0 without a hole, each byte once; what follows a hole is left out."""
    slices: list[Slice] = []
    position = 0
    for piece in sorted(pieces, key=lambda each: (each.start, -each.end, each.mark)):
        if piece.start <= position < piece.end:
            slices.append(Slice(piece, position))
            position = piece.end
    return slices


def covered(slices: list[Slice]) -> int:
    """How many bytes the slices cover, counted from byte 0."""
    return slices[-1].piece.end if slices else 0


def parts(slices: list[Slice], part_size: int) -> Iterator[list[Slice]]:
    """Groups slices into the parts of an object, each `part_size` long but the last.

    Holds only for pieces that do not cross a multiple of `part_size`, which `room` sees to.
    """
    for _, group in groupby(slices, key=lambda each: each.start // part_size):
        yield list(group)


def room(position: int, part_size: int) -> int:
    """How many bytes a piece that starts at `position` may hold before it would cross into the next part."""
    return part_size - position % part_size
