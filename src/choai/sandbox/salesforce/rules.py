"""What the platform does by itself: stages of opportunities, price books, lines and their sums, names, numbers, one validation
rule that an administrator wrote."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from choai.sandbox.salesforce.org import Json, Org, Problem
from choai.sandbox.salesforce.schema import STAGES

LINES = {"OpportunityLineItem": "Opportunity", "QuoteLineItem": "Quote", "OrderItem": "Order"}
NUMBERED = {
    "Quote": ("QuoteNumber", "{:08d}"),
    "Order": ("OrderNumber", "{:08d}"),
    "Project__c": ("Serial__c", "PJ-{:05d}"),
}
_SUMS = {"Opportunity": "Amount", "Quote": "Subtotal", "Order": "TotalAmount"}


def before(org: Org, name: str, values: Json, old: Json | None) -> None:
    """What is refused or dropped of what was sent."""
    if name in LINES:
        _line(values, old)
    if name == "Opportunity" and old is not None and old.get("HasOpportunityLineItem"):
        values.pop("Amount", None)  # the lines' sum; the platform says nothing about it
        if values.get("Pricebook2Id", old.get("Pricebook2Id")) != old.get("Pricebook2Id"):
            raise Problem("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: Pricebook2Id", "Pricebook2Id")
    if name == "PricebookEntry":
        _entry(org, values, old)


def _line(values: Json, old: Json | None) -> None:
    both = "UnitPrice" in values and "TotalPrice" in values
    if both and old is not None:
        raise Problem("INVALID_FIELD", "Cannot change both 'UnitPrice' and 'TotalPrice' in update call")
    if old is None and values.get("PricebookEntryId") is None:
        told = "PricebookEntryId, unknown (versions 3.0 and higher must specify pricebook entry id, others product id)"
        raise Problem("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {told}", "PricebookEntryId")
    if old is None and values.get("UnitPrice") is None and values.get("TotalPrice") is None:
        raise Problem(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [UnitPrice, TotalPrice]", "UnitPrice", "TotalPrice"
        )


def _entry(org: Org, values: Json, old: Json | None) -> None:
    standard = next(b["Id"] for b in org.rows("Pricebook2") if b["IsStandard"])
    if old is not None:
        if old.get("UseStandardPrice") and "UnitPrice" in values:
            raise Problem("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: UnitPrice", "UnitPrice")
        return
    mine = [e for e in org.rows("PricebookEntry") if e["Product2Id"] == values.get("Product2Id")]
    book = values.get("Pricebook2Id")
    if book not in (None, standard) and not any(e["Pricebook2Id"] == standard for e in mine):
        raise Problem("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product")
    if any(e["Pricebook2Id"] == book for e in mine):
        raise Problem("DUPLICATE_VALUE", "This price definition already exists in this price book")


def check(org: Org, name: str, row: Json) -> None:
    if (
        name == "Project__c"
        and row.get("StartDate__c")
        and row.get("EndDate__c")
        and row["EndDate__c"] < row["StartDate__c"]
    ):
        raise Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", "終了日は開始日以降の日付を入力してください。", "EndDate__c")


def after(org: Org, name: str, row: Json, values: Json, old: Json | None) -> None:
    """What the platform fills in."""
    if name in ("Contact", "Lead"):
        row["Name"] = " ".join(n for n in (row.get("LastName"), row.get("FirstName")) if n)
    if name in NUMBERED and old is None:
        field, shape = NUMBERED[name]
        row[field] = shape.format(len(org.table(name)) + 1)
    if name == "Project__c" and not row.get("Name"):
        row["Name"] = row["Id"]
    if name == "Lead":
        row["Status"] = row.get("Status") or "Open"
    if name == "Opportunity":
        _stage(row, values, old)
    if name == "Quote":
        row["AccountId"] = (org.get("Opportunity", row["OpportunityId"]) or {}).get("AccountId")
    if name == "PricebookEntry":
        product = org.get("Product2", row["Product2Id"]) or {}
        row |= {"Name": product.get("Name"), "ProductCode": product.get("ProductCode")}
    if name in LINES:
        _price(org, name, row, values, old)


def _stage(row: Json, values: Json, old: Json | None) -> None:
    chance, closed, won = STAGES.get(row["StageName"], (0, False, False))
    changed = old is None or old["StageName"] != row["StageName"]
    if values.get("Probability") is None and changed:
        row["Probability"] = chance
    row |= {"IsClosed": closed, "IsWon": won}
    row["ExpectedRevenue"] = None if row.get("Amount") is None else round(row["Amount"] * row["Probability"] / 100, 2)


def _money(value: Any) -> float:
    return float(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _price(org: Org, name: str, row: Json, values: Json, old: Json | None) -> None:
    entry = org.get("PricebookEntry", row["PricebookEntryId"])
    parent = org.get(LINES[name], row[f"{LINES[name]}Id"]) or {}
    if entry is None or not entry.get("IsActive"):
        raise Problem(
            "FIELD_INTEGRITY_EXCEPTION",
            "field integrity exception: PricebookEntryId (pricebook entry is inactive)",
            "PricebookEntryId",
        )
    if parent.get("Pricebook2Id") not in (None, entry["Pricebook2Id"]):
        told = "field integrity exception: PricebookEntryId (pricebook entry has been archived or is in another price book)"
        raise Problem("FIELD_INTEGRITY_EXCEPTION", told, "PricebookEntryId")
    parent["Pricebook2Id"] = entry["Pricebook2Id"]
    product = org.get("Product2", entry["Product2Id"]) or {}
    row |= {
        "Product2Id": entry["Product2Id"],
        "ProductCode": product.get("ProductCode"),
        "Name": product.get("Name"),
        "ListPrice": entry["UnitPrice"],
    }
    share = 1 - Decimal(str(row.get("Discount") or 0)) / 100
    amount = Decimal(str(row["Quantity"]))
    by_total = values.get("UnitPrice") is None and (
        values.get("TotalPrice") is not None or (old is not None and "Quantity" in values)
    )
    if by_total:  # a new quantity alone keeps the total
        row["UnitPrice"] = _money(Decimal(str(row["TotalPrice"])) / (amount * share)) if amount * share else 0.0
    row["Subtotal"] = _money(Decimal(str(row["UnitPrice"])) * amount)
    if not by_total:
        row["TotalPrice"] = _money(Decimal(str(row["UnitPrice"])) * amount * share)


def parents(org: Org, name: str, row: Json) -> None:
    """Sums over lines; a change of a line is one of its parent."""
    if name not in LINES:
        if name == "Quote":
            row["GrandTotal"] = round((row.get("Subtotal") or 0) + (row.get("Tax") or 0), 2)
        return
    target = LINES[name]
    parent = org.get(target, row[f"{target}Id"])
    if parent is None:
        return
    mine = [r for r in org.rows(name) if r[f"{target}Id"] == parent["Id"]]
    total = _money(sum(Decimal(str(r["TotalPrice"])) for r in mine))
    if target == "Opportunity":
        parent["HasOpportunityLineItem"] = bool(mine)
    if mine or target != "Opportunity":
        parent[_SUMS[target]] = total
    if target == "Opportunity" and mine:
        parent["ExpectedRevenue"] = round(total * parent["Probability"] / 100, 2)
    if target == "Quote":
        parent["GrandTotal"] = round(total + (parent.get("Tax") or 0), 2)
    parent |= {"LastModifiedDate": org.now(), "LastModifiedById": org.user, "SystemModstamp": org.now()}
