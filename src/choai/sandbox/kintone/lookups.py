"""ルックアップ: the caller writes the key, the service copies the other fields from the source app, once.

The key field of the source must prohibit duplicates (or be the record number), else no API write names a key: a person in the
browser picks a record, an API can only tell a value.
"""

from __future__ import annotations

from typing import Any

from choai.sandbox.kintone import fields
from choai.sandbox.kintone.answers import ApiError
from choai.sandbox.kintone.site import Caller, Json, Site


def copied_fields(app_fields: Json) -> set[str]:
    """Codes of top-level fields that a lookup fills; what a caller sends for them is ignored."""
    return {m["field"] for p in app_fields.values() if "lookup" in p for m in p["lookup"]["fieldMappings"]}


def look_up(site: Site, caller: Caller, app: Json, values: Json, payload: Json, *, created: bool) -> None:
    """Fill the copied fields of every lookup key that the payload names. Raises GAIA_LO04."""
    for code, props in app["fields"].items():
        if "lookup" in props and (code in payload or created):
            _fill(site, caller, app["fields"], code, values)
        elif props["type"] == "SUBTABLE" and code in payload:
            inner = [c for c, p in props["fields"].items() if "lookup" in p]
            for row in values.get(code) or ():
                for each in inner:
                    _fill(site, caller, props["fields"], each, row["value"])


def _fill(site: Site, caller: Caller, beside: Json, code: str, values: Json) -> None:
    lookup = beside[code]["lookup"]
    key = values.get(code)
    if fields.is_blank(key):
        for mapping in lookup["fieldMappings"]:
            values[mapping["field"]] = fields.empty(beside[mapping["field"]])
        return
    source = _source(site, caller, lookup, key)
    for mapping in lookup["fieldMappings"]:
        values[mapping["field"]] = _value(source, mapping["relatedField"], fields.empty(beside[mapping["field"]]))


def _source(site: Site, caller: Caller, lookup: Json, key: Any) -> Json:
    failed = ApiError("GAIA_LO04", field=lookup["relatedKeyField"], value=key)
    try:
        app = site.app(lookup["relatedApp"]["app"])
        site.allow(caller, app, "view")
    except ApiError:
        raise failed from None
    if caller.kind != "control" and app["guest_space"] != caller.space:  # lookups stay inside a guest space
        raise failed
    wanted = lookup["relatedKeyField"]
    props = app["fields"].get(wanted)
    if props is None:
        raise failed
    if props["type"] == "RECORD_NUMBER":
        record: Json | None = app["records"].get(str(key))
    elif props.get("unique"):
        held = site.holder(app, wanted, key)
        record = app["records"][str(held)] if held is not None else None
    else:  # whether or not several records have the key
        raise ApiError("GAIA_LO03")
    if record is None:
        raise failed
    return record


def _value(record: Json, code: str, otherwise: Any) -> Any:
    value = record["values"].get(code)
    return otherwise if value is None else value
