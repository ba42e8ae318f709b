"""Parquet: one row for each answer of a wave, in a shape that DuckDB, polars and pandas open as it is.

Words that repeat are dictionaries, so that a million answers take a few megabytes; every batch of visits is one row
group. What may be missing is null, never an empty text.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.db import transaction
from backend.exports.answers import COLUMNS, RESULTS, Row, Selection, matrix, selected
from backend.exports.orders import Order, Progress
from backend.exports.wave_files import name_of

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_OF_VISIT: Final[Mapping[str, Any]] = {
    "programme": _WORD, "wave": pa.int32(), "store_code": _WORD, "store_name": _WORD, "region_code": _WORD,
    "region_name": _WORD, "group_code": _WORD, "group_name": _WORD, "method": _WORD, "visit_id": _WORD,
    "visited_on": pa.date32(), "auditor": _WORD, "passed": pa.int32(), "applicable": pa.int32(), "rate": pa.float64(),
    "official_score": pa.float64(), "red_line": pa.bool_(),
}  # fmt: skip
_OF_CHECKPOINT: Final[Mapping[str, Any]] = {
    "checkpoint": _WORD, "lineage": _WORD, "title": _WORD, "stage": _WORD, "module": _WORD, "dimension": _WORD,
    "weight": pa.float64(), "critical": pa.bool_(),
}  # fmt: skip
SCHEMA: Final = pa.schema([*_OF_VISIT.items(), ("visit", pa.int32()), *_OF_CHECKPOINT.items(), ("result", _WORD)])
"""`visit` numbers the visits of the file from 1: managers' rows have no visit id, and still belong together."""


def write_parquet(order: Order, progress: Progress, path: Path) -> str:
    """One row an answer; progress counts visits."""
    with transaction(writes=False):
        found = selected(order)
        titles = order.titles_of(found.wave)
    progress.expect(found.count)
    checkpoints = _checkpoints(found, titles)
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as file:
        for batch in found.batches():
            file.write_table(_answers(found, batch, progress.written, checkpoints))
            progress.wrote(len(batch))
    return name_of(found.programme, found.wave, "answers")


def _checkpoints(found: Selection, titles: Mapping[str, str]) -> dict[str, list[Any]]:
    """The columns of the checkpoints asked, one value each."""
    asked = [found.version.checkpoints[position] for position in found.positions]
    columns = {name: [getattr(each, name, None) for each in asked] for name in _OF_CHECKPOINT}
    return columns | {
        "checkpoint": found.codes,
        "title": [titles[code] for code in found.codes],
        "weight": [float(each.weight) for each in asked],
    }


def _answers(found: Selection, batch: Sequence[Row], before: int, checkpoints: Mapping[str, Sequence[Any]]) -> Any:
    """The answers of some visits; checkpoints that a visit was not asked are left out."""
    results = matrix(batch, found.positions)
    visits, asked = np.nonzero(results)
    by_visit = dict(zip(COLUMNS, zip(*(row.visit for row in batch), strict=True), strict=True))
    columns: dict[str, Any] = {
        **{name: _taken(values, visits, _OF_VISIT[name]) for name, values in by_visit.items()},
        "visit": pa.array(visits + 1 + before, pa.int32()),
        **{name: _taken(values, asked, _OF_CHECKPOINT[name]) for name, values in checkpoints.items()},
        "result": _coded(RESULTS[1:], results[visits, asked] - 1),
    }
    return pa.table(dict(_in_order(columns)), schema=SCHEMA)


def _taken(values: Sequence[Any], rows: Any, kind: Any) -> Any:
    """The values of these rows; words are coded once for each value, not once for each answer."""
    if kind is not _WORD:
        return pa.array(values, kind).take(pa.array(rows))
    coded = pa.array(values, pa.string()).dictionary_encode()
    return coded.take(pa.array(rows)).cast(_WORD)


def _coded(words: Sequence[str], codes: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string()))


def _in_order(columns: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, columns[name]) for name in SCHEMA.names)
