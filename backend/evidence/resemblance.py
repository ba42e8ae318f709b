"""Words that both sides of the studio's pipe share about pictures that resemble one another; loads no arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

SAME, PART = "same-picture", "part"
"""How a picture may be like another: it is the same shot, or one shows a part of the other or holds it within itself."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an index is asked for: hashes of a picture and of the windows in it, and hashes of its parts."""

    wholes: Sequence[int]
    parts: Sequence[int]
