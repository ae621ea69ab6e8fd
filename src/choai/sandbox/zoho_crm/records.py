"""Records: validation, uniqueness, line items with their sums, and what answers show of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.zoho.accounts import USER
from choai.sandbox.zoho_crm.schema import Json, fields

JST = timezone(timedelta(hours=9))
TAX_PERCENT = 10
_PATTERNS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "phone": re.compile(r"[0-9A-Za-z+\-(). #*,/ext;:]{1,30}"),
    "website": re.compile(r"(https?://)?[^\s]+\.[^\s]+"),
}
_NUMBERS = ("integer", "double", "currency")


class Wrong(Exception):
    """What is wrong with one record: code, message, details."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.details = code, message, details

    def entry(self) -> Json:
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def rows(world: World, module: str) -> dict[str, Json]:
    found: dict[str, Json] = world.state["records"].setdefault(module, {})
    return found


def now(world: World) -> str:
    return world.now().astimezone(JST).isoformat(timespec="seconds")


def new_id(world: World) -> str:
    world.state["counter"] += 1
    return f"5843104{world.state['counter']:012}"


def person(world: World, id: str = USER) -> Json:
    return {"name": world.state["users"][id]["name"], "id": id}


# ---------------------------------------------------------------- validation


def _invalid(name: str, kind: str, at: str, **more: Any) -> Wrong:
    return Wrong("INVALID_DATA", "invalid data", api_name=name, expected_data_type=kind, json_path=at, **more)


def checked(world: World, props: Json, value: Any, at: str) -> Any:
    """The value as it is kept."""
    kind, name = props["type"], props["api_name"]
    if value is None or value == "":
        return None
    if kind in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float) or (kind == "integer" and value != int(value)):
            raise _invalid(name, kind, at)
        if kind == "integer" and abs(value) >= 10**9:
            raise _invalid(name, kind, at, maximum_length=9)
        return round(value, int(props.get("dp", 2))) if kind != "integer" else int(value)
    if kind == "bigint":
        if not re.fullmatch(r"-?\d{1,18}", str(value)):
            raise _invalid(name, kind, at)
        return str(value)
    if kind == "boolean":
        if not isinstance(value, bool):
            raise _invalid(name, kind, at)
        return value
    if kind in ("lookup", "ownerlookup"):
        return _reference(world, props, value, at)
    if kind == "multiselectpicklist":
        if not isinstance(value, list) or not set(value) <= set(props["choices"]):
            raise _invalid(name, "jsonarray", at, supported_values=props["choices"])
        return value
    return _text(props, value, at)


def _text(props: Json, value: Any, at: str) -> str:
    kind, name = props["type"], props["api_name"]
    if not isinstance(value, str):
        raise _invalid(name, kind, at)
    if len(value) > props.get("length", 10**6):
        raise _invalid(name, kind, at, maximum_length=props["length"])
    if kind in _PATTERNS and not _PATTERNS[kind].fullmatch(value):
        raise _invalid(name, kind, at)
    if kind == "picklist" and value not in props["choices"]:
        raise _invalid(name, kind, at, supported_values=[{"actual_value": one} for one in props["choices"]])
    try:
        if kind == "date":
            return date.fromisoformat(value).isoformat()
        if kind == "datetime":
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError(value)
            return moment.astimezone(JST).isoformat(timespec="seconds")
    except ValueError:
        raise _invalid(name, kind, at) from None
    return value


def _reference(world: World, props: Json, value: Any, at: str) -> Json:
    id = str(value.get("id") if isinstance(value, Mapping) else value)
    to = props.get("to")
    known = world.state["users"] if to is None else rows(world, to)
    if id not in known:
        raise _invalid(props["api_name"], "jsonobject" if to else "ownerlookup", at)
    return {"id": id}


# ---------------------------------------------------------------- saving


def save(world: World, module: str, sent: Any, id: str | None, n: int = 0, *, by: str = USER) -> Json:
    """Create (id None) or change a record. What is not known or not writable is passed over, as Zoho does."""
    at = f"$.data[{n}]"
    if not isinstance(sent, Mapping):
        raise Wrong("INVALID_DATA", "invalid data", expected_data_type="jsonobject", json_path=at)
    table = rows(world, module)
    if id is not None and id not in table:
        raise Wrong("INVALID_DATA", "the id given seems to be invalid", api_name="id", json_path=f"{at}.id")
    before = table.get(id or "", {})
    told: Json = {}
    lines: dict[str, list[Json]] = {}
    for props in fields(world, module):
        name = props["api_name"]
        if "sub" in props and name in sent:
            lines[name] = _lines(world, props, sent[name], before.get(name) or [], f"{at}.{name}")
        elif name in sent and not props.get("ro"):
            told[name] = checked(world, props, sent[name], f"{at}.{name}")
        held = lines.get(name) if "sub" in props else told.get(name, before.get(name))
        if props.get("must") and not held and (id is None or name in sent):
            raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name=name, json_path=f"{at}.{name}")
    _unique(world, module, told, id, at)
    made = {**before, **told, **lines}
    if lines or any(name in told for name in ("Discount", "Adjustment")):
        _sums(made, next(p["api_name"] for p in fields(world, module) if "sub" in p))
    _stamped(world, module, made, id, by)
    table[made["id"]] = made
    world.dirty = True
    return made


