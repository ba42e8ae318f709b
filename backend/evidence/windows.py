"""Where in a picture another one may be shown whole: inside the bars of a screenshot, or within a frame.

Pure arithmetic over grey levels; nothing is decoded here.
"""

import numpy as np
from numpy.typing import NDArray

from backend.evidence.fingerprints import Box, Grey

# An edge that a shown picture ends at runs along most of the screen: so many grey levels of difference, over so much of it.
EDGE_LEVELS = 12
EDGE_SHARE = 0.5
# A bar is as even as this, and of the screen's own paper: what its first and last rows and columns show.
BAR_SPREAD = 3.0
BAR_LEVELS = 8
MOST_EDGES = 7
SMALLEST = 0.2
MOST_WINDOWS = 24


def windows(grey: Grey) -> list[Box]:
    """Boxes that may hold another picture whole: those over the full width first, then the largest; never all of it."""
    levels = grey.astype(np.float32)
    height, width = levels.shape
    found = set()
    for top, bottom in _spans(levels):
        band = levels[top:bottom]
        for left, right in [(0, width), *_spans(band.T)]:
            if (right - left, bottom - top) != (width, height):
                found.add((left, top, right, bottom))
    boxes = [Box(left, top, right - left, bottom - top) for left, top, right, bottom in found]
    return sorted(boxes, key=lambda box: (box.width < width, -box.width * box.height, box.top))[:MOST_WINDOWS]


def _spans(levels: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Runs of rows between two edges that are long enough to be a picture, and neither begin nor end with a bar."""
    bars = _bars(levels)
    edges = _edges(levels, bars)
    return [
        (top, bottom)
        for index, top in enumerate(edges)
        for bottom in edges[index + 1 :]
        if bottom - top >= SMALLEST * len(levels) and not bars[top] and not bars[bottom - 1]
    ]


def _bars(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows are even, and of the paper that first and last row show."""
    paper = np.median(levels[[0, -1]])
    bars: NDArray[np.bool_] = (levels.std(axis=1) < BAR_SPREAD) & (np.abs(levels.mean(axis=1) - paper) < BAR_LEVELS)
    return bars


def _edges(levels: NDArray[np.float32], bars: NDArray[np.bool_]) -> list[int]:
    """The rows at which something begins or ends along most of the width, first and last row included."""
    steps = (np.abs(np.diff(levels, axis=0)) > EDGE_LEVELS).mean(axis=1)
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
