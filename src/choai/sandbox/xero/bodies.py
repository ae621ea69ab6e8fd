"""Bodies as clients send them: JSON, or XML (what pyxero writes)."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from choai.sandbox.xero.answers import Json, Unreadable

_NUMBERS = {
    "Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount", "Amount", "CurrencyRate", "Rate",
    "UnitPrice", "Day",
}  # fmt: skip


def elements(body: bytes, name: str) -> list[Any]:
    """The elements of a body: under the plural name, or the body itself."""
    if body.lstrip()[:1] == b"<":
        return _of_xml(body, name)
    try:
        sent = json.loads(body)
    except ValueError:
        raise Unreadable("The request body is not valid JSON") from None
    if isinstance(sent, dict) and isinstance(sent.get(name), list):
        return list(sent[name])
    if not isinstance(sent, dict):
        raise Unreadable("The request body must be an object")
    return [sent]


def _of_xml(body: bytes, name: str) -> list[Any]:
    if b"<!" in body:  # no document types, no entities
        raise Unreadable("The request body is not valid XML")
    try:
        root = ET.fromstring(body)  # noqa: S314  (no entities: see above)
    except ET.ParseError:
        raise Unreadable("The request body is not valid XML") from None
    return [_value(one) for one in (root if root.tag == name else [root])]


def _value(node: ET.Element) -> Any:
    """An element as JSON would have it: a plural around its singulars is a list."""
    if len(node) == 0:
        text = node.text or ""
        if node.tag in _NUMBERS:
            try:
                return float(text)
            except ValueError:
                raise Unreadable(f"Input string '{text}' is not a valid decimal") from None
        return text == "true" if text in ("true", "false") else text
    if all(
        child.tag in (node.tag.removesuffix("s"), node.tag.removesuffix("es"), "TrackingCategory") for child in node
    ):
        return [_value(child) for child in node]
    return {child.tag: _value(child) for child in node}


def echoed(sent: Any) -> Json:
    """What an error repeats of an element."""
    return {k: v for k, v in sent.items() if isinstance(v, str | list | dict)} if isinstance(sent, dict) else {}
