"""create, retrieve, revise, update, delete: what the server accepts (nearly everything) and what it does to it."""

from __future__ import annotations

import html
from typing import Any

from choai.sandbox.vtiger import money
from choai.sandbox.vtiger.catalog import INVENTORY, MODULES, PRICED, TABLES, Json
from choai.sandbox.vtiger.site import INCORRECT, Broken, Site, Wrong, denied, id_of
from choai.sandbox.vtiger.values import MARKUP, label, number, rounded, stored

READ_ONLY = {"createdtime", "modifiedtime", "modifiedby", "id"}
LINE_FIELDS = {*money.LINE_COLUMNS}


def columns(site: Site, module: str) -> list[Json]:
    """The fields that a record itself has: no lines, charges, prices and rates."""
    named = {
        c for c in (f["name"] for f in site.fields(module)) if c.startswith(("tax", "currency")) and c[-1].isdigit()
    }
    out = named | {f["name"] for f in site.fields(module) if "&" in f["name"]} | {"id"}
    if module in INVENTORY:
        out |= LINE_FIELDS
    return [f for f in site.fields(module) if f["name"] not in out]


# ---------------------------------------------------------------- shown


def shown(site: Site, module: str, n: str, row: Json) -> Json:
    """A record as retrieve and the answers of writes tell it."""
    if module not in MODULES:
        return {**_flat(site, module, row), "id": id_of(module, n)}
    if row.get("_unreadable"):
        raise Broken
    made: Json = {f["name"]: _told(site, f, row.get(f["name"], "")) for f in columns(site, module)}
    made |= {"id": id_of(module, n), "label": label(MODULES[module][3], row)}
    if module in PRICED:
        made |= row["_taxes"]
        made |= {f"currency{c}": money.plain(row["_prices"].get(c, 0.0)) for c in site.state["currencies"]}
        made["currency_id"] = id_of("Currency", row["_currency"])
    if module in INVENTORY:
        lines = money.shown_lines(site, id_of(module, n))
        made |= {"shipping_&_handling": None, **{f"shipping_&_handling_sh{t}": 0 for t in money.rates(site)}}
        made |= {"LineItems": lines, "productid": lines[0]["productid"] if lines else "", "LineItems_FinalDetails": {}}
    return made


def _flat(site: Site, module: str, row: Json) -> Json:
    names = [f["name"] for f in site.fields(module) if f["name"] != "id"] + ["description"] * (module == "LineItem")
    own = {"no_of_currency_decimals": str(row.get("decimals") or "")} if module == "Users" else {}
    return {**{name: row.get(name, "") for name in names}, **own}


def _told(site: Site, field: Json, value: str) -> str | None:
    empty = value == "" and site.quirk("nulls") and field["type"]["name"] == "reference"
    return None if empty else value


# ---------------------------------------------------------------- create


def create(site: Site, module: str, element: Any) -> Json:
    site.demand(module)
    told = _element(element)
    if module not in MODULES:
        return _table_row(site, module, told)
    fields = {f["name"]: f for f in columns(site, module)}
    _demand_values(site, module, told, sent_only=False)
    if module in INVENTORY and site.quirk("no_inventory"):
        raise Wrong(*INCORRECT)
    row: Json = {}
    for name, field in fields.items():
        sent = None if name in READ_ONLY or not field["editable"] else told.get(name)
        row[name] = stored(site, module, field, sent) if name in told or name != "assigned_user_id" else site.user_id
    _demand_unique(site, module, row, told, None)
    now = site.now()
    row |= {"createdtime": now, "modifiedtime": now, "modifiedby": site.user_id}
    row["source"] = str(told.get("source") or "WEBSERVICE")
    row["_escaped"] = [k for k, v in told.items() if isinstance(v, str) and MARKUP.search(v)]
    _number(site, module, row)
    n = site.new_number()
    _compute(site, module, row)
    if module in PRICED:
        _first_prices(site, row, told)
    counted = money.replace(site, module, n, row, told["LineItems"]) if module in INVENTORY else {}
    site.rows(module)[n] = row
    made = shown(site, module, n, row)
    if module in INVENTORY:
        money.move_stock(site, module, row, [line for _, line in money.lines_of(site, id_of(module, n))])
        made |= {**_plain(counted), "productid": None, "new": True}
        if "balance" in fields:
            row["balance"] = f"{counted['hdnGrandTotal'] - float(number(row.get('received'))):.8f}"
    return made


