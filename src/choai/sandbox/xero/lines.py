"""Line items: what an item fills in, accounts and taxes that fit, amounts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from choai.sandbox.xero.answers import Json, Refusal
from choai.sandbox.xero.books import Books, Kind, new_id, same, taken

_LINE = Kind(
    "LineItem",
    "LineItemID",
    {
        "LineItemID": "guid",
        "Description": "text:4000",
        "Quantity": "number:4",
        "UnitAmount": "number:4",
        "LineAmount": "number:2",
        "ItemCode": "text:30",
        "AccountCode": "text",
        "AccountID": "guid",
        "TaxType": "text",
        "TaxAmount": "number:2",
        "DiscountRate": "number:2",
        "DiscountAmount": "number:2",
        "Tracking": "any",
    },
)


def lined(books: Books, row: Json, sent: Json, old: Json | None, *, discounts: bool) -> Json:
    """A line is replaced as it is sent; an id that the document does not have makes a new line."""
    line = {k: v for k, v in taken(_LINE, sent).items() if v not in (None, "")}
    known = {one["LineItemID"] for one in (old or {}).get("LineItems") or []}
    if line.get("LineItemID") not in known:
        line["LineItemID"] = new_id(books.world)
    sales = (row.get("Type") or "").startswith("ACCREC") or "QuoteID" in row or row["LineAmountTypes"].isupper()
    item = books.first("Items", Code=line["ItemCode"]) if line.get("ItemCode") else None
    if line.get("ItemCode") and item is None:
        raise Refusal(f"Item code '{line['ItemCode']}' is not valid.")
    if item is not None:
        details = item["SalesDetails" if sales else "PurchaseDetails"]
        line.setdefault("Description", item.get("Description") or item.get("Name") or item["Code"])
        for name, key in (("UnitAmount", "UnitPrice"), ("AccountCode", "AccountCode"), ("TaxType", "TaxType")):
            if key in details:
                line.setdefault(name, details[key])
        line["ItemCode"] = item["Code"]
        line["Item"] = {"ItemID": item["ItemID"], "Code": item["Code"], "Name": item.get("Name") or ""}
    _account(books, line, sales)
    if not line.get("Description"):
        raise Refusal("Description must be at least 1 character.")
    if not discounts and (line.get("DiscountRate") or line.get("DiscountAmount")):
        raise Refusal("Discounts are not allowed on this type of document.")
    line["Tracking"] = [_tracked(books, one) for one in line.get("Tracking") or []]
    if len(line["Tracking"]) > 2:
        raise Refusal("A line can have two tracking categories at most.")
    _price(books, row, line)
    return line


def _account(books: Books, line: Json, sales: bool) -> None:
    account = None
    if line.get("AccountID"):
        account = books.table("Accounts").get(line["AccountID"])
    elif line.get("AccountCode"):
        account = books.first("Accounts", Code=line["AccountCode"])
    given = line.get("AccountCode") or line.get("AccountID")
    if given and (account is None or account["Status"] != "ACTIVE" or account.get("SystemAccount")):
        raise Refusal(f"Account code '{given}' is not a valid code for this document.")
    if account is not None:
        line["AccountCode"], line["AccountID"] = account["Code"], account["AccountID"]
        line.setdefault("TaxType", account["TaxType"])
    if "TaxType" not in line:
        return
    tax = books.table("TaxRates").get(line["TaxType"])
    if tax is None or tax["Status"] != "ACTIVE":
        raise Refusal(f"The TaxType code '{line['TaxType']}' does not exist or cannot be used.")
    group = {
        "REVENUE": "Revenue",
        "EXPENSE": "Expenses",
        "ASSET": "Assets",
        "LIABILITY": "Liabilities",
        "EQUITY": "Equity",
    }
    if account is not None and not tax[f"CanApplyTo{group[account['Class']]}"]:
        raise Refusal(f"The TaxType code '{line['TaxType']}' cannot be used with account code '{account['Code']}'")


def _tracked(books: Books, sent: Json) -> Json:
    for category in books.rows("TrackingCategories"):
        if sent.get("TrackingCategoryID") == category["TrackingCategoryID"] or same(sent.get("Name"), category["Name"]):
            for option in category["Options"]:
                if sent.get("TrackingOptionID") == option["TrackingOptionID"] or same(
                    sent.get("Option"), option["Name"]
                ):
                    return {
                        "Name": category["Name"],
                        "Option": option["Name"],
                        "TrackingCategoryID": category["TrackingCategoryID"],
                        "TrackingOptionID": option["TrackingOptionID"],
                    }
    raise Refusal("The tracking category or option could not be found.")


def rounded(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _price(books: Books, row: Json, line: Json) -> None:
    """LineAmount = Quantity × UnitAmount × (100 − DiscountRate)/100, or less DiscountAmount; tax is rounded by line."""
    if "LineAmount" in line and "Quantity" in line and "UnitAmount" not in line and line["Quantity"]:
        line["UnitAmount"] = round(line["LineAmount"] / line["Quantity"], 4)
    if "UnitAmount" not in line and "LineAmount" not in line:
        line |= {"LineAmount": 0.0, "TaxAmount": 0.0}
        return
    line.setdefault("Quantity", 1.0)
    line.setdefault("UnitAmount", line.get("LineAmount", 0.0))
    off = Decimal(str(line.get("DiscountRate", 0)))
    amount = Decimal(str(line["Quantity"])) * Decimal(str(line["UnitAmount"])) * (100 - off) / 100
    wanted = rounded(amount - Decimal(str(line.get("DiscountAmount", 0))))
    if "LineAmount" in line and abs(line["LineAmount"] - wanted) > 0.011:
        raise Refusal(f"The line total {line['LineAmount']} does not match the expected line total {wanted}")
    line["LineAmount"] = wanted
    mode = row["LineAmountTypes"].lower()
    tax = books.table("TaxRates").get(line.get("TaxType", "NONE"))
    rate = Decimal(str(tax["EffectiveRate"])) if tax and mode != "notax" else Decimal(0)
    if mode == "inclusive":
        computed = Decimal(str(wanted)) * rate / (100 + rate)
    else:
        computed = Decimal(str(wanted)) * rate / 100
    line.setdefault("TaxAmount", rounded(computed))
    if mode == "notax":
        line["TaxAmount"] = 0.0
