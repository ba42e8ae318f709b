"""Where in a picture another one may be shown whole: inside the bars of a screenshot, or within a frame.

Pure arithmetic over grey levels; nothing is decoded here.
"""

import numpy as np
from numpy.typing import NDArray

from backend.evidence.fingerprints import Box, Grey

# An edge that a shown picture ends at runs along most of the screen: so many grey levels of difference, over so much of it.
EDGE_LEVELS = 12
EDGE_SHARE = 0.5
# Rows or columns that differ by less are one bar.
BAR_SPREAD = 3.0
MOST_EDGES = 7
SMALLEST = 0.2
MOST_WINDOWS = 24


def windows(grey: Grey) -> list[Box]:
    """Boxes, the largest first, that may hold another picture whole; never the whole picture itself."""
    levels = grey.astype(np.float32)
    height, width = levels.shape
    found = set()
    for top, bottom in _spans(levels):
        band = levels[top:bottom]
        for left, right in [(0, width), *_spans(band.T)]:
            if (right - left, bottom - top) != (width, height):
                found.add((left, top, right, bottom))
    largest = sorted(found, key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))[:MOST_WINDOWS]
    return [Box(left, top, right - left, bottom - top) for left, top, right, bottom in largest]


def _spans(levels: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Runs of rows between two edges that are long enough to be a picture and are not one bar."""
    rows = len(levels)
    edges = _edges(levels)
    spread = levels.std(axis=1)
    return [
        (top, bottom)
        for index, top in enumerate(edges)
        for bottom in edges[index + 1 :]
        if bottom - top >= SMALLEST * rows and np.median(spread[top:bottom]) > BAR_SPREAD
    ]


def _edges(levels: NDArray[np.float32]) -> list[int]:
    """The rows at which something begins or ends along most of the width, first and last row included."""
    steps = (np.abs(np.diff(levels, axis=0)) > EDGE_LEVELS).mean(axis=1)
    bars = levels.std(axis=1) < BAR_SPREAD
    turns = np.nonzero(bars[1:] != bars[:-1])[0]
    lines = np.nonzero(steps > EDGE_SHARE)[0]
    strongest = sorted({*turns, *lines}, key=lambda row: (row not in turns, -steps[row]))
    kept = _apart([int(row) + 1 for row in strongest], len(levels))
    return sorted({0, *kept, len(levels)})


def _apart(rows: list[int], height: int) -> list[int]:
    """The first of the rows that are not beside one another: an edge that was blurred is one edge."""
    kept: list[int] = []
    for row in rows:
        if all(abs(row - other) > height // 100 + 1 for other in kept):
            kept.append(row)
        if len(kept) == MOST_EDGES:
            break
    return kept
