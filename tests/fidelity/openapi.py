"""Checks of answers and requests against a vendor's OpenAPI 3.0 file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

Document = dict[str, Any]


def document(name: str) -> Document:
    """A file of the specs folder (``CHOAI_SPECS``, else ``../shared/specs`` beside the repository); skips when it is absent."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "specs"
    folder = Path(os.environ.get("CHOAI_SPECS") or beside)
    if not (folder / name).is_file():
        pytest.skip(f"the vendor's OpenAPI file {name} is not here; name its folder in CHOAI_SPECS")
    text = (folder / name).read_text("utf-8")
    found: Document = (
        json.loads(text) if name.endswith(".json") else yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    )
    return found


def problems(spec: Document, schema: Any, value: Any) -> list[str]:
    """What the schema says against the value."""
    validator = jsonschema.Draft4Validator(plain(spec, schema))
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(value)]


def answer_schema(spec: Document, method: str, path: str, status: int) -> Any:
    """The schema of an answer; KeyError when the vendor's file does not know the status there."""
    answer = spec["paths"][path][method.lower()]["responses"][str(status)]
    content = resolved(spec, answer)["content"]
    return content.get("application/json", content.get("application/problem+json"))["schema"]


def body_schema(spec: Document, method: str, path: str) -> Any:
    body = resolved(spec, spec["paths"][path][method.lower()]["requestBody"])
    return body["content"]["application/json"]["schema"]


def template(spec: Document, path: str) -> str:
    """The path of the file that a real path follows; fixed parts win over parameters."""
    parts = path.strip("/").split("/")

    def fits(known: str) -> bool:
        wanted = known.strip("/").split("/")
        return len(wanted) == len(parts) and all(
            w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)
        )

    found = sorted((known.count("{"), known) for known in spec["paths"] if fits(known))
    return found[0][1]


def resolved(spec: Document, node: Any) -> Any:
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def plain(spec: Document, node: Any) -> Any:
    """A JSON schema: references followed, ``nullable`` of OpenAPI 3.0 written as a type of its own."""
    if isinstance(node, list):
        return [plain(spec, part) for part in node]
    if not isinstance(node, dict):
        return node
    node = resolved(spec, node)
    out = {k: plain(spec, v) for k, v in node.items() if k not in ("nullable", "example", "description", "title")}
    if "properties" in node:  # a property may be called "title" or "description"
        out["properties"] = {k: plain(spec, v) for k, v in node["properties"].items()}
    if node.get("nullable") and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    return out