def _plain(counted: dict[str, float]) -> Json:
    return {name: money.plain(value) for name, value in counted.items()}


def _element(element: Any) -> Json:
    if not isinstance(element, dict):
        raise Wrong("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
    return element


def _demand_values(site: Site, module: str, told: Json, *, sent_only: bool) -> None:
    names = [f["name"] for f in site.fields(module) if f["mandatory"]]
    for name in names:
        if (name in told or not sent_only) and told.get(name) in (None, ""):
            raise Wrong("MANDATORY_FIELDS_MISSING", f"{name} does not have a value")
    if module in INVENTORY and not sent_only and not told.get("LineItems"):
        raise Wrong("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..")


def _demand_unique(site: Site, module: str, row: Json, told: Json, own: str | None) -> None:
    for field in columns(site, module):
        name = field["name"]
        if not field.get("isunique") or name not in told or not row[name]:
            continue
        if any(n != own and other[name].casefold() == row[name].casefold() for n, other in site.alive(module)):
            raise Wrong(0, "Duplicate(s) detected!")


def _number(site: Site, module: str, row: Json) -> None:
    """Two creates at once may get one number: the fault ``same_number``."""
    name, letters = MODULES[module][4]
    numbers = site.state["numbers"]
    if not site.world.fault("same_number"):
        numbers[module] = numbers.get(module, 0) + 1
    row[name] = f"{letters}{numbers.get(module, 1)}"


def _compute(site: Site, module: str, row: Json) -> None:
    if module == "Potentials":
        row["forecast_amount"] = rounded(site, float(row["amount"] or 0) * float(row["probability"] or 0) / 100)


def _table_row(site: Site, module: str, told: Json) -> Json:
    """Currencies and single lines can be created too. A line does not change the totals of its document."""
    if module == "LineItem":
        parent, number_, _ = site.find(told.get("parent_id"))
        before = set(site.rows("LineItem"))
        (line,) = money.number_lines(site, parent, number_, [told], "")
        line["sequence_no"] = "0"
        n = next(iter(set(site.rows("LineItem")) - before))
        return {**line, **dict.fromkeys(money.rates(site), "0.000"), "id": id_of("LineItem", n)}
    if module != "Currency":
        raise denied()
    n = str(len(site.rows("Currency")) + 1)
    row = {f["name"]: str(told.get(f["name"], "")) for f in site.fields("Currency") if f["name"] != "id"}
    row["conversion_rate"] = f"{number(row['conversion_rate']):.5f}"
    site.rows("Currency")[n] = row
    return {**row, "id": id_of("Currency", n)}


# ---------------------------------------------------------------- prices


def _currency_of(site: Site, told: Json) -> str | None:
    id = told.get("currency_id")
    if id in (None, ""):
        return None
    n = str(id).partition("x")[2]
    if site.state["currencies"].get(n, {}).get("currency_status") != "Active":
        raise Wrong("CURRENCY_INACTIVE", "Provided Curreny is Inactive")
    return n


def _sent_prices(site: Site, told: Json) -> dict[str, float]:
    names = {c: told.get(f"currency{c}") for c in site.state["currencies"]}
    return {c: float(number(v)) for c, v in names.items() if v not in (None, "")}


def _sent_rates(site: Site, told: Json) -> dict[str, str]:
    return {n: f"{number(told[n]):.3f}" for n in money.rates(site) if told.get(n) not in (None, "")}


def _first_prices(site: Site, row: Json, told: Json) -> None:
    currency = _currency_of(site, told) or "1"
    row["_taxes"], row["_currency"] = _sent_rates(site, told), currency
    row["_prices"] = {**_sent_prices(site, told), currency: float(row["unit_price"])}


def _prices(site: Site, row: Json, told: Json) -> None:
    """What a revise does to prices and taxes: see the vendor's defects in site.py."""
    currency, rates, prices = _currency_of(site, told), _sent_rates(site, told), _sent_prices(site, told)
    wipes = site.quirk("wipes_prices")
    if currency and "unit_price" not in told and not site.cloud:
        row["unit_price"] = "0.00000000"
    row["_taxes"] = rates if wipes else {**row["_taxes"], **rates}
    kept = {} if wipes else row["_prices"]
    row["_currency"] = currency or row["_currency"]
    if currency or (not wipes and "unit_price" in told):
        prices[row["_currency"]] = float(row["unit_price"])
    row["_prices"] = {**kept, **prices}


# ---------------------------------------------------------------- change


def revise(site: Site, element: Any) -> Json:
    """Only what is sent; the time of change moves in any case."""
    told = _element(element)
    if "id" not in told:
        raise Wrong(*INCORRECT)
    module, n, row = site.find(told["id"])
    if module in TABLES:
        return _change_table(site, module, n, row, told)
    _demand_values(site, module, told, sent_only=True)
    return _change(site, module, n, row, told)


def update(site: Site, element: Any) -> Json:
    """Every mandatory field must be there; what is absent stays, an empty reference too. A description that is not sent is
    escaped once more, which the answer does not show."""
    told = _element(element)
    module, n, row = site.find(told.get("id"))
    if module in TABLES:
        return _change_table(site, module, n, row, told)
    _demand_values(site, module, {"LineItems": True, **told}, sent_only=False)
    kinds = {f["name"]: f["type"]["name"] for f in columns(site, module)}
    told = {k: v for k, v in told.items() if v not in (None, "") or kinds.get(k) != "reference"}
    made = _change(site, module, n, row, told)
    if "description" not in told and not site.cloud:
        row["description"] = html.escape(row["description"]).replace("&#x27;", "&#039;")
    return made


def _change(site: Site, module: str, n: str, row: Json, told: Json) -> Json:
    fields = {f["name"]: f for f in columns(site, module)}
    kept = {*READ_ONLY, "source", *money.TOTALS, "balance"}
    if module in INVENTORY and "LineItems" not in told:
        kept |= {"hdnDiscountPercent", "hdnDiscountAmount"}
    changed = {
        name: stored(site, module, fields[name], value)
        for name, value in told.items()
        if name in fields and name not in kept and fields[name]["editable"]
    }
    _demand_unique(site, module, {**row, **changed}, told, n)
    if module in PRICED:
        _currency_of(site, told)
    row.update(changed)
    row |= {"modifiedtime": site.now(), "modifiedby": site.user_id}
    marked = {k for k, v in told.items() if isinstance(v, str) and MARKUP.search(v)}
    row["_escaped"] = sorted(marked | (set(row["_escaped"]) - told.keys()))
    _compute(site, module, row)
    if module in PRICED:
        _prices(site, row, told)
    if module in INVENTORY and told.get("LineItems"):
        row |= {
            "hdnTaxType": str(told.get("hdnTaxType") or ""),
            "txtAdjustment": rounded(site, told.get("txtAdjustment")),
        }
        counted = money.replace(site, module, n, row, told["LineItems"])
        return {**shown(site, module, n, row), **_plain(counted), "productid": None}
    return shown(site, module, n, row)


def _change_table(site: Site, module: str, n: str, row: Json, told: Json) -> Json:
    if module != "LineItem":
        raise denied()
    parent = row["parent_id"]
    held, number_, _ = site.find(parent)
    money.drop_lines(site, parent)
    (line,) = money.number_lines(site, held, number_, [told], "")
    line["sequence_no"] = "0"
    raise Wrong("RECORD_NOT_FOUND", "Record not found")


# ---------------------------------------------------------------- delete


def delete(site: Site, id: Any) -> Json:
    """Into the recycle bin. Contacts of an account lose it, without a change of their time."""
    module, n, row = site.find(id)
    if module not in MODULES:
        raise denied()
    own = id_of(module, n)
    row["_deleted"] = site.now()
    if module == "Accounts":
        for _, contact in site.alive("Contacts"):
            contact["account_id"] = "" if contact["account_id"] == own else contact["account_id"]
    if module in INVENTORY:
        money.move_stock(site, module, row, [line for _, line in money.lines_of(site, own)], -1)
        money.drop_lines(site, own)
    return {"status": "successful"}
