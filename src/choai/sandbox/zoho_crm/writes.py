"""Writes: each record of a request has its own answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from choai.sandbox.core import World
from choai.sandbox.zoho_crm import channels
from choai.sandbox.zoho_crm.records import Wrong, erase, found_by, rows, save
from choai.sandbox.zoho_crm.schema import Json, fields

MOST = 100
CHECKED = {"Contacts": "Email", "Projects": "Name", "Accounts": "Account_Name", "Deals": "Deal_Name", "Vendors": "Vendor_Name",
           "Products": "Product_Name"}  # fmt: skip
_MOVES = {"Quotes": ("Sales_Orders", "Invoices"), "Sales_Orders": ("Invoices",)}
_ITEMS = {"Quotes": "Quoted_Items", "Sales_Orders": "Ordered_Items", "Invoices": "Invoiced_Items"}
_CARRIED = (
    "Subject",
    "Account_Name",
    "Contact_Name",
    "Currency",
    "Exchange_Rate",
    "Description",
    "Terms_and_Conditions",
)


def create(world: World, request: Request, sent: Any) -> Response:
    def one(n: int, row: Any) -> tuple[Json, str]:
        return _done(save(world, request.path_params["module"], row, None, n), "record added"), "insert"

    return _each(world, request, sent, one, 201)


def update(world: World, request: Request, sent: Any) -> Response:
    """One record of the path or several of the body; those that a process holds, or that changed since, are refused."""
    module, path_id = request.path_params["module"], request.path_params.get("id")
    since = request.headers.get("if-unmodified-since")

    def one(n: int, row: Any) -> tuple[Json, str]:
        id = str(path_id or (row.get("id") if isinstance(row, dict) else None) or "")
        if not id:
            raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name="id", json_path=f"$.data[{n}].id")
        held = rows(world, module).get(id)
        if held and since and datetime.fromisoformat(held["Modified_Time"]) > datetime.fromisoformat(since):
            raise Wrong("ALREADY_MODIFIED", "the record is already modified", **_stamps(held))
        if id in world.state["settings"].get("blueprint", ()):
            raise Wrong("RECORD_IN_BLUEPRINT", "record is in blueprint", id=id)
        return _done(save(world, module, row, id, n), "record updated"), "update"

    return _each(world, request, sent, one, 200)


def upsert(world: World, request: Request, sent: Any) -> Response:
    """The named fields in their order, then every unique one; without names the system's own before the unique ones."""
    module = request.path_params["module"]
    unique = [f["api_name"] for f in fields(world, module) if f.get("unique")]
    named = (sent or {}).get("duplicate_check_fields") if isinstance(sent, dict) else None
    own = [CHECKED[module]] if module in CHECKED else ["Subject"]
    if named and not set(named) <= {*unique, *own}:
        raise Wrong("INVALID_DATA", "invalid data", api_name="duplicate_check_fields", supported_values=[*own, *unique])
    order = list(dict.fromkeys([*(named or own), *unique]))

    def one(n: int, row: Any) -> tuple[Json, str]:
        for name in order:
            value = row.get(name) if isinstance(row, dict) else None
            held = found_by(world, module, name, value) if value not in (None, "") else None
            if held is not None:
                made = save(world, module, row, held["id"], n)
                return {**_done(made, "record updated"), "action": "update", "duplicate_field": name}, "update"
        return {
            **_done(save(world, module, row, None, n), "record added"),
            "action": "insert",
            "duplicate_field": None,
        }, "insert"

    return _each(world, request, sent, one, 200)


def delete(world: World, request: Request, _: Any) -> Response:
    module = request.path_params["module"]
    ids = [request.path_params["id"]] if "id" in request.path_params else request.query_params.get("ids", "").split(",")

    def one(n: int, id: Any) -> tuple[Json, str]:
        if id not in rows(world, module):
            raise Wrong("INVALID_DATA", "record not deleted", id=id)
        erase(world, module, id)
        return {"code": "SUCCESS", "details": {"id": id}, "message": "record deleted", "status": "success"}, "delete"

    return _each(world, request, {"data": ids}, one, 200)


def convert(world: World, request: Request, sent: Any) -> Response:
    """A sales order or an invoice of a quote, an invoice of an order; once each."""
    module, id = request.path_params["module"], request.path_params["id"]
    held = rows(world, module).get(id)
    try:
        to = sent["data"][0]["convert_to"][0]["module"]["api_name"]
    except (KeyError, IndexError, TypeError):
        raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name="convert_to") from None
    if held is None or to not in _MOVES.get(module, ()):
        raise Wrong("INVALID_DATA", "the id given seems to be invalid", resource_path_index=1)
    if to in held.get("_converted", ()):
        raise Wrong("ID_ALREADY_CONVERTED", "the record has been converted already", resource_path_index=1)
    lines = [
        {k: line.get(k) for k in ("Product_Name", "Description", "Quantity", "List_Price", "Discount")}
        for line in held[_ITEMS[module]]
    ]
    made = save(world, to, {**{k: held.get(k) for k in _CARRIED}, _ITEMS[to]: lines}, None)
    held["_converted"] = [*held.get("_converted", ()), to]
    channels.tell(world, to, "insert", [made["id"]])
    details = {to: {"id": made["id"], "name": made["Subject"]}}
    entry = {
        "code": "SUCCESS",
        "details": details,
        "status": "success",
        "message": "The record has been converted successfully",
    }
    return JSONResponse({"data": [entry]})


def _stamps(row: Json) -> Json:
    names = ("Modified_Time", "Modified_By", "Created_Time", "id", "Created_By")
    return {name: row[name] for name in names}


def _done(row: Json, message: str) -> Json:
    return {
        "code": "SUCCESS",
        "details": {**_stamps(row), "$approval_state": "approved"},
        "message": message,
        "status": "success",
    }


def _each(
    world: World, request: Request, sent: Any, one: Callable[[int, Any], tuple[Json, str]], done: int
) -> Response:
    data = sent.get("data") if isinstance(sent, dict) else None
    if not isinstance(data, list) or not data:
        raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name="data")
    if len(data) > MOST:
        raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", maximum_length=MOST, api_name="data", json_path="$.data")
    out: list[Json] = []
    acted: dict[str, list[str]] = {}
    for n, row in enumerate(data):
        try:
            entry, operation = one(n, row)
            acted.setdefault(operation, []).append(entry["details"]["id"])
        except Wrong as wrong:
            entry = wrong.entry()
        out.append(entry)
    for operation, ids in acted.items():
        channels.tell(world, request.path_params["module"], operation, ids)
    good = sum(entry["code"] == "SUCCESS" for entry in out)
    bad = 412 if any(entry["code"] == "ALREADY_MODIFIED" for entry in out) else 400
    return JSONResponse({"data": out}, done if good == len(out) else 207 if good else bad)
