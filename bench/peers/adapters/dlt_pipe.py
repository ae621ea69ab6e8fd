"""dlt: its rest_api source into a custom destination that POSTs.    python dlt_pipe.py ADDRESS FOLDER PAGE BATCH"""

from __future__ import annotations

import sys
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_resources
from posting import post

ADDRESS, FOLDER, PAGE, BATCH = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


@dlt.destination(
    batch_size=BATCH, loader_file_format="typed-jsonl", naming_convention="direct", skip_dlt_columns_and_tables=True,
    max_table_nesting=0, max_parallel_load_jobs=4,
)  # fmt: skip
def sink(items: list[dict[str, Any]], table: Any) -> None:
    post(ADDRESS, BATCH, items)


source = rest_api_resources({
    "client": {"base_url": ADDRESS, "paginator": {"type": "json_link", "next_url_path": "next"}},
    "resource_defaults": {"primary_key": "id", "write_disposition": "append", "max_table_nesting": 0},
    "resources": [{
        "name": "records",
        "endpoint": {
            "path": "records",
            "data_selector": "data",
            "params": {"limit": PAGE, "offset": 0, "since": "{incremental.start_value}"},
            "incremental": {"cursor_path": "updated_at", "initial_value": "2000-01-01T00:00:00Z"},
        },
    }],
})  # fmt: skip
pipeline = dlt.pipeline("bench", destination=sink, dataset_name="bench", progress=None, pipelines_dir=f"{FOLDER}/dlt")
pipeline.run(source).raise_on_failed_jobs()
