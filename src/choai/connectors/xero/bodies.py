"""What goes to Xero: updates laid over what is there, codes of items and accounts in lines, one order of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from choai.connectors.wires import as_day
from choai.connectors.xero.spec import Place

Row = dict[str, Any]
# lists whose elements are replaced as they are sent → what tells the elements apart
_LISTS = {"Addresses": "AddressType", "Phones": "PhoneType", "LineItems": "LineItemID"}
_GROUPS = ("SalesDetails", "PurchaseDetails", "PaymentTerms")
_LINE = (
    "LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "TaxAmount",
    "DiscountRate", "DiscountAmount", "Tracking",
)  # fmt: skip
_PRICED = ("Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "DiscountRate")
_LINES = {"Items": ("ItemID", "ItemCode"), "Accounts": ("AccountID", "AccountCode")}


def needs_current(body: Mapping[str, Any], place: Place) -> bool:
    """Whether an update has to know what Xero has."""
    return any(name in body for name in (*_LISTS, *_GROUPS)) or any(name not in body for name in place.repeats)


def completed(body: Mapping[str, Any], current: Mapping[str, Any], place: Place) -> Row:
    """An update with everything that Xero would otherwise empty, or demands."""
    out = dict(body)
    for name in place.repeats:
        if name not in out and name in current:
            out[name] = _repeated(name, current[name])
    for name, key in _LISTS.items():
        if name in body:
            held = {one[key]: one for one in current.get(name) or [] if one.get(key)}
            out[name] = [_laid(held.get(one.get(key), {}), one, name) for one in body[name]]
    for name in _GROUPS:
        if name in body:
            out[name] = _over(current.get(name) or {}, body[name])
    return out


def _repeated(name: str, value: Any) -> Any:
    if name == "Contact":
        return {"ContactID": value["ContactID"]}
    if name == "LineItems":
        return [{key: line[key] for key in _LINE if key in line} for line in value]
    if name == "Date":
        day = as_day(value)
        return day.isoformat() if day else None
    return value


def _laid(base: Mapping[str, Any], one: Mapping[str, Any], name: str) -> Row:
    """An element over what was there. A line whose price changes gets its tax anew."""
    if name != "LineItems":
        return {**base, **one}
    kept = {key: base[key] for key in _LINE if key in base}
    if any(key in one and one[key] != base.get(key) for key in _PRICED):
        kept.pop("TaxAmount", None)
    told = {entry["TrackingCategoryID"] for entry in one.get("Tracking") or []}
    others = [e for e in kept.get("Tracking") or [] if e.get("TrackingCategoryID") not in told]
    tracking = [*(one.get("Tracking") or []), *others]
    return {**kept, **one, **({"Tracking": tracking} if tracking else {})}


def _over(base: Mapping[str, Any], new: Mapping[str, Any]) -> Row:
    return {**base, **{k: _over(base.get(k) or {}, v) if isinstance(v, dict) else v for k, v in new.items()}}


def read_lines(rows: Sequence[Row], memo: Mapping[str, Any] | None = None) -> Mapping[str, tuple[str, str]]:
    """Give lines the ids of their items and accounts, as far as the codes are known. Answers list → (its key, code) in lines."""
    for row in rows if memo is not None else ():
        for line in row.get("LineItems") or []:
            for path, (id, code) in _LINES.items():
                if line.get(code) and id not in line:
                    line[id] = (memo or {}).get(f"codes:{path}", {}).get(line[code], line[code])
            if line.get("ItemCode"):
                line["Item"] = {"Name": line["ItemCode"], **(line.get("Item") or {"ItemID": line["ItemID"]})}
    return _LINES


def sent_lines(bodies: Sequence[Row], memo: Mapping[str, Any]) -> None:
    """Codes instead of ids; a tracking category without an option is left out."""
    for body in bodies:
        for line in body.get("LineItems") or []:
            for path, (_, code) in _LINES.items():
                if line.get(code):
                    line[code] = memo.get(f"ids:{path}", {}).get(line[code], line[code])
            if "Tracking" in line:
                line["Tracking"] = [entry for entry in line["Tracking"] if entry.get("Option")]


def in_order(value: Any) -> Any:
    """The same content always as the same bytes."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(one) for one in value] if isinstance(value, list) else value
