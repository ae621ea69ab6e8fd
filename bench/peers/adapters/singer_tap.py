"""A singer-sdk tap.    python singer_tap.py --config FILE [--state FILE]; the config has address and page"""

from __future__ import annotations

from typing import Any

from fields import INSTANTS, NUMBERS, TEXTS, WHOLE
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseHATEOASPaginator


class Pages(BaseHATEOASPaginator):
    def get_next_url(self, response: Any) -> str | None:
        following: str | None = response.json().get("next")
        return following


class Records(RESTStream):
    name = "records"
    path = "/records"
    records_jsonpath = "$.data[*]"
    primary_keys = ("id",)
    replication_key = "updated_at"
    is_sorted = True
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("is_active", th.BooleanType),
        th.Property("tags", th.ArrayType(th.StringType)),
        *(th.Property(name, th.IntegerType) for name in WHOLE),
        *(th.Property(name, th.NumberType) for name in NUMBERS),
        *(th.Property(name, th.DateTimeType) for name in INSTANTS),
        *(th.Property(name, th.StringType) for name in TEXTS),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return str(self.config["address"])

    def get_new_paginator(self) -> Pages:
        return Pages()

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, str]:
        if next_page_token:
            pairs = next_page_token.query.replace("%3A", ":").split("&")
            return dict(pair.split("=") for pair in pairs)
        first = {"limit": str(self.config["page"]), "offset": "0"}
        since = self.get_starting_replication_key_value(context)
        return {**first, "since": since} if since else first


class BenchTap(Tap):
    name = "tap-bench"
    config_jsonschema = th.PropertiesList(
        th.Property("address", th.StringType), th.Property("page", th.IntegerType)
    ).to_dict()

    def discover_streams(self) -> list[Records]:
        return [Records(self)]


BenchTap.cli()