def _stamped(world: World, module: str, made: Json, id: str | None, by: str) -> None:
    moment, names = now(world), {p["api_name"]: p for p in fields(world, module)}
    if id is None:
        made["id"] = new_id(world)
        made |= {"Created_Time": moment, "Created_By": person(world, by)}
        made["Owner"] = made.get("Owner") or {"id": by}
        for name, props in names.items():
            if props["type"] == "autonumber":
                made[name] = made["id"]
            if props["type"] == "boolean":
                made.setdefault(name, False)
        if "Currency" in names:
            made["Currency"] = made.get("Currency") or "JPY"
            rate = next(c["exchange_rate"] for c in world.state["currencies"] if c["iso_code"] == made["Currency"])
            made["Exchange_Rate"] = made.get("Exchange_Rate") or float(rate)
    if module == "Contacts":
        made["Full_Name"] = " ".join(str(made[n]) for n in ("Last_Name", "First_Name") if made.get(n))
    made |= {"Modified_Time": moment, "Modified_By": person(world, by)}


def _unique(world: World, module: str, told: Json, id: str | None, at: str) -> None:
    for props in fields(world, module):
        name = props["api_name"]
        if not props.get("unique") or told.get(name) is None:
            continue
        other = found_by(world, module, name, told[name])
        if other is not None and other["id"] != id:
            raise Wrong("DUPLICATE_DATA", "duplicate data", api_name=name, json_path=f"{at}.{name}", more_records=False,
                        duplicate_record={"id": other["id"],
                                          "module": {"api_name": module, "id": world.state["modules"][module]["id"]},
                                          "Owner": person(world, other["Owner"]["id"])})  # fmt: skip


def found_by(world: World, module: str, name: str, value: Any) -> Json | None:
    """The first record whose field is equal, capitals and small letters alike."""
    wanted = str(value).casefold()
    return next((row for row in rows(world, module).values() if str(row.get(name) or "").casefold() == wanted), None)


def _lines(world: World, props: Json, sent: Any, held: list[Json], at: str) -> list[Json]:
    """Rows with an id are changed, others added, ``_delete`` takes one away; what is not named stays."""
    if not isinstance(sent, list):
        raise _invalid(props["api_name"], "jsonarray", at)
    kept = {row["id"]: dict(row) for row in held}
    for n, row in enumerate(sent):
        id = row.get("id")
        if id is not None and id not in kept:
            raise Wrong(
                "INVALID_DATA",
                "invalid data",
                api_name="id",
                parent_api_name=props["api_name"],
                json_path=f"{at}[{n}].id",
            )
        if "_delete" in row:
            del kept[id]
            continue
        made = kept.get(id, {})
        for inner in fields(world, props["sub"]):
            name = inner["api_name"]
            if name in row and not inner.get("ro"):
                made[name] = checked(world, inner, row[name], f"{at}[{n}].{name}")
            if inner.get("must") and made.get(name) is None and name == "Product_Name":
                raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name=name, parent_api_name=props["api_name"],
                            json_path=f"{at}[{n}].{name}")  # fmt: skip
        made.setdefault("Quantity", 1)
        price = rows(world, "Products")[made["Product_Name"]["id"]].get("Unit_Price") or 0
        made["List_Price"] = price if made.get("List_Price") is None else made["List_Price"]
        made["id"] = id or new_id(world)
        kept[made["id"]] = made
    return list(kept.values())


def _sums(row: Json, name: str) -> None:
    for n, line in enumerate(row[name], 1):
        total = round(line["List_Price"] * line["Quantity"], 2)
        rest = round(total - (line.get("Discount") or 0), 2)
        tax = round(rest * TAX_PERCENT / 100, 2)
        line |= {
            "Total": total,
            "Total_After_Discount": rest,
            "Tax": tax,
            "Net_Total": round(rest + tax, 2),
            "Sequence_Number": n,
        }
    row["Sub_Total"] = round(sum(line["Total_After_Discount"] for line in row[name]), 2)
    row["Tax"] = round(sum(line["Tax"] for line in row[name]), 2)
    row["Grand_Total"] = round(
        row["Sub_Total"] + row["Tax"] - (row.get("Discount") or 0) + (row.get("Adjustment") or 0), 2
    )


# ---------------------------------------------------------------- showing


def shown(world: World, module: str, row: Json, names: list[str] | None) -> Json:
    """A row of a list (``names``), or a record in full with its line items."""
    out: Json = {"id": row["id"]}
    for props in fields(world, module):
        name = props["api_name"]
        if names is not None and (name not in names or "sub" in props):
            continue
        value = row.get(name)
        if "sub" in props:
            out[name] = [shown(world, props["sub"], line, None) for line in value or []]
        elif isinstance(value, dict):
            out[name] = _named(world, props, value)
        else:
            out[name] = [] if value is None and props["type"] == "multiselectpicklist" else value
    if names is None and "parent" not in world.state["modules"][module]:
        out |= {"$approval_state": "approved", "$editable": True, "$currency_symbol": "¥"}
    return out


def _named(world: World, props: Json, value: Json) -> Json:
    if "to" in props:
        other = rows(world, props["to"]).get(value["id"])
        name = world.state["modules"][props["to"]]["name"]
        return {"name": other.get(name) if other else None, "id": value["id"]}
    user = world.state["users"][value["id"]]
    mail = {"email": user["email"]} if props["api_name"] == "Owner" else {}
    return {"name": user["name"], "id": value["id"], **mail}


def erase(world: World, module: str, id: str, kind: str = "recycle", by: str = USER) -> None:
    row = rows(world, module).pop(id)
    world.state["deleted"].setdefault(module, []).append(
        {"id": id, "display_name": str(row.get(world.state["modules"][module]["name"]) or "") if kind == "recycle" else None,
         "type": kind, "deleted_time": now(world), "deleted_by": person(world, by), "created_by": row["Created_By"]}
    )  # fmt: skip
    world.dirty = True
