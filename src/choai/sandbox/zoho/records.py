"""Checking, saving and showing a record of any resource."""

from __future__ import annotations

from datetime import date
from typing import Any

from choai.sandbox.zoho.answers import Json, Refusal
from choai.sandbox.zoho.books import Books, Kind

_LABELS = {"contact_name": "Contact Name", "display_name": "Display Name"}
_BAD = "Invalid value passed for {}"


def checked(books: Books, name: str, value: Any, rule: str) -> Any:
    """One value by its rule, as Zoho keeps it. Raises Refusal."""
    kind, _, more = rule.partition(":")
    if value is None or value == "":
        return _EMPTY.get(kind)
    try:
        return _CHECKS[kind](books, name, value, more) if kind in _CHECKS else value
    except (TypeError, ValueError, AttributeError):
        raise Refusal(_BAD.format(name)) from None


def _text(_: Books, name: str, value: Any, more: str) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError
    if more and len(str(value)) > int(more):
        raise Refusal(f"Please ensure that the {name} has less than {more} characters.", 15)
    return str(value)


def _ref(books: Books, _: str, value: Any, more: str) -> str:
    books.get(more, value)
    return str(value)


def _number(_: Books, __: str, value: Any, ___: str) -> float | int:
    """Numbers come as text too."""
    if isinstance(value, bool):
        raise TypeError
    made = float(value)
    return int(made) if made == int(made) else made


def _of(kind: type) -> Any:
    def check(_: Books, __: str, value: Any, ___: str) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return check


def _choice(_: Books, __: str, value: Any, more: str) -> Any:
    if value not in more.split("|"):
        raise ValueError
    return value


def _group(books: Books, _: str, value: Any, __: str) -> Json:
    return {k: checked(books, k, v, f"text:{ADDRESS[k]}") for k, v in value.items() if k in ADDRESS}


_CHECKS: dict[str, Any] = {
    "text": _text,
    "ref": _ref,
    "date": lambda _, __, value, ___: date.fromisoformat(value).isoformat(),
    "number": _number,
    "int": lambda *told: int(_number(*told)),
    "flag": _of(bool),
    "list": _of(list),
    "choice": _choice,
    "group": _group,
}
_EMPTY: dict[str, Any] = {"list": [], "text": "", "ref": "", "date": "", "any": "", "choice": ""}
ADDRESS = {
    "attention": 100, "address": 500, "street": 500, "street2": 255, "city": 100, "state": 100, "zip": 50, "country": 100,
    "phone": 50, "fax": 50,
}  # fmt: skip


def save(books: Books, kind: Kind, sent: Any, before: Json | None, *, own_number: bool = False) -> Json:
    """A new record, or one that is changed; nothing of it is kept when it is refused."""
    if not isinstance(sent, dict):
        raise Refusal("JSON is not well formed", 4)
    for name in kind.required if before is None else kind.again:
        if sent.get(name) in (None, "", []) and not (name == kind.number and kind.prefix):
            raise Refusal(_BAD.format(_LABELS.get(name, name)))
    row = {**_blank(kind), **(before or {})}
    for name, value in sent.items():
        if name in kind.fields:
            made = checked(books, name, value, kind.fields[name])
            row[name] = {**(row.get(name) or {}), **made} if kind.fields[name] == "group" and made else made
    _numbered(books, kind, sent, row, before, own_number=own_number)
    if "custom_fields" in sent:
        row["_custom"] = {**row.get("_custom", {}), **_custom(books, kind, sent["custom_fields"], row)}
    kind.fill(books, row, before)
    _unique(books, kind, row, before)
    if before is None:
        row[kind.id] = str(row[kind.own_id]) if kind.own_id else books.new_id()
        row["created_time"] = books.now()
        if kind.status:
            row.setdefault("status", kind.status)
    row["_changed"] = books.now()
    books.table(kind.path)[row[kind.id]] = row
    books.world.dirty = True
    return row


def _blank(kind: Kind) -> Json:
    empty: Json = {"list": [], "flag": False, "number": None, "int": None, "group": {}}
    return {name: empty.get(rule.partition(":")[0], "") for name, rule in kind.fields.items()}


def _numbered(books: Books, kind: Kind, sent: Json, row: Json, before: Json | None, *, own_number: bool) -> None:
    if not kind.prefix:
        return
    given = sent.get(kind.number)
    automatic = bool(books.state["settings"].get("auto_numbers", True))
    if before is None and not given:
        if own_number or not automatic:
            raise Refusal(_BAD.format(kind.number))
        row[kind.number] = books.number(kind)
    elif given and automatic and not own_number and (before is None or before.get(kind.number) != given):
        raise Refusal(
            f"{kind.title} number is auto-generated. Use ignore_auto_number_generation to give your own.", 4097
        )


def _custom(books: Books, kind: Kind, sent: Any, row: Json) -> Json:
    """Custom values by api_name, whichever way the field was named."""
    out: Json = {}
    if not isinstance(sent, list):
        raise Refusal(_BAD.format("custom_fields"))
    for entry in sent:
        found = next(
            (
                f
                for f in books.custom(kind.path)
                if any(
                    entry.get(k) is not None and str(entry[k]) == str(f[k])
                    for k in ("customfield_id", "api_name", "label", "index")
                )
            ),
            None,
        )
        if found is None:
            raise Refusal(_BAD.format("custom_fields"))
        value = entry.get("value")
        rule = {"number": "number", "decimal": "number", "amount": "number", "date": "date", "check_box": "flag"}
        made = checked(books, found["label"], value, rule.get(found["data_type"], "text:36000"))
        taken = (r for r in books.rows(kind.path) if r.get(kind.id) != row.get(kind.id))
        if found["unique"] and made and any(r.get("_custom", {}).get(found["api_name"]) == made for r in taken):
            raise Refusal(f'The value "{made}" already exists for {found["label"]}.', 1001)
        out[found["api_name"]] = made
    return out


def _unique(books: Books, kind: Kind, row: Json, before: Json | None) -> None:
    for name, code in kind.unique.items():
        value = row.get(name)
        same = [
            r
            for r in books.rows(kind.path)
            if value and r is not before and str(r.get(name)).strip().lower() == str(value).strip().lower()
        ]
        if not same:
            continue
        if code == 3062:
            raise Refusal(f'The customer "{value}" already exists. Please specify a different name.', code)
        raise Refusal(f'{kind.title} "{value}" already exists.', code)


# ---------------------------------------------------------------- showing


def shown(books: Books, kind: Kind, row: Json) -> Json:
    """A record in full."""
    out = {name: value for name, value in row.items() if not name.startswith("_")}
    out = {name: value for name, value in out.items() if value is not None}
    if kind.changed:
        out[kind.changed] = row["_changed"]
    if kind.path in books.state["customfields"]:
        told = row.get("_custom", {})
        out["custom_fields"] = [
            {
                **{k: v for k, v in f.items() if k != "unique"},
                "value": told.get(f["api_name"], "") if told.get(f["api_name"]) is not None else "",
            }
            for f in books.custom(kind.path)
        ]
    return out


def brief(books: Books, kind: Kind, row: Json) -> Json:
    """A record as a list tells it: some keys, custom fields that hold something."""
    full = shown(books, kind, row)
    if not kind.shown:
        return full
    out = {name: full[name] for name in (kind.id, *kind.shown) if name in full}
    held = [f for f in full.get("custom_fields", []) if f["value"] != ""]
    if kind.custom_in_lists:
        out["custom_fields"] = held
    return {**out, **{f["api_name"]: f["value"] for f in held}}
