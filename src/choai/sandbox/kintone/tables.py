"""SUBTABLE values: rows are addressed by id; rows that are not sent again are deleted."""

from __future__ import annotations

from typing import Any

from choai.sandbox.kintone import fields
from choai.sandbox.kintone.answers import BAD_SHAPE
from choai.sandbox.kintone.fields import Write
from choai.sandbox.kintone.site import Json


def store_table(write: Write, props: Json, raw: Any, path: str, before: list[Json]) -> list[Json]:
    """Known ids are merged, other rows get a new id and the defaults of what they do not name."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        write.wrong(f"{path}.value", BAD_SHAPE)
        return []
    known = {row["id"]: row for row in before}
    out = []
    for at, sent in enumerate(raw):
        if not isinstance(sent, dict) or not isinstance(sent.get("value", {}), dict):
            write.wrong(f"{path}.value[{at}]", BAD_SHAPE)
            continue
        old = known.pop(str(sent.get("id")), None)
        cells = sent.get("value", {})
        value = dict(old["value"]) if old else {}
        skipped = _copied(props["fields"])
        for code, inner in props["fields"].items():
            made_by_server = inner["type"] in fields.SERVER_MADE or inner.get("expression") or code in skipped
            if code in cells and not made_by_server:
                where = f"{path}.value[{at}].value.{code}"
                value[code] = fields.store(write, inner, (cells[code] or {}).get("value"), where, in_table=True)
            elif old is None:
                value[code] = fields.empty(inner) if made_by_server else fields.default(write.site, inner)
        out.append({"id": old["id"] if old else _new_id(write.app), "value": value})
    return out


def _new_id(app: Json) -> str:
    app["next_row"] += 1
    return str(app["next_row"])


def _copied(inner: Json) -> set[str]:
    return {m["field"] for p in inner.values() if "lookup" in p for m in p["lookup"]["fieldMappings"]}
