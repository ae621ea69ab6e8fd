"""A singer-sdk target that POSTs batches.    python singer_target.py --config FILE; the config has address and batch"""

from __future__ import annotations

from typing import Any

from posting import post
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th


class Batches(BatchSink):
    @property
    def max_size(self) -> int:
        return int(self.config["batch"])

    def process_batch(self, context: dict[str, Any]) -> None:
        post(self.config["address"], self.max_size, context["records"])


class BenchTarget(Target):
    name = "target-bench"
    default_sink_class = Batches
    config_jsonschema = th.PropertiesList(
        th.Property("address", th.StringType), th.Property("batch", th.IntegerType)
    ).to_dict()


BenchTarget.cli()
