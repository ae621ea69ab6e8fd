"""Lines and totals of quotes, orders and invoices. PHP counts in floats and rounds nothing."""

from __future__ import annotations

from typing import Any

from choai.sandbox.vtiger.catalog import PREFIX, Json
from choai.sandbox.vtiger.site import Broken, Site, Wrong
from choai.sandbox.vtiger.values import number

TOTALS = ("hdnSubTotal", "pre_tax_total", "hdnGrandTotal")
LINE_COLUMNS = ("productid", "quantity", "listprice", "comment", "discount_percent", "discount_amount")
SHARED = {"hdnDiscountPercent": "discount_percent", "hdnDiscountAmount": "discount_amount"}
EXTRA = ("image", "purchase_cost", "margin")


def rates(site: Site) -> list[str]:
    return [tax["taxname"] for tax in site.state["taxes"].values()]


def _product(site: Site, id: Any) -> Json | None:
    try:
        module, _, row = site.find(id)
    except Wrong:
        return None
    return row if module in ("Products", "Services") else None


def number_lines(site: Site, module: str, parent: str, told: list[Json], mode: str) -> list[Json]:
    """The lines that are kept of what was sent."""
    held = site.rows("LineItem")
    top = max((int(n) for n in held), default=0)
    made: list[Json] = []
    for n, one in enumerate(told, 1):
        product = _product(site, one.get("productid"))
        price = one.get("listprice")
        if price in (None, ""):
            price = product["unit_price"] if product else 0
        line = {
            "parent_id": f"{PREFIX[module]}x{parent}",
            "productid": one["productid"] if product else "",
            "sequence_no": str(n),
            "quantity": f"{number(one.get('quantity')):.3f}",
            "listprice": f"{number(price):.8f}",
            "discount_percent": f"{number(one.get('discount_percent')):.3f}",
            "discount_amount": f"{number(one.get('discount_amount')):.8f}",
            "comment": str(one.get("comment") or ""),
            "description": str(one.get("description") or ""),
            "incrementondel": "1" if module == "Invoice" and not site.quirk("no_inventory") else "0",
            **{name: f"{number(_rate(one, product, name, mode)):.3f}" for name in rates(site)},
            "image": "", "purchase_cost": "0.00000000", "margin": "0.00000000",
        }  # fmt: skip
        held[str(top + n)] = line
        made.append(line)
    return made


def _rate(one: Json, product: Json | None, name: str, mode: str) -> Any:
    if any(key.startswith("tax") and one[key] not in (None, "") for key in one):
        return one.get(name)
    return product["_taxes"].get(name) if mode == "individual" and product else None


def lines_of(site: Site, parent: str) -> list[tuple[str, Json]]:
    return [(n, line) for n, line in site.rows("LineItem").items() if line["parent_id"] == parent]


def drop_lines(site: Site, parent: str) -> None:
    for n, _ in lines_of(site, parent):
        del site.rows("LineItem")[n]


def totals(site: Site, row: Json, lines: list[Json]) -> dict[str, float]:
    """Sub total, total before tax, grand total. In group mode the rates of the first line count for all; in individual mode
    only rates that the line's product has."""
    nets, taxed = [], []
    for line in lines:
        gross = float(line["quantity"]) * float(line["listprice"])
        percent = gross * float(line["discount_percent"]) / 100
        net = gross - (float(line["discount_amount"]) or percent)
        product = _product(site, line["productid"])
        rate = sum(float(line[n]) for n in rates(site) if product and n in product["_taxes"])
        nets.append(net)
        taxed.append(net + net * rate / 100)
    single = row["hdnTaxType"] == "individual"
    sub = sum(taxed) if single else sum(nets)
    discount = float(row["hdnDiscountAmount"] or 0) or sub * float(row["hdnDiscountPercent"] or 0) / 100
    charges, adjustment = float(row["hdnS_H_Amount"] or 0), float(row["txtAdjustment"] or 0)
    before = sum(nets) - discount + charges
    rate = sum(float(lines[0][n]) for n in rates(site)) if lines and not single else 0.0
    grand = (sub - discount + charges if single else before + (sub - discount) * rate / 100) + adjustment
    return {"hdnSubTotal": sub, "pre_tax_total": before, "hdnGrandTotal": grand}


def plain(value: float) -> float | int:
    """As PHP prints a float."""
    return int(value) if value == int(value) else value


def move_stock(site: Site, module: str, row: Json, lines: list[Json], sign: int = 1) -> None:
    """Stock moves, and the product's time of change does not. A received purchase order counts twice."""
    factor = {"Invoice": 0 if row.get("invoicestatus") == "Cancel" else -1}.get(module, 0)
    if module == "PurchaseOrder" and row.get("postatus") == "Received Shipment":
        factor = 2
    for line in lines if factor else []:
        product = _product(site, line["productid"])
        if product is not None and "qtyinstock" in product:
            held = float(product["qtyinstock"]) + sign * factor * float(line["quantity"])
            product["qtyinstock"] = f"{held:.3f}"


def shown_lines(site: Site, parent: str) -> list[Json]:
    """Lines as a retrieve tells them."""
    prefix = parent.partition("x")[0]
    made = []
    for n, line in lines_of(site, parent):
        product = _product(site, line["productid"]) or {}
        name = product.get("productname") or product.get("servicename") or ""
        kind = "Services" if "servicename" in product else "Products" if product else ""
        told = f"{prefix}xArray" if site.quirk("array_parent") else parent
        made.append({**line, "parent_id": told, "id": f"{PREFIX['LineItem']}x{n}", "product_name": name,
                     "entity_type": kind, "deleted": "0"})  # fmt: skip
    return made


def replace(site: Site, module: str, number_: str, row: Json, told: list[Json]) -> dict[str, float]:
    """New lines for a document, with its totals. 8.3.0 fails half-way: the totals are gone, of individual taxes the lines too."""
    parent = f"{PREFIX[module]}x{number_}"
    drop_lines(site, parent)
    if site.quirk("no_inventory"):
        row.update(dict.fromkeys(TOTALS, "0.00000000"))
        if row["hdnTaxType"] == "individual":
            row["_unreadable"] = True
        else:
            number_lines(site, module, number_, told, row["hdnTaxType"])
        raise Broken
    lines = number_lines(site, module, number_, told, row["hdnTaxType"])
    counted = totals(site, row, lines)
    row.update({name: f"{value:.8f}" for name, value in counted.items()})
    return counted
