"""The deal (取引) that an invoice or delivery slip becomes in freee会計 when a person registers it.

The deal is the document's: cancelling or deleting the document deletes it, and what was paid is told from its payments. A deal
that is deleted in freee会計 leaves an unregistered document (not documented). Deductions for withheld tax are not imitated.
"""

from __future__ import annotations

from collections.abc import Iterable

from choai.sandbox.core import World
from choai.sandbox.freee.books import Books, Row, Table, books
from choai.sandbox.freee_invoice.checks import LEDGER
from choai.sandbox.freee_invoice.money import group_of, line_amount

ORIGIN = "freee請求書"
UNREGISTERED: Row = {"deal_status": "unregistered", "deal_id": None}
_SALES = "売上高"  # of lines that name no account item
_TAX_CODES = {"10": 129, "8": 101, "8_reduced": 156, "0": 23}


def register(world: World, company: int, row: Row, due: str | None) -> None:
    """Make the document's deal; paid when the document is said to be."""
    shelf = books(world)
    lines = [line for line in row["lines"] if line["type"] == "item"]
    amounts = [_amount(line, row) for line in lines]
    if amounts:  # a document rounds the tax of a rate once: the last line takes the difference
        amounts[-1] += row["amount_including_tax"] - sum(amounts)
    deal: Row = {
        "id": shelf.next_id(),
        "company_id": company,
        "type": "income",
        "issue_date": row["issue_date"],
        "due_date": due,
        "partner_id": row["partner_id"],
        "ref_number": None,
        "deal_origin_name": ORIGIN,
        "details": [_detail(shelf, company, *one) for one in zip(lines, amounts, strict=True)],
        "payments": [],
        "receipts": [],
    }
    if row["payment_status"] == "settled":
        deal["payments"].append(_payment(shelf, company, row))
    _deals(world, company).add(deal)
    row |= {"deal_status": "registered", "deal_id": deal["id"]}


def forget(world: World, company: int, row: Row) -> None:
    """Delete a document's deal, if it has one."""
    deal = _deals(world, company).by_id.get(row.get("deal_id"))
    if deal is not None:
        _deals(world, company).remove(deal)


def follow(world: World, company: int, rows: Iterable[Row]) -> None:
    """Documents tell of their deals as freee会計 has them now."""
    deals = _deals(world, company).by_id
    for row in rows:
        if row.get("deal_id") is None:
            continue
        deal = deals.get(row["deal_id"])
        if deal is None:
            row |= {**UNREGISTERED, "payment_status": "unsettled"}
            continue
        paid = sum(payment["amount"] for payment in deal["payments"])
        row["payment_status"] = "settled" if paid >= row["amount_including_tax"] else "unsettled"


def _deals(world: World, company: int) -> Table:
    return books(world).table("deals", company)


def _amount(line: Row, row: Row) -> int:
    """A line's amount with tax."""
    if row["tax_entry_method"] == "in":
        return line_amount(line, row.get("line_amount_fraction"))
    without: int = line["amount_excluding_tax"]
    return without * (100 + int(line["tax_rate"])) // 100


def _detail(shelf: Books, company: int, line: Row, amount: int) -> Row:
    sales = next(one["id"] for one in shelf.table("account_items", company).rows if one["name"] == _SALES)
    return {
        **{name: line[name] for name in LEDGER},
        "id": shelf.next_id(),
        "account_item_id": line["account_item_id"] or sales,
        "tax_code": _TAX_CODES[group_of(line)] if line["tax_code"] is None else line["tax_code"],
        "partner_id": None,
        "description": line["description"],
        "amount": amount,
        "vat": amount - line["amount_excluding_tax"],
        "entry_side": "credit",
    }


def _payment(shelf: Books, company: int, row: Row) -> Row:
    wallet = shelf.table("walletables", company).rows[0]
    paid = {"date": row["issue_date"], "amount": row["amount_including_tax"]}
    return {"id": shelf.next_id(), **paid, "from_walletable_type": wallet["type"], "from_walletable_id": wallet["id"]}
