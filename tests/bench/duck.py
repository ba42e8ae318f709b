"""What DuckDB takes for the figures of each report, over the Parquet files that the product itself writes, one a wave.

Each query yields the report's main figures: rates with their n, those of the wave before where the report tells a
change, and ranks by rate where it tells ranks. Intervals, tie bands and weighted scores are left to our side alone.
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

    def ranked(files: str) -> str:
        inner = _BY_STORE.format(keys="wave", rate=_RATE, files=files, where="true")
        return f"SELECT wave, store_code, rate, n, rank() OVER (PARTITION BY wave ORDER BY rate DESC) AS place FROM ({inner})"

    queries = {
        "headline": mean_of_stores(before, "wave"),
        "checkpoints": grouped(before, "wave", "checkpoint"),
        "stores": ranked(before),
        "stages": mean_of_stores(before, "wave", "stage"),
        "modules": mean_of_stores(before, "wave", "module"),
        "dimensions": mean_of_stores(before, "wave", "dimension"),
        "regions": mean_of_stores(before, "wave", "region_code"),
        "groups": mean_of_stores(before, "wave", "group_code"),
        "map": ranked(before),
        "wall of fails": "SELECT visit_id, visited_on, store_code, store_name, region_code, group_code "
        f"FROM {one} WHERE checkpoint = '{checkpoint}' AND result = 'fail' ORDER BY visit DESC LIMIT 50",
        "people": grouped(one, "auditor"),
        "matrix, regions by stages": mean_of_stores(one, "region_code", "stage"),
        "matrix, stores by checkpoints": grouped(one, "store_code", "checkpoint"),
        "trend of the nation": mean_of_stores(all_, "wave"),
        "trend of a checkpoint": grouped(all_, "wave", where=f"checkpoint = '{checkpoint}'"),
        "one store": f"SELECT * FROM ({ranked(all_)}) WHERE store_code = '{store}'",
        "visits of one store": "SELECT DISTINCT wave, visit_id, method, passed, applicable, rate, official_score, red_line "
        f"FROM {all_} WHERE store_code = '{store}' ORDER BY wave DESC, visit_id DESC LIMIT 50",
    }
    return queries[report]
