"""What DuckDB takes for the figures of each report, over the Parquet files that the product itself writes, one a wave.

Each query yields the report's main figures only: no intervals, ranks or changes, which are left to our side alone.
"""

from pathlib import Path
from typing import Final

_RATE: Final = "100.0 * count(*) FILTER (result = 'pass') / nullif(count(*) FILTER (result <> 'na'), 0)"
_BY_STORE: Final = "SELECT {keys}, store_code, {rate} AS rate, count(*) AS n FROM {files} WHERE {where} GROUP BY ALL"


def query(report: str, folder: Path, *, number: int, store: str, checkpoint: str) -> str:
    """The SQL for one report, of wave `number` where it is about one."""
    one, all_ = f"read_parquet('{folder}/wave-{number}.parquet')", f"read_parquet('{folder}/wave-*.parquet')"
    before = f"read_parquet(['{folder}/wave-{number - 1}.parquet', '{folder}/wave-{number}.parquet'])"

    def mean_of_stores(files: str, *keys: str, where: str = "true") -> str:
        inner = _BY_STORE.format(keys=", ".join(keys), rate=_RATE, files=files, where=where)
        return f"SELECT {', '.join(keys)}, avg(rate), count(rate), sum(n) FROM ({inner}) GROUP BY ALL"

    def grouped(files: str, *keys: str, where: str = "true") -> str:
        return f"SELECT {', '.join(keys)}, {_RATE}, count(*) FROM {files} WHERE {where} GROUP BY ALL"

    queries = {
        "headline": mean_of_stores(before, "wave"),
        "checkpoints": grouped(one, "checkpoint", "result"),
        "stores": grouped(one, "store_code", "store_name"),
        "stages": mean_of_stores(one, "stage"),
        "modules": mean_of_stores(one, "module"),
        "dimensions": mean_of_stores(one, "dimension"),
        "regions": mean_of_stores(one, "region_code"),
        "groups": mean_of_stores(one, "group_code"),
        "matrix, regions by stages": mean_of_stores(one, "region_code", "stage"),
        "matrix, stores by checkpoints": grouped(one, "store_code", "checkpoint"),
        "trend of the nation": mean_of_stores(all_, "wave"),
        "trend of a checkpoint": grouped(all_, "wave", where=f"checkpoint = '{checkpoint}'"),
        "one store": grouped(all_, "wave", "stage", where=f"store_code = '{store}'"),
    }
    return queries[report]
