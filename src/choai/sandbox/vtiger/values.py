"""What becomes of a value that is written: nothing is refused but references of a wrong type."""

from __future__ import annotations

import html
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from html.entities import codepoint2name
from typing import Any

from choai.sandbox.vtiger.catalog import BY_PREFIX, DECIMALS, Json
from choai.sandbox.vtiger.site import INCORRECT, Site, Wrong

LONGEST = {"lastname": 80}  # others were not tried
MARKUP = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
_NUMBER = re.compile(r"\s*[-+]?\d*\.?\d*")


def number(value: Any) -> Decimal:
    """The number that PHP makes of a value: its leading digits, else 0. Grouping is not understood."""
    found = _NUMBER.match("" if value is None else str(value))
    text = found[0].strip() if found else ""
    return Decimal(text) if re.search(r"\d", text) else Decimal(0)


def rounded(site: Site, value: Any) -> str:
    """Money in the caller's number of decimals; without that preference 8.2 keeps whole units."""
    told = site.user.get("decimals")
    places = int(told) if told is not None else (0 if site.quirk("wipes_prices") else 2)
    return f"{number(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):.8f}"


def text(site: Site, name: str, value: Any) -> str:
    """Cut to its column; characters beyond the basic plane are lost in a 3-byte database; entities come back decoded."""
    told = "" if value is None else str(value)
    told = told[: LONGEST[name]] if name in LONGEST else told
    if not site.settings.get("utf8mb4"):
        told = "".join("????" if ord(c) > 0xFFFF else c for c in told)
    return html.unescape(told)


def stored(site: Site, module: str, field: Json, value: Any) -> str:
    """A value as it is kept and read back."""
    kind, name = field["type"]["name"], field["name"]
    if kind == "boolean":
        return "1" if value is True or str(value) in ("1", "on") else "0"
    if kind == "integer":
        return str(int(number(value)))
    if kind == "double":
        value = "1" if name == "conversion_rate" and value in (None, "") else value
        places = DECIMALS.get((module, name), DECIMALS.get(name, 3))
        if name == "hdnDiscountPercent" and value in (None, ""):
            return ""
        return f"{number(value):.{places}f}"
    if kind == "currency":
        return "" if name == "hdnDiscountAmount" and value in (None, "") else rounded(site, value)
    if kind == "date":
        return _date(site, value)
    if kind == "reference":
        return _reference(site, field, value)
    if kind == "owner":
        return _owner(site, value)
    return text(site, name, value)


def _date(site: Site, value: Any) -> str:
    told = "" if value is None else str(value)
    found = re.match(r"(\d{4}-\d{2}-\d{2})", told)
    if found:
        try:
            return datetime.strptime(found[1], "%Y-%m-%d").date().isoformat()  # noqa: DTZ007  (a calendar day)
        except ValueError:
            return "0000-00-00"
    try:  # another form was understood for all but users of mm-dd-yyyy
        day = datetime.strptime(told, "%d-%m-%Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        return ""
    return "" if site.user["date_format"] == "mm-dd-yyyy" else day


def _reference(site: Site, field: Json, value: Any) -> str:
    if value in (None, ""):
        return ""
    found = re.fullmatch(r"(\d+)x(\d+)", str(value))
    if found is None:
        raise Wrong(*INCORRECT)
    target = BY_PREFIX.get(found[1])
    if target not in field["type"]["refersTo"]:
        raise Wrong("REFERENCE_INVALID", f"Invalid reference specified for {field['name']}")
    row = site.rows(str(target)).get(found[2])
    return "" if row is None or row.get("_deleted") else str(value)


def _owner(site: Site, value: Any) -> str:
    found = re.fullmatch(r"(19|20)x(\d+)", str(value))
    if found is None:
        return site.user_id
    kind, held = ("Users" if found[1] == "19" else "Groups"), found[2]
    if held not in site.rows(kind):
        return held
    if kind == "Users" and not site.admin and str(value) != site.user_id:
        raise Wrong("ACCESS_DENIED", "Cannot assign record to the given user")
    return str(value)


def label(names: str, row: Json) -> str:
    """The name of a record, HTML-escaped."""
    told = " ".join(row[name] for name in names.split(",") if row.get(name))
    escaped = html.escape(told, quote=False)
    return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) > 127 and ord(c) in codepoint2name else c for c in escaped)
